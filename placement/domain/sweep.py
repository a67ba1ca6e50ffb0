"""What one source said of the market in one go: complete, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.region import Region
from placement.domain.tariff import EgressTariff


class SourceKind(StrEnum):
    """A sheet is written by people and never expires; an API's prices age. Where both price one offering, sheets
    win."""

    SHEET = "sheet"
    API = "api"


@dataclass(frozen=True, slots=True)
class Price:
    """One price row; regions and types are named, not nested, since a sweep has hundreds of thousands."""

    provider: str
    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityType
    usd_per_hour: NanoUsd
    observed_at: datetime
    """When the source still said so."""
    estimated: bool = False
    capacity: int | None = None
    note: str = ""
    """Where the figure comes from, in the source's own words."""
    effective_from: datetime | None = None
    """Since when the price holds, where the source says so; at the latest `observed_at`."""


@dataclass(frozen=True, slots=True)
class PricedTariff:
    """An egress tariff with its date and origin."""

    tariff: EgressTariff
    observed_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class InterruptionFigure:
    """Share of instances, in per cent, reclaimed within a `window` of a month or an hour."""

    provider: str
    region: str
    instance_type: str
    pct_low: float
    pct_high: float | None
    """None: the band has no upper end."""
    window: str
    observed_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class CapacityHint:
    """A provider's own word on whether a request for spot would succeed now; no risk of interruption, no promise."""

    provider: str
    region: str
    zone: str | None
    instance_types: tuple[str, ...]
    """What was asked for: any of these."""
    measure: str
    """What the value is: `placement score, 1 to 10`."""
    value: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class StorageRate:
    """What a GB (1e9 bytes) at rest costs a month in a region."""

    provider: str
    region: str
    usd_per_gb_month: NanoUsd


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that a source gave and that were not believed, all for one reason."""

    reason: str
    rows: int
    example: str
    """One of them."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The whole of what a source has to say now; what it no longer says has ended."""

    source: str
    """Name of the source: a provider's API, or a sheet."""
    kind: SourceKind
    regions: Sequence[Region] = ()
    instance_types: Sequence[InstanceType] = ()
    prices: Sequence[Price] = ()
    egress: Sequence[PricedTariff] = ()
    interruption: Sequence[InterruptionFigure] = ()
    storage: Sequence[StorageRate] = ()
    hints: Sequence[CapacityHint] = ()
    past_prices: Sequence[Price] = ()
    """What offerings cost before, each from its `effective_from` on."""
    refused: Sequence[Refused] = ()
    warnings: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Collection:
    """The record of one sweep that was stored."""

    version: int
    """Catalog version that it made."""
    source: str
    kind: SourceKind
    finished_at: datetime
    rows: int
    """Price rows that the source gave."""
    changed: int
    """Prices that are new or differ from before."""
    ended: int
    """Offerings that the source no longer has."""
    started_at: datetime | None = None
    """None in records of before this was kept."""
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedCollection:
    """The record of a sweep that was not stored; what the source said before stays, and ages."""

    source: str
    started_at: datetime
    failed_at: datetime
    reason: str
