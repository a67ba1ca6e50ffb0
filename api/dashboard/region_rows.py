"""Regions in use: what lies there of all fleets, and what its instances cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from placement.domain.region import Region


@dataclass(slots=True)
class RegionRow:
    """What lies in one region."""

    id: str
    region: Region | None
    """None: the catalog no longer has it."""
    fleets: set[str] = field(default_factory=set)
    workloads: int = 0
    replicas: int = 0
    datasets: int = 0
    compute_usd_per_month: float = 0.0

    @property
    def place(self) -> str:
        """Its city, if it is known, and country."""
        if self.region is None:
            return "no longer in the catalog"
        return ", ".join(part for part in (self.region.city, self.region.country) if part)


def region_rows(answers: Iterable[Mapping[str, Any]], regions: Mapping[str, Region]) -> list[RegionRow]:
    """Of the decisions in force; the dearest first."""
    rows: dict[str, RegionRow] = {}

    def row(name: str, fleet: str) -> RegionRow:
        found = rows.setdefault(name, RegionRow(name, regions.get(name)))
        found.fleets.add(fleet)
        return found

    for answer in answers:
        for placed in answer["placements"]:
            parts = placed["assignments"]
            weights = [part["replicas"] * part["usd_per_hour"] for part in parts]
            whole = sum(weights)
            compute = placed["cost_usd_per_month"]["compute"]
            for part, weight in zip(parts, weights, strict=True):
                found = row(part["region"], answer["fleet"])
                found.replicas += part["replicas"]
                found.compute_usd_per_month += compute * (weight / whole if whole else 0.0)
            for name in {part["region"] for part in parts}:
                rows[name].workloads += 1
        for lying in answer["datasets"]:
            for name in lying["regions"]:
                row(name, answer["fleet"]).datasets += 1
    return sorted(rows.values(), key=lambda each: (-each.compute_usd_per_month, each.id))
