from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.domain.sweep import FailedCollection, Refused
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving
from tests.store.market import API, HOUR, NOON, price, sweep


@pytest.fixture
def swept(store: Store, url: str) -> str:
    """Six sweeps of two sources, each an hour after the one before, and four that failed, two of them at one time."""
    for number in range(6):
        source = ("list", "aws")[number % 2]
        refused = [Refused("price is 0", number, "m.large")] if number else []
        at = NOON + number * HOUR
        store.save_sweep(sweep(price(0.1 + number / 100), source=source, kind=API, refused=refused), at, at - HOUR)
    for number, reason in enumerate(("no answer", "no answer at all", "no rights")):
        store.save_failure(FailedCollection("aws", NOON, NOON + number * HOUR, reason))
    store.save_failure(FailedCollection("gcp", NOON, NOON, "no answer"))
    return url


def _walk(service: Service, limit: int, **asked: Any) -> list[dict[str, Any]]:
    sweeps: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = service.answer("/v1/collections", limit=limit, **asked, **cursor)
        sweeps += page["collections"]
        if page["next_cursor"] is None:
            return sweeps
        assert len(page["collections"]) == limit
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the pages have no end")


def test_sweeps_are_listed_newest_first_with_what_they_refused_and_why_they_failed(swept: str) -> None:
    with serving(swept) as service:
        sweeps = service.answer("/v1/collections")["collections"]
    times = [sweep["finished_at"] for sweep in sweeps]
    assert times == sorted(times, reverse=True)
    assert sweeps[0] == {
        "source": "aws",
        "result": "stored",
        "started_at": "2026-11-01T16:00:00Z",
        "finished_at": "2026-11-01T17:00:00Z",
        "kind": "api",
        "version": 6,
        "prices": 1,
        "changed": 1,
        "ended": 0,
        "refused": [{"reason": "price is 0", "rows": 5, "example": "m.large"}],
        "reason": None,
    }
    failed = [(s["source"], s["reason"]) for s in sweeps if s["result"] == "failed"]
    assert failed[:2] == [("aws", "no rights"), ("aws", "no answer at all")]
    assert sorted(failed[2:]) == [("aws", "no answer"), ("gcp", "no answer")]


def test_sweeps_are_chosen_by_source_and_result(swept: str) -> None:
    with serving(swept) as service:
        every = service.answer("/v1/collections")["collections"]
        aws = service.answer("/v1/collections", source=["aws", "gcp"], result="failed")["collections"]
        stored = service.answer("/v1/collections", result="stored")["collections"]
    assert aws == [s for s in every if s["result"] == "failed"]
    assert [s["version"] for s in stored] == [6, 5, 4, 3, 2, 1]


def test_pages_of_any_size_make_the_whole_list(swept: str) -> None:
    with serving(swept) as service:
        every = service.answer("/v1/collections")["collections"]
        assert len(every) == 10

        @settings(max_examples=10)
        @given(limit=st.integers(1, 11))
        def walk(limit: int) -> None:
            assert _walk(service, limit) == every

        walk()


def test_a_sweep_that_ends_between_two_pages_moves_nothing(swept: str, store: Store) -> None:
    with serving(swept) as service:
        every = service.answer("/v1/collections")["collections"]
        first = service.get("/v1/collections", params={"limit": 4})
        store.save_sweep(sweep(price(0.5), kind=API), NOON + 9 * HOUR)
        store.save_failure(FailedCollection("gcp", NOON, NOON + 10 * HOUR, "again"))
        link = first.headers["link"].removeprefix("<").partition(">")[0]
        assert service.get(link).json()["collections"] == every[4:8]


def test_what_is_no_cursor_is_refused(sample: Service) -> None:
    for cursor in ("x", sample.answer("/v1/offerings", limit=1)["next_cursor"]):
        problem_of(sample.get("/v1/collections", params={"cursor": cursor}), 422, "invalid-request")
