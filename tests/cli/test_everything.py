"""The example with every key: all of its rules hold in the answer, and two of its bills are added up by hand."""

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal
from math import floor
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from placement.cli.main import run
from tests.cli.running import EXAMPLES, Ran, sample_rows

FLEET = EXAMPLES / "everything.yaml"
KEYS = """
fleet policies workloads datasets flows affinity anti_affinity limits
name labels replicas resources overhead instance_types capacity service job hours_per_month classification places
spread isolation current state_gb failover backups
vcpus memory_gib architecture burstable gpus count model
allow deny types max_spot_fraction restart_minutes interruption_usd
hours runs_per_month checkpoint_write_minutes reload_gb deadline_hours
min_regions min_providers min_zones max_fraction_per_region
region instance_type capacity_type
size_gb at movable copies
from to gb_per_month max_rtt_ms declassify method evidence classes
by quotas spot_share max_fraction pool_exposure budget_usd_per_month migration horizon_months min_saving_fraction
"""
MONTH = 730


@pytest.fixture(scope="module")
def answer(loaded_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    database = shutil.copy(loaded_database, tmp_path_factory.mktemp("everything") / "placement.db")
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--database", f"sqlite:///{database}", "solve", str(FLEET), "--json"])
    assert (code, err.getvalue()) == (0, "")
    return Ran(code, out.getvalue(), err.getvalue()).document


@pytest.fixture(scope="module")
def fleet() -> Any:
    return YAML(typ="safe").load(FLEET)


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def _parts(answer: Any, workload: str) -> list[dict[str, Any]]:
    (placed,) = [placed for placed in answer["placements"] if placed["workload"] == workload]
    parts: list[dict[str, Any]] = placed["assignments"]
    return parts


def _regions(answer: Any, workload: str) -> set[str]:
    return {part["region"] for part in _parts(answer, workload)}


def _cost(answer: Any, workload: str) -> dict[str, Decimal]:
    (placed,) = [placed for placed in answer["placements"] if placed["workload"] == workload]
    cost: dict[str, Decimal] = placed["cost_usd_per_month"]
    return cost


def _spot(answer: Any) -> list[tuple[str, str, int, float]]:
    """(region, instance type, replicas, vCPUs of them) of each part on spot."""
    vcpus = {(row["provider"], row["instance_type"]): float(row["vcpus"]) for row in sample_rows("instance_types")}
    return [
        (
            part["region"],
            part["instance_type"],
            part["replicas"],
            part["replicas"] * vcpus[part["region"].split(":")[0], part["instance_type"]],
        )
        for placed in answer["placements"]
        for part in placed["assignments"]
        if part["capacity_type"] == "spot"
    ]


def test_it_has_every_key(fleet: Any) -> None:
    assert set(KEYS.split()) - _keys(fleet) == set()


def test_its_answer_is_proven(answer: Any) -> None:
    assert answer["status"] == "optimal"
    assert answer["cost_usd_per_month"]["total"] <= 20_000


def test_the_rules_of_each_workload_hold(answer: Any) -> None:
    checkout = _parts(answer, "checkout")
    assert sum(part["replicas"] for part in checkout) == 6
    assert len(_regions(answer, "checkout")) >= 2
    assert len({region.split(":")[0] for region in _regions(answer, "checkout")}) >= 2
    for region in _regions(answer, "checkout"):
        assert sum(part["replicas"] for part in checkout if part["region"] == region) <= floor(0.6 * 6)
    assert sum(part["replicas"] for part in checkout if part["capacity_type"] == "spot") <= 3
    assert all(part["instance_type"].startswith(("m", "n2-", "Standard_D")) for part in checkout)
    assert not any(part["instance_type"].endswith("_v3") for part in checkout)
    country = {f"{row['provider']}:{row['region']}": row["country"] for row in sample_rows("regions")}
    assert {country[region] for region in _regions(answer, "db-a") | _regions(answer, "db-b")} == {"DE"}
    assert _regions(answer, "ads") < {region for region in country if region.startswith("gcp:")}
    (gpu,) = _parts(answer, "vision")
    kinds = {row["instance_type"]: row for row in sample_rows("instance_types")}
    assert kinds[gpu["instance_type"]]["gpu_model"] in ("T4", "L4")


def test_the_rules_between_workloads_hold(answer: Any) -> None:
    assert _regions(answer, "cart") == _regions(answer, "checkout")
    providers = [{region.split(":")[0] for region in _regions(answer, name)} for name in ("db-a", "db-b")]
    assert providers[0] & providers[1] == set()
    (catalogue,) = [dataset for dataset in answer["datasets"] if dataset["dataset"] == "catalogue"]
    assert len(set(catalogue["regions"])) == 2
    read = {flow["from_region"] for flow in answer["flows"] if flow["from"] == "catalogue"}
    written = {flow["to_region"] for flow in answer["flows"] if flow["to"] == "catalogue"}
    assert read <= set(catalogue["regions"]) == written


def test_the_limits_hold(answer: Any) -> None:
    spot = _spot(answer)
    every = sum(vcpus for *_, vcpus in spot)
    pools: dict[tuple[str, str], float] = {}
    for region, kind, _, vcpus in spot:
        pools[region, kind] = pools.get((region, kind), 0) + vcpus
    assert every > 0
    assert max(pools.values()) <= 0.75 * every
    assert sum(vcpus for region, *_, vcpus in spot if region == "aws:eu-central-1") <= 64
    asked = {"web": (4, 2), "checkout": (6, 4)}
    on_spot = sum(
        part["replicas"] * asked[name][1]
        for name in asked
        for part in _parts(answer, name)
        if part["capacity_type"] == "spot"
    )
    assert on_spot <= 0.4 * sum(replicas * vcpus for replicas, vcpus in asked.values())


def test_the_bill_of_db_a_adds_up_by_hand(answer: Any) -> None:
    (part,) = _parts(answer, "db-a")
    assert (part["region"], part["replicas"], part["usd_per_hour"]) == ("onprem:fra-1", 3, Decimal("0.041647"))
    cost = _cost(answer, "db-a")
    assert cost["compute"] == round(3 * MONTH * Decimal("0.041647"), 6)
    # 200 GB leave the site at 0.0061 USD a GB.
    assert cost["egress"] == Decimal("1.22")
    # 500 GB of state leave AWS at 0.09 USD a GB, three restarts take 5 minutes each, written off over 3 months.
    restarts = 3 * Decimal(5) / 60 * Decimal("0.041647")
    assert cost["migration"] == round((500 * Decimal("0.09") + restarts) / 3, 6)
    assert cost["total"] == cost["compute"] + cost["egress"] + cost["migration"]


def test_the_bill_of_checkout_adds_up_by_hand(answer: Any) -> None:
    north, sweden = _parts(answer, "checkout")
    assert (north["region"], north["capacity_type"], north["replicas"]) == ("aws:eu-north-1", "on_demand", 3)
    assert (sweden["region"], sweden["capacity_type"], sweden["replicas"]) == ("azure:swedencentral", "spot", 3)
    assert (north["usd_per_hour"], sweden["usd_per_hour"]) == (Decimal("0.328"), Decimal("0.060614"))
    cost = _cost(answer, "checkout")
    assert cost["compute"] == 3 * MONTH * (Decimal("0.328") + Decimal("0.060614"))
    restart_north, restart_sweden = (
        Decimal(4) / 60 * usd + Decimal("0.05") for usd in (Decimal("0.328"), Decimal("0.060614"))
    )
    assert cost["interruption"] == round(3 * MONTH * sweden["hazard_per_hour"] * restart_sweden, 6)
    # Half of 500 GB to people and a quarter of 30 GB to the other half of cart, from each region.
    people = 250 * Decimal("0.09") + 250 * Decimal("0.0875")
    cart = Decimal("7.5") * (Decimal("0.09") + Decimal("0.0875"))
    assert cost["egress"] == pytest.approx(people + cart, abs=Decimal("0.000004"))
    # A sixth of 40 GB goes along with each replica, from Frankfurt to AWS's region at 0.02 and to Azure's at 0.09.
    moved = 3 * (Decimal(40) / 6 * Decimal("0.02") + restart_north)
    moved += 3 * (Decimal(40) / 6 * Decimal("0.09") + restart_sweden)
    assert cost["migration"] == round(moved / 3, 6)
