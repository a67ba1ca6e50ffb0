import base64
import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving, until
from tests.cli.running import sample_rows
from tests.store.market import API, HOUR, NOON, SPOT, observed, price, sweep

Row = dict[str, Any]
Holds = Callable[[Row], bool]


@pytest.fixture(scope="session")
def everything(sample: Service) -> list[Row]:
    """All offerings of the sample, by price."""
    rows = _walk(sample, 1000, {})
    assert len(rows) == len(sample_rows("prices"))
    return rows


def _walk(service: Service, limit: int | list[int], filters: dict[str, Any]) -> list[Row]:
    """The rows of all pages, with the page sizes in turn."""
    rows: list[Row] = []
    cursor: dict[str, str] = {}
    limits = [limit] if isinstance(limit, int) else limit
    for number in range(100_000):
        size = limits[number % len(limits)]
        page = service.answer("/v1/offerings", **filters, **cursor, limit=size)
        rows += page["offerings"]
        assert len(page["offerings"]) <= size
        if page["next_cursor"] is None:
            assert page["total"] == len(rows)
            return rows
        assert len(page["offerings"]) == size
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the pages have no end")


FILTERS: tuple[tuple[dict[str, Any], Holds], ...] = (
    ({"provider": "gcp"}, lambda o: o["provider"] == "gcp"),
    ({"provider": ["gcp", "onprem"]}, lambda o: o["provider"] in ("gcp", "onprem")),
    ({"region": "eu-*"}, lambda o: o["region"].startswith("eu-")),
    ({"region": "*:*west*"}, lambda o: "west" in o["region"]),
    ({"region": ["aws:eu-central-1", "fra-?"]}, lambda o: o["region"] in ("eu-central-1", "fra-1")),
    (
        {"instance_type": ["m5.*", "n2-standard-4"]},
        lambda o: fnmatchcase(o["instance_type"], "m5.*") or o["instance_type"] == "n2-standard-4",
    ),
    ({"capacity_type": "spot"}, lambda o: o["capacity_type"] == "spot"),
    ({"capacity_type": ["spot", "reserved"]}, lambda o: o["capacity_type"] != "on_demand"),
    ({"country": "de"}, lambda o: o["country"] == "DE"),
    ({"min_vcpus": 8}, lambda o: o["vcpus"] >= 8),
    ({"min_memory_gib": 31.5}, lambda o: o["memory_gib"] >= 31.5),
    ({"architecture": "arm64"}, lambda o: o["architecture"] == "arm64"),
    ({"gpu_model": "t4"}, lambda o: o["gpu_model"] == "T4"),
    ({"max_usd_per_hour": 0.05}, lambda o: o["usd_per_hour"] <= 0.05),
    ({"stale": True}, lambda o: False),
    ({"stale": False}, lambda o: True),
    ({"zone": "a"}, lambda o: o["zone"] == "a"),
    (
        {"provider": "aws", "country": "IE", "capacity_type": "spot", "min_vcpus": 4, "max_usd_per_hour": 0.2},
        lambda o: (
            o["provider"] == "aws"
            and o["country"] == "IE"
            and o["capacity_type"] == "spot"
            and o["vcpus"] >= 4
            and o["usd_per_hour"] <= 0.2
        ),
    ),
)


@pytest.mark.parametrize(("filters", "holds"), FILTERS, ids=lambda part: str(part) if isinstance(part, dict) else "")
def test_a_filter_keeps_what_it_names_and_nothing_else(
    filters: dict[str, Any], holds: Holds, sample: Service, everything: list[Row]
) -> None:
    assert _walk(sample, 1000, filters) == [offering for offering in everything if holds(offering)]


def test_the_filters_above_are_worth_asking(everything: list[Row]) -> None:
    kept = {str(filters): sum(map(holds, everything)) for filters, holds in FILTERS}
    assert {filters for filters, count in kept.items() if count == 0} == {"{'stale': True}", "{'zone': 'a'}"}


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("usd_per_hour", lambda o: o["usd_per_hour"]),
        ("-usd_per_hour", lambda o: -o["usd_per_hour"]),
        ("vcpus", lambda o: o["vcpus"]),
        ("memory_gib", lambda o: o["memory_gib"]),
    ],
)
def test_the_order_is_the_one_that_is_asked_for(sort: str, key: Callable[[Row], float], sample: Service) -> None:
    keys = [key(offering) for offering in _walk(sample, 1000, {"sort": sort})]
    assert all(low <= high for low, high in pairwise(keys))
    assert keys[0] < keys[-1]


