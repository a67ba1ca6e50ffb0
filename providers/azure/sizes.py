"""The name of a size says its series and vCPUs; what a series has for each vCPU is a dated table.

`Standard_E8-4s_v5` is number 8 of series `Standard_E#s_v5` with 4 of its vCPUs switched on and all of its memory. The
table is series.csv: numbers, and for each vCPUs (else the number) and memory or memory per vCPU. A number that is not
listed is not known: large sizes break the rule of their series.
"""

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from placement.domain.offering import InstanceType

_NAME = re.compile(
    r"(?P<tier>Standard|Basic)_(?P<family>[A-Z]+)(?P<number>\d+)(?:-(?P<active>\d+))?"
    r"(?P<features>[a-z]*)(?:-(?P<active_too>\d+))?(?P<version>(?:_\w+)?)"
)


@dataclass(frozen=True, slots=True)
class SizeName:
    """What the name of a size says."""

    series: str
    """With # in the place of the number: `Standard_E#s_v5`."""
    number: int
    active_vcpus: int | None
    """Of a size with constrained cores."""
    burstable: bool

    @classmethod
    def read(cls, name: str) -> "SizeName | None":
        """None for a name of another form."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        active = found["active"] or found["active_too"]
        return cls(
            f"{found['tier']}_{found['family']}#{found['features']}{found['version']}",
            int(found["number"]),
            int(active) if active else None,
            found["family"] == "B",
        )


def size_of(name: str) -> InstanceType | None:
    """What the table says of a size, or None."""
    read = SizeName.read(name)
    whole = _table().get((read.series, read.number)) if read else None
    if read is None or whole is None:
        return None
    if read.active_vcpus is None:
        return replace(whole, name=name)
    if not 0 < read.active_vcpus < whole.vcpus:
        return None
    return replace(whole, name=name, vcpus=read.active_vcpus)


def is_burstable(name: str) -> bool:
    """Whether the size has a share of its vCPUs on average: the B-series."""
    read = SizeName.read(name)
    return read is not None and read.burstable


def why_never_spot(name: str) -> str | None:
    """Why a size cannot be spot, whatever its SKU or price list says; None where it can."""
    if is_burstable(name):
        return "burstable sizes cannot be spot"
    if name.endswith("_Promo"):
        return "sizes of a promotion cannot be spot"
    return None


@cache
def _table() -> dict[tuple[str, int], InstanceType]:
    text = files("providers.azure").joinpath("series.csv").read_text(encoding="utf-8")
    table: dict[tuple[str, int], InstanceType] = {}
    for row in csv.DictReader(text.splitlines()):
        for number in map(int, row["numbers"].split()):
            vcpus = float(row["vcpus"] or number)
            memory_gib = float(row["memory_gib"]) if row["memory_gib"] else vcpus * float(row["gib_per_vcpu"])
            table[row["name"], number] = InstanceType(
                "azure",
                row["name"].replace("#", str(number)),
                vcpus,
                memory_gib,
                architecture=row["architecture"],
                burstable=row["name"].startswith("Standard_B#"),
                gpu_count=int(row["gpu_count"] or 0),
                gpu_model=row["gpu_model"] or None,
                gpu_memory_gib=float(row["gpu_memory_gib"]) if row["gpu_memory_gib"] else None,
            )
    return table
