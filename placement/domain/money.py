"""Money is a whole number: rates of 1e-9 USD, amounts of 1e-6 USD, so that sums never drift."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NewType

NanoUsd = NewType("NanoUsd", int)
"""A rate, in 1e-9 USD per hour, per GB or per GB and month."""

MicroUsd = NewType("MicroUsd", int)
"""An amount on a bill line, in 1e-6 USD."""

HOURS_PER_MONTH = 730


@lru_cache(maxsize=1 << 16)
def exact(number: float | int | str | Decimal) -> Fraction:
    """The number as written: 0.1 is one tenth and not the nearest binary fraction."""
    return Fraction(str(number))


def rate_from_usd(usd: float | int | str | Decimal) -> NanoUsd:
    """USD as a rate, rounded half to even to 1e-9 USD."""
    return NanoUsd(round(exact(usd) * 1_000_000_000))


def amount_of(nano_usd: Fraction | float) -> MicroUsd:
    """Nano-USD, already multiplied out, as one bill line: rounded once, half to even, to 1e-6 USD."""
    return MicroUsd(round(Fraction(nano_usd) / 1000))


def amount_from_usd(usd: float | int | str | Decimal) -> MicroUsd:
    """USD as an amount, rounded half to even to 1e-6 USD."""
    return MicroUsd(round(exact(usd) * 1_000_000))


def rate_in_usd(rate: NanoUsd) -> float:
    """The rate in USD; exact to the 9 decimals that documents show."""
    return rate / 1_000_000_000


def amount_in_usd(amount: MicroUsd) -> float:
    """The amount in USD; exact to the 6 decimals that documents show."""
    return amount / 1_000_000
