"""The parts of a fleet agree: names are known and unique, and what is asked for can be had at all."""

import math
from collections.abc import Iterable, Sequence

from placement.domain.fleet import INTERNET, Dataset, Fleet, Job, Spread, Together, Workload
from placement.domain.money import exact
from placement.domain.offering import CapacityType
from placement.written.nodes import KeyPath, Node, is_written
from placement.written.notes import Notes


def check_agreement(fleet: Fleet, root: Node, notes: Notes) -> None:
    """Note what does not agree, passing over parts in which something is wrong already."""
    check = _Agreement(fleet, root, notes)
    check.names()
    for index, workload in enumerate(fleet.workloads):
        check.workload(workload, ("workloads", index))
    for index, dataset in enumerate(fleet.datasets):
        check.dataset(dataset, ("datasets", index))
    check.flows()
    check.together("affinity", fleet.affinity)
    check.together("anti_affinity", fleet.anti_affinity)
    for index, share in enumerate(fleet.limits.spot_share):
        check.members(share.workloads, ("limits", "spot_share", index))


class _Agreement:
    def __init__(self, fleet: Fleet, root: Node, notes: Notes) -> None:
        self.fleet, self.root, self.notes = fleet, root, notes
        self.workload_names = {workload.name for workload in fleet.workloads}
        self.dataset_names = {dataset.name for dataset in fleet.datasets}

    def flaw(self, path: KeyPath, reason: str) -> None:
        self.notes.about(self.root, path, reason)

    def sound(self, path: KeyPath, *keys: str) -> bool:
        return self.notes.sound(*((*path, key) for key in keys))

    def names(self) -> None:
        first: dict[str, str] = {}
        named: Iterable[tuple[str, Sequence[Workload | Dataset]]] = (
            ("workloads", self.fleet.workloads),
            ("datasets", self.fleet.datasets),
        )
        for kind, facts in named:
            for index, fact in enumerate(facts):
                path = (kind, index, "name")
                if not self.notes.sound(path):
                    continue
                if fact.name == INTERNET:
                    self.flaw(path, f"{INTERNET!r} means the people outside in flows; choose another name")
                elif fact.name in first:
                    self.flaw(path, f"the name {fact.name!r} is taken by {first[fact.name]}; each needs its own")
                first.setdefault(fact.name, f"{kind}[{index}]")

    def workload(self, workload: Workload, path: KeyPath) -> None:
        if not self.sound(path, "replicas"):
            return
        if workload.spread is not None:
            self.spread(workload.spread, workload.replicas, (*path, "spread"))
        self.current(workload, path)
        capacity = (*path, "capacity")
        asks_for_spot = CapacityType.SPOT in workload.capacity.types and workload.capacity.max_spot_fraction > 0
        most = whole_part(workload.capacity.max_spot_fraction, workload.replicas)
        if self.notes.sound(capacity) and asks_for_spot and most == 0:
            reason = f"this part of {_replicas(workload.replicas)} is less than one, so none will run on spot"
            self.notes.warn(self.root, (*capacity, "max_spot_fraction"), reason)
        if isinstance(workload.run, Job) and self.written(path, "hours_per_month"):
            reason = "has no effect on a job, whose hours are job.hours x job.runs_per_month"
            self.notes.warn(self.root, (*path, "hours_per_month"), reason)

    def spread(self, spread: Spread, replicas: int, path: KeyPath) -> None:
        for key, least in (
            ("min_regions", spread.min_regions),
            ("min_providers", spread.min_providers),
            ("min_zones", spread.min_zones),
        ):
            if self.sound(path, key) and least > replicas:
                self.flaw((*path, key), f"{_replicas(replicas)} cannot be in {least} of them at once")
        fraction = spread.max_fraction_per_region
        if self.sound(path, "max_fraction_per_region") and whole_part(fraction, replicas) == 0:
            least_fraction = math.ceil(10_000 / replicas) / 10_000
            reason = (
                f"{fraction:g} of {_replicas(replicas)} is less than one, so that no region could have any; "
                f"it must be {least_fraction:g} at least"
            )
            self.flaw((*path, "max_fraction_per_region"), reason)

    def current(self, workload: Workload, path: KeyPath) -> None:
        running = sum(part.replicas for part in workload.current)
        if self.sound(path, "current") and workload.current and running != workload.replicas:
            reason = f"{_replicas(running)} run now, but {workload.replicas} are asked for"
            self.notes.warn(self.root, (*path, "current"), reason)

    def dataset(self, dataset: Dataset, path: KeyPath) -> None:
        if not self.sound(path, "at", "movable", "copies"):
            return
        if not dataset.movable and not dataset.at:
            reason = "is missing; say where the data lies, or let it be placed with movable: true"
            self.flaw((*path, "at"), reason)
        elif not dataset.movable and dataset.copies != len(dataset.at):
            reason = f"it lies in {len(dataset.at)} regions and is not movable, so there are so many copies"
            self.flaw((*path, "copies"), reason)
        elif len(dataset.at) > dataset.copies and not self.written(path, "copies"):
            reason = f"lies in {len(dataset.at)} regions now; without `copies` it will be kept in one"
            self.notes.warn(self.root, (*path, "at"), reason)

    def flows(self) -> None:
        for index, flow in enumerate(self.fleet.flows):
            path = ("flows", index)
            for key, name in (("from", flow.src), ("to", flow.dst)):
                if self.sound(path, key) and not self.is_end(name):
                    near = self.notes.suggest(name, (*self.workload_names, *self.dataset_names, INTERNET))
                    self.flaw((*path, key), f"there is no workload or dataset {name!r}{near}")
            if not self.sound(path, "from", "to"):
                continue
            if flow.src == flow.dst:
                self.flaw((*path, "to"), f"a flow must lead elsewhere, but this one stays at {flow.src!r}")
            elif INTERNET in (flow.src, flow.dst) and flow.max_rtt_ms is not None:
                reason = "cannot be kept: where on the internet the other end is, nobody knows"
                self.flaw((*path, "max_rtt_ms"), reason)

    def together(self, key: str, groups: Sequence[Together]) -> None:
        for index, group in enumerate(groups):
            self.members(group.workloads, (key, index))

    def members(self, names: Sequence[str], path: KeyPath) -> None:
        at = (*path, "workloads")
        exactly = self.notes.sound(at)
        for index, name in enumerate(names):
            if name in self.workload_names:
                continue
            if name in self.dataset_names:
                reason = f"{name!r} is a dataset, but only workloads can be here"
            else:
                reason = f"there is no workload {name!r}{self.notes.suggest(name, self.workload_names)}"
            self.flaw((*at, index) if exactly else at, reason)

    def is_end(self, name: str) -> bool:
        return name == INTERNET or name in self.workload_names or name in self.dataset_names

    def written(self, path: KeyPath, key: str) -> bool:
        return is_written(self.root, (*path, key))


def whole_part(fraction: float, replicas: int) -> int:
    """floor(fraction x replicas), of the fraction as written: 0.29 of 100 is 29."""
    return math.floor(exact(fraction) * replicas)


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"
