"""A charge is one line of the ledger: what one subject owed for one thing on one day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Literal

from placement.domain.money import MicroUsd, amount_of

Unit = Literal["replica-hours", "interruptions", "GB", "GB-months", "moves"]
_NOTHING = MicroUsd(0)


@dataclass(frozen=True, slots=True)
class Charge:
    """Regions are written `provider:name`; what has no such attribute has None."""

    fleet: str
    decision: str
    subject: str
    """Workload or dataset."""
    term: str
    """compute, interruption, egress, storage or migration."""
    since: datetime
    until: datetime
    region: str
    to_region: str | None = None
    """Of egress: a region, or `internet`."""
    to_subject: str | None = None
    zone: str | None = None
    instance_type: str | None = None
    capacity_type: str | None = None
    quantity: float = 0.0
    unit: Unit = "replica-hours"
    amount: MicroUsd = _NOTHING
    list_amount: MicroUsd = _NOTHING
    """The same on demand; of what has no other price than its list price, the amount."""
    estimated: bool = False
    """Whether the price is an estimate of its source."""
    observed_at: datetime | None = None
    """When the price was seen that the decision was made by."""


def stepped(sums: Iterable[Fraction | float]) -> list[MicroUsd]:
    """The steps between sums in nano-USD, as amounts; together they are the last sum, rounded once."""
    return differences(amount_of(so_far) for so_far in sums)


def differences(sums: Iterable[int]) -> list[MicroUsd]:
    """The steps between sums in micro-USD."""
    return [MicroUsd(after - before) for before, after in pairwise((0, *sums))]


def half_even(numerator: Fraction | int, denominator: Fraction | int) -> int:
    """The quotient as `round` gives it of a Fraction, several times faster of whole numbers; denominator above 0."""
    quotient, rest = divmod(numerator, denominator)
    up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + up


def divided(amount: MicroUsd, weights: Sequence[Fraction | int]) -> list[MicroUsd]:
    """The amount in parts by weight, which together are the amount; all on the first where nothing weighs."""
    total = sum(weights)
    if not total:
        return [MicroUsd(amount if not index else 0) for index in range(len(weights))]
    return differences(half_even(amount * so_far, total) for so_far in accumulate(weights))
