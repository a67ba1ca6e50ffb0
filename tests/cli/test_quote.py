from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.cli.running import Command, decimals, sample_rows

ASKED = ("quote", "--vcpus", 4, "--memory-gib", 16)
KEYS = {
    "provider": str,
    "region": str,
    "zone": str | None,
    "instance_type": str,
    "capacity_type": str,
    "usd_per_hour": Decimal,
    "vcpus": Decimal,
    "memory_gib": Decimal,
    "observed_at": str,
    "estimated": bool,
    "hazard_per_hour": Decimal,
}
EU_IN_THE_SAMPLE = {"DE", "IE", "FR", "SE", "NL", "FI", "BE"}


def _fitting(capacity_type: str, countries: set[str] | None = None) -> list[tuple[Decimal, str, str]]:
    """What fits ASKED, straight from the sheet: (USD an hour, provider:region, instance type), ascending by price."""
    types = {(row["provider"], row["instance_type"]): row for row in sample_rows("instance_types")}
    country = {(row["provider"], row["region"]): row["country"] for row in sample_rows("regions")}
    found = []
    for price in sample_rows("prices"):
        kind = types[price["provider"], price["instance_type"]]
        place = price["provider"], price["region"]
        if (
            price["capacity_type"] == capacity_type
            and float(kind["vcpus"]) >= 4
            and float(kind["memory_gib"]) >= 16
            and kind["architecture"] == "x86_64"
            and kind["burstable"] != "true"
            and (countries is None or country[place] in countries)
        ):
            found.append((Decimal(price["usd_per_hour"]), ":".join(place), price["instance_type"]))
    return sorted(found)


def _shown(offerings: list[dict[str, Any]]) -> list[tuple[Decimal, str, str]]:
    return [(o["usd_per_hour"], f"{o['provider']}:{o['region']}", o["instance_type"]) for o in offerings]


