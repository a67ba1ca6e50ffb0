"""GET /v1/catalog: what is known of the market and how old it is, the same as `placement catalog show --json` gives."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.responses import Response

from api.answers import JSON, json_bytes
from api.market import Market
from api.openapi import FROM_MEMORY, documented
from api.parameters import NoParameters
from api.preconditions import NOT_MODIFIED, IfNewer, is_known, tag_of
from api.provenance import Provenance
from api.schemas import Answer, CapacityTypeWord, CatalogStamp, RefusedRows, SourceKindWord, refused_rows, stamp
from placement.documents import moment
from placement.domain.offering import CAPACITY_TYPES
from placement.domain.sweep import Collection, FailedCollection
from placement.market.catalog import Catalog
from placement.store.freshness import Freshness


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
        origin = market.origin
        body = json_bytes(_document(market.catalog(origin.version), origin, clock()))
        tag = tag_of(body)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if is_known(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=JSON)


def _document(catalog: Catalog, origin: Provenance, now: datetime) -> dict[str, Any]:
    return {
        "catalog": stamp(catalog),
        "regions": len(catalog.regions),
        "instance_types": len(catalog.instance_types),
        "offerings": len(catalog.offerings),
        "tariffs": len(catalog.tariffs),
        "sources": [_source(row, now) for row in origin.freshness],
        "capacity_hints": [
            {"source": source, **asdict(hint), "observed_at": moment(hint.observed_at)} for source, hint in origin.hints
        ],
        "collections": [_collection(done, origin.failures.get(done.source)) for done in origin.collections],
    }


def _source(row: Freshness, now: datetime) -> dict[str, Any]:
    return {
        "source": row.source,
        "provider": row.provider,
        "region": row.region,
        "offerings": {kind.value: row.offerings.get(kind, 0) for kind in CAPACITY_TYPES},
        "oldest_observed_at": moment(row.oldest_observed_at),
        "newest_observed_at": moment(row.newest_observed_at),
        "stale": list(row.stale(now)),
    }


def _collection(done: Collection, failed: FailedCollection | None) -> dict[str, Any]:
    return {
        "source": done.source,
        "kind": done.kind.value,
        "version": done.version,
        "finished_at": moment(done.finished_at),
        "prices": done.rows,
        "refused": refused_rows(done),
        "last_failure": {"at": moment(failed.failed_at), "reason": failed.reason} if failed else None,
    }
