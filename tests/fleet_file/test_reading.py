from pathlib import Path

import pytest

from placement.domain.errors import BadFleet
from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Declassification,
    Fleet,
    Flow,
    Globs,
    GpuRequest,
    Job,
    Limits,
    MigrationLimit,
    Overhead,
    Quota,
    Resources,
    Service,
    SpotShare,
    Spread,
    Together,
    Workload,
)
from placement.domain.offering import CapacityType
from placement.fleet_file import read_fleet
from placement.written.nodes import KeyPath
from tests.fleet_file.shop import ONE, SHOP, flaws_of, read

SPOT = CapacityType.SPOT


def test_every_key_comes_to_its_place() -> None:
    checkout = Workload(
        name="checkout",
        labels=(("team", "web"),),
        replicas=6,
        resources=Resources(4, 16, ("x86_64", "arm64"), True, GpuRequest(1, ("A100",), 40)),
        overhead=Overhead(0.2, 1),
        instance_types=Globs(("m*", "n2-*"), ("*.metal",)),
        capacity=CapacityRequest((CapacityType.ON_DEMAND, SPOT), 0.5),
        run=Service(4, 0.25),
        hours_per_month=365,
        classification=("pii-eu",),
        places=Globs(("aws", "gcp:europe-*", "EU", "DE"), ("aws:eu-west-*",)),
        spread=Spread(2, 1, 2, 0.6),
        isolation="vm",
        current=(CurrentPlacement("aws:eu-central-1", 6),),
        state_gb=40,
    )
    cart = Workload(
        name="cart",
        resources=Resources(2, 8),
        replicas=3,
        current=(
            CurrentPlacement("aws:eu-central-1", 2, "m.large", SPOT),
            CurrentPlacement("aws:eu-west-1", 1),
        ),
    )
    etl = Workload(
        name="etl",
        resources=Resources(1, 2),
        run=Job(8, 20, checkpoint_write_minutes=3, restart_minutes=6, reload_gb=20, deadline_hours=24),
    )
    anonymous = Declassification("k-anonymity", "DPIA-17", ("pii-eu",))
    document = read(SHOP)
    assert document.warnings == ()
    assert document.fleet == Fleet(
        name="shop",
        policies=("gdpr.yaml",),
        workloads=(checkout, cart, etl),
        datasets=(
            Dataset("orders", 800, ("pii-eu",), ("aws:eu-central-1",), places=Globs(deny=("US",))),
            Dataset("events", 9, movable=True, copies=2),
        ),
        flows=(
            Flow("orders", "checkout", 1200),
            Flow("checkout", "internet", 500),
            Flow("etl", "cart", 50, declassify=anonymous),
            Flow("cart", "checkout", 90, max_rtt_ms=30),
        ),
        affinity=(Together(("checkout", "cart"), "region"),),
        anti_affinity=(Together(("etl", "cart"), "provider"),),
        limits=Limits(
            quotas=(Quota("aws:eu-central-1", 512, SPOT),),
            spot_share=(SpotShare(("checkout", "cart"), 0.15),),
            pool_exposure_max_fraction=0.2,
            budget_usd_per_month=20000,
            migration=MigrationLimit(3, 0.1),
        ),
    )


def test_what_is_left_out_has_its_default() -> None:
    assert read(ONE).fleet == Fleet("f", (Workload("web", Resources(2, 8)),))


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("classification: pii", "classification: [pii]"),
        ("capacity: {types: spot}", "capacity: {types: [spot]}"),
        ("places: {allow: EU}", "places: {allow: [EU]}"),
        ("current: aws:x", "current: [{region: aws:x, replicas: 1}]"),
        ("current: [{region: aws:x}]", "current: aws:x"),
        ("state_gb: 1e1", "state_gb: 10.0"),
        ("replicas: 2.0", "replicas: 2"),
        ("spread:", ""),
        ("service: {}", ""),
    ],
)
def test_what_can_be_written_in_two_ways_means_the_same(short: str, long: str) -> None:
    assert read(f"{ONE}  {short}\n").fleet == read(f"{ONE}  {long}\n").fleet


def test_an_architecture_may_be_a_text() -> None:
    text = ONE.replace("memory_gib: 8", "memory_gib: 8, architecture: arm64")
    assert read(text).fleet.workloads[0].resources.architecture == ("arm64",)


def test_an_empty_spread_is_not_the_same_as_none() -> None:
    assert read(f"{ONE}  spread: {{}}\n").fleet.workloads[0].spread == Spread()
    assert read(ONE).fleet.workloads[0].spread is None


