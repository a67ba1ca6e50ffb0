"""The bill of a placement, term by term, in plain Python: what the solver claims is checked against this."""

from collections.abc import Mapping
from dataclasses import dataclass

from placement.domain.decision import Bill, PlacedFlow, Placement
from placement.domain.money import MicroUsd
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.costs.egress import billed
from placement.optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Priced:
    """A placement's bill, as a whole and by workload or dataset."""

    bill: Bill
    by_subject: Mapping[str, Bill]
    penalties: Mapping[str, MicroUsd]

    @property
    def objective(self) -> MicroUsd:
        """What the optimizer minimises: the bill and the penalties."""
        return MicroUsd(self.bill.total + sum(self.penalties.values()))


def price(problem: Problem, placement: Placement) -> Priced:
    """Recompute every line; no solver is involved.

    The placement must break no rule (see `violations`): a pair of regions without a tariff has no price.
    """
    lines = dict.fromkeys((term.name for term in COST_TERMS), MicroUsd(0))
    subjects = {name: dict(lines) for name in (*problem.workloads, *problem.datasets)}
    for term in COST_TERMS:
        for line in term.lines(problem, placement):
            lines[term.name] = MicroUsd(lines[term.name] + line.amount)
            owed = subjects[line.subject]
            owed[term.name] = MicroUsd(owed[term.name] + line.amount)
    penalties = {
        term.name: MicroUsd(round(problem.penalty_weight * sum(line.amount for line in term.lines(problem, placement))))
        for term in PENALTIES
    }
    return Priced(Bill(lines), {name: Bill(owed) for name, owed in subjects.items()}, penalties)


def placed_flows(problem: Problem, placement: Placement) -> tuple[PlacedFlow, ...]:
    """The flows with their places and costs, as a decision shows them."""
    flows = problem.fleet.flows
    return tuple(
        PlacedFlow(
            src=flows[movement.flow].src,
            dst=flows[movement.flow].dst,
            from_region=movement.from_region,
            to_region=movement.to_region,
            gb_per_month=float(movement.gb),
            usd_per_month=amount,
        )
        for movement, amount in billed(problem, placement)
    )
