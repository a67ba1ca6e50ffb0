"""Data leaving its region: tariffs price the volume of a whole month, whatever decisions it was moved under.

The volumes of all tenures of a fleet in the period are added up by tariff row. Where a row's rates changed, each part
of the volume pays the average rate that its own list asks for the whole. Flows share as in a bill.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from placement.domain.money import MicroUsd, amount_of
from placement.domain.tariff import EgressTariff
from placement.optimizer.costs.egress import Movement, movements
from placement.reports.charge import Charge, differences, divided, half_even
from placement.reports.tenure import Tenure


def transfer(fleet: str, tenures: Sequence[Tenure]) -> Iterator[Charge]:
    """A charge a day, flow and pair of places that is priced.

    Raises LookupError where no tariff prices a pair, and KeyError for a region that the market no longer has.
    """
    moved = [(tenure, movement) for tenure in tenures for movement in movements(tenure.problem, tenure.placement)]
    for (tenure, movement), amount in zip(moved, _amounts(moved), strict=True):
        if movement.from_region != movement.to_region or amount:
            yield from _charges(fleet, tenure, movement, amount)


def _amounts(moved: Sequence[tuple[Tenure, Movement]]) -> list[MicroUsd]:
    """What each movement owes; those of one list of rates add up to its part exactly."""
    pools: dict[str, dict[EgressTariff, list[int]]] = defaultdict(lambda: defaultdict(list))
    volumes: dict[str, Fraction] = defaultdict(Fraction)
    gb = [movement.billed_gb * tenure.months for tenure, movement in moved]
    for position, (_, movement) in enumerate(moved):
        if movement.tariff and gb[position]:
            pools[movement.tariff.name][movement.tariff].append(position)
            volumes[movement.tariff.name] += gb[position]
    amounts = [MicroUsd(0)] * len(moved)
    for name, lists in pools.items():
        for tariff, positions in lists.items():
            weights = [gb[position] for position in positions]
            whole = Fraction(tariff.cost(float(volumes[name])))
            owed = amount_of(whole * sum(weights) / volumes[name])
            for position, share in zip(positions, divided(owed, weights), strict=True):
                amounts[position] = share
    return amounts


def _charges(fleet: str, tenure: Tenure, movement: Movement, amount: MicroUsd) -> Iterator[Charge]:
    flow = tenure.problem.fleet.flows[movement.flow]
    blank = Charge(
        fleet,
        tenure.decision,
        flow.src,
        "egress",
        tenure.since,
        tenure.until,
        movement.from_region,
        to_region=movement.to_region,
        to_subject=flow.dst,
        unit="GB",
    )
    whole, gb_of_all = tenure.seconds[-1], float(movement.gb * tenure.months)
    amounts = differences(half_even(amount * seconds, whole) for seconds in tenure.seconds)
    for (since, until), part in zip(tenure.parts, amounts, strict=True):
        gb = gb_of_all * (until - since).total_seconds() / whole
        yield replace(blank, since=since, until=until, quantity=gb, amount=part, list_amount=part)
