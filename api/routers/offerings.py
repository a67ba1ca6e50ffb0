"""GET /v1/offerings: the catalog's rows, filtered, sorted, page by page.

All pages of a list are of one catalog, judged at the moment of the first.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.cursor import Place, decoded, encoded, question_of
from api.errors import CatalogGone, InvalidRequest
from api.market import Market
from api.offering_query import OfferingQuery
from api.openapi import FROM_MEMORY, documented
from api.parameters import link_to_next
from api.routers.quotes import QuotedOffering
from api.schemas import Answer, CatalogStamp, stamp
from api.selection import selected
from placement.documents import moment, quote_document
from placement.domain.offering import Offering
from placement.market.catalog import Catalog
from placement.market.freshness import stale_rows

_LATEST_UNIX_S = 253_402_300_799
"""The end of the year 9999."""


class ListedOffering(QuotedOffering):
    """An offering with everything that is known of it; null: unknown."""

    country: Annotated[str, Field(description="ISO 3166-1 alpha-2.")]
    architecture: str | None
    burstable: bool
    gpu_count: int
    gpu_model: str | None
    gpu_memory_gib: Annotated[float | None, Field(description="Over all GPUs together.")]
    capacity: Annotated[int | None, Field(description="Instances at most; null: no stated limit.")]
    source: str
    stale: Annotated[bool, Field(description="Its price is too old to be used.")]


class OfferingPage(Answer):
    """A part of the list."""

    catalog: CatalogStamp
    judged_at: Annotated[datetime, Field(description="The moment for which `stale` holds.")]
    total: Annotated[int, Field(description="Offerings on all pages.")]
    offerings: list[ListedOffering]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


def add(app: FastAPI, market: Market) -> None:
    """Add the path to the app."""

    @app.get(
        "/v1/offerings",
        response_model=OfferingPage,
        responses=documented(*FROM_MEMORY, CatalogGone),
        tags=["market"],
    )
    def offerings(request: Request, query: Annotated[OfferingQuery, Query()]) -> Response:
        """Offerings that pass every filter; the next page is asked for with the same filters and `next_cursor`."""
        place = _place(market, query)
        document = _page(market.catalog(place.version), place, query)
        return json_answer(document, headers=link_to_next(request, document["next_cursor"]))


def _place(market: Market, query: OfferingQuery) -> Place:
    if query.cursor is None:
        snapshot = market.now
        return Place(snapshot.version, int(snapshot.judged_at.timestamp()), 0, question_of(query))
    place = decoded(query.cursor, Place)
    reason = None
    if not (0 <= place.judged_unix_s <= _LATEST_UNIX_S and place.offset >= 0):
        reason = "is no cursor of this list"
    elif place.question != question_of(query):
        reason = "is of another list; repeat the filters and the order of its first page"
    if reason is not None:
        raise InvalidRequest([{"detail": reason, "parameter": "cursor"}])
    return place


def _page(catalog: Catalog, place: Place, query: OfferingQuery) -> dict[str, Any]:
    judged_at = datetime.fromtimestamp(place.judged_unix_s, UTC)
    stale = stale_rows(catalog, judged_at)
    rows = selected(catalog, stale, query)
    end = place.offset + query.limit
    here = rows[place.offset : end]
    following = Place(place.version, place.judged_unix_s, end, place.question)
    return {
        "catalog": stamp(catalog),
        "judged_at": moment(judged_at),
        "total": len(rows),
        "offerings": _documents([catalog.offering(int(row)) for row in here], stale[here].tolist(), catalog),
        "next_cursor": encoded(following) if end < len(rows) else None,
    }


def _documents(offerings: list[Offering], stale: list[bool], catalog: Catalog) -> list[dict[str, Any]]:
    quoted = quote_document(catalog.version, catalog.as_of, offerings)["offerings"]
    return [
        shown
        | {
            "country": offering.region.country,
            "architecture": offering.instance_type.architecture,
            "burstable": offering.instance_type.burstable,
            "gpu_count": offering.instance_type.gpu_count,
            "gpu_model": offering.instance_type.gpu_model,
            "gpu_memory_gib": offering.instance_type.gpu_memory_gib,
            "capacity": offering.capacity,
            "source": offering.source,
            "stale": too_old,
        }
        for shown, offering, too_old in zip(quoted, offerings, stale, strict=True)
    ]
