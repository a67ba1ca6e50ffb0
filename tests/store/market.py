"""Sweeps of a small market, and catalogs as something that can be compared."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.region import Region
from placement.domain.sweep import InterruptionFigure, Price, SourceKind, Sweep
from placement.market.catalog import Catalog

ON_DEMAND, SPOT, RESERVED = CapacityType
SHEET, API = SourceKind
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FRANKFURT = Region("aws", "eu-central-1", "DE", continent="europe")
DUBLIN = Region("aws", "eu-west-1", "IE", continent="europe")
LARGE = InstanceType("aws", "m.large", 2, 8, "x86_64")
SMALL = InstanceType("aws", "m.small", 1, 4, "arm64")


def price(
    usd: float,
    capacity_type: CapacityType = ON_DEMAND,
    region: Region = FRANKFURT,
    kind: InstanceType = LARGE,
    **others: Any,
) -> Price:
    fields = {"zone": None, "observed_at": NOON} | others
    return Price(
        region.provider,
        region.name,
        instance_type=kind.name,
        capacity_type=capacity_type,
        usd_per_hour=rate_from_usd(usd),
        **fields,
    )


def sweep(*prices: Price, source: str = "list", kind: SourceKind = SHEET, **others: Any) -> Sweep:
    fields = {"regions": (FRANKFURT, DUBLIN), "instance_types": (LARGE, SMALL)} | others
    return Sweep(source, kind, prices=prices, **fields)


def observed(moment: datetime, prices: Iterable[Price]) -> tuple[Price, ...]:
    return tuple(replace(p, observed_at=moment) for p in prices)


def figure(low: float, high: float | None, on: date = date(2026, 10, 1), **others: Any) -> InterruptionFigure:
    fields = {"window": "month"} | others
    return InterruptionFigure("aws", FRANKFURT.name, LARGE.name, low, high, observed_on=on, **fields)


def usd_of(catalog: Catalog) -> dict[tuple[str, str, CapacityType], tuple[float, str]]:
    """(USD an hour, source) by region, instance type and capacity type."""
    offerings = map(catalog.offering, range(len(catalog.offerings)))
    return {(o.region.name, o.instance_type.name, o.capacity_type): (o.usd_per_hour / 1e9, o.source) for o in offerings}


def contents(catalog: Catalog) -> dict[str, Any]:
    """Everything in the catalog, comparable by ==."""
    columns = {name: column.tolist() for name, column in vars(catalog.offerings).items()}
    return vars(catalog) | {
        "offerings": columns,
        "nano_usd_per_gb_month": catalog.nano_usd_per_gb_month.tolist(),
    }
