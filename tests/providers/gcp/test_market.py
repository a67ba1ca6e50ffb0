"""Source `gcp`, from the wire to the facts."""

from typing import TypeVar

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Fact, Notice, Refusal, Surroundings
from placement.domain.region import Region
from placement.domain.sweep import Price, PricedTariff
from providers.gcp.composition import INCOMPLETE
from providers.gcp.machines import DISAGREE, local_ssd_gib
from tests.providers.conformance import NOW
from tests.providers.gcp.cloud import GcpCloud
from tests.providers.gcp.market import FRANKFURT, IOWA, machine, region, sku, skus

Some = TypeVar("Some", bound=Fact)


def facts(cloud: GcpCloud, kind: type[Some]) -> list[Some]:
    return [fact for fact in cloud.market().facts() if isinstance(fact, kind)]


def prices(cloud: GcpCloud) -> dict[tuple[str, str, CapacityType], Price]:
    return {(fact.region, fact.instance_type, fact.capacity_type): fact for fact in facts(cloud, Price)}


def types(cloud: GcpCloud) -> dict[str, InstanceType]:
    return {fact.name: fact for fact in facts(cloud, InstanceType)}


def failure(cloud: GcpCloud, surroundings: Surroundings | None = None) -> str:
    with pytest.raises(CollectionFailed) as failed:
        list(cloud.market(surroundings).facts())
    return str(failed.value)


def test_prices_are_of_the_whole_region_and_of_now(cloud: GcpCloud) -> None:
    found = prices(cloud)
    price = found[IOWA, "n2-standard-4", CapacityType.ON_DEMAND]
    assert price.usd_per_hour == rate_from_usd("0.194236")
    assert (price.zone, price.observed_at, price.estimated, price.effective_from) == (None, NOW, False, None)
    assert found[FRANKFURT, "n2-standard-4", CapacityType.SPOT].usd_per_hour > 0
    assert len({price.note for price in found.values()}) == 1


def test_types_come_before_prices_and_prices_region_by_region(cloud: GcpCloud) -> None:
    said = [fact for fact in cloud.market().facts() if isinstance(fact, (Region, InstanceType, Price, PricedTariff))]
    order = [type(fact).__name__ for fact in said]
    assert order == sorted(order, key=["Region", "InstanceType", "Price", "PricedTariff"].index)
    regions = [fact.region for fact in said if isinstance(fact, Price)]
    assert regions == sorted(regions)


def test_a_type_is_offered_where_one_zone_of_the_region_has_it(cloud: GcpCloud) -> None:
    (rare,) = [machine("n2-standard-128", 128, 512)]
    cloud.fake.zones[f"zones/{IOWA}-b"].append(rare)
    found = prices(cloud)
    assert (IOWA, "n2-standard-128", CapacityType.ON_DEMAND) in found
    assert (FRANKFURT, "n2-standard-128", CapacityType.ON_DEMAND) not in found


def test_machine_types_say_what_they_have(cloud: GcpCloud) -> None:
    found = types(cloud)
    assert found["t2a-standard-4"].architecture == "arm64"
    assert found["n2-standard-4"] == InstanceType("gcp", "n2-standard-4", 4, 16, "x86_64")
    assert found["e2-micro"].burstable
    assert found["f1-micro"].memory_gib == pytest.approx(0.6, abs=0.001)
    gpus = found["a2-highgpu-1g"]
    assert (gpus.gpu_count, gpus.gpu_model, gpus.gpu_memory_gib) == (1, "A100", 40)
    gpus = found["a3-ultragpu-8g"]
    assert (gpus.gpu_count, gpus.gpu_model, gpus.gpu_memory_gib) == (8, "H200", 1128)


def test_an_unknown_gpu_is_counted_and_not_named_and_a_tpu_is_no_gpu(cloud: GcpCloud) -> None:
    new = {"accelerators": [{"guestAcceleratorType": "nvidia-z1000", "guestAcceleratorCount": 2}]}
    cloud.fake.zones[f"zones/{IOWA}-b"].append(machine("z9-standard-4", 4, 16, **new))
    found = types(cloud)
    assert (found["z9-standard-4"].gpu_count, found["z9-standard-4"].gpu_model) == (2, None)
    assert found["ct5lp-hightpu-1t"].gpu_count == 0


@pytest.mark.parametrize("state", ["DEPRECATED", "OBSOLETE", "DELETED"])
def test_types_on_their_way_out_are_left_out(cloud: GcpCloud, state: str) -> None:
    cloud.fake.zones[f"zones/{IOWA}-b"].append(machine("n2-old-4", 4, 16, deprecated={"state": state}))
    cloud.fake.zones[f"zones/{IOWA}-b"].append(machine("n2-new-4", 4, 16, deprecated={"state": "ACTIVE"}))
    assert "n2-old-4" not in types(cloud)
    assert "n2-new-4" in types(cloud)


def test_custom_types_are_left_out(cloud: GcpCloud) -> None:
    cloud.fake.zones[f"zones/{IOWA}-b"].append(machine("n2-custom-4-8192", 4, 8))
    assert "n2-custom-4-8192" not in types(cloud)


def test_a_type_that_differs_between_zones_is_refused(cloud: GcpCloud) -> None:
    cloud.fake.zones[f"zones/{IOWA}-a"].append(machine("n2-standard-80", 80, 320))
    cloud.fake.zones[f"zones/{IOWA}-b"].append(machine("n2-standard-80", 80, 640))
    assert Refusal(DISAGREE, "n2-standard-80") in facts(cloud, Refusal)
    assert "n2-standard-80" not in types(cloud)


