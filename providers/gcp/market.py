"""Source `gcp`: regions, machine types, what they cost on demand and as spot, and egress."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from placement.domain.errors import CollectionFailed
from placement.domain.offering import CapacityType
from placement.domain.provider import Fact, Refusal, Surroundings
from placement.domain.sweep import Price, SourceKind
from providers.gcp.access import PROVIDER, connected
from providers.gcp.components import Component, UnitPrices
from providers.gcp.composition import INCOMPLETE, Bill, bill_of, price_of, why_unpriced
from providers.gcp.egress import tariffs
from providers.gcp.machines import read_machines
from providers.gcp.places import read_places
from providers.gcp.skus import read_skus
from providers.limits import Limits

NOTE = "Cloud Billing catalogue, the sum of the machine's components"


@dataclass(frozen=True)
class Market:
    """The public list prices; those of spot are list prices too, and change seldom."""

    surroundings: Surroundings
    credentials: Any | None = field(default=None, repr=False)
    """Of google-auth, instead of those that the environment names."""
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    name: str = PROVIDER
    provider: str = PROVIDER
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(minutes=30)

    def facts(self) -> Iterator[Fact]:
        """The market region by region; see Source."""
        with connected(self.name, self.surroundings, self.credentials, self.limits, self.sleep) as clients:
            now = self.surroundings.clock()
            places = read_places(clients, self.surroundings.regions(self.provider))
            yield from places.said
            machines = read_machines(clients, places.regions)
            skus = read_skus(clients)
        if not machines.by_name and places.regions:
            raise CollectionFailed(f"{self.name}: list machine types: none is offered in any of the regions")
        yield from places.regions.values()
        yield from machines.refused
        units = UnitPrices.of(skus)
        yield from units.refused
        bills: dict[str, Bill] = {}
        for machine in machines.by_name.values():
            if reason := why_unpriced(machine):
                yield Refusal(reason, machine.name)
            else:
                bills[machine.name] = bill_of(machine, units)
                yield machine.instance_type()
        for region in places.regions:
            for machine in machines.of(region):
                if machine.name in bills:
                    yield from self._prices(region, machine.name, bills[machine.name], units, now)
        yield from tariffs(skus, places.regions, now.date())

    def _prices(
        self, region: str, name: str, bill: Bill, units: UnitPrices, now: datetime
    ) -> Iterator[Price | Refusal]:
        for capacity_type in (CapacityType.ON_DEMAND, CapacityType.SPOT):
            price = price_of(bill, region, capacity_type, units)
            if price is None and capacity_type is CapacityType.SPOT:
                # Not sold as spot here, which is no flaw of the answer.
                continue
            if price is None or isinstance(price, Component):
                missing = price or bill[0][0]
                yield Refusal(INCOMPLETE, f"{region} {name} {capacity_type}: {missing}")
            else:
                yield Price(PROVIDER, region, None, name, capacity_type, price, now, note=NOTE)
