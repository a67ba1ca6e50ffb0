"""A machine costs the sum of its components, or has no price."""

from fractions import Fraction

import pytest

from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType
from providers.gcp.components import ANY_FAMILY, Component, Kind, UnitPrices
from providers.gcp.composition import bill_of, price_of, why_unpriced
from providers.gcp.machines import Machine
from providers.gcp.skus import Sku
from tests.providers.gcp.rows import IOWA, core, ram, row, units

SPOT, ON_DEMAND = CapacityType.SPOT, CapacityType.ON_DEMAND
GIB = 1024
E2 = units(core("E2 Instance", "0.02181159"), ram("E2 Instance", "0.00292353"))
DISK = row("SSD backed Local Storage in Iowa", "LocalSSD", "0.08", unit="GiBy.mo")


def price(machine: Machine, prices: UnitPrices, capacity_type: CapacityType = ON_DEMAND) -> object:
    return price_of(bill_of(machine, prices), IOWA, capacity_type, prices)


def parts(machine: Machine, *rows: Sku) -> set[tuple[Component, Fraction]]:
    return set(bill_of(machine, units(*rows)))


@pytest.mark.parametrize(
    ("name", "vcpus", "memory_gib", "usd"),
    [
        ("e2-micro", 2, 1, "0.0083764275"),
        ("e2-small", 2, 2, "0.016752855"),
        ("e2-medium", 2, 4, "0.03350571"),
        ("e2-standard-2", 2, 8, "0.06701142"),
    ],
)
def test_shared_core_types_show_2_vcpus_and_are_billed_a_share(
    name: str, vcpus: int, memory_gib: int, usd: str
) -> None:
    """Published in Iowa, 2026-07-30."""
    machine = Machine(name, vcpus, memory_gib * GIB, shared=name != "e2-standard-2")
    assert price(machine, E2) == rate_from_usd(usd)


@pytest.mark.parametrize(
    ("name", "group", "words"),
    [
        ("f1-micro", "F1Micro", "Micro Instance with burstable CPU"),
        ("g1-small", "G1Small", "Small Instance with 1 VCPU"),
    ],
)
def test_f1_and_g1_have_one_flat_price(name: str, group: str, words: str) -> None:
    prices = units(
        row(f"{words} running in Americas", group, "0.0076"),
        row(f"Spot Preemptible {words} running in Americas", group, "0.000684", usage="Preemptible"),
    )
    machine = Machine(name, 1, 614, shared=True)
    assert price(machine, prices) == rate_from_usd("0.0076")
    assert price(machine, prices, SPOT) == rate_from_usd("0.000684")


def test_vcpus_and_memory_add_up() -> None:
    """Published in Iowa for n2-standard-4."""
    prices = units(core("N2 Instance", "0.031611"), ram("N2 Instance", "0.004237"))
    assert price(Machine("n2-standard-4", 4, 16 * GIB), prices) == rate_from_usd("0.194236")


def test_memory_by_the_gb_is_not_taken_for_memory_by_the_gib() -> None:
    prices = units(core("C4D Instance", "0.0327035"), ram("C4D Instance", "0.003495578", unit="GBy.h"))
    exact = 8 * Fraction("0.0327035") + 31 * Fraction("0.003495578") * Fraction(2**30, 10**9)
    assert price(Machine("c4d-standard-8", 8, 31 * GIB), prices) == round(exact * 10**9)


def test_the_sum_is_rounded_once() -> None:
    """Each of the two parts alone would be rounded down."""
    prices = units(core("X9 Instance", "0.0000000003"), ram("X9 Instance", "0.0000000004"))
    assert price(Machine("x9-standard-1", 1, GIB), prices) == 1


def test_disks_that_come_with_a_machine_are_billed() -> None:
    """Published in Iowa for c3-standard-4-lssd, 2026-07-30."""
    prices = units(core("C3 Instance", "0.033982"), ram("C3 Instance", "0.004105"), DISK)
    machine = Machine("c3-standard-4-lssd", 4, 16 * GIB, local_ssd_gib=375)
    assert price(machine, prices) == rate_from_usd("0.242703890410959")


def test_m2_is_m1_and_an_upgrade() -> None:
    machine = Machine("m2-ultramem-208", 208, 5888 * GIB)
    assert parts(machine) == {
        (Component(Kind.CORE, "m1"), Fraction(208)),
        (Component(Kind.RAM, "m1"), Fraction(5888)),
        (Component(Kind.CORE_UPGRADE, "m1"), Fraction(208)),
        (Component(Kind.RAM_UPGRADE, "m1"), Fraction(5888)),
    }


