"""The market as a service answers with it, and as the command line prints it: these members at least.

A service of a later release may say more. What is described here is checked when an answer comes in.
"""

from typing import Literal, NotRequired, TypedDict

CapacityTypeWord = Literal["on_demand", "spot", "reserved"]


class CatalogStamp(TypedDict):
    """Which catalog an answer is from."""

    version: int
    as_of: str


class QuotedOffering(TypedDict):
    """What can be bought."""

    provider: str
    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityTypeWord
    usd_per_hour: float
    vcpus: float
    memory_gib: float
    observed_at: str
    estimated: bool
    hazard_per_hour: float


class QuoteRejection(TypedDict):
    """How many offerings a rule alone refuses."""

    rule: str
    reason: str
    offerings: int


class Quote(TypedDict):
    """Offerings that fit, the cheapest first; or what refuses all that were searched."""

    catalog: CatalogStamp
    offerings: list[QuotedOffering]
    searched: NotRequired[int]
    rejections: NotRequired[list[QuoteRejection]]


class PricePoint(TypedDict):
    """Holds until the next point of the same source, zone and capacity type; null: withdrawn."""

    source: str
    zone: str | None
    capacity_type: CapacityTypeWord
    since: str
    since_is_stated: bool
    usd_per_hour: float | None


class PriceHistory(TypedDict):
    """When an offering's price changed in a window."""

    region: str
    instance_type: str
    since: str
    until: str
    points: list[PricePoint]


class SourceInRegion(TypedDict):
    """The live offerings of a source in a region."""

    source: str
    provider: str
    region: str
    offerings: dict[CapacityTypeWord, int]
    oldest_observed_at: str
    newest_observed_at: str
    stale: list[CapacityTypeWord]


class CapacityHint(TypedDict):
    """A provider's own word on whether a request for spot would succeed now."""

    source: str
    provider: str
    region: str
    zone: str | None
    instance_types: list[str]
    measure: str
    value: str
    observed_at: str


class RefusedRows(TypedDict):
    """Rows that a source gave and that were not believed."""

    reason: str
    rows: int
    example: str


class LastFailure(TypedDict):
    """A sweep that failed after the last one that was stored."""

    at: str
    reason: str


class NeverStored(LastFailure):
    """A source whose sweeps have all failed."""

    source: str


class NewestCollection(TypedDict):
    """Of one source."""

    source: str
    kind: Literal["sheet", "api"]
    version: int
    finished_at: str
    prices: int
    refused: list[RefusedRows]
    last_failure: LastFailure | None


class Catalog(TypedDict):
    """What is known of the market."""

    catalog: CatalogStamp
    regions: int
    instance_types: int
    offerings: int
    tariffs: int
    sources: list[SourceInRegion]
    capacity_hints: list[CapacityHint]
    collections: list[NewestCollection]
    never_stored: list[NeverStored]


class Collection(TypedDict):
    """One sweep; null: not known, or nothing of the kind in a failed one."""

    source: str
    result: Literal["stored", "failed"]
    started_at: str | None
    finished_at: str
    kind: Literal["sheet", "api"] | None
    version: int | None
    prices: int | None
    changed: int | None
    ended: int | None
    refused: list[RefusedRows]
    reason: str | None


class CollectionPage(TypedDict):
    """A part of the list."""

    collections: list[Collection]
    next_cursor: str | None


class CollectionStarted(TypedDict):
    """A job that sweeps a provider; null: one waits or runs already."""

    provider: str
    sources: list[str]
    job: str | None
