"""GET /v1/regions: the places of the catalog, with everything that a policy may ask of them."""

from datetime import date
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.responses import Response

from api.answers import json_answer
from api.market import Market
from api.openapi import FROM_MEMORY, documented
from api.parameters import Query, Words
from api.schemas import Answer, CatalogStamp, Usd, stamp
from placement.domain.money import NanoUsd, rate_in_usd
from placement.domain.region import Region
from placement.market.catalog import UNKNOWN_RATE


class RegionQuery(Query):
    """Which regions."""

    provider: Annotated[Words, Field(description="May be repeated; all, if left out.")] = ()
    country: Annotated[Words, Field(description="ISO 3166-1 alpha-2. May be repeated; all, if left out.")] = ()


class AttestationShown(Answer):
    """A scheme that holds on these days, both inclusive."""

    scheme: str
    valid_from: date
    valid_to: Annotated[date | None, Field(description="null: no end.")]


class RegionShown(Answer):
    """null: unknown."""

    provider: str
    region: str
    country: Annotated[str, Field(description="ISO 3166-1 alpha-2.")]
    subdivision: Annotated[str | None, Field(description="ISO 3166-2.")]
    continent: str | None
    city: str | None
    lat: Annotated[float | None, Field(description="Degrees north.")]
    lon: Annotated[float | None, Field(description="Degrees east.")]
    partition: Annotated[str | None, Field(description="Which separate cloud of the provider this is.")]
    operator: str | None
    operator_country: str | None
    parent_country: str | None
    attestations: list[AttestationShown]
    storage_usd_per_gb_month: Usd | None
    offerings: int


class Regions(Answer):
    """In the order of provider and name."""

    catalog: CatalogStamp
    regions: list[RegionShown]


def add(app: FastAPI, market: Market) -> None:
    """Add the path to the app."""

    @app.get("/v1/regions", response_model=Regions, responses=documented(*FROM_MEMORY), tags=["market"])
    def regions(query: Annotated[RegionQuery, FromQuery()]) -> Response:
        """All regions, or those of some providers and countries."""
        catalog = market.now.catalog
        counts = np.bincount(catalog.offerings.region, minlength=len(catalog.regions)).tolist()
        rates = catalog.nano_usd_per_gb_month.tolist()
        countries = [country.upper() for country in query.country]
        shown = [
            _document(region, rate, count)
            for region, rate, count in zip(catalog.regions, rates, counts, strict=True)
            if (not query.provider or region.provider in query.provider)
            and (not countries or region.country in countries)
        ]
        return json_answer({"catalog": stamp(catalog), "regions": shown})


def _document(region: Region, nano_usd_per_gb_month: int, offerings: int) -> dict[str, Any]:
    known = nano_usd_per_gb_month != UNKNOWN_RATE
    return {
        "provider": region.provider,
        "region": region.name,
        "country": region.country,
        "subdivision": region.subdivision,
        "continent": region.continent,
        "city": region.city,
        "lat": region.lat,
        "lon": region.lon,
        "partition": region.partition,
        "operator": region.operator,
        "operator_country": region.operator_country,
        "parent_country": region.parent_country,
        "attestations": [
            {"scheme": held.scheme, "valid_from": held.valid_from, "valid_to": held.valid_to}
            for held in region.attestations
        ],
        "storage_usd_per_gb_month": rate_in_usd(NanoUsd(nano_usd_per_gb_month)) if known else None,
        "offerings": offerings,
    }