def test_m2_without_the_upgrade_has_no_price() -> None:
    prices = units(core("Memory-optimized Instance", "0.03"), ram("Memory-optimized Instance", "0.005"))
    assert price(Machine("m1-ultramem-40", 40, 961 * GIB), prices) == rate_from_usd("6.005")
    assert price(Machine("m2-ultramem-208", 208, 5888 * GIB), prices) == Component(Kind.CORE_UPGRADE, "m1")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("a3-highgpu-8g", "a3"),
        ("a3-ultragpu-8g", "a3ultra"),
        ("a3-megagpu-8g", "a3plus"),
        ("m4-ultramem-112", "m4"),
        ("m4-ultramem-224", "m4ultramem224"),
        ("m4n-ultramem-224", "m4nultramem224"),
        ("n1-megamem-96", "m1"),
        ("n1-ultramem-40", "m1"),
        ("n1-standard-4", "n1"),
    ],
)
def test_some_types_have_rows_of_their_own(name: str, family: str) -> None:
    assert (Component(Kind.CORE, family), Fraction(4)) in parts(Machine(name, 4, GIB))


def test_gpus_are_counted() -> None:
    machine = Machine("a2-highgpu-2g", 24, 170 * GIB, accelerators=(("nvidia-tesla-a100", 2),))
    prices = units(
        core("A2 Instance", "0.031611"),
        ram("A2 Instance", "0.004237"),
        row("Nvidia Tesla A100 GPU running in Americas", "GPU", "2.933908"),
    )
    assert price(machine, prices) == rate_from_usd("7.34677")


def test_the_price_of_an_a4_slice_covers_vcpus_memory_and_disks() -> None:
    machine = Machine("a4-highgpu-8g", 224, 3968 * GIB, accelerators=(("nvidia-b200", 8),), local_ssd_gib=12000)
    prices = units(row("A4 Nvidia B200 (1 gpu slice) running in Americas", "GPU", "16.11"), DISK)
    assert price(machine, prices) == rate_from_usd("128.88")


@pytest.mark.parametrize(
    ("machine", "missing"),
    [
        (Machine("n2-standard-4", 4, 16 * GIB), Component(Kind.RAM, "n2")),
        (Machine("g2-standard-4", 4, 16 * GIB, accelerators=(("nvidia-l4", 1),)), Component(Kind.GPU, "nvidia-l4")),
        (Machine("g2-standard-4", 4, 16 * GIB, accelerators=(("new", 1),)), Component(Kind.GPU, "new")),
        (Machine("g2-standard-4-lssd", 4, 16 * GIB, local_ssd_gib=375), Component(Kind.DISK, ANY_FAMILY)),
    ],
)
def test_a_missing_component_leaves_no_partial_sum(machine: Machine, missing: Component) -> None:
    prices = units(core("N2 Instance", "0.03"), core("G2 Instance", "0.02"), ram("G2 Instance", "0.003"))
    assert price(machine, prices) == missing


def test_a_price_in_another_region_is_no_price_here() -> None:
    prices = units(core("N2 Instance", "0.03", regions=("us-east1",)), ram("N2 Instance", "0.004"))
    assert price(Machine("n2-standard-4", 4, 16 * GIB), prices) == Component(Kind.CORE, "n2")


def test_a_family_with_disks_of_its_own_is_not_given_the_price_of_others() -> None:
    elsewhere = row(
        "C4D Instance Local SSD running in Osaka", "LocalSSD", "0.16", unit="GiBy.mo", regions=("asia-northeast2",)
    )
    prices = units(core("C4D Instance", "0.03"), ram("C4D Instance", "0.003"), DISK, elsewhere)
    assert price(Machine("c4d-standard-8-lssd", 8, 31 * GIB, local_ssd_gib=375), prices) == Component(Kind.DISK, "c4d")


def test_a_family_without_any_spot_price_is_not_sold_as_spot() -> None:
    spot_disk = row("SSD backed Local Storage in Iowa", "LocalSSD", "0.04", unit="GiBy.mo", usage="Preemptible")
    prices = units(core("H3 Instance", "0.04"), ram("H3 Instance", "0.004"), DISK, spot_disk)
    machine = Machine("h3-standard-88-lssd", 88, 352 * GIB, local_ssd_gib=375)
    assert price(machine, prices, SPOT) is None


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine("g4-standard-6", 6, 22 * GIB, part_of_a_gpu=True), "part of a GPU"),
        (Machine("e9-micro", 2, GIB, shared=True), "share of a vCPU"),
        (Machine("c3-standard-4-lssd", 4, 16 * GIB), "size of its local disks"),
        (Machine("m2-ultramemx-96", 96, 1500 * GIB), "not documented"),
    ],
)
def test_what_no_rule_is_known_for_is_not_guessed(machine: Machine, words: str) -> None:
    assert words in (why_unpriced(machine) or "")


@pytest.mark.parametrize(
    "machine",
    [
        Machine("n2-standard-4", 4, 16 * GIB),
        Machine("e2-micro", 2, GIB, shared=True),
        Machine("f1-micro", 1, 614, shared=True),
        Machine("a3-ultragpu-8g-nolssd", 224, 2952 * GIB),
    ],
)
def test_the_usual_types_can_be_priced(machine: Machine) -> None:
    assert why_unpriced(machine) is None
