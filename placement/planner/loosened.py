"""The limits that a placement could be short of, each with the same fleet and market without it or with more of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import Fleet, Limits
from placement.domain.offering import CAPACITY_TYPES, CapacityType, Offering
from placement.market.catalog import NO_LIMIT, NO_ZONE, Catalog
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.nodes import WorkloadNode, nodes_of
from placement.optimizer.price import price
from placement.optimizer.problem import Problem

_PLENTY = 1e12
"""vCPUs that nobody uses up."""
_POINTS = 5.0
"""By how much more a limit on exposure is tried: one point mostly changes nothing."""
_OF_BUDGET = 0.01


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. Amounts are in its unit."""

    rule: str
    subjects: tuple[str, ...]
    words: str
    unit: str | None
    """None for a rule that has no more or less; its amounts are 0."""
    most: float
    step: float
    """The least that could make a difference."""

    def used(self, problem: Problem, placement: Placement) -> float:
        """How much of it a placement takes."""
        return 0.0

    def step_towards(self, problem: Problem, placement: Placement) -> float:
        """The least more of it that leads towards a placement that has all it wants."""
        return self.step

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """The same with so much more of it, or without it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class QuotaLimit(Limit):
    """A quota by its position."""

    index: int

    def used(self, problem: Problem, placement: Placement) -> float:
        """vCPUs of the instances."""
        return sum(part.replicas * part.offering.instance_type.vcpus for part in self._inside(problem, placement))

    def step_towards(self, problem: Problem, placement: Placement) -> float:
        """The smallest instance that it has there."""
        return min((p.offering.instance_type.vcpus for p in self._inside(problem, placement)), default=self.step)

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """Of the fleet's quotas all but one are as they were. Without one all vCPUs may be used: others keep their
        positions."""
        quotas = list(fleet.limits.quotas)
        quotas[self.index] = replace(quotas[self.index], vcpus=_PLENTY if more is None else self.most + more)
        return _limited(fleet, replace(fleet.limits, quotas=tuple(quotas))), catalog

    def _inside(self, problem: Problem, placement: Placement) -> Iterator[Assignment]:
        quota = problem.fleet.limits.quotas[self.index]
        return (
            part
            for part in _parts(placement)
            if part.offering.region.id == quota.region and quota.capacity_type in (None, part.offering.capacity_type)
        )


@dataclass(frozen=True, slots=True)
class SpotShareLimit(Limit):
    """The share of a group by its position, in points of a hundred."""

    index: int

    def used(self, problem: Problem, placement: Placement) -> float:
        """Requested vCPUs on spot."""
        on_spot = sum(
            part.replicas * problem.workloads[name].resources.vcpus
            for name in self.subjects
            for part in placement.assignments[name]
            if part.offering.capacity_type is CapacityType.SPOT
        )
        return 100 * on_spot / _requested(problem, self.subjects)

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """A share of all is no limit."""
        shares = list(fleet.limits.spot_share)
        fraction = 1.0 if more is None else min(1.0, (self.most + more) / 100)
        shares[self.index] = replace(shares[self.index], max_fraction=fraction)
        return _limited(fleet, replace(fleet.limits, spot_share=tuple(shares))), catalog


@dataclass(frozen=True, slots=True)
class OwnSpotLimit(Limit):
    """The replicas of one workload that may be on spot."""

    def used(self, problem: Problem, placement: Placement) -> float:
        """Replicas on spot."""
        return sum(
            part.replicas
            for part in placement.assignments[self.subjects[0]]
            if part.offering.capacity_type is CapacityType.SPOT
        )

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """The fraction is rounded down to whole replicas: half of one on top makes sure of it."""
        workloads = list(fleet.workloads)
        index = [workload.name for workload in workloads].index(self.subjects[0])
        workload = workloads[index]
        fraction = 1.0 if more is None else min(1.0, (self.most + more + 0.5) / workload.replicas)
        workloads[index] = replace(workload, capacity=replace(workload.capacity, max_spot_fraction=fraction))
        return replace(fleet, workloads=tuple(workloads)), catalog


@dataclass(frozen=True, slots=True)
class MachineLimit(Limit):
    """An offering with a stated count."""

    offering: Offering

    def used(self, problem: Problem, placement: Placement) -> float:
        """Instances."""
        return sum(part.replicas for part in _parts(placement) if _same(part.offering, self.offering))

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """The market has more of it."""
        rows, wanted = catalog.offerings, self.offering
        here = rows.region == catalog.region_index[wanted.region.id]
        here &= rows.capacity_type == CAPACITY_TYPES.index(wanted.capacity_type)
        here &= rows.zone == (NO_ZONE if wanted.zone is None else catalog.zones.index(wanted.zone))
        here &= catalog.types.name[rows.instance_type] == wanted.instance_type.name
        count = NO_LIMIT if more is None else int(self.most + more)
        capacity = np.where(here, count, rows.capacity).astype(np.int32)
        return fleet, catalog.with_offerings(replace(rows, capacity=capacity))


@dataclass(frozen=True, slots=True)
class ExposureLimit(Limit):
    """The largest share of one spot pool, in points of a hundred."""

    def used(self, problem: Problem, placement: Placement) -> float:
        """The fullest pool's share."""
        pools: dict[tuple[str, str], float] = {}
        for part in _parts(placement):
            if part.offering.capacity_type is CapacityType.SPOT:
                kind, region = part.offering.instance_type, part.offering.region.id
                pools[region, kind.name] = pools.get((region, kind.name), 0.0) + part.replicas * kind.vcpus
        return 100 * max(pools.values()) / sum(pools.values()) if pools else 0.0

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """A share of all is no limit."""
        fraction = None if more is None or self.most + more >= 100 else (self.most + more) / 100
        return _limited(fleet, replace(fleet.limits, pool_exposure_max_fraction=fraction)), catalog


