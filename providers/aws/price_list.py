"""Source `aws`: regions, instance types, on-demand prices and tariffs of the AWS Price List.

With credentials the Pricing API is asked, else the public files are read; the facts are the same. China has price
lists of its own, in another currency, and is not in this one.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from placement.domain.errors import CollectionFailed
from placement.domain.offering import InstanceType
from placement.domain.provider import Fact, Notice, Surroundings
from placement.domain.sweep import Price, SourceKind
from providers.aws.on_demand import offered
from providers.aws.places import chosen
from providers.aws.price_api import PriceApi
from providers.aws.price_files import PriceFiles
from providers.aws.price_rows import PriceRow
from providers.aws.session import session
from providers.aws.settings import PROVIDER, has_credentials, price_list_url
from providers.aws.throttling import asks_again
from providers.aws.transfer import tariffs
from providers.known_regions import known_regions, unknown_region
from providers.limits import Limits

if TYPE_CHECKING:
    from providers.fetch import Fetcher


class _Road(Protocol):
    """A way to the price list."""

    def regions(self) -> list[str]:
        """Codes of regions and zones; asked first."""

    def products(self, region: str) -> list[PriceRow]:
        """What can be bought on demand in the region."""

    def transfers(self, region: str) -> list[PriceRow]:
        """What traffic from the region costs."""


@dataclass(frozen=True)
class AwsPriceList:
    """The price list of all regions outside China."""

    surroundings: Surroundings
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    name: str = field(default="aws", init=False)
    provider: str = field(default=PROVIDER, init=False)
    kind: SourceKind = field(default=SourceKind.API, init=False)
    cadence: timedelta = field(default=timedelta(days=1), init=False)

    def facts(self) -> Iterator[Fact]:
        """Prices region by region, then the tariffs."""
        from providers.fetch import Fetcher

        now, origin = self.surroundings.clock(), price_list_url(self.surroundings.environment)
        with (
            Fetcher(
                self.name, [origin], self.surroundings, self.limits, asks_again=asks_again, sleep=self.sleep
            ) as fetch,
            self._road(fetch) as road,
        ):
            table = known_regions(__package__, PROVIDER)
            names = chosen(self.name, road.regions(), self.surroundings.regions(PROVIDER))
            yield from (table.get(name) or unknown_region(name) for name in names)
            regions = [name for name in names if name in table]
            yield from self._offerings(zip(regions, fetch.each(road.products, regions), strict=True), now)
            for name, rows in zip(regions, fetch.each(road.transfers, regions), strict=True):
                if not rows:
                    yield Notice(f"the AWS Price List has no tariff for traffic from {name}")
                yield from tariffs(rows, name, regions, now)

    def _offerings(self, by_region: Iterable[tuple[str, list[PriceRow]]], now: datetime) -> Iterator[Fact]:
        types: set[str] = set()
        without: list[str] = []
        names: list[str] = []
        for name, rows in by_region:
            names.append(name)
            priced = False
            for fact in offered(rows, name, now):
                if isinstance(fact, InstanceType):
                    if fact.name in types:
                        continue
                    types.add(fact.name)
                priced = priced or isinstance(fact, Price)
                yield fact
            if not priced:
                without.append(name)
                yield Notice(f"the AWS Price List has no on-demand price in {name}")
        if names and names == without:
            raise CollectionFailed(f"{self.name}: the price list has no on-demand price in any region")

    @contextmanager
    def _road(self, fetch: "Fetcher") -> Iterator[_Road]:
        environment = self.surroundings.environment
        if not has_credentials(environment):
            yield PriceFiles(fetch, price_list_url(environment))
            return
        with session(self.name, self.surroundings, fetch, self.limits, self.sleep) as sdk:
            yield PriceApi(sdk.pricing())
