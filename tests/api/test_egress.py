from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from placement.domain.region import Region
from placement.domain.sweep import PricedTariff
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving
from tests.builders import tariff
from tests.cli.running import sample_rows
from tests.store.market import DUBLIN, FRANKFURT, NOON, price, sweep

FRANCE = Region("gcp", "europe-west9", "FR", continent="europe")
TARIFFS = (
    tariff("aws", "eu-central-1", "eu-west-1", (0, 0.02)),
    tariff("aws", "*", "internet:FR", (0, 0.05)),
    tariff("aws", "*", "internet", (0, 0.09), (100, 0.08)),
    tariff("aws", "*", "same-region-cross-zone", (0, 0.01)),
)


@pytest.fixture
def priced(store: Store, url: str) -> str:
    egress = [PricedTariff(row, date(2026, 10, 1)) for row in TARIFFS]
    regions = (FRANKFURT, DUBLIN, FRANCE)
    store.save_sweep(replace(sweep(price(0.1)), egress=egress, regions=regions), NOON)
    return url


@pytest.mark.parametrize(
    ("src", "dst", "gb", "row", "usd"),
    [
        ("aws:eu-central-1", "aws:eu-west-1", 50, "eu-west-1", 1.0),
        ("aws:eu-central-1", "internet", 50, "internet", 4.5),
        ("aws:eu-central-1", "internet", 150, "internet", 13.0),
        ("aws:eu-central-1", "internet", 0, "internet", 0.0),
        ("aws:eu-central-1", "gcp:europe-west9", 50, "internet:FR", 2.5),
        ("aws:eu-central-1", "same-region-cross-zone", 50, "same-region-cross-zone", 0.5),
        ("aws:eu-central-1", "aws:eu-central-1", 50, None, 0.0),
    ],
)
def test_a_volume_is_priced_by_the_most_specific_tariff(
    src: str, dst: str, gb: float, row: str | None, usd: float, priced: str
) -> None:
    with serving(priced) as service:
        cost = service.answer("/v1/egress", **{"from": src, "to": dst, "gb": gb})
    assert (cost["from"], cost["to"], cost["gb_per_month"]) == (src, dst, gb)
    assert cost["usd_per_month"] == usd
    assert (cost["tariff"] and cost["tariff"]["dst"]) == row


def test_tiers_follow_each_other_and_the_last_has_no_end(priced: str) -> None:
    with serving(priced) as service:
        shown = service.answer("/v1/egress", **{"from": "aws:eu-central-1", "to": "internet", "gb": 1})["tariff"]
    assert shown["tiers"] == [
        {"from_gb": 0, "to_gb": 100, "usd_per_gb": 0.09},
        {"from_gb": 100, "to_gb": None, "usd_per_gb": 0.08},
    ]


def test_a_pair_without_a_tariff_is_a_problem_of_its_own(priced: str) -> None:
    with serving(priced) as service:
        answer = service.get("/v1/egress", params={"from": "aws:eu-west-1", "to": "aws:eu-central-1", "gb": 1})
    problem = problem_of(answer, 404, "no-tariff")
    assert (problem["src"], problem["dst"]) == ("aws:eu-west-1", "aws:eu-central-1")


def test_all_tariffs_are_listed_or_those_of_some_providers(sample: Service) -> None:
    rows = {(row["provider"], row["src"], row["dst"]) for row in sample_rows("egress")}
    shown = sample.answer("/v1/egress/tariffs")["tariffs"]
    assert [(t["provider"], t["src"], t["dst"]) for t in shown] == sorted(rows)
    some = sample.answer("/v1/egress/tariffs", provider=["gcp", "azure"])["tariffs"]
    assert some == [row for row in shown if row["provider"] in ("gcp", "azure")]
    for row in shown:
        assert all(low["to_gb"] == high["from_gb"] for low, high in pairwise(row["tiers"]))


@pytest.mark.parametrize(
    ("parameters", "errors"),
    [
        ({}, {"from": "missing", "to": "missing", "gb": "missing"}),
        ({"from": "internet", "to": "internet", "gb": 1}, {"from": "no region"}),
        ({"from": "aws:eu-centrl-1", "to": "Mars", "gb": 1}, {"from": "did you mean 'aws:eu-central-1'", "to": "Mars"}),
        ({"from": "aws:eu-central-1", "to": "internet", "gb": -1}, {"gb": "0"}),
        ({"from": "aws:eu-central-1", "to": "internet", "gb": "nan"}, {"gb": "must be"}),
        ({"from": "aws:eu-central-1", "to": "internet", "gb": 1, "src": "x"}, {"src": "not known"}),
    ],
)
def test_parameters_that_mean_nothing_are_named(
    parameters: dict[str, object], errors: dict[str, str], sample: Service
) -> None:
    problem = problem_of(sample.get("/v1/egress", params=parameters), 422, "invalid-request")
    assert {error["parameter"] for error in problem["errors"]} == set(errors)
    for error in problem["errors"]:
        assert errors[error["parameter"]] in error["detail"]
