"""Which offerings are wanted, in which order."""

from typing import Annotated, Literal

from pydantic import Field

from api.parameters import Cursor, Limit, Query, Word, Words
from api.schemas import CapacityTypeWord

Order = Literal["usd_per_hour", "-usd_per_hour", "vcpus", "memory_gib"]


class OfferingQuery(Query):
    """Filters, all of which must hold."""

    provider: Annotated[Words, Field(description="May be repeated.")] = ()
    region: Annotated[
        Words,
        Field(description="A region's name, or provider:name; `*`, `?` and `[...]` stand for others. Repeatable."),
    ] = ()
    zone: Annotated[Word | None, Field(description="Offerings of this zone alone.")] = None
    instance_type: Annotated[Words, Field(description="May have wildcards, and be repeated.")] = ()
    capacity_type: Annotated[tuple[CapacityTypeWord, ...], Field(max_length=3, description="May be repeated.")] = ()
    country: Annotated[Words, Field(description="ISO 3166-1 alpha-2. May be repeated.")] = ()
    min_vcpus: Annotated[float | None, Field(ge=0)] = None
    min_memory_gib: Annotated[float | None, Field(ge=0)] = None
    architecture: Annotated[Words, Field(description="x86_64 or arm64. May be repeated.")] = ()
    gpu_model: Annotated[Words, Field(description="Such as A100. May be repeated.")] = ()
    max_usd_per_hour: Annotated[float | None, Field(ge=0, le=1e6)] = None
    stale: Annotated[bool | None, Field(description="Only prices too old to be used, or only the others.")] = None
    sort: Annotated[Order, Field(description="Ascending, or descending with a minus; ties in catalog order.")] = (
        "usd_per_hour"
    )
    limit: Limit = 100
    cursor: Cursor = None
