"""GET /v1/catalog: what is known of the market and how old it is, the same as `placement catalog show --json` gives."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.responses import Response

from api.answers import JSON, json_bytes
from api.market import Market
from api.openapi import FROM_MEMORY, documented
from api.parameters import NoParameters
from api.preconditions import NOT_MODIFIED, IfNewer, is_known, tag_of
from api.schemas import Answer, CapacityTypeWord, CatalogStamp, RefusedRows, SourceKindWord
from placement.catalog_document import catalog_document


class SourceInRegion(Answer):
    """The live offerings of a source in a region, also those that a stronger source overrules."""

    source: str
    provider: str
    region: str
    offerings: Annotated[dict[CapacityTypeWord, int], Field(description="How many, by capacity type.")]
    oldest_observed_at: datetime
    newest_observed_at: datetime
    stale: Annotated[list[CapacityTypeWord], Field(description="Those with prices too old to be used.")]


class CapacityHintShown(Answer):
    """A provider's own word on whether a request for spot would succeed now."""

    source: str
    provider: str
    region: str
    zone: str | None
    instance_types: Annotated[list[str], Field(description="What was asked for: any of these.")]
    measure: str
    value: str
    observed_at: datetime


class LastFailure(Answer):
    """A sweep that failed after the last one that was stored."""

    at: datetime
    reason: str


class NewestCollection(Answer):
    """Of one source."""

    source: str
    kind: SourceKindWord
    version: Annotated[int, Field(description="Catalog version that it made.")]
    finished_at: datetime
    prices: int
    refused: list[RefusedRows]
    last_failure: LastFailure | None


class NeverStored(LastFailure):
    """A source whose sweeps have all failed."""

    source: str


class CatalogShown(Answer):
    """The newest catalog."""

    catalog: CatalogStamp
    regions: int
    instance_types: int
    offerings: int
    tariffs: int
    sources: list[SourceInRegion]
    capacity_hints: list[CapacityHintShown]
    collections: Annotated[list[NewestCollection], Field(description="The newest of each source.")]
    never_stored: Annotated[list[NeverStored], Field(description="Sources that have no collection.")]


def add(app: FastAPI, market: Market, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""

    @app.get(
        "/v1/catalog",
        response_model=CatalogShown,
        responses=documented(*FROM_MEMORY) | NOT_MODIFIED,
        tags=["market"],
    )
    def catalog(
        query: Annotated[NoParameters, FromQuery()],
        if_none_match: IfNewer = None,
    ) -> Response:
        """Version, counts, and the freshness of each source in each region."""
        known = market.origin
        newest = market.catalog(known.version)
        document = catalog_document(newest, known.freshness, known.hints, known.collections, known.failures, clock())
        body = json_bytes(document)
        tag = tag_of(body)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if is_known(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=JSON)