@dataclass(frozen=True, slots=True)
class BudgetLimit(Limit):
    """USD a month of the whole bill."""

    def used(self, problem: Problem, placement: Placement) -> float:
        """The bill."""
        return price(problem, placement).bill.total / 1e6

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """Whoever may spend more need not give up what is no money: preferences, and staying where one is."""
        budget = None if more is None else self.most + more
        return _limited(fleet, replace(fleet.limits, budget_usd_per_month=budget)), catalog


@dataclass(frozen=True, slots=True)
class GroupLimit(Limit):
    """Workloads that must lie together or apart, by the group's position."""

    index: int

    def loosened(self, fleet: Fleet, catalog: Catalog, more: float | None) -> tuple[Fleet, Catalog]:
        """A group of one ties nobody."""
        groups = list(fleet.affinity if self.rule == "affinity" else fleet.anti_affinity)
        groups[self.index] = replace(groups[self.index], workloads=groups[self.index].workloads[:1])
        if self.rule == "affinity":
            return replace(fleet, affinity=tuple(groups)), catalog
        return replace(fleet, anti_affinity=tuple(groups)), catalog


def limits_of(problem: Problem, placement: Placement) -> list[Limit]:
    """What ties the workloads of a placed fleet and could bind, the fullest first: more could be wanted than there is.

    The spread of replicas is none of them: without that rule all replicas would have to lie in one region.
    """
    nodes = [node for node in nodes_of(problem) if isinstance(node, WorkloadNode)]
    found = [*_quotas(problem, nodes), *_of_spot(problem), *_machines(problem, nodes), *_of_all(problem)]

    def left(limit: Limit) -> bool:
        return limit.used(problem, placement) + limit.step <= limit.most + 1e-9

    return sorted([*found, *_groups(problem)], key=lambda limit: limit.unit is not None and left(limit))