def test_a_dataset_that_is_fixed_has_as_many_copies_as_places() -> None:
    two = read(f"{ONE}datasets:\n- {{name: d, size_gb: 1, at: [aws:a, gcp:b]}}\n").fleet.datasets[0]
    assert (two.copies, two.movable) == (2, False)


def test_norway_is_a_country_and_no_boolean() -> None:
    assert read(f"{ONE}  places: {{allow: [NO, no]}}\n").fleet.workloads[0].places.allow == ("NO", "no")


def test_a_date_is_a_text() -> None:
    assert read(f"{ONE}  labels: {{since: 2026-11-01}}\n").fleet.workloads[0].labels == (("since", "2026-11-01"),)


def test_an_anchor_can_be_used_again() -> None:
    text = (
        "fleet: f\nworkloads:\n- &web\n  name: web\n  resources: &small {vcpus: 2, memory_gib: 8}\n"
        "- {<<: *web, name: api}\n- {<<: [*web, {replicas: 3, name: no}], name: batch}\n"
        "- {name: cron, resources: *small}\n"
    )
    small = Resources(2, 8)
    assert read(text).fleet.workloads == (
        Workload("web", small),
        Workload("api", small),
        Workload("batch", small, replicas=3),
        Workload("cron", small),
    )


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        (
            "  replicas: 3\n  current: [{region: aws:x, replicas: 2}]\n",
            "fleet.yaml:6:12: workloads[0].current: 2 replicas run now, but 3 are asked for",
        ),
        (
            "  replicas: 3\n  capacity: {types: [spot], max_spot_fraction: 0.3}\n",
            "fleet.yaml:6:48: workloads[0].capacity.max_spot_fraction: this part of 3 replicas is less than one, "
            "so none will run on spot",
        ),
        (
            "  job: {hours: 1}\n  hours_per_month: 100\n",
            "fleet.yaml:6:20: workloads[0].hours_per_month: has no effect on a job, "
            "whose hours are job.hours x job.runs_per_month",
        ),
        (
            "datasets:\n- {name: d, size_gb: 1, movable: true, at: [aws:x, aws:y]}\n",
            "fleet.yaml:6:44: datasets[0].at: lies in 2 regions now; without `copies` it will be kept in one",
        ),
    ],
)
def test_what_is_odd_is_read_with_a_warning(lines: str, warning: str) -> None:
    assert read(ONE + lines).warnings == (warning,)


def test_a_later_check_can_point_into_the_document() -> None:
    document = read(SHOP)
    places: dict[KeyPath, tuple[int, int, str]] = {
        ("workloads", 0, "places", "allow", 1): (19, 25, "workloads[0].places.allow[1]"),
        ("workloads", 0, "current", 0, "region"): (22, 12, "workloads[0].current"),
        ("workloads", 2, "places", "allow"): (30, 3, "workloads[2].places.allow"),
        ("limits", "quotas", 0, "region"): (50, 21, "limits.quotas[0].region"),
        (): (1, 1, ""),
    }
    for path, (line, column, key) in places.items():
        flaw = document.flaw_at(path, "why")
        assert (flaw.line, flaw.column, flaw.key, flaw.reason) == (line, column, key, "why")


def test_a_file_is_read_and_named_in_its_flaws(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SHOP, encoding="utf-8")
    bad.write_text(ONE + "  colour: red\n", encoding="utf-8")
    assert read_fleet(good).fleet.name == "shop"
    with pytest.raises(BadFleet) as refusal:
        read_fleet(bad)
    assert str(refusal.value).startswith(f"{bad}:5:3: workloads[0].colour: unknown key, allowed are name, ")


def test_the_mark_at_the_start_of_some_files_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + ONE.replace("\n", "\r\n").encode())
    assert read_fleet(path).fleet == read(ONE).fleet
    assert flaws_of("\ufeff" + ONE) == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"fleet: f\nname: \xff\xfe\n", "2: this is not UTF-8 text: byte 15 is 0xFF"),
        (ONE.encode("utf-16"), "1: this is not UTF-8 text: byte 0 is 0x"),
        (bytes(range(128)), "the character U+0000 cannot be in YAML text"),
        (b"", "the document is empty"),
        (b"# nothing\n", "the document is empty"),
        (b"---\n...\n", "the document is empty"),
        (b"x" * 5_000_001, "the document is too long: 5,000,000 bytes at most are read"),
    ],
)
def test_a_file_that_is_no_document_is_refused(raw: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_bytes(raw)
    with pytest.raises(BadFleet) as refusal:
        read_fleet(path)
    assert reason in str(refusal.value)
    assert len(refusal.value.flaws) == 1


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFleet, match="there is no such file"):
        read_fleet(tmp_path / "missing.yaml")
    with pytest.raises(BadFleet, match="this file cannot be read: "):
        read_fleet(tmp_path)
