"""Parts that several answers share, as the OpenAPI document describes them; answers are built by functions beside."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from placement.documents import moment
from placement.domain.sweep import Collection
from placement.market.catalog import Catalog

CapacityTypeWord = Literal["on_demand", "spot", "reserved"]
SourceKindWord = Literal["sheet", "api"]
Usd = Annotated[float, Field(ge=0)]


class Answer(BaseModel):
    """Exactly these members."""

    model_config = ConfigDict(extra="forbid")


class CatalogStamp(Answer):
    """Which catalog an answer is from."""

    version: int
    as_of: Annotated[datetime, Field(description="When its newest collection finished.")]


class RefusedRows(Answer):
    """Rows that a source gave and that were not believed, all for one reason."""

    reason: str
    rows: int
    example: str


class Problem(BaseModel):
    """RFC 9457; some types have more members."""

    type: Annotated[str, Field(description="Relative to this service, and answered by it.")]
    title: str
    status: int
    detail: str
    instance: str
    request_id: str


def stamp(catalog: Catalog) -> dict[str, Any]:
    """A CatalogStamp."""
    return {"version": catalog.version, "as_of": moment(catalog.as_of)}


def refused_rows(done: Collection) -> list[dict[str, Any]]:
    """A list of RefusedRows."""
    return [{"reason": r.reason, "rows": r.rows, "example": r.example} for r in done.refused]
