"""A seeded market of 100 regions: three providers on six continents, types of 2 to 64 vCPUs, on demand and spot."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from placement.domain.offering import CapacityType, Offering
from placement.domain.region import Region
from placement.domain.tariff import EgressTariff
from placement.market.catalog import Catalog
from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.builders import catalog, instance_type, offering, tariff

REGIONS = 100
_PROVIDERS = ("aws", "azure", "gcp")
_LEVEL = {"north-america": 1.0, "europe": 1.08, "asia": 1.12, "oceania": 1.2, "south-america": 1.45, "africa": 1.2}
_SHARES = (32, 30, 20, 6, 6, 6)
_COUNTRY = {"north-america": "US", "europe": "DE", "asia": "JP", "oceania": "AU", "south-america": "BR", "africa": "ZA"}
_FAR = {"north-america": 0.02, "europe": 0.02, "asia": 0.08, "oceania": 0.098, "south-america": 0.138, "africa": 0.11}
_INTERNET = {
    "north-america": 0.09,
    "europe": 0.09,
    "asia": 0.12,
    "oceania": 0.12,
    "south-america": 0.15,
    "africa": 0.12,
}
_TIERS = ((0.0, 1.0), (10_240.0, 0.944), (51_200.0, 0.778), (153_600.0, 0.556))


def market(*, tiers: bool = False, seed: int = 0) -> Catalog:
    """With `tiers` each provider has one tariff to the internet, of four tiers, else one a continent."""
    draw = Random(seed)
    regions = []
    for number in range(REGIONS):
        continent = draw.choices(list(_LEVEL), _SHARES)[0]
        provider = draw.choice(_PROVIDERS)
        regions.append(Region(provider, f"r{number}", _COUNTRY[continent], continent=continent, partition=provider))
    offered = [each for region in regions for each in _offerings(draw, region)]
    tariffs = [row for provider in _PROVIDERS for row in _tariffs(draw, provider, tiers=tiers)]
    return catalog(offered, tariffs, storage={region.id: 0.023 for region in regions}, regions=regions)


def full_market(folder: Path) -> Catalog:
    """A price sheet, by way of a database, as users have it."""
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open(f"sqlite:///{scratch}/bench.db")
        store.upgrade()
        store.save_sweep(PriceSheets(folder).sweep(), datetime.now(UTC))
        return store.catalog()


def _offerings(draw: Random, region: Region) -> list[Offering]:
    level = _LEVEL[region.continent or ""] * draw.uniform(0.7, 1.3)
    found = []
    for size in (2, 4, 8, 16, 32, 64):
        if draw.random() < 0.1:
            continue
        for family, gib in (("m", 4), ("r", 8)):
            kind = instance_type(region.provider, f"{family}{size}", vcpus=float(size), memory_gib=float(size * gib))
            usd = round(0.048 * size * (1.0 if family == "m" else 1.3) * level * draw.uniform(0.85, 1.15), 4)
            found.append(offering(region, usd, kind=kind))
            if draw.random() < 0.85:
                spot = round(usd * draw.uniform(0.1, 0.7), 4)
                found.append(offering(region, spot, CapacityType.SPOT, kind))
    return found


def _tariffs(draw: Random, provider: str, *, tiers: bool) -> list[EgressTariff]:
    level = draw.uniform(0.93, 1.07)
    steps = [(gb, round(0.09 * level * part, 5)) for gb, part in _TIERS]
    rows = [tariff(provider, "*", "internet", *steps)] if tiers else []
    for continent in _LEVEL:
        if not tiers:
            rows.append(tariff(provider, continent, "internet", (0.0, round(_INTERNET[continent] * level, 5))))
        rows.append(tariff(provider, continent, "*", (0.0, round(_FAR[continent] * level, 5))))
    return rows
