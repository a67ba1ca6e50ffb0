"""What is closed is never altered; on both databases."""

from dataclasses import replace

from placement.store.closed_reports import ClosedReport
from placement.store.repository import Store
from tests.store.market import NOON

FIRST = ClosedReport("2026-10", 1, NOON, "cli:ann", b'{"first":1}')


def test_revisions_follow_each_other_and_none_is_replaced(store: Store) -> None:
    assert store.closed_report("2026-10") is None
    assert store.close_report(FIRST)
    assert not store.close_report(replace(FIRST, content=b"{}"))
    assert not store.close_report(replace(FIRST, revision=3))
    second = replace(FIRST, revision=2, content=b"second")
    assert store.close_report(second)
    assert store.closed_report("2026-10") == second
    assert store.closed_report("2026-10", 1) == FIRST
    assert store.closed_report("2026-10", 9) is None
    assert store.closed_report("2026-09") is None


def test_who_closed_is_noted(store: Store) -> None:
    store.close_report(FIRST)
    assert not store.close_report(FIRST)
    (entry,) = store.audit()
    assert (entry.at, entry.who, entry.action, entry.subject) == (NOON, "cli:ann", "reports.close", "2026-10")
    assert FIRST.sha256 in entry.detail_json
