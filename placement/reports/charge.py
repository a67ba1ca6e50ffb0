"""A charge is one line of the ledger: what one subject owed for one thing on one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
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


def stepped(sums: Sequence[Fraction | float]) -> list[MicroUsd]:
    """The steps between sums in nano-USD, as amounts; together they are the last sum, rounded once."""
    whole = [amount_of(so_far) for so_far in sums]
    return [MicroUsd(after - before) for before, after in zip((0, *whole), whole, strict=False)]


def divided(amount: MicroUsd, weights: Sequence[Fraction | int]) -> list[MicroUsd]:
    """The amount in parts by weight, which together are the amount; all on the first where nothing weighs."""
    total = sum(weights)
    if not total:
        return [MicroUsd(amount if not index else 0) for index in range(len(weights))]
    so_far, sums = Fraction(0), []
    for weight in weights:
        so_far += weight
        sums.append(round(amount * so_far / total))
    return [MicroUsd(after - before) for before, after in zip((0, *sums), sums, strict=False)]