def _quotas(problem: Problem, nodes: Sequence[WorkloadNode]) -> Iterator[Limit]:
    for index, quota in enumerate(problem.fleet.limits.quotas):
        region = problem.catalog.region_index.get(quota.region)
        wanted, smallest = 0.0, float("inf")
        for node in nodes:
            inside = node.options.region == region
            if quota.capacity_type is not None:
                inside &= node.options.kind == CAPACITY_TYPES.index(quota.capacity_type)
            sizes = node.options.vcpus[inside]
            if len(sizes):
                wanted += node.workload.replicas * float(sizes.max())
                smallest = min(smallest, float(sizes.min()))
        if wanted > quota.vcpus:
            kind = f" {quota.capacity_type}" if quota.capacity_type else ""
            words = f"at most {quota.vcpus:g}{kind} vCPUs in {quota.region}"
            yield QuotaLimit("quotas", (quota.region,), words, "vCPU", quota.vcpus, smallest, index)


def _of_spot(problem: Problem) -> Iterator[Limit]:
    for index, share in enumerate(problem.fleet.limits.spot_share):
        least = min(problem.workloads[name].resources.vcpus for name in share.workloads)
        step = max(1.0, 100 * least / _requested(problem, share.workloads))
        words = f"at most {share.max_fraction:.0%} of the group's requested vCPUs on spot"
        yield SpotShareLimit("spot_share", share.workloads, words, "point", 100 * share.max_fraction, step, index)
    for workload in problem.fleet.workloads:
        most = max_spot_replicas(workload)
        if CapacityType.SPOT in workload.capacity.types and most < workload.replicas:
            words = f"at most {most} of {workload.replicas} replicas on spot"
            yield OwnSpotLimit("max_spot_fraction", (workload.name,), words, "replica", float(most), 1.0)


def _machines(problem: Problem, nodes: Sequence[WorkloadNode]) -> Iterator[Limit]:
    wanted = Counter[int]()
    for node in nodes:
        for row in node.options.rows[node.options.capacity != NO_LIMIT].tolist():
            wanted[row] += node.workload.replicas
    for row, replicas in sorted(wanted.items()):
        offering = problem.catalog.offering(row)
        most = offering.capacity or 0
        if replicas > most:
            zone = f"/{offering.zone}" if offering.zone else ""
            name = f"{offering.region.id}{zone} {offering.instance_type.name} {offering.capacity_type}"
            words = f"at most {most} instances of {name} can be had"
            yield MachineLimit("capacity", (name,), words, "instance", float(most), 1.0, offering)


def _of_all(problem: Problem) -> Iterator[Limit]:
    limits = problem.fleet.limits
    if limits.pool_exposure_max_fraction is not None:
        most = 100 * limits.pool_exposure_max_fraction
        words = f"at most {most:g}% of the fleet's spot vCPUs on one instance type in one region"
        yield ExposureLimit("pool_exposure", ("fleet",), words, "point", most, _POINTS)
    if limits.budget_usd_per_month is not None:
        budget = limits.budget_usd_per_month
        words = f"at most {budget:,.2f} USD a month"
        yield BudgetLimit("budget", ("fleet",), words, "USD", budget, max(1.0, _OF_BUDGET * budget))


def _groups(problem: Problem) -> Iterator[Limit]:
    for index, group in enumerate(problem.fleet.affinity):
        yield GroupLimit("affinity", group.workloads, f"in the same {group.by}", None, 0.0, 0.0, index)
    for index, group in enumerate(problem.fleet.anti_affinity):
        yield GroupLimit("anti_affinity", group.workloads, f"no two in the same {group.by}", None, 0.0, 0.0, index)


def _parts(placement: Placement) -> Iterator[Assignment]:
    return (part for parts in placement.assignments.values() for part in parts)


def _same(one: Offering, other: Offering) -> bool:
    return (one.region.id, one.zone, one.instance_type.name, one.capacity_type) == (
        other.region.id,
        other.zone,
        other.instance_type.name,
        other.capacity_type,
    )


def _requested(problem: Problem, names: tuple[str, ...]) -> float:
    return sum(problem.workloads[name].resources.vcpus * problem.workloads[name].replicas for name in names)


def _limited(fleet: Fleet, limits: Limits) -> Fleet:
    return replace(fleet, limits=limits)
