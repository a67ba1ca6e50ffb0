"""SKUs as the adapter holds them: a test states only what it is about."""

from fractions import Fraction

from providers.gcp.components import UnitPrices
from providers.gcp.skus import Sku

IOWA = "us-central1"


def row(
    description: str,
    group: str = "CPU",
    usd: str | list[tuple[str, str]] = "0.01",
    *,
    regions: tuple[str, ...] = (IOWA,),
    usage: str = "OnDemand",
    unit: str = "h",
    currency: str = "USD",
) -> Sku:
    """`usd` is the rate, or (from, rate) by tier."""
    tiers = [("0", usd)] if isinstance(usd, str) else usd
    exact = tuple((Fraction(start), Fraction(rate)) for start, rate in tiers)
    return Sku(description, group, usage, regions, unit, exact, currency)


def core(family: str, usd: str, place: str = "Americas", regions: tuple[str, ...] = (IOWA,)) -> Sku:
    return row(f"{family} Core running in {place}", "CPU", usd, regions=regions)


def ram(family: str, usd: str, unit: str = "GiBy.h") -> Sku:
    return row(f"{family} Ram running in Americas", "RAM", usd, unit=unit)


def units(*rows: Sku) -> UnitPrices:
    return UnitPrices.of(rows)
