"""The market as a service knows it: quotes, histories of prices, the catalog, and how it was collected."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote as quoted

from placement.client.market_forms import (
    Catalog,
    Collection,
    CollectionPage,
    CollectionStarted,
    PriceHistory,
    Quote,
)
from placement.client.wire import Question, Wire
from placement.domain.offering import CapacityType
from placement.domain.quote import QuoteRequest

_JSON = {"Content-Type": "application/json"}


class Market:
    """What a service knows of the market."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def quote(self, request: QuoteRequest) -> Quote:
        """The cheapest offerings that fit, or what refuses them all."""
        body = json.dumps(_quote_body(request)).encode()
        return self._wire.ask(Question("POST", "/v1/quotes", headers=_JSON, content=body)).document(Quote)

    def price_history(
        self,
        region: str,
        instance_type: str,
        window: tuple[datetime, datetime] | None = None,
        *,
        capacity_type: CapacityType | None = None,
        zone: str | None = None,
    ) -> PriceHistory:
        """When an offering's price changed in a window; without one, in the last 90 days.

        `region` is provider:region.
        """
        params = {"region": region, "instance_type": instance_type}
        if window is not None:
            params |= {"since": window[0].isoformat(), "until": window[1].isoformat()}
        if capacity_type is not None:
            params["capacity_type"] = capacity_type.value
        if zone is not None:
            params["zone"] = zone
        return self._wire.ask(Question("GET", "/v1/prices/history", params)).document(PriceHistory)

    def catalog(self) -> Catalog:
        """What is known of the market, and how old it is."""
        return self._wire.ask(Question("GET", "/v1/catalog")).document(Catalog)

    def collections(
        self, sources: Sequence[str] = (), result: Literal["stored", "failed"] | None = None
    ) -> Iterator[Collection]:
        """How sweeps ended, newest first, of these sources or of all; page after page as they are needed."""
        params: dict[str, Any] = {"source": list(sources)} | ({} if result is None else {"result": result})
        while True:
            page = self._wire.ask(Question("GET", "/v1/collections", params)).document(CollectionPage)
            yield from page["collections"]
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    def collect(self, provider: str) -> CollectionStarted:
        """Have all sources of a provider swept now; `collections` tells how that ended."""
        path = f"/v1/collections/{quoted(provider, safe='')}"
        return self._wire.ask(Question("POST", path, repeatable=False)).document(CollectionStarted)


def _quote_body(request: QuoteRequest) -> Mapping[str, Any]:
    resources: dict[str, Any] = {
        "vcpus": request.vcpus,
        "memory_gib": request.memory_gib,
        "architecture": list(request.architecture),
        "burstable": request.burstable,
    }
    if request.gpus is not None:
        gpus = request.gpus
        resources["gpus"] = {"count": gpus.count, "model": list(gpus.model), "memory_gib": gpus.memory_gib}
    return {
        "resources": resources,
        "capacity": {"types": [kind.value for kind in request.capacity_types]},
        "places": {"allow": list(request.places.allow), "deny": list(request.places.deny)},
        "top": request.top,
        "risk_adjusted": request.risk_adjusted,
        "allow_stale": request.allow_stale,
    }
