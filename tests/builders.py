"""Facts with sensible defaults: a test states only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np

from placement.domain.fleet import Dataset, Fleet, Flow, Limits, Resources, Workload
from placement.domain.money import rate_from_usd
from placement.domain.offering import CAPACITY_TYPES, CapacityType, InstanceType, Offering
from placement.domain.region import Region
from placement.domain.sweep import SourceKind
from placement.domain.tariff import EgressTariff, TariffTier
from placement.market.catalog import NO_LIMIT, NO_ZONE, UNKNOWN_RATE, Catalog, OfferingColumns, sort_offerings
from placement.optimizer.problem import Problem

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
TODAY = date(2026, 11, 1)

FRANKFURT = Region("aws", "eu-central-1", "DE", continent="europe", lat=50.1, lon=8.7, partition="aws")
DUBLIN = Region("aws", "eu-west-1", "IE", continent="europe", lat=53.3, lon=-6.3, partition="aws")
VIRGINIA = Region("aws", "us-east-1", "US", continent="north-america", lat=38.9, lon=-77.4, partition="aws")
IOWA = Region("gcp", "us-central1", "US", continent="north-america", lat=41.3, lon=-95.9, partition="gcp")
BELGIUM = Region("gcp", "europe-west1", "BE", continent="europe", lat=50.4, lon=3.8, partition="gcp")
TOKYO = Region("azure", "japaneast", "JP", continent="asia", lat=35.7, lon=139.8, partition="azure")
REGIONS = (FRANKFURT, DUBLIN, VIRGINIA, IOWA, BELGIUM, TOKYO)


def instance_type(provider: str = "aws", name: str = "m.large", **overrides: object) -> InstanceType:
    fields = {"vcpus": 4.0, "memory_gib": 16.0, "architecture": "x86_64"}
    return InstanceType(provider, name, **(fields | overrides))  # type: ignore[arg-type]


def offering(
    region: Region = FRANKFURT,
    usd_per_hour: float = 0.1,
    capacity_type: CapacityType = CapacityType.ON_DEMAND,
    kind: InstanceType | None = None,
    **overrides: object,
) -> Offering:
    fields: dict[str, object] = {
        "hazard_per_hour": 0.001 if capacity_type is CapacityType.SPOT else 0.0,
        "observed_at": NOON,
        "source": "test",
    }
    return Offering(
        region,
        kind or instance_type(region.provider),
        capacity_type,
        rate_from_usd(usd_per_hour),
        **(fields | overrides),  # type: ignore[arg-type]
    )


def tariff(provider: str, src: str, dst: str, *tiers: tuple[float, float]) -> EgressTariff:
    return EgressTariff(provider, src, dst, tuple(TariffTier(gb, rate_from_usd(usd)) for gb, usd in tiers))


def flat_tariffs(between: float = 0.02, internet: float = 0.09) -> tuple[EgressTariff, ...]:
    return tuple(
        row
        for provider in ("aws", "azure", "gcp", "onprem")
        for row in (
            tariff(provider, "*", "other-region", (0, between)),
            tariff(provider, "*", "internet", (0, internet)),
        )
    )


def catalog(
    offerings: Sequence[Offering],
    tariffs: Sequence[EgressTariff] | None = None,
    *,
    storage: Mapping[str, float] | None = None,
    regions: Sequence[Region] = (),
    source_kind: SourceKind = SourceKind.SHEET,
) -> Catalog:
    """A catalog of these offerings; regions without any can be added."""
    places = sorted({*(o.region for o in offerings), *regions}, key=lambda region: region.id)
    types = sorted({o.instance_type for o in offerings}, key=lambda kind: (kind.provider, kind.name))
    zones = sorted({o.zone for o in offerings if o.zone})
    sources = sorted({o.source for o in offerings})
    columns = OfferingColumns(
        region=np.array([places.index(o.region) for o in offerings], np.int16),
        instance_type=np.array([types.index(o.instance_type) for o in offerings], np.int32),
        capacity_type=np.array([CAPACITY_TYPES.index(o.capacity_type) for o in offerings], np.int8),
        zone=np.array([zones.index(o.zone) if o.zone else NO_ZONE for o in offerings], np.int16),
        nano_usd_per_hour=np.array([o.usd_per_hour for o in offerings], np.int64),
        observed_at=np.array([int(o.observed_at.timestamp()) for o in offerings], np.int64),
        estimated=np.array([o.estimated for o in offerings], np.bool_),
        hazard_per_hour=np.array([o.hazard_per_hour for o in offerings], np.float64),
        capacity=np.array([NO_LIMIT if o.capacity is None else o.capacity for o in offerings], np.int32),
        source=np.array([sources.index(o.source) for o in offerings], np.int16),
        stale=np.array([o.stale for o in offerings], np.bool_),
    )
    rates = [
        UNKNOWN_RATE if not storage or region.id not in storage else rate_from_usd(storage[region.id])
        for region in places
    ]
    return Catalog(
        version=1,
        as_of=NOON,
        regions=tuple(places),
        instance_types=tuple(types),
        zones=tuple(zones),
        sources=tuple(sources),
        source_kinds=(source_kind,) * len(sources),
        offerings=sort_offerings(columns),
        tariffs=tuple(flat_tariffs() if tariffs is None else tariffs),
        nano_usd_per_gb_month=np.array(rates, np.int64),
    )


def workload(name: str = "web", vcpus: float = 2, memory_gib: float = 8, **overrides: object) -> Workload:
    return Workload(name, Resources(vcpus, memory_gib), **overrides)  # type: ignore[arg-type]


def fleet(
    *workloads: Workload,
    datasets: Sequence[Dataset] = (),
    flows: Sequence[Flow] = (),
    limits: Limits | None = None,
    **overrides: object,
) -> Fleet:
    return Fleet(
        "test",
        workloads,
        tuple(datasets),
        tuple(flows),
        limits=limits or Limits(),
        **overrides,  # type: ignore[arg-type]
    )


def problem(demand: Fleet, market: Catalog) -> Problem:
    return Problem(demand, market, TODAY)
