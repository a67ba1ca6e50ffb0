from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from placement.domain.offering import CapacityType
from placement.domain.provider import Surroundings
from placement.planner import sources
from tests.cli.market_sources import Scripted, hint, notice, now, past, refused
from tests.cli.running import Command, write_fleet

Installed = Callable[..., None]
HOUR = timedelta(hours=1)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Makes these the sources that there are, by provider."""

    def put(*scripted: Scripted) -> None:
        def found(surroundings: Surroundings) -> dict[str, list[Scripted]]:
            by_provider: dict[str, list[Scripted]] = {}
            for source in scripted:
                by_provider.setdefault(source.provider, []).append(source)
            return by_provider

        monkeypatch.setattr(sources, "providers", found)

    return put


def test_a_collection_makes_the_database_and_says_what_came_in(bare_placement: Command, install: Installed) -> None:
    install(Scripted(extra=[refused("price of 0", "home-1 m9 spot"), refused("price of 0", "x"), notice("be aware")]))
    ran = bare_placement("collect")
    assert ran.code == 0
    assert "cloud   version 1      20       20      0        2" in ran.out
    assert "cloud   price of 0          2  home-1 m9 spot" in ran.out
    assert ran.err == "warning: cloud: be aware\n"
    assert "m0" in bare_placement("quote", "--vcpus", 2, "--memory-gib", 8).out


def test_the_same_as_json(bare_placement: Command, install: Installed) -> None:
    install(Scripted(extra=[refused("price of 0", "home-1 m9 spot")]), Scripted("cloud-spot", lacks="set KEY"))
    told = bare_placement("collect", "--json").document["collections"]
    assert [(c["source"], c["result"], c["version"], c["prices"]) for c in told] == [
        ("cloud", "stored", 1, 20),
        ("cloud-spot", "not configured", None, None),
    ]
    assert told[0]["refused"] == [{"reason": "price of 0", "rows": 1, "example": "home-1 m9 spot"}]
    assert told[1]["reason"] == "cloud-spot: set KEY"


def test_one_that_fails_stops_no_other_and_ends_with_1(bare_placement: Command, install: Installed) -> None:
    install(Scripted("bad", "bad", failure="answers with status 500"), Scripted())
    ran = bare_placement("collect")
    assert ran.code == 1
    assert ran.err == "error: bad: answers with status 500\n"
    assert "cloud   version 1" in ran.out
    shown = bare_placement("catalog", "show")
    assert "answers with status 500" in shown.err


def test_a_failure_keeps_what_was_known(bare_placement: Command, install: Installed) -> None:
    install(source := Scripted())
    bare_placement("collect")
    before = bare_placement("quote", "--vcpus", 2, "--memory-gib", 8, "--json").document
    source.failure, source.usd = "breaks off", 5.0
    assert bare_placement("collect").code == 1
    assert bare_placement("quote", "--vcpus", 2, "--memory-gib", 8, "--json").document == before


def test_what_is_not_configured_is_no_failure_unless_it_was_named(bare_placement: Command, install: Installed) -> None:
    install(Scripted(), Scripted("other", "other", lacks="set OTHER_KEY"))
    ran = bare_placement("collect")
    assert ran.code == 0
    assert "not configured: other: set OTHER_KEY" in ran.out
    assert bare_placement("collect", "cloud").code == 0
    assert bare_placement("collect", "other").code == 1
    assert bare_placement("collect", "cloud", "other").code == 1


def test_a_provider_with_one_source_that_works_is_collected(bare_placement: Command, install: Installed) -> None:
    install(Scripted(), Scripted("cloud-spot", lacks="set KEY"))
    assert bare_placement("collect", "cloud").code == 0
    assert bare_placement("collect", "cloud-spot").code == 1


def test_an_unknown_name_is_told_apart(bare_placement: Command, install: Installed) -> None:
    install(Scripted())
    assert bare_placement("collect", "clod").message == (
        "error: 'clod' is no provider and no source; did you mean cloud?\n"
    )


def test_a_tenth_lost_is_refused_and_may_be_accepted(bare_placement: Command, install: Installed) -> None:
    install(source := Scripted())
    bare_placement("collect")
    source.types = 17
    ran = bare_placement("collect")
    assert ran.code == 1
    assert "lost 3 of 20 offerings in cloud:home-1" in ran.err
    assert "placement collect cloud --accept-loss" in ran.err
    ran = bare_placement("collect", "--accept-loss")
    assert ran.code == 0
    assert "version 2      17        0      3" in ran.out


def test_prices_that_are_too_old_are_not_used_unless_allowed(
    bare_placement: Command, install: Installed, empty_folder: Path
) -> None:
    install(
        Scripted(clock=lambda: now() - 8 * 24 * HOUR),
        Scripted("cloud-spot", usd=0.01, capacity_type=CapacityType.SPOT, clock=lambda: now() - 2 * HOUR),
    )
    bare_placement("collect")
    asked = ("quote", "--vcpus", 2, "--memory-gib", 8, "--spot")
    refused_ones = bare_placement(*asked)
    assert "freshness refuses 40: prices from APIs: spot of at most 1 h" in refused_ones.out
    cheapest = bare_placement(*asked, "--allow-stale", "--json").document["offerings"][0]
    assert float(cheapest["usd_per_hour"]) == 0.01
    text = "fleet: f\nworkloads:\n- {name: w, resources: {vcpus: 2, memory_gib: 8}}\n"
    fleet = write_fleet(empty_folder, text)
    ran = bare_placement("solve", fleet)
    assert ran.code == 2
    assert "freshness of w: prices from APIs: on_demand of at most 7 d" in ran.out
    answer = bare_placement("solve", fleet, "--allow-stale", "--json").document
    assert [row["instance_type"] for row in answer["catalog"]["stale"]] == ["m0"]
    assert "stale: 1 of the prices used are too old" in bare_placement("explain", answer["id"]).out
    assert bare_placement("explain", answer["id"], "w").code == 0
    shown = bare_placement("catalog", "show", "--json").document["sources"]
    assert [row["stale"] for row in shown] == [["on_demand"], ["spot"]]


def test_every_collects_what_is_due_until_it_is_stopped(
    bare_placement: Command, install: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = Scripted("often", "often", cadence=timedelta(0))
    install(often, Scripted("seldom", "seldom"))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        often.usd += 0.01
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    ran = bare_placement("collect", "--every", "10m")
    assert ran.code == 130
    assert ran.out.count("often   version") == 3
    assert ran.out.count("seldom  version") == 1
    assert all(590 < seconds <= 600 for seconds in slept)


@pytest.mark.parametrize("span", ["10", "m", "-1m", "0s", "ten minutes", "1.5h"])
def test_a_span_that_is_none_is_refused(bare_placement: Command, span: str) -> None:
    assert "is no span of time; write it as 30s, 10m or 2h" in bare_placement("collect", "--every", span).message


def test_a_recording_needs_a_new_folder_and_a_replay_one_that_is_there(
    bare_placement: Command, empty_folder: Path
) -> None:
    (empty_folder / "full").mkdir()
    (empty_folder / "full" / "x").touch()
    assert "needs the name of a new folder" in bare_placement("collect", "--record", "full").message
    assert "holds no recording" in bare_placement("collect", "--replay", "full").message
    assert "give one of them" in bare_placement("collect", "--record", "a", "--replay", "b").message
    assert "goes with neither" in bare_placement("collect", "--record", "a", "--every", "10m").message


def test_history_lists_changes_and_what_was_told_of_the_past(bare_placement: Command, install: Installed) -> None:
    install(source := Scripted(extra=[past(0.2, now() - 40 * 24 * HOUR), past(0.3, now() - 10 * 24 * HOUR)]))
    bare_placement("collect")
    source.usd = 0.15
    bare_placement("collect")
    told = bare_placement("prices", "history", "cloud:home-1", "m0", "--since", "30d", "--json").document["points"]
    assert [float(point["usd_per_hour"]) for point in told] == [0.2, 0.3, 0.1, 0.15]
    assert [point["since_is_stated"] for point in told] == [True, True, False, False]
    shown = bare_placement("prices", "history", "cloud:home-1", "m0").out
    assert "first seen" in shown
    assert "least 0.100000, most 0.300000 USD an hour, 3 changes" in shown


def test_history_of_what_is_not_known_says_so(placement: Command) -> None:
    assert (
        "no price of m9.mega in aws:eu-central-1 is known"
        in placement("prices", "history", "aws:eu-central-1", "m9.mega").out
    )
    assert "is no region; write provider:region" in placement("prices", "history", "frankfurt", "m5.large").message
    assert (
        "--since: 'soon' is no date"
        in placement("prices", "history", "aws:eu-central-1", "m5.large", "--since", "soon").message
    )
    assert (
        "--since is not before --until"
        in placement(
            "prices", "history", "aws:eu-central-1", "m5.large", "--since", "2026-01-02", "--until", "2026-01-01"
        ).message
    )


def test_hints_on_capacity_are_shown_until_they_are_withdrawn(bare_placement: Command, install: Installed) -> None:
    install(source := Scripted(extra=[hint("7")]))
    bare_placement("collect")
    shown = bare_placement("catalog", "show").out
    assert "cloud   cloud:home-1  home-1a  m0 m1 m2  placement score, 1 to 10      7" in shown
    told = bare_placement("catalog", "show", "--json").document["capacity_hints"]
    assert [(row["source"], row["value"]) for row in told] == [("cloud", "7")]
    source.extra = []
    bare_placement("collect")
    assert bare_placement("catalog", "show", "--json").document["capacity_hints"] == []


def test_compaction_keeps_what_decisions_stand_on(bare_placement: Command, install: Installed) -> None:
    install(source := Scripted())
    bare_placement("collect")
    source.usd = 0.2
    bare_placement("collect")
    ran = bare_placement("db", "compact", "--older-than", 1)
    assert ran.out.startswith("removed 0 change points")
    assert ran.code == 0


def test_a_sheet_is_collected_from_the_folders_that_are_named(
    bare_placement: Command, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ("--region", "dc1", "--country", "DE", "--type", "std-8", "--vcpus", 128, "--memory-gib", 512, "--count", 6)
    cost = ("--purchase-usd", 15000, "--years", 5, "--watts", 600, "--usd-per-kwh", 0.25)
    upkeep = ("--upkeep-usd-per-year", 4500, "--instances-per-server", 16)
    ran = bare_placement("catalog", "amortise", "dc1", *own, *cost, *upkeep)
    assert ran.out.startswith("dc1: std-8 at 0.083294 USD an hour, 96 instances")
    monkeypatch.setenv("PLACEMENT_SHEETS", "dc1")
    ran = bare_placement("collect", "onprem")
    assert ran.code == 0
    assert "dc1     version 1" in ran.out
    offer = bare_placement("quote", "--vcpus", 8, "--memory-gib", 32, "--json").document["offerings"][0]
    assert (offer["region"], offer["vcpus"], offer["memory_gib"]) == ("dc1", 8, 32)
    assert float(offer["usd_per_hour"]) == 0.083294092


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--years", 0), "years must be above 0"),
        (("--watts", -1), "watts is negative"),
        (("--utilisation", 1.5), "utilisation is a share above 0 and up to 1"),
        (("--overhead-factor", 0.9), "at least 1"),
        (("--country", "XX"), "is not an ISO 3166-1 country code"),
        (("--count", 0), "count must be above 0"),
    ],
)
def test_figures_that_make_no_price_change_nothing(
    bare_placement: Command, empty_folder: Path, change: tuple[object, ...], words: str
) -> None:
    own = ("--region", "dc1", "--country", "DE", "--type", "std-8", "--vcpus", 128, "--memory-gib", 512, "--count", 6)
    cost = ("--purchase-usd", 15000, "--years", 5, "--watts", 600, "--usd-per-kwh", 0.25)
    assert words in bare_placement("catalog", "amortise", "dc1", *own, *cost, *change).message
    assert not (empty_folder / "dc1").exists()


def test_a_second_kind_of_server_joins_the_sheet_and_the_same_one_is_refused(
    bare_placement: Command, empty_folder: Path
) -> None:
    own = ("--region", "dc1", "--country", "DE", "--vcpus", 128, "--memory-gib", 512, "--count", 6)
    cost = ("--purchase-usd", 15000, "--years", 5, "--watts", 600, "--usd-per-kwh", 0.25)
    assert bare_placement("catalog", "amortise", "dc1", "--type", "a", *own, *cost).code == 0
    assert bare_placement("catalog", "amortise", "dc1", "--type", "b", *own, *cost, "--prepaid").code == 0
    before = (empty_folder / "dc1" / "prices.csv").read_bytes()
    again = bare_placement("catalog", "amortise", "dc1", "--type", "b", *own, *cost, "--prepaid")
    assert "has a price for onprem dc1 b reserved already" in again.message
    assert (empty_folder / "dc1" / "prices.csv").read_bytes() == before
    assert bare_placement("catalog", "load", "dc1").code == 0
