"""A machine type is offered in a region if one of its zones has it: prices do not differ by zone."""

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from placement.domain.errors import CollectionFailed
from placement.domain.offering import InstanceType
from placement.domain.provider import Refusal
from providers.gcp.accelerators import accelerators
from providers.gcp.access import PROVIDER

if TYPE_CHECKING:
    from providers.gcp.clients import Clients

DISAGREE = "its zones disagree on what the type is"
_EMPTY = "NO_RESULTS_ON_PAGE"
_GONE = frozenset({"DEPRECATED", "OBSOLETE", "DELETED"})
_ARCHITECTURE = {"X86_64": "x86_64", "ARM64": "arm64"}
_FRACTION = re.compile(r"\b1/\d+ ")
"""The API counts 1 GPU where the description says `1/8 NVIDIA RTX PRO 6000 GPU`."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine type, as far as it is billed."""

    name: str
    vcpus: int
    """Of a shared-core type what the guest sees, not what is billed."""
    memory_mib: int
    shared: bool = False
    architecture: str | None = None
    accelerators: tuple[tuple[str, int], ...] = ()
    """(name, count)"""
    part_of_a_gpu: bool = False
    local_ssd_gib: int = 0
    """That comes with the machine, and is billed with it."""

    def instance_type(self) -> InstanceType:
        """As the catalog knows it."""
        gpus = [(accelerators().get(name), count) for name, count in self.accelerators if name.startswith("nvidia-")]
        known = [(gpu, count) for gpu, count in gpus if gpu]
        whole = len(known) == len(gpus) > 0
        return InstanceType(
            PROVIDER,
            self.name,
            float(self.vcpus),
            self.memory_mib / 1024,
            architecture=self.architecture,
            burstable=self.shared,
            gpu_count=sum(count for _, count in gpus),
            gpu_model=known[0][0].model if whole else None,
            gpu_memory_gib=sum(gpu.memory_gib * count for gpu, count in known) if whole else None,
        )


@dataclass(frozen=True, slots=True)
class Machines:
    """All machine types of the regions that were asked for."""

    by_name: dict[str, Machine]
    zones: dict[tuple[str, str], tuple[str, ...]]
    """The zones that have a type, in the order of their names, by (region, type)."""
    refused: tuple[Refusal, ...] = ()

    def of(self, region: str) -> list[Machine]:
        """What the region offers, in the order of the names."""
        names = sorted(name for place, name in self.zones if place == region)
        return [self.by_name[name] for name in names]


def read_machines(clients: "Clients", regions: Collection[str]) -> Machines:
    """What the regions offer, without types that are on their way out and custom ones.

    Raises CollectionFailed where a zone of the regions could not be asked.
    """
    by_name: dict[str, Machine] = {}
    zones: dict[tuple[str, str], set[str]] = {}
    torn: set[str] = set()
    for page in clients.machine_type_pages():
        _check(clients.source, page.warning.code, "")
        for scope in page.unreachables:
            if _region(scope) in regions:
                _check(clients.source, "UNREACHABLE", scope)
        for scope, listed in page.items.items():
            region = _region(scope)
            if region not in regions:
                continue
            _check(clients.source, listed.warning.code, scope)
            for row in listed.machine_types:
                if row.deprecated.state in _GONE or "custom-" in row.name:
                    continue
                machine = _machine(row)
                if by_name.setdefault(machine.name, machine) != machine:
                    torn.add(machine.name)
                zones.setdefault((region, machine.name), set()).add(scope.rpartition("/")[2])
    return Machines(
        {name: machine for name, machine in by_name.items() if name not in torn},
        {key: tuple(sorted(found)) for key, found in zones.items() if key[1] not in torn},
        tuple(Refusal(DISAGREE, name) for name in sorted(torn)),
    )


def _check(source: str, warning: str, scope: str) -> None:
    if warning not in ("", _EMPTY):
        where = f" of {scope}" if scope else ""
        raise CollectionFailed(f"{source}: list machine types{where}: is answered in part, with {warning[:40]}")


def _region(scope: str) -> str:
    """zones/us-central1-a lies in us-central1."""
    return scope.rpartition("/")[2].rpartition("-")[0]


def _machine(row: Any) -> Machine:
    return Machine(
        row.name,
        row.guest_cpus,
        row.memory_mb,
        row.is_shared_cpu,
        _ARCHITECTURE.get(row.architecture),
        tuple((part.guest_accelerator_type, part.guest_accelerator_count) for part in row.accelerators),
        bool(row.accelerators) and _FRACTION.search(row.description) is not None,
        local_ssd_gib(row.name, row.bundled_local_ssds.partition_count),
    )


def local_ssd_gib(machine_type: str, partitions: int) -> int:
    """The size of the disks that come with a machine: a partition is not of one size in all types."""
    if not partitions:
        return 0
    each, in_all = next((each, in_all) for types, each, in_all in _disks() if fnmatchcase(machine_type, types))
    return in_all or partitions * each


@cache
def _disks() -> list[tuple[str, int, int]]:
    """(machine types, GiB of a partition, GiB in all or 0), the first that fits holds."""
    text = files(__package__).joinpath("local_ssd.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return [(row["machine_types"], int(row["gib_per_partition"] or 0), int(row["gib_in_all"] or 0)) for row in rows]
