"""What Azure offers at what price, and what traffic costs, is asked region by region and told as one sweep."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from placement.domain.errors import CollectionFailed
from placement.domain.offering import InstanceType
from placement.domain.provider import Fact, Notice, PastPrice, Refusal, Surroundings
from placement.domain.region import Region
from placement.domain.sweep import SourceKind
from providers.azure import zones
from providers.azure.access import PRICES_URL, SUBSCRIPTION, Credential, address, asking, lacking, limit_of
from providers.azure.bandwidth import Ladders
from providers.azure.offerings import offerings
from providers.azure.pages import rows_of
from providers.azure.retail import VIRTUAL_MACHINES, Quote, Row, read_quote
from providers.azure.selling import by_name, by_skus
from providers.known_regions import known_regions, unknown_region
from providers.limits import Limits

if TYPE_CHECKING:
    from providers.azure.arm import Arm
    from providers.fetch import Fetcher

_COMMON_SIZE = "Standard_D2s_v5"
"""Where it is sold there is a region; few are without it."""
_LIMITS = Limits(tries=10)
"""Who asks too often has to wait about a minute."""


@dataclass(frozen=True)
class AzureMarket:
    """The Retail Prices API, which needs no credentials; where there are some, also the subscription's SKUs."""

    surroundings: Surroundings
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    credential: Credential | None = None
    """Asks Azure Resource Manager in the place of the environment's credentials."""
    name: str = "azure"
    provider: str = "azure"
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(minutes=30)

    def facts(self) -> Iterator[Fact]:
        """Regions, types, prices of now and before, and tariffs; raises CollectionFailed."""
        from providers.fetch import Fetcher

        around, given = self.surroundings, self.credential
        now, limit = around.clock(), limit_of(around)
        base = address(around.environment, PRICES_URL)
        lacks = lacking(around.environment, with_credential=given is not None or around.replay_from is not None)
        with ExitStack() as stack:
            fetch = stack.enter_context(Fetcher(self.name, [base], around, self.limits or _LIMITS, sleep=self.sleep))
            arm = None if lacks else stack.enter_context(asking(self.name, fetch, around, self.sleep, given))
            if lacks and around.environment.get(SUBSCRIPTION):
                yield Notice(f"{self.name}: the subscription is not asked, without {lacks}")
            yield from _Sweep(fetch, base, arm, limit, now).facts()


@dataclass(frozen=True)
class _Shard:
    """All that is said of one region."""

    region: Region
    sold: bool
    """Whether Azure has any price there."""
    types: Mapping[str, InstanceType]
    facts: Sequence[Fact]
    ladders: Ladders


@dataclass(frozen=True)
class _Sweep:
    fetch: "Fetcher"
    base: str
    arm: "Arm | None"
    limit: frozenset[str] | None
    now: datetime

    def facts(self) -> Iterator[Fact]:
        known = known_regions("providers.azure", "azure")
        yield from map(unknown_region, sorted(self._not_in(known)))
        wanted = [known[name] for name in sorted(known) if self.limit is None or name in self.limit]
        elsewhere, refused = zones.by_continent(self._rows("Bandwidth", zones.WANTED))
        yield from refused
        types: dict[str, InstanceType] = {}
        untold: dict[str, list[str]] = {"internet": [], "any other region": []}
        for shard in self.fetch.each(lambda region: self._shard(region, zones.rows_for(region, elsewhere)), wanted):
            if not shard.sold:
                self._must_not_be_named(shard.region)
                continue
            yield shard.region
            new = {name: said for name, said in shard.types.items() if name not in types}
            types |= new
            yield from new.values()
            yield from shard.facts
            yield from shard.ladders.refused
            told = [*shard.ladders.tariffs(shard.region, self.now)]
            yield from told
            destinations = {priced.tariff.dst for priced in told} - {"same-region-cross-zone"}
            if "internet" not in destinations:
                untold["internet"].append(shard.region.name)
            if not destinations - {"internet"}:
                untold["any other region"].append(shard.region.name)
        for to, names in untold.items():
            if names:
                yield Notice(f"azure: no tariff for traffic to {to} is known from {', '.join(names)}")

    def _not_in(self, known: Mapping[str, Region]) -> set[str]:
        """The wanted regions that Azure has and our table lacks; raises CollectionFailed for one that nobody has."""
        rows = self._rows(VIRTUAL_MACHINES, f"armSkuName eq '{_COMMON_SIZE}'")
        there = {name.lower() for row in rows if isinstance(name := row.get("armRegionName"), str) and name}
        if self.limit is not None and (nowhere := self.limit - known.keys() - there):
            names = ", ".join(sorted(nowhere))
            raise CollectionFailed(f"azure: PLACEMENT_AZURE_REGIONS names {names}, which Azure does not have")
        return {name for name in there - known.keys() if self.limit is None or name in self.limit}

    def _must_not_be_named(self, region: Region) -> None:
        if self.limit is not None:
            raise CollectionFailed(f"azure: gives no price in {region.name}, which PLACEMENT_AZURE_REGIONS names")

    def _rows(self, service: str, where: str) -> list[Row]:
        return rows_of(self.fetch, self.base, f"serviceName eq '{service}' and {where} and priceType eq 'Consumption'")

    def _rows_in(self, region: Region, service: str) -> list[Row]:
        rows = self._rows(service, f"armRegionName eq '{region.name}'")
        if others := {str(row.get("armRegionName")).lower() for row in rows} - {region.name}:
            raise CollectionFailed(f"azure: asked for {region.name}, prices of {', '.join(sorted(others))} came")
        return rows

    def _shard(self, region: Region, zone_rows: Sequence[Row]) -> _Shard:
        """Runs beside others; what it gives is small, unlike the rows."""
        rows = self._rows_in(region, VIRTUAL_MACHINES)
        if not rows:
            return _Shard(region, False, {}, (), Ladders({}))
        judge = by_skus(self.arm.skus(region.name)) if self.arm else by_name
        read = [said for row in rows if (said := read_quote(row, self.now)) is not None]
        facts: list[Fact] = [said for said in read if isinstance(said, Refusal)]
        types: dict[str, InstanceType] = {}
        for fact in offerings(region.name, [said for said in read if isinstance(said, Quote)], self.now):
            if isinstance(fact, Refusal):
                facts.append(fact)
                continue
            price = fact.price if isinstance(fact, PastPrice) else fact
            judged = judge(price.instance_type, price.capacity_type)
            if isinstance(judged, InstanceType):
                types[judged.name] = judged
                price = replace(price, instance_type=judged.name)
                facts.append(PastPrice(price) if isinstance(fact, PastPrice) else price)
            elif not isinstance(fact, PastPrice):
                facts.append(Refusal(judged, f"{region.name} {price.instance_type} {price.capacity_type}"))
        zone = Ladders.of(f"the zone of {region.name}", zone_rows, self.now)
        own = Ladders.of(region.name, self._rows_in(region, "Bandwidth"), self.now)
        ladders = Ladders({**zone.tiers, **own.tiers}, (*zone.refused, *own.refused))
        return _Shard(region, True, types, facts, ladders)
