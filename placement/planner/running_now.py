"""Where a fleet runs now: where its newest decision put it, unless its file says that it has moved since.

A file's `current` is where things ran when the file was written. If it still says what it said when the decision was
asked for, the decision came later and counts. If it says something else, somebody has looked since: the file counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from placement.domain.decision import Assignment
from placement.domain.fleet import CurrentPlacement, Dataset, Fleet, Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType, Offering
from placement.market.catalog import Catalog

Source = Literal["decision", "fleet", "nothing"]


@dataclass(frozen=True, slots=True)
class InForce:
    """The newest decision that places a fleet, with what was asked."""

    id: str
    made_at: datetime
    catalog_version: int
    asked: Fleet
    answer: Mapping[str, Any]

    def parts(self, workload: str) -> Sequence[Mapping[str, Any]]:
        """The assignments of a workload, as documents; none for one that came later."""
        for placed in self.answer["placements"]:
            if placed["workload"] == workload:
                found: Sequence[Mapping[str, Any]] = placed["assignments"]
                return found
        return ()


@dataclass(frozen=True, slots=True)
class RunningNow:
    """A fleet with what is known of its present place."""

    fleet: Fleet
    """Each workload's `current`, and where movable datasets lie, as they are now."""
    source: Mapping[str, Source]
    """Who says so, by workload."""
    regions: Mapping[str, tuple[str, ...]]
    """Where it runs, by workload, be it in regions that the catalog has or not."""
    parts: Mapping[str, tuple[Assignment, ...]]
    """By workload, at this catalog's prices: complete, or empty where they are not known or not offered any more."""
    lost: tuple[str, ...]
    """Regions that something runs in and that the catalog no longer has: nothing is known of them."""


def running_now(fleet: Fleet, in_force: InForce, catalog: Catalog) -> RunningNow:
    """The fleet where it runs."""
    asked = {workload.name: workload for workload in in_force.asked.workloads}
    source: dict[str, Source] = {}
    regions: dict[str, tuple[str, ...]] = {}
    parts: dict[str, tuple[Assignment, ...]] = {}
    lost: dict[str, None] = {}
    workloads = []
    for workload in fleet.workloads:
        decided = in_force.parts(workload.name)
        before = asked.get(workload.name)
        if workload.current and (not decided or before is None or _says(workload) != _says(before)):
            source[workload.name], current = "fleet", workload.current
            found = [_offered(catalog, part) for part in current]
        else:
            source[workload.name], current = "decision" if decided else "nothing", _fitted(workload, decided)
            found = [_found(catalog, part) for part in decided]
        regions[workload.name] = tuple(dict.fromkeys(part.region for part in current))
        counts = [part.replicas for part in current]
        complete = sum(counts) == workload.replicas and len(found) == len(counts) and all(found)
        offerings = [offering for offering in found if offering is not None]
        parts[workload.name] = tuple(map(Assignment, offerings, counts)) if complete else ()
        known = tuple(part for part in current if part.region in catalog.region_index)
        lost |= dict.fromkeys(part.region for part in current if part not in known)
        workloads.append(replace(workload, current=known))
    datasets = tuple(_lying(dataset, in_force, catalog, lost) for dataset in fleet.datasets)
    return RunningNow(
        replace(fleet, workloads=tuple(workloads), datasets=datasets), source, regions, parts, tuple(lost)
    )


def _says(workload: Workload) -> list[tuple[object, ...]]:
    """The file's `current`; how many replicas a single place holds follows from the workload."""
    several = len(workload.current) > 1
    return [(p.region, p.instance_type, p.capacity_type, several and p.replicas) for p in workload.current]


def _fitted(workload: Workload, decided: Sequence[Mapping[str, Any]]) -> tuple[CurrentPlacement, ...]:
    """Where a decision put it; replicas that were added or taken away since were so where the others are."""
    regions = {part["region"] for part in decided}
    if len(regions) == 1 and sum(part["replicas"] for part in decided) != workload.replicas:
        return (CurrentPlacement(decided[0]["region"], workload.replicas),)
    return tuple(
        CurrentPlacement(part["region"], part["replicas"], part["instance_type"], CapacityType(part["capacity_type"]))
        for part in decided
    )


def _lying(dataset: Dataset, in_force: InForce, catalog: Catalog, lost: dict[str, None]) -> Dataset:
    """A movable dataset where the decision put it, unless the file says something else since."""
    if not dataset.movable:
        return dataset
    before = {each.name: each.at for each in in_force.asked.datasets}
    at = dataset.at
    if at == before.get(dataset.name, ()):
        rows = in_force.answer["datasets"]
        at = next((tuple(row["regions"]) for row in rows if row["dataset"] == dataset.name), at)
    lost.update((region, None) for region in at if region not in catalog.region_index)
    return replace(dataset, at=tuple(region for region in at if region in catalog.region_index))


def _found(catalog: Catalog, part: Mapping[str, Any]) -> Offering | None:
    try:
        return catalog.find(part["region"], part["zone"], part["instance_type"], CapacityType(part["capacity_type"]))
    except (KeyError, ValueError):
        return None


def _offered(catalog: Catalog, part: CurrentPlacement) -> Offering | None:
    """The cheapest zone of what a file says; None where it does not say it all."""
    region = catalog.region_index.get(part.region)
    if region is None or part.instance_type is None or part.capacity_type not in CAPACITY_TYPES:
        return None
    rows = catalog.segment(region, part.capacity_type)
    there = catalog.types.name[catalog.offerings.instance_type[rows]] == part.instance_type
    return catalog.offering(rows.start + int(there.argmax())) if there.any() else None
