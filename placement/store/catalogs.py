"""A catalog is rebuilt from the change points up to its version, the same whenever and however often that is done."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, select

from placement.domain.errors import BadInput, EmptyCatalog
from placement.domain.money import NanoUsd
from placement.domain.offering import InstanceType
from placement.domain.region import Attestation, Region
from placement.domain.tariff import EgressTariff, TariffTier
from placement.market.catalog import UNKNOWN_RATE, Catalog, OfferingColumns, no_offerings
from placement.market.risk import hazard_of_band, prior_hazard_per_hour
from placement.store import tables
from placement.store.change_points import facts_at
from placement.store.merging import merged, sources_at, strongest
from placement.store.offerings import Hazards, Places, offering_columns
from placement.store.sweeps import latest_version


def catalog_at(connection: Connection, version: int | None, *, bare: bool = False) -> Catalog:
    """The catalog of `version`, or the newest; a `bare` one has regions, tariffs and storage rates, but no offerings.

    Raises EmptyCatalog before the first collection, BadInput for a version that there is not.
    """
    newest = latest_version(connection)
    if newest is None:
        raise EmptyCatalog("no market was loaded yet; run: placement catalog load DIR (or --sample)")
    if version is None:
        version = newest
    if not 1 <= version <= newest:
        raise BadInput(f"there is no catalog version {version}; the newest is {newest}")
    done = tables.collection.c
    if connection.execute(select(done.compacted).where(done.version == version)).scalar():
        raise BadInput(f"catalog version {version} was compacted and can no longer be rebuilt; the newest is {newest}")
    return _Builder(connection, version).catalog(bare=bare)


class _Builder:
    def __init__(self, connection: Connection, version: int) -> None:
        self.connection, self.version = connection, version
        self.sources = sources_at(connection, version)
        self.rank = {source.id: source.rank for source in self.sources}

    def catalog(self, *, bare: bool) -> Catalog:
        regions, types = self._regions(), [] if bare else self._types()
        places = Places(
            region={number: index for index, (number, _) in enumerate(regions)},
            instance_type={number: index for index, (number, _) in enumerate(types)},
        )
        zones, offerings = ((), no_offerings()) if bare else self._offerings(regions, places)
        done = tables.collection.c
        finished_at = select(done.finished_at).where(done.version == self.version)
        return Catalog(
            version=self.version,
            as_of=self.connection.execute(finished_at).scalar_one(),
            regions=tuple(region for _, region in regions),
            instance_types=tuple(kind for _, kind in types),
            zones=zones,
            sources=tuple(source.name for source in self.sources),
            source_kinds=tuple(source.kind for source in self.sources),
            offerings=offerings,
            tariffs=self._tariffs(),
            nano_usd_per_gb_month=self._storage_rates(places),
        )

    def _offerings(
        self, regions: Sequence[tuple[int, Region]], places: Places
    ) -> tuple[tuple[str, ...], OfferingColumns]:
        hazards = Hazards(
            prior=np.array([prior_hazard_per_hour(region.provider) for _, region in regions]),
            known=self._hazards(places),
        )
        return offering_columns(self.connection, self.version, self.sources, places, hazards)

    def _facts(self, table: Table) -> list[Sequence[Any]]:
        return facts_at(self.connection, table, self.version)

    def _names(self, table: Table) -> dict[int, tuple[str, str]]:
        rows = self.connection.execute(select(table.c.id, table.c.provider, table.c.name))
        return {number: (provider, name) for number, provider, name in rows}

    def _regions(self) -> list[tuple[int, Region]]:
        """(id, region) in the order of `provider:name`; a region without a partition lies in its provider's."""
        attested: dict[int, list[Attestation]] = defaultdict(list)
        rows = strongest(self._facts(tables.attestation_facts), 3, self.rank)
        for (number, scheme, since), (until,) in sorted(rows.items()):
            attested[number].append(Attestation(scheme, since, until))
        names, found = self._names(tables.region), []
        for number, facts in merged(self._facts(tables.region_facts), self.rank).items():
            region = Region(*names[number], *facts)
            held = tuple(attested.get(number, ()))
            partition = region.partition or region.provider
            found.append((number, replace(region, partition=partition, attestations=held)))
        return sorted(found, key=lambda pair: pair[1].id)

    def _types(self) -> list[tuple[int, InstanceType]]:
        """(id, type) in the order of provider and name."""
        names = self._names(tables.instance_type)
        facts = merged(self._facts(tables.instance_type_facts), self.rank)
        found = [(number, InstanceType(*names[number], *said)) for number, said in facts.items()]
        return sorted(found, key=lambda pair: (pair[1].provider, pair[1].name))

    def _tariffs(self) -> tuple[EgressTariff, ...]:
        """A tariff is taken whole from the strongest source that has it: tiers of two lists do not mix."""
        tiers: dict[tuple[str, ...], dict[int, list[TariffTier]]] = defaultdict(lambda: defaultdict(list))
        for source, provider, src, dst, from_gb, nano_usd, *_ in self._facts(tables.egress_tier_facts):
            tiers[provider, src, dst][self.rank[source]].append(TariffTier(from_gb, NanoUsd(nano_usd)))
        found = []
        for (provider, src, dst), by_rank in sorted(tiers.items()):
            steps = sorted(by_rank[max(by_rank)], key=lambda tier: tier.from_gb)
            found.append(EgressTariff(provider, src, dst, tuple(steps)))
        return tuple(found)

    def _storage_rates(self, places: Places) -> NDArray[np.int64]:
        rates = np.full(len(places.region), UNKNOWN_RATE, np.int64)
        for (number,), (nano_usd,) in strongest(self._facts(tables.storage_facts), 1, self.rank).items():
            if number in places.region:
                rates[places.region[number]] = nano_usd
        return rates

    def _hazards(self, places: Places) -> dict[tuple[int, int], float]:
        """By indices of region and type: the newest figure, of equally new ones the strongest source's."""
        newest: dict[tuple[int, int], tuple[Any, float]] = {}
        rows = self._facts(tables.interruption_facts)
        for source, region, kind, low, high, window, observed_on, _ in rows:
            if region in places.region and kind in places.instance_type:
                key = places.region[region], places.instance_type[kind]
                age = observed_on, self.rank[source]
                if key not in newest or age > newest[key][0]:
                    newest[key] = age, hazard_of_band(low, high, window)
        return {key: hazard for key, (_, hazard) in newest.items()}
