"""Workloads that ask for the same may use the same offerings, at the same cost a replica: found once for all of them.

A screen or a cost term may go by everything in a workload but its name, labels, classification and number of replicas;
what the policies make of these, and whether a replica at least may be spot, counts here by itself.
"""

from collections.abc import Hashable
from dataclasses import replace

from placement.domain.fleet import Job, Workload
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.problem import Problem


def likeness(problem: Problem, workload: Workload) -> Hashable:
    """Equal for two workloads only if they have the same options; a workload that moves or reads is like no other."""
    if workload.current or (isinstance(workload.run, Job) and workload.run.reload_gb):
        return workload
    asks = replace(workload, name="", labels=(), classification=(), replicas=1)
    on_spot = max_spot_replicas(workload) > 0
    if problem.residency is None:
        return asks, on_spot
    penalty_usd = problem.residency.penalty_usd(workload.name)
    mask = problem.residency.mask(workload.name)
    return asks, on_spot, mask.tobytes(), None if penalty_usd is None else penalty_usd.tobytes()
