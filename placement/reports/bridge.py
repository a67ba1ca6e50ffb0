"""A bridge leads from the frozen baseline to the actual cost; its steps are differences of sums, so it is exact.

frozen     the fleet of the first decision, at home, at the prices of then
+ volume   the fleet of the period instead: more or fewer replicas, hours and gigabytes. No saving
+ price    the prices of the period instead, at home still: what the market did. No saving
= home     the baseline of the period
+ mix      other regions, instance types and capacity types: compute, interruptions, storage
+ egress   what its traffic costs more or less
+ moves    what it took to move there
= actual

Saved is home less actual.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from placement.domain.money import MicroUsd
from placement.reports.charge import Charge

_NOTHING = MicroUsd(0)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Amounts in the period; `frozen` and the five steps add up to the actual cost."""

    frozen: MicroUsd = _NOTHING
    volume: MicroUsd = _NOTHING
    price: MicroUsd = _NOTHING
    mix: MicroUsd = _NOTHING
    egress: MicroUsd = _NOTHING
    moves: MicroUsd = _NOTHING

    @property
    def home(self) -> MicroUsd:
        """The baseline: the fleet of the period at home, at the prices of the period."""
        return MicroUsd(self.frozen + self.volume + self.price)

    @property
    def actual(self) -> MicroUsd:
        """Where the bridge leads."""
        return MicroUsd(self.home + self.mix + self.egress + self.moves)

    @property
    def saved(self) -> MicroUsd:
        """Realised; below 0 where staying at home would have cost less."""
        return MicroUsd(self.home - self.actual)

    def __add__(self, other: "Bridge") -> "Bridge":
        """Of two fleets together."""
        return Bridge(
            MicroUsd(self.frozen + other.frozen),
            MicroUsd(self.volume + other.volume),
            MicroUsd(self.price + other.price),
            MicroUsd(self.mix + other.mix),
            MicroUsd(self.egress + other.egress),
            MicroUsd(self.moves + other.moves),
        )


def bridge(
    frozen: Sequence[Charge], volume: Sequence[Charge], home: Sequence[Charge], actual: Sequence[Charge]
) -> Bridge:
    """From the charges of the frozen fleet, of the fleet of the period at frozen prices, of it at home, and of what
    was done."""
    first, second, at_home, done = total(frozen), total(volume), by_term(home), by_term(actual)
    steps = {term: done.get(term, 0) - at_home.get(term, 0) for term in {*at_home, *done}}
    egress, moves = steps.pop("egress", 0), steps.pop("migration", 0)
    return Bridge(
        frozen=first,
        volume=MicroUsd(second - first),
        price=MicroUsd(sum(at_home.values()) - second),
        mix=MicroUsd(sum(steps.values())),
        egress=MicroUsd(egress),
        moves=MicroUsd(moves),
    )


def total(charges: Iterable[Charge]) -> MicroUsd:
    """What they are together."""
    return MicroUsd(sum(charge.amount for charge in charges))


def by_term(charges: Iterable[Charge]) -> dict[str, int]:
    """Their amounts by term."""
    found: dict[str, int] = {}
    for charge in charges:
        found[charge.term] = found.get(charge.term, 0) + charge.amount
    return found
