"""GET /v1/egress: which tariff prices the traffic between two places, and what a volume costs; /tariffs lists them."""

from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.responses import Response

from api.answers import json_answer
from api.errors import InvalidRequest, NoTariff
from api.market import Market
from api.openapi import FROM_MEMORY, documented
from api.parameters import Query, Word, Words
from api.schemas import Answer, CatalogStamp, Usd, stamp
from api.snapshot import Snapshot
from placement.domain.fleet import INTERNET
from placement.domain.money import amount_in_usd, amount_of, rate_in_usd
from placement.domain.tariff import EgressTariff
from placement.market.egress import FREE, NO_TARIFF
from placement.residency.places import unknown_region

CROSS_ZONE = "same-region-cross-zone"
_MOST_GB = 1e12


class EgressQuery(Query):
    """From where, to where, how much."""

    src: Annotated[Word, Field(alias="from", description="provider:region, such as aws:eu-central-1.")]
    dst: Annotated[
        Word,
        Field(alias="to", description=f"provider:region, `{INTERNET}` (people), or `{CROSS_ZONE}`."),
    ]
    gb: Annotated[float, Field(ge=0, le=_MOST_GB, description="GB of 1e9 bytes a month.")]


class TariffQuery(Query):
    """Whose tariffs."""

    provider: Annotated[Words, Field(description="May be repeated; all, if left out.")] = ()


class EgressTier(Answer):
    """Prices only the volume inside it."""

    from_gb: float
    to_gb: Annotated[float | None, Field(description="null: no end.")]
    usd_per_gb: Usd


class EgressTariffShown(Answer):
    """One row of a price list, priced on the whole month's volume of it."""

    provider: str
    src: Annotated[str, Field(description="A region's name, a continent or `*`.")]
    dst: Annotated[str, Field(description="The same, `other-region`, `internet`, `internet:CC` or cross-zone.")]
    tiers: list[EgressTier]


class EgressCost(Answer):
    """What the volume costs, if nothing else of the month is priced by the same tariff."""

    catalog: CatalogStamp
    src: Annotated[str, Field(alias="from")]
    dst: Annotated[str, Field(alias="to")]
    gb_per_month: float
    tariff: Annotated[EgressTariffShown | None, Field(description="null: traffic that never leaves its region.")]
    usd_per_month: Usd


class EgressTariffs(Answer):
    """In the order of provider, source and destination."""

    catalog: CatalogStamp
    tariffs: list[EgressTariffShown]


def add(app: FastAPI, market: Market) -> None:
    """Add the paths to the app."""

    @app.get("/v1/egress", response_model=EgressCost, responses=documented(*FROM_MEMORY, NoTariff), tags=["market"])
    def egress(query: Annotated[EgressQuery, FromQuery()]) -> Response:
        """The tariff that prices traffic between two places, the most specific one, and the cost of a volume."""
        snapshot = market.now
        index = _index(snapshot, query.src, query.dst)
        if index == NO_TARIFF:
            raise NoTariff(query.src, query.dst)
        tariff = None if index == FREE else snapshot.catalog.egress.tariffs[index]
        cost = 0.0 if tariff is None else amount_in_usd(amount_of(tariff.cost(query.gb)))
        return json_answer(
            {
                "catalog": stamp(snapshot.catalog),
                "from": query.src,
                "to": query.dst,
                "gb_per_month": query.gb,
                "tariff": None if tariff is None else _shown(tariff),
                "usd_per_month": cost,
            }
        )

    @app.get("/v1/egress/tariffs", response_model=EgressTariffs, responses=documented(*FROM_MEMORY), tags=["market"])
    def tariffs(query: Annotated[TariffQuery, FromQuery()]) -> Response:
        """All tariffs, or those of some providers."""
        catalog = market.now.catalog
        wanted = [t for t in catalog.tariffs if not query.provider or t.provider in query.provider]
        return json_answer({"catalog": stamp(catalog), "tariffs": [_shown(tariff) for tariff in wanted]})


def _index(snapshot: Snapshot, src: str, dst: str) -> int:
    """Of the tariff, or NO_TARIFF or FREE; raises InvalidRequest for a region that there is not."""
    regions = snapshot.catalog.region_index
    faults = [
        {"detail": unknown_region(word, regions), "parameter": name}
        for name, word, others in (("from", src, ()), ("to", dst, (INTERNET, CROSS_ZONE)))
        if word not in regions and word not in others
    ]
    if faults:
        raise InvalidRequest(faults)
    here = regions[src]
    match dst:
        case "internet":
            return int(snapshot.catalog.egress.to_internet[here])
        case "same-region-cross-zone":
            return int(snapshot.catalog.egress.cross_zone[here])
        case _:
            return int(snapshot.catalog.egress.between[here, regions[dst]])


def _shown(tariff: EgressTariff) -> dict[str, Any]:
    ends = [*(tier.from_gb for tier in tariff.tiers[1:]), None]
    return {
        "provider": tariff.provider,
        "src": tariff.src,
        "dst": tariff.dst,
        "tiers": [
            {"from_gb": tier.from_gb, "to_gb": end, "usd_per_gb": rate_in_usd(tier.usd_per_gb)}
            for tier, end in zip(tariff.tiers, ends, strict=True)
        ],
    }