def test_the_document_has_these_keys_and_types(placement: Command) -> None:
    ran = placement(*ASKED, "--spot", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert set(ran.document) == {"catalog", "offerings"}
    assert set(ran.document["catalog"]) == {"version", "as_of"}
    assert len(ran.document["offerings"]) == 5
    for offering in ran.document["offerings"]:
        assert list(offering) == list(KEYS)
        for key, kind in KEYS.items():
            assert isinstance(offering[key], kind), f"{key}: {offering[key]!r}"
        assert decimals(offering["usd_per_hour"]) <= 9
        assert offering["observed_at"].endswith("T00:00:00Z")


@pytest.mark.parametrize(("options", "capacity_type"), [((), "on_demand"), (("--spot",), "spot")])
def test_it_lists_the_cheapest_of_the_sheet_ascending(
    options: tuple[str, ...], capacity_type: str, placement: Command
) -> None:
    offerings = placement(*ASKED, *options, "--top", 60, "--json").document["offerings"]
    wanted = _fitting(capacity_type)[:60]
    assert [usd for usd, _, _ in _shown(offerings)] == [usd for usd, _, _ in wanted]
    dearest = wanted[-1][0]
    cheaper = {row for row in wanted if row[0] < dearest}
    assert {row for row in _shown(offerings) if row[0] < dearest} == cheaper


def test_places_keep_it_inside(placement: Command) -> None:
    offerings = placement(*ASKED, "--in", "EU", "--top", 1000, "--json").document["offerings"]
    assert sorted(_shown(offerings)) == _fitting("on_demand", EU_IN_THE_SAMPLE)
    two = placement(*ASKED, "--in", "JP", "--in", "gcp:europe-*", "--top", 1000, "--json").document["offerings"]
    regions = {f"{o['provider']}:{o['region']}" for o in two}
    assert {region for region in regions if not region.startswith("gcp:europe-")} == {
        "aws:ap-northeast-1",
        "gcp:asia-northeast1",
    }


def test_risk_adjusted_ranks_by_price_and_restarts(placement: Command) -> None:
    offerings = placement(*ASKED, "--spot", "--risk-adjusted", "--top", 100, "--json").document["offerings"]
    hourly = [o["usd_per_hour"] * (1 + o["hazard_per_hour"] * 5 / 60) for o in offerings]
    assert all(low <= high * (1 + Decimal("1e-9")) for low, high in pairwise(hourly))
    assert len({o["hazard_per_hour"] for o in offerings}) > 1


def test_architectures_gpus_and_burstable_types_come_only_when_asked_for(placement: Command) -> None:
    kinds = {(row["provider"], row["instance_type"]): row for row in sample_rows("instance_types")}

    def found(*options: object) -> list[dict[str, str]]:
        offerings = placement(*ASKED, *options, "--top", 1000, "--json").document["offerings"]
        return [kinds[o["provider"], o["instance_type"]] for o in offerings]

    assert {kind["architecture"] for kind in found()} == {"x86_64"}
    assert {kind["architecture"] for kind in found("--arch", "arm64")} == {"arm64"}
    assert {kind["architecture"] for kind in found("--arch", "arm64", "--arch", "x86_64")} == {"arm64", "x86_64"}
    assert {kind["gpu_model"] for kind in found("--gpu-model", "t4")} == {"T4"}
    assert all(float(kind["gpu_count"] or 0) >= 1 for kind in found("--gpus", 1))
    assert {kind["burstable"] for kind in found("--burstable")} > {kind["burstable"] for kind in found()}


def test_the_table_shows_the_same_offerings_in_the_same_order(placement: Command) -> None:
    document = placement(*ASKED, "--spot", "--in", "EU", "--json").document
    lines = placement(*ASKED, "--spot", "--in", "EU").out.splitlines()
    assert "catalog version 1" in lines[0]
    shown = [line.split() for line in lines[3:]]
    assert [(row[0], row[1], row[2]) for row in shown] == [
        (f"{o['provider']}:{o['region']}", o["instance_type"], "spot") for o in document["offerings"]
    ]
    assert [row[5] for row in shown] == [f"{o['usd_per_hour']:.6f}" for o in document["offerings"]]


def test_the_same_question_has_the_same_answer(placement: Command) -> None:
    assert placement(*ASKED, "--json").out == placement(*ASKED, "--json").out


def test_what_cannot_be_had_is_answered_with_the_rules_that_refuse_it(placement: Command) -> None:
    ran = placement("quote", "--vcpus", 4000, "--memory-gib", 16, "--in", "EU")
    every = len(sample_rows("prices"))
    assert (ran.code, ran.err) == (0, "")
    assert f"none of the catalog's {every:,} offerings fits" in ran.out
    assert f"resources refuses {every:,}: needs 4000 vCPUs" in ran.out
    spot = sum(row["capacity_type"] != "on_demand" for row in sample_rows("prices"))
    assert f"capacity_types refuses {spot:,}: only on_demand" in ran.out
    assert "only in EU" in ran.out


def test_json_stays_json_when_nothing_fits(placement: Command) -> None:
    ran = placement("quote", "--vcpus", 4000, "--memory-gib", 16, "--json")
    assert ran.code == 0
    assert ran.document["offerings"] == []
    assert ran.document["searched"] == len(sample_rows("prices"))
    assert ran.document["rejections"][0]["rule"] == "resources"
    assert "warning: resources refuses" in ran.err


def test_a_place_without_regions_is_warned_of(placement: Command) -> None:
    ran = placement(*ASKED, "--in", "aws:xx-*", "--in", "DE")
    assert ran.err == "warning: --in: no region of the catalog lies in 'aws:xx-*'\n"
    assert "onprem:fra-1" in ran.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--in", "Atlantis"), ("--in", "Atlantis", "provider:region")),
        (("--in", "aws:eu-centrl-1"), ("did you mean 'aws:eu-central-1'",)),
        (("--arch", "amd64"), ("--arch", "x86_64", "arm64")),
        (("--top", 0), ("--top", "1")),
        (("--top", 1.5), ("--top", "integer")),
        (("--vcpus", "nan"), ("--vcpus",)),
        (("--vcpus", "many"), ("--vcpus", "number")),
        (("--memory-gib", -1), ("--memory-gib",)),
        (("--gpus", -1), ("--gpus",)),
    ],
)
def test_options_that_mean_nothing_are_refused(
    options: tuple[object, ...], words: tuple[str, ...], placement: Command
) -> None:
    message = placement(*ASKED, *options, "--json").message
    for word in words:
        assert word in message