def test_a_part_of_a_gpu_that_the_api_counts_as_one_is_refused(cloud: GcpCloud) -> None:
    assert any(fact.subject == "g4-standard-6" and "part of a GPU" in fact.reason for fact in facts(cloud, Refusal))
    assert "g4-standard-6" not in types(cloud)


def test_an_empty_scope_with_its_warning_is_no_failure(cloud: GcpCloud) -> None:
    cloud.fake.scope_warnings[f"zones/{IOWA}-c"] = "NO_RESULTS_ON_PAGE"
    assert prices(cloud)


def test_a_zone_that_could_not_be_asked_fails_the_sweep(cloud: GcpCloud) -> None:
    cloud.fake.scope_warnings[f"zones/{IOWA}-c"] = "UNREACHABLE"
    assert failure(cloud) == "gcp: list machine types of zones/us-central1-c: is answered in part, with UNREACHABLE"


def test_an_unreachable_zone_fails_the_sweep_if_its_region_is_wanted(cloud: GcpCloud) -> None:
    cloud.fake.unreachables = [f"https://www.googleapis.com/compute/v1/projects/p/zones/{IOWA}-c"]
    assert "us-central1-c" in failure(cloud)
    elsewhere = Surroundings({"PLACEMENT_GCP_REGIONS": FRANKFURT}, lambda: NOW)
    assert list(cloud.market(elsewhere).facts())


def test_a_region_that_is_down_is_left_out_with_a_notice(cloud: GcpCloud) -> None:
    cloud.fake.regions[1] = region(IOWA, status="DOWN")
    assert facts(cloud, Notice) == [Notice("gcp:us-central1 is down, and left out")]
    assert {fact.name for fact in facts(cloud, Region)} == {FRANKFURT}


def test_a_missing_component_is_a_refusal_and_no_price(cloud: GcpCloud) -> None:
    cloud.fake.skus = [
        row
        for row in cloud.fake.skus
        if not (row["description"].startswith("Nvidia L4 GPU") and row["serviceRegions"] == [IOWA])
    ]
    found = prices(cloud)
    refused = [fact.subject for fact in facts(cloud, Refusal) if fact.reason == INCOMPLETE]
    for capacity_type in (CapacityType.ON_DEMAND, CapacityType.SPOT):
        assert (IOWA, "g2-standard-4", capacity_type) not in found
        assert f"{IOWA} g2-standard-4 {capacity_type}: GPU of nvidia-l4" in refused
    assert (FRANKFURT, "g2-standard-4", CapacityType.ON_DEMAND) in found


def test_what_is_not_sold_as_spot_is_no_refusal(cloud: GcpCloud) -> None:
    cloud.fake.skus = [row for row in cloud.fake.skus if "T2A" not in row["description"] or "Spot" not in str(row)]
    cloud.fake.skus = [
        row for row in cloud.fake.skus if not row["description"].startswith("Spot Preemptible T2A Arm Instance")
    ]
    assert (IOWA, "t2a-standard-4", CapacityType.SPOT) not in prices(cloud)
    assert not any("t2a-standard-4" in fact.subject for fact in facts(cloud, Refusal))


def test_a_machine_without_any_row_is_refused(cloud: GcpCloud) -> None:
    refused = [fact.subject for fact in facts(cloud, Refusal) if fact.reason == INCOMPLETE]
    assert f"{IOWA} ct5lp-hightpu-1t on_demand: vCPU of ct5lp" in refused
    assert not any("ct5lp-hightpu-1t spot" in subject for subject in refused)


def test_m2_has_no_spot_price_where_the_upgrade_has_none(cloud: GcpCloud) -> None:
    found = prices(cloud)
    on_demand = found[IOWA, "m2-ultramem-208", CapacityType.ON_DEMAND].usd_per_hour
    assert on_demand == rate_from_usd(f"{208 * (0.0348 + 0.008) + 5888 * (0.0051 + 0.0012):.6f}")
    assert (IOWA, "m2-ultramem-208", CapacityType.SPOT) not in found


def test_egress_is_told(cloud: GcpCloud) -> None:
    found = {(fact.tariff.src, fact.tariff.dst) for fact in facts(cloud, PricedTariff)}
    assert {(IOWA, "internet"), (IOWA, "internet:CN"), (IOWA, FRANKFURT), (IOWA, "same-region-cross-zone")} <= found
    assert not any("nowhere-1" in pair for pair in found)


def test_pages_without_an_end_fail_the_sweep(cloud: GcpCloud) -> None:
    cloud.fake.endless = True
    assert failure(cloud) == "gcp: list machine types: the pages have no end"


def test_answers_without_content_fail_the_sweep(cloud: GcpCloud) -> None:
    cloud.fake.skus = [sku("Storage PD Capacity", "PDStandard", [IOWA], 0.04)]
    assert failure(cloud) == "gcp: list SKUs: the catalogue prices no machine"
    cloud.fake.skus = skus()
    cloud.fake.zones = {f"zones/{IOWA}-a": []}
    assert failure(cloud).startswith("gcp: list machine types: none is offered")
    cloud.fake.regions = []
    assert failure(cloud) == "gcp: list regions: the project has none"


@pytest.mark.parametrize(
    ("name", "partitions", "gib"),
    [
        ("n2-standard-4", 0, 0),
        ("c3-standard-8-lssd", 2, 750),
        ("z3-highmem-88-highlssd", 12, 36_000),
        ("z3-highmem-192-highlssd-metal", 12, 72_000),
        ("c4-standard-288-lssd-metal", 6, 18_000),
        ("c4-standard-288-lssd", 16, 6_000),
    ],
)
def test_partitions_are_not_of_one_size(name: str, partitions: int, gib: int) -> None:
    assert local_ssd_gib(name, partitions) == gib
