"""A machine costs the sum of what its components cost; where one of them has no price, the machine has none.

usd_per_hour = sum over components c of usd_per_hour[c] x amount[c], rounded once.
"""

from fractions import Fraction

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType
from providers.gcp.accelerators import accelerators
from providers.gcp.components import ANY_FAMILY, Component, Kind, UnitPrices
from providers.gcp.machines import Machine

INCOMPLETE = "a component has no price in the region"
_BILLED_VCPUS = {"e2-micro": Fraction(1, 4), "e2-small": Fraction(1, 2), "e2-medium": Fraction(1)}
"""Shared-core types show their guest 2 vCPUs."""
_WHOLE = frozenset({"f1-micro", "g1-small"})
_FAMILIES = (
    ("a3-megagpu", "a3plus"),
    ("a3-ultragpu", "a3ultra"),
    ("m2-", "m1"),
    ("m4-ultramem-224", "m4ultramem224"),
    ("m4n-ultramem-224", "m4nultramem224"),
    ("n1-megamem", "m1"),
    ("n1-ultramem", "m1"),
)
"""Which family's rows price the types with such names; the others are priced as the family that they are named by."""
_UPGRADED = "m2-"
_UNDOCUMENTED = ("m2-ultramem2x", "m2-ultramemx")

Bill = tuple[tuple[Component, Fraction], ...]
"""(component, amount)"""


def why_unpriced(machine: Machine) -> str | None:
    """Why no sum would be right for the machine, or None."""
    if machine.part_of_a_gpu:
        return "it has a part of a GPU, which is priced apart"
    if machine.shared and machine.name not in _BILLED_VCPUS and machine.name not in _WHOLE:
        return "the share of a vCPU that it is billed is not known"
    if "lssd" in machine.name and "nolssd" not in machine.name and not machine.local_ssd_gib:
        return "the size of its local disks is not known"
    if machine.name.startswith(_UNDOCUMENTED):
        return "its price is not documented"
    return None


def bill_of(machine: Machine, units: UnitPrices) -> Bill:
    """What a machine is billed for an hour."""
    if machine.name in _WHOLE:
        return ((Component(Kind.WHOLE, machine.name), Fraction(1)),)
    gpus = [(accelerators().get(name), name, Fraction(count)) for name, count in machine.accelerators]
    slices = tuple((Component(Kind.SLICE, name), count) for gpu, name, count in gpus if gpu and gpu.whole_slice)
    if slices:
        return slices
    family = _family(machine.name)
    vcpus = _BILLED_VCPUS.get(machine.name, Fraction(machine.vcpus))
    memory_gib = Fraction(machine.memory_mib, 1024)
    bill = [(Component(Kind.CORE, family), vcpus), (Component(Kind.RAM, family), memory_gib)]
    if machine.name.startswith(_UPGRADED):
        bill += [(Component(Kind.CORE_UPGRADE, family), vcpus), (Component(Kind.RAM_UPGRADE, family), memory_gib)]
    bill += [(Component(Kind.GPU, name), count) for _, name, count in gpus]
    if machine.local_ssd_gib:
        whose = family if family in units.families_with_own_disks else ANY_FAMILY
        bill.append((Component(Kind.DISK, whose), Fraction(machine.local_ssd_gib)))
    return tuple(bill)


def price_of(bill: Bill, region: str, capacity_type: CapacityType, units: UnitPrices) -> NanoUsd | Component | None:
    """What the bill comes to; the first component that has no price; or None where none of its own has one.

    Local disks are priced everywhere and prove nothing: a family of which neither the vCPUs nor the memory nor a GPU
    has a price as spot is not sold so.
    """
    prices = units.usd_per_hour
    found = [(component, amount, prices.get((component, region, capacity_type))) for component, amount in bill]
    if all(usd is None for component, _, usd in found if component.kind is not Kind.DISK):
        return None
    for component, _, usd in found:
        if usd is None:
            return component
    return NanoUsd(round(sum(amount * usd for _, amount, usd in found if usd) * 10**9))


def _family(name: str) -> str:
    return next((family for prefix, family in _FAMILIES if name.startswith(prefix)), name.partition("-")[0])
