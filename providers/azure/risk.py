"""How often Azure takes spot instances back, and what they cost before, is for those with credentials to know."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.provider import Fact, Refusal, Surroundings
from placement.domain.sweep import SourceKind
from providers.azure.access import ARM_URL, Credential, address, asking, lacking, limit_of
from providers.azure.eviction import PRICES, RATES, figure, limited, past_prices
from providers.known_regions import known_regions, unknown_region
from providers.limits import Limits


@dataclass(frozen=True)
class AzureRisk:
    """Resource Graph, asked about the whole tenant."""

    surroundings: Surroundings
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    credential: Credential | None = None
    """Asks in the place of the environment's credentials."""
    name: str = "azure-risk"
    provider: str = "azure"
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(days=1)

    def facts(self) -> Iterator[Fact]:
        """Eviction rates and past spot prices; raises Unconfigured, CollectionFailed."""
        around, given = self.surroundings, self.credential
        with_credential = given is not None or around.replay_from is not None
        if lacks := lacking(around.environment, with_credential=with_credential):
            raise Unconfigured(f"{self.name}: set {lacks}")
        from providers.fetch import Fetcher

        now, limit = around.clock(), limit_of(around)
        known = known_regions("providers.azure", "azure")
        with ExitStack() as stack:
            origins = [address(around.environment, ARM_URL)]
            fetch = stack.enter_context(Fetcher(self.name, origins, around, self.limits, sleep=self.sleep))
            arm = stack.enter_context(asking(self.name, fetch, around, self.sleep, given))
            rates = list(arm.rows("eviction rates", limited(RATES, limit)))
            prices = list(arm.rows("spot prices", limited(PRICES, limit)))
            regions = sorted({_text(row, "location") for row in (*rates, *prices)})
            if limit is not None and (nowhere := limit - known.keys() - set(regions)):
                names = ", ".join(sorted(nowhere))
                raise CollectionFailed(f"{self.name}: PLACEMENT_AZURE_REGIONS names {names}, which Azure does not have")
            yield from (unknown_region(name) for name in regions if name not in known)
            here = [name for name in regions if name in known]
            # The table writes names in lower case, the SKUs as everybody else does.
            skus = fetch.each(lambda region: (region, arm.skus(region)), here)
            names_in = {region: {lower: sku.name for lower, sku in some.items()} for region, some in skus}
        for row in rates:
            yield from _of(row, names_in, lambda region, size, row: [figure(region, size, row.get("rate"), now)])
        for row in prices:
            if _text(row, "os") == "linux":
                yield from _of(
                    row, names_in, lambda region, size, row: past_prices(region, size, row.get("prices"), now)
                )


def _of(
    row: Mapping[str, Any],
    names_in: Mapping[str, Mapping[str, str]],
    read: Callable[[str, str, Mapping[str, Any]], Iterable[Fact]],
) -> Iterable[Fact]:
    """What the row says, under the size's proper name; nothing for a region that was refused already."""
    region, sku = _text(row, "location"), _text(row, "sku")
    if region not in names_in:
        return []
    size = names_in[region].get(sku)
    return read(region, size, row) if size else [Refusal("no size of that name in its region", f"{region} {sku}")]


def _text(row: Mapping[str, Any], key: str) -> str:
    return str(row.get(key) or "").casefold()