@settings(max_examples=12)
@given(
    limits=st.lists(st.integers(40, 900), min_size=1, max_size=4),
    sort=st.sampled_from(["usd_per_hour", "-usd_per_hour", "vcpus", "memory_gib"]),
)
def test_paging_visits_every_offering_once_whatever_the_sizes(
    limits: list[int], sort: str, sample: Service, everything: list[Row]
) -> None:
    walked = _walk(sample, limits, {"sort": sort})
    assert sorted(map(_identity, walked)) == sorted(map(_identity, everything))
    assert len(set(map(_identity, walked))) == len(everything)


def _identity(offering: Row) -> tuple[str, ...]:
    keys = ("provider", "region", "zone", "instance_type", "capacity_type", "source")
    return tuple(str(offering[key]) for key in keys)


def test_the_next_page_is_a_link_too(sample: Service) -> None:
    first = sample.get("/v1/offerings", params={"limit": 2, "region": "eu-*"})
    link = first.headers["link"].removeprefix("<").partition(">")[0]
    second = sample.get(link).json()
    assert second["offerings"] == sample.answer("/v1/offerings", limit=4, region="eu-*")["offerings"][2:]
    last = sample.get("/v1/offerings", params={"limit": 1000, "instance_type": "m5.large"})
    assert last.json()["next_cursor"] is None
    assert "link" not in last.headers


def test_pages_stay_in_the_catalog_of_the_first_until_it_is_gone(url: str, store: Store) -> None:
    store.save_sweep(sweep(price(0.1), price(0.2, SPOT), price(0.3, zone="a")), NOON)
    with serving(url) as service:

        def save(usd: float, version: int) -> None:
            store.save_sweep(sweep(price(usd)), NOON + version * HOUR)
            until(lambda: service.answer("/v1/offerings")["catalog"]["version"] == version)

        page = service.answer("/v1/offerings", limit=1)
        save(0.5, 2)
        second = service.answer("/v1/offerings", limit=1, cursor=page["next_cursor"])
        assert (second["catalog"]["version"], second["offerings"][0]["usd_per_hour"]) == (1, 0.2)
        for version in range(3, 6):
            save(0.1 * version, version)
        gone = service.get("/v1/offerings", params={"limit": 1, "cursor": page["next_cursor"]})
        problem = problem_of(gone, 410, "catalog-gone")
        assert (problem["version"], problem["newest"]) == (1, 5)


def test_a_row_is_as_old_on_the_last_page_as_on_the_first(url: str, store: Store) -> None:
    prices = [price(0.1, SPOT), price(0.2, SPOT, zone="a"), price(0.3, SPOT, zone="b")]
    store.save_sweep(sweep(*observed(NOON - HOUR / 2, prices), kind=API), NOON)
    now = NOON
    with serving(url, clock=lambda: now) as service:
        first = service.answer("/v1/offerings", limit=1, stale=False)
        assert first["total"] == 3
        now = NOON + 2 * HOUR
        rest = service.answer("/v1/offerings", stale=False, cursor=first["next_cursor"])
        assert [offering["stale"] for offering in rest["offerings"]] == [False, False]
        assert rest["judged_at"] == first["judged_at"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "A" * 999,
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(
            json.dumps({"version": 1, "judged_unix_s": 10**18, "offset": 0, "question": ""}).encode()
        ).decode(),
        base64.urlsafe_b64encode(
            json.dumps({"version": 1, "judged_unix_s": 0, "offset": -1, "question": ""}).encode()
        ).decode(),
    ],
)
def test_what_is_no_cursor_is_refused(cursor: str, sample: Service) -> None:
    problem = problem_of(sample.get("/v1/offerings", params={"cursor": cursor}), 422, "invalid-request")
    assert problem["errors"] == [{"detail": "is no cursor of this list", "parameter": "cursor"}]


def test_a_cursor_of_another_list_is_refused(sample: Service) -> None:
    cursor = sample.answer("/v1/offerings", limit=1)["next_cursor"]
    answer = sample.get("/v1/offerings", params={"cursor": cursor, "provider": "aws"})
    assert "another list" in problem_of(answer, 422, "invalid-request")["detail"]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"sort": "price"}, "sort"),
        ({"min_vcpus": -1}, "min_vcpus"),
        ({"min_vcpus": "nan"}, "min_vcpus"),
        ({"max_usd_per_hour": "inf"}, "max_usd_per_hour"),
        ({"capacity_type": "free"}, "capacity_type"),
        ({"stale": "perhaps"}, "stale"),
        ({"regoin": "eu-*"}, "regoin"),
        ({"provider": ""}, "provider"),
    ],
)
def test_parameters_that_mean_nothing_are_named(parameters: dict[str, Any], name: str, sample: Service) -> None:
    problem = problem_of(sample.get("/v1/offerings", params=parameters), 422, "invalid-request")
    assert [error["parameter"] for error in problem["errors"]] == [name]
