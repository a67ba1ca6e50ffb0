"""Moving is paid in full when a placement replaces another: state carried, replicas restarted, datasets copied."""

from collections.abc import Iterator
from dataclasses import replace

from placement.domain.decision import Placement
from placement.domain.fleet import CurrentPlacement, Fleet, Limits, MigrationLimit
from placement.optimizer.costs.migration import Migration
from placement.reports.charge import Charge
from placement.reports.tenure import Tenure

_MIGRATION = Migration()


def moving(fleet: str, tenure: Tenure) -> Iterator[Charge]:
    """A charge for each workload and dataset that changes its region at the beginning of the tenure."""
    if tenure.origin is None and not tenure.from_current:
        return
    demand = tenure.problem.fleet
    demand = demand if tenure.origin is None else lying(demand, tenure.origin)
    at_once = MigrationLimit(horizon_months=1)
    demand = replace(demand, limits=Limits(migration=at_once))
    first_day = tenure.parts[0]
    owed: dict[str, int] = {}
    for line in _MIGRATION.lines(replace(tenure.problem, fleet=demand), tenure.placement):
        owed[line.subject] = owed.get(line.subject, 0) + line.amount
    for subject, amount in owed.items():
        if amount:
            yield Charge(
                fleet,
                tenure.decision,
                subject,
                "migration",
                *first_day,
                _region(tenure.placement, subject),
                quantity=1.0,
                unit="moves",
                amount=type(line.amount)(amount),
                list_amount=type(line.amount)(amount),
            )


def lying(fleet: Fleet, placement: Placement) -> Fleet:
    """The fleet with what was placed before where it was; what is new lies nowhere."""
    placed = placement.assignments
    workloads = tuple(
        replace(
            workload,
            current=tuple(
                CurrentPlacement(
                    part.offering.region.id,
                    part.replicas,
                    part.offering.instance_type.name,
                    part.offering.capacity_type,
                )
                for part in placed.get(workload.name, ())
            ),
        )
        for workload in fleet.workloads
    )
    datasets = tuple(
        replace(dataset, at=placement.datasets.get(dataset.name, dataset.at)) for dataset in fleet.datasets
    )
    return replace(fleet, workloads=workloads, datasets=datasets)


def _region(placement: Placement, subject: str) -> str:
    """Where the largest part of it lies now."""
    parts = placement.assignments.get(subject)
    if parts:
        return max(parts, key=lambda part: part.replicas).offering.region.id
    return placement.datasets[subject][0]
