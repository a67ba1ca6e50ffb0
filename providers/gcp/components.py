"""A machine's components are billed one by one: what each costs an hour, by region and way of buying.

Of several rows for one component in one region, such as a broad one and the region's own, the dearest holds, so that
no price is too low.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from placement.domain.money import HOURS_PER_MONTH
from placement.domain.offering import CapacityType
from placement.domain.provider import Refusal
from providers.gcp.accelerators import accelerator_of_sku
from providers.gcp.skus import GB_IN_GIB, MACHINE_GROUPS, Sku

FREE = "price of 0"
STRANGE_UNIT = "its unit or currency is not known"


class Kind(StrEnum):
    """What of a machine is priced, and by which measure."""

    CORE = "vCPU"
    RAM = "GiB of memory"
    CORE_UPGRADE = "upgrade of a vCPU"
    RAM_UPGRADE = "upgrade of a GiB of memory"
    GPU = "GPU"
    SLICE = "GPU with its share of the machine"
    DISK = "GiB of local disk"
    WHOLE = "machine"


class Component(NamedTuple):
    """A kind, and of which family, accelerator or type."""

    kind: Kind
    of: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.of}"


ANY_FAMILY = "any family"
"""Whose local disks have no price of their own."""
_UNITS = {"h": Fraction(1)}
_MEMORY_UNITS = {"GiBy.h": Fraction(1), "GBy.h": GB_IN_GIB}
_DISK_UNITS = {
    "GiBy.mo": Fraction(1, HOURS_PER_MONTH),
    "GBy.mo": GB_IN_GIB / HOURS_PER_MONTH,
    "GiBy.h": Fraction(1),
}
_UNITS_OF = {Kind.RAM: _MEMORY_UNITS, Kind.RAM_UPGRADE: _MEMORY_UNITS, Kind.DISK: _DISK_UNITS}

# Spot rows may be filed under OnDemand, so the words count too.
_SPOT = re.compile(r"^(?:Spot )?Preemptible | attached to (?:Spot )?Preemptible VMs?\b")
_UPGRADE = "Memory Optimized Upgrade Premium for "
_OTHER_BUSINESS = re.compile(
    r"\b(?:custom|sole tenancy|reserved|premium|dws|calendar mode|commitment|suspended)\b", re.IGNORECASE
)
# "M4NUltramem224Instance Ram" lacks a space, "Compute optimized Core" the word Instance.
_PART = re.compile(r"^(?P<series>.+?) ?(?:Instance )?(?P<part>Core|Ram) running in ")
_GPU = re.compile(r"^(?P<gpu>.+?)(?: GPU)? running in ")
_DISK = re.compile(r"^SSD backed Local Storage(?: (?:running )?in .+)?$")
_OWN_DISK = re.compile(r"^(?P<series>.+?) Instance Local SSD running in ")
_FAMILY = re.compile(r"^(?P<family>\w+)(?: AMD| Arm)?$")
_OLD_FAMILIES = {
    "compute optimized": "c2",
    "memory-optimized": "m1",
    "m3 memory-optimized": "m3",
    "n1 predefined": "n1",
}
_WHOLE = {"F1Micro": "f1-micro", "G1Small": "g1-small"}


@dataclass(frozen=True, slots=True)
class UnitPrices:
    """What components cost."""

    usd_per_hour: Mapping[tuple[Component, str, CapacityType], Fraction]
    """By component, region and way of buying."""
    families_with_own_disks: frozenset[str]
    refused: tuple[Refusal, ...]

    @classmethod
    def of(cls, skus: Iterable[Sku]) -> "UnitPrices":
        """Read the catalogue's rows; those that price something else are passed over."""
        found: dict[tuple[Component, str, CapacityType], Fraction] = {}
        refused: list[Refusal] = []
        for sku in skus:
            read = read_component(sku)
            if read is None:
                continue
            component, capacity_type = read
            hourly = _UNITS_OF.get(component.kind, _UNITS).get(sku.unit)
            if hourly is None or sku.currency != "USD":
                refused.append(Refusal(STRANGE_UNIT, f"{sku.description}: {sku.currency} for {sku.unit}"))
            elif sku.usd <= 0:
                refused.append(Refusal(FREE, sku.description))
            else:
                for region in sku.regions:
                    key = component, region, capacity_type
                    found[key] = max(found.get(key, Fraction(0)), sku.usd * hourly)
        own = frozenset(part.of for part, _, _ in found if part.kind is Kind.DISK) - {ANY_FAMILY}
        return cls(found, own, tuple(refused))


def read_component(sku: Sku) -> tuple[Component, CapacityType] | None:
    """What a row prices, and bought how; None where it is about no machine of ours."""
    if sku.group not in MACHINE_GROUPS:
        return None
    spot = sku.usage == "Preemptible" or _SPOT.search(sku.description) is not None
    words = _SPOT.sub("", sku.description)
    upgrade = words.startswith(_UPGRADE)
    words = words.removeprefix(_UPGRADE)
    if _OTHER_BUSINESS.search(words):
        return None
    component = _part(words, upgrade) if sku.group in ("CPU", "RAM", "N1Standard") else _other(sku.group, words)
    return component and (component, CapacityType.SPOT if spot else CapacityType.ON_DEMAND)


def _part(words: str, upgrade: bool) -> Component | None:
    found = _PART.match(words)
    family = found and _family(found["series"])
    if not found or not family:
        return None
    if found["part"] == "Core":
        return Component(Kind.CORE_UPGRADE if upgrade else Kind.CORE, family)
    return Component(Kind.RAM_UPGRADE if upgrade else Kind.RAM, family)


def _other(group: str, words: str) -> Component | None:
    if group in _WHOLE:
        return Component(Kind.WHOLE, _WHOLE[group])
    if group == "LocalSSD":
        if _DISK.match(words):
            return Component(Kind.DISK, ANY_FAMILY)
        own = _OWN_DISK.match(words)
        family = own and _family(own["series"])
        return Component(Kind.DISK, family) if family else None
    found = _GPU.match(words)
    gpu = found and accelerator_of_sku().get(found["gpu"])
    return Component(Kind.SLICE if gpu.whole_slice else Kind.GPU, gpu.name) if gpu else None


def _family(series: str) -> str | None:
    """The family as machine types are named by it, without their hyphens; None where several words say more."""
    if old := _OLD_FAMILIES.get(series.lower()):
        return old
    found = _FAMILY.match(series)
    return found["family"].lower() if found else None
