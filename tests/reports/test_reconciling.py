"""What was measured is set beside the estimate of the same workload; nothing is counted twice or lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.money import MicroUsd
from placement.reports.charge import Charge
from placement.reports.closing import report_of
from placement.reports.document import decoded, encoded
from placement.reports.measured import Measured, within
from placement.reports.reconciling import reconciled
from placement.reports.report import Report
from placement.store.repository import Store
from tests.reports.months import OCTOBER, at, decided, fleet, report, swept, workload
from tests.store.market import price

LATER = OCTOBER.end + timedelta(days=3)


def measured(name: str, amount: int, term: str = "compute", of: str | None = None) -> Measured:
    return Measured((name,), of, at(5), at(6), term, MicroUsd(amount), "OpenCost")


@pytest.fixture
def october(store: Store) -> Report:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload("web", replicas=2), workload("api")))
    decided(store, at(3), fleet(workload("web")) | {"fleet": "other"})
    return report(store)


def test_rows_are_what_both_know(october: Report) -> None:
    told = (measured("api", 70_000_000), measured("api", 5_000_000), measured("web", 10, of="other"))
    found = reconciled(replace(october, measured=told))
    assert found is not None
    rows = {(row.fleet, row.subject): row for row in found.rows}
    assert rows["shop", "api"].estimated == 74_400_000
    assert rows["shop", "api"].difference == 600_000
    assert rows["other", "web"].measured == 10
    assert found.unmeasured == 148_800_000
    assert found.unknown == ()


def test_a_name_that_several_fleets_have_is_of_none_of_them(october: Report) -> None:
    found = reconciled(replace(october, measured=(measured("web", 3), measured("ghost", 4))))
    assert found is not None
    assert found.rows == ()
    assert found.unknown == (("ghost", 4), ("web", 3))
    alone = reconciled(replace(october, measured=(measured("web", 3), measured("ghost", 4))).of("shop"))
    assert alone is not None
    assert [(row.fleet, row.subject, row.measured) for row in alone.rows] == [("shop", "web", 3)]


def test_nothing_measured_is_no_reconciliation(october: Report) -> None:
    assert reconciled(october) is None


def test_only_what_lies_in_the_month_counts() -> None:
    told = measured("web", 1)
    early = replace(told, since=OCTOBER.start - timedelta(days=1))
    assert within((told, early), OCTOBER.start, OCTOBER.end) == (told,)


def test_what_was_measured_is_a_revision_that_later_ones_keep(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload("web")))
    told = (measured("web", 5),)
    assert report_of(store, OCTOBER, LATER, "test").revision == 1
    second = report_of(store, OCTOBER, LATER, "test", measured=told)
    assert (second.revision, second.measured) == (2, told)
    assert report_of(store, OCTOBER, LATER, "test", revise=True) == second
    assert report_of(store, OCTOBER, LATER, "test", measured=told) == second
    assert report_of(store, OCTOBER, LATER, "test", revision=1).measured == ()


amounts = st.integers(-(10**12), 10**12)
terms = st.sampled_from(["compute", "storage", "egress"])


@given(
    st.lists(st.tuples(st.sampled_from("ab"), terms, amounts)),
    st.lists(st.tuples(st.sampled_from("abx"), terms, amounts)),
)
def test_no_amount_is_lost(owed: list[tuple[str, str, int]], told: list[tuple[str, str, int]]) -> None:
    charges = tuple(
        Charge("f", "d", subject, term, at(2), at(3), "aws:eu-west-1", amount=MicroUsd(amount))
        for subject, term, amount in owed
    )
    bare = Report("2026-10", OCTOBER.start, OCTOBER.end, OCTOBER.end, 0, (), charges, ())
    named = replace(bare, measured=tuple(measured(name, amount, term) for name, term, amount in told))
    found = reconciled(named)
    assert (found is None) == (not told)
    if found is not None:
        assert found.measured + sum(amount for _, amount in found.unknown) == sum(amount for *_, amount in told)
        assert found.estimated + found.unmeasured == sum(amount for *_, amount in owed)
    assert decoded(encoded(named)) == named
