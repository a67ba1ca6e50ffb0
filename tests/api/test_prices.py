import json
from pathlib import Path
from typing import Any

import pytest

from placement.cli.main import run
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving
from tests.store.market import HOUR, NOON, SPOT, observed, price, sweep

M_LARGE = {"region": "aws:eu-central-1", "instance_type": "m.large"}
WINDOW = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02"}


@pytest.fixture
def changing(store: Store, url: str) -> str:
    """A price that changes once, and a spot price in two zones."""
    for hours, usd in enumerate((0.1, 0.1, 0.2)):
        prices = (price(usd), price(0.03, SPOT, zone="a"), price(0.04, SPOT, zone="b"))
        store.save_sweep(sweep(*observed(NOON + hours * HOUR, prices)), NOON + hours * HOUR)
    return url


def test_the_history_is_that_of_the_command_line(changing: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("prices", "history", "aws:eu-central-1", "m.large", "--json")
    options = ("--since", WINDOW["since"], "--until", WINDOW["until"])
    assert run([*arguments, *options, "--database", changing]) == 0
    with serving(changing) as service:
        assert service.answer("/v1/prices/history", **M_LARGE, **WINDOW) == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("parameters", "usd"),
    [
        ({}, [0.1, 0.2, 0.03, 0.04]),
        ({"capacity_type": "on_demand"}, [0.1, 0.2]),
        ({"capacity_type": "spot"}, [0.03, 0.04]),
        ({"zone": "b"}, [0.04]),
        ({"since": "2026-11-01T13:30:00Z"}, [0.1, 0.2, 0.03, 0.04]),
        ({"since": "2026-11-01T14:00:00+00:00", "capacity_type": "on_demand"}, [0.2]),
        ({"until": "2026-11-01T13:30:00", "capacity_type": "on_demand"}, [0.1]),
        ({"instance_type": "m.none"}, []),
    ],
)
def test_parameters_choose_whose_prices_and_when(parameters: dict[str, str], usd: list[float], changing: str) -> None:
    with serving(changing) as service:
        history = service.answer("/v1/prices/history", **(M_LARGE | WINDOW | parameters))
    assert [point["usd_per_hour"] for point in history["points"]] == usd


def test_without_a_window_it_is_the_last_90_days(changing: str) -> None:
    with serving(changing, clock=lambda: NOON) as service:
        history = service.answer("/v1/prices/history", **M_LARGE)
    assert (history["since"], history["until"]) == ("2026-08-03T12:00:00Z", "2026-11-01T12:00:00Z")


@pytest.mark.parametrize(
    ("parameters", "name", "words"),
    [
        ({"region": "eu-central-1"}, "region", "match"),
        ({"region": None}, "region", "is missing"),
        ({"instance_type": None}, "instance_type", "is missing"),
        ({"since": "30d"}, "since", "2026-10-31"),
        ({"since": "2026-11-01T00:00:00 02:00"}, "since", "%2B"),
        ({"since": "2026-11-03"}, "since", "not before until"),
        ({"until": "0001-01-02", "since": None}, "since", "not before until"),
        ({"capacity_type": "free"}, "capacity_type", "spot"),
    ],
)
def test_parameters_that_mean_nothing_are_named(
    parameters: dict[str, Any], name: str, words: str, sample: Service
) -> None:
    asked = {key: value for key, value in (M_LARGE | WINDOW | parameters).items() if value is not None}
    problem = problem_of(sample.get("/v1/prices/history", params=asked), 422, "invalid-request")
    assert [error["parameter"] for error in problem["errors"]] == [name]
    assert words in problem["errors"][0]["detail"]


def test_the_sample_has_a_history_too(sample: Service, sample_file: Path) -> None:
    offering = sample.answer("/v1/offerings", limit=1)["offerings"][0]
    region = f"{offering['provider']}:{offering['region']}"
    asked = {"region": region, "instance_type": offering["instance_type"], "since": "2020-01-01"}
    points = sample.answer("/v1/prices/history", **asked)["points"]
    assert offering["usd_per_hour"] in [point["usd_per_hour"] for point in points]
