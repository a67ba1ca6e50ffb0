"""What an answer takes for granted, in words, so that nobody has to guess."""

from collections.abc import Iterable

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET, Job
from placement.domain.offering import CapacityType
from placement.market.catalog import UNKNOWN_RATE
from placement.market.risk import prior_hazard_per_hour
from placement.optimizer.problem import Problem


def assumptions(problem: Problem, placement: Placement) -> tuple[str, ...]:
    """Each in one sentence; only those that this placement rests on."""
    return tuple(_found(problem, placement))


def _found(problem: Problem, placement: Placement) -> Iterable[str]:
    catalog, fleet = problem.catalog, problem.fleet
    parts = [part for parts in placement.assignments.values() for part in parts]
    unpriced = sorted(
        {
            region
            for dataset in fleet.datasets
            for region in placement.datasets[dataset.name]
            if catalog.nano_usd_per_gb_month[problem.region(region)] == UNKNOWN_RATE
        }
    )
    if unpriced:
        yield f"no storage rate is known in {', '.join(unpriced)}: storage there counts as 0"
    if any(part.offering.estimated for part in parts):
        yield "some prices are estimates of their source (estimated: true)"
    priors = sorted(
        {
            part.offering.region.provider
            for part in parts
            if part.offering.capacity_type is CapacityType.SPOT
            and part.offering.hazard_per_hour == prior_hazard_per_hour(part.offering.region.provider)
        }
    )
    if priors:
        yield f"no interruption figure is published for some spot offerings of {', '.join(priors)}: a prior is used"
    if any(flow.max_rtt_ms is not None for flow in fleet.flows):
        yield "round trips are estimated from distance, not measured"
    if any(flow.src == INTERNET for flow in fleet.flows):
        yield "data received from the internet is free"
    if any(workload.spread and workload.spread.min_zones > 1 for workload in fleet.workloads):
        yield "offerings without a zone are taken to be had in every zone of their region"
        spread = {part.offering.region.id for part in parts}
        if missing := sorted(region for region in spread if problem.cross_zone_tariff(region) is None):
            yield f"no tariff between zones is known in {', '.join(missing)}: that traffic counts as free"
    movable = {dataset.name for dataset in fleet.datasets if dataset.movable}
    reloading = {w.name for w in fleet.workloads if isinstance(w.run, Job) and w.run.reload_gb}
    if any(flow.src in movable and flow.dst in reloading for flow in fleet.flows):
        yield "reloads from a movable dataset are taken to be local"
