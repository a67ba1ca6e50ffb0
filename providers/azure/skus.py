"""The SKUs of a subscription say exactly what a size has, and whether the subscription may use it in a region.

A restriction of the location keeps the size from being used there; one of some zones does not. Names of regions come
in any case of letters, and every capability as text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from placement.domain.offering import InstanceType
from providers.azure.sizes import is_burstable, size_of

Listed = Mapping[str, Any]
"""A SKU with the names of the wire. The SDK's models are also such mappings, and much quicker read so."""
_ARCHITECTURES = {"x64": "x86_64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Sku:
    """A size as one subscription sees it in one region."""

    name: str
    instance_type: InstanceType | None
    """None: the SKU does not say vCPUs and memory."""
    usable: bool
    may_be_spot: bool
    """As the SKU says; it says so of sizes that cannot be."""


def skus_in(region: str, listed: Iterable[Listed]) -> dict[str, Sku]:
    """The sizes in a region, by name in lower case."""
    found: dict[str, Sku] = {}
    for sku in listed:
        name = sku.get("name")
        if sku.get("resourceType") == "virtualMachines" and name and _names(region, sku.get("locations")):
            says = {str(each.get("name")): str(each.get("value")) for each in sku.get("capabilities") or ()}
            usable = not any(_keeps_out_of(region, each) for each in sku.get("restrictions") or ())
            spot = says.get("LowPriorityCapable", "").casefold() == "true"
            found.setdefault(name.casefold(), Sku(name, _instance_type(name, says), usable, spot))
    return found


def _names(region: str, places: Iterable[str] | None) -> bool:
    return region.casefold() in {place.casefold() for place in places or ()}


def _keeps_out_of(region: str, restriction: Mapping[str, Any]) -> bool:
    if str(restriction.get("type")).casefold() != "location":
        return False
    about = restriction.get("restrictionInfo") or {}
    return _names(region, restriction.get("values")) or _names(region, about.get("locations"))


def _instance_type(name: str, says: Mapping[str, str]) -> InstanceType | None:
    try:
        # Of a size with constrained cores, vCPUs counts also those that are switched off.
        vcpus = float(says.get("vCPUsAvailable") or says["vCPUs"])
        memory_gib = float(says["MemoryGB"])
        gpu_count = int(says.get("GPUs", "0"))
    except (KeyError, ValueError):
        return None
    if not (vcpus > 0 and memory_gib > 0 and gpu_count >= 0):
        return None
    # SKUs do not name their GPUs.
    known = size_of(name) if gpu_count else None
    return InstanceType(
        "azure",
        name,
        vcpus,
        memory_gib,
        architecture=_ARCHITECTURES.get(says.get("CpuArchitectureType", "").casefold()),
        burstable=is_burstable(name),
        gpu_count=gpu_count,
        gpu_model=known.gpu_model if known else None,
        gpu_memory_gib=known.gpu_memory_gib if known and known.gpu_count == gpu_count else None,
    )
