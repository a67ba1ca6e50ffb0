"""POST /v1/quotes: the cheapest offerings for one request, the same as `placement quote --json` gives."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from anyio import to_thread
from fastapi import FastAPI
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.bodies import Body, read_body
from api.database import Database
from api.errors import InvalidRequest, NothingToJudgeBy
from api.market import Market
from api.openapi import FROM_MEMORY, FROM_STORE, OF_BODIES, body_of, documented
from api.parameters import MOST_WORDS, Word
from api.schemas import Answer, CapacityTypeWord, CatalogStamp, Usd
from api.validation import pointer_to
from placement.documents import empty_quote_document, quote_document
from placement.domain.errors import BadPolicies
from placement.domain.fleet import Globs, GpuRequest
from placement.domain.offering import CapacityType
from placement.domain.policy import PolicySet
from placement.domain.quote import QuoteRequest
from placement.fleet_file.workloads import MEMORY_GIB, VCPUS
from placement.market.catalog import Catalog
from placement.planner.quoting import quote, refusals
from placement.planner.stored_policies import all_policies
from placement.policy_file import PolicyDocument
from placement.residency.places import parse_place
from placement.residency.spelling import did_you_mean

MOST_BYTES = 65_536
"""A request for a quote has a few hundred."""
_QUICK_PLACES = 8
"""With more place words, or ranked by risk, a quote takes milliseconds and would hold up all other requests."""
_MOST_SUGGESTIONS = 3


_Each = TypeVar("_Each")
_Some = Annotated[list[_Each], Field(min_length=1)]


def _one_or_more(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _not_empty(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if not given:
        raise ValueError("must name one at least")
    return given


def _places(given: Any) -> Any:
    return {"allow": given} if isinstance(given, str | list) else given


_Architecture = Literal["x86_64", "arm64"]
_Architectures = Annotated[
    tuple[_Architecture, ...],
    Field(max_length=2, strict=False),
    BeforeValidator(_one_or_more, json_schema_input_type=_Architecture | _Some[_Architecture]),
    AfterValidator(_not_empty),
]
_CapacityTypes = Annotated[
    tuple[CapacityTypeWord, ...],
    Field(max_length=3, strict=False),
    BeforeValidator(_one_or_more, json_schema_input_type=CapacityTypeWord | _Some[CapacityTypeWord]),
    AfterValidator(_not_empty),
]
_Words = Annotated[
    tuple[Word, ...],
    Field(max_length=MOST_WORDS, strict=False),
    BeforeValidator(_one_or_more, json_schema_input_type=Word | list[Word]),
]


class GpusAsked(Body):
    """GPUs of the instance."""

    count: Annotated[int, Field(ge=1, le=1024)]
    model: Annotated[_Words, Field(description="Any of these; none: any model.")] = ()
    memory_gib: Annotated[float, Field(ge=0, le=100_000, description="Over all GPUs together.")] = 0.0


class ResourcesAsked(Body):
    """What the instance must have."""

    vcpus: Annotated[float, Field(gt=VCPUS.low, le=VCPUS.high)]
    memory_gib: Annotated[float, Field(gt=MEMORY_GIB.low, le=MEMORY_GIB.high)]
    architecture: Annotated[_Architectures, Field(description="Any of these.")] = ("x86_64",)
    burstable: Annotated[bool, Field(description="Admit shared-core types.")] = False
    gpus: GpusAsked | None = None


class CapacityAsked(Body):
    """How it may be paid for."""

    types: _CapacityTypes = ("on_demand",)


class PlacesAsked(Body):
    """Providers, provider:region (globs), ISO 3166 codes, groups and continents; `deny` wins."""

    allow: _Words = ()
    deny: _Words = ()


class QuoteBody(Body):
    """One instance, and where it may be."""

    resources: ResourcesAsked
    capacity: CapacityAsked = CapacityAsked()
    places: Annotated[PlacesAsked, BeforeValidator(_places, json_schema_input_type=PlacesAsked | Word | list[Word])] = (
        PlacesAsked()
    )
    classification: Annotated[
        _Words, Field(description="Data classes: only regions that all stored policies admit for them.")
    ] = ()
    top: Annotated[int, Field(ge=1, le=1000)] = 5
    risk_adjusted: Annotated[bool, Field(description="Rank by price with expected interruptions.")] = False
    allow_stale: Annotated[bool, Field(description="Use prices that are too old as well.")] = False

    def request(self) -> QuoteRequest:
        """The same as the planner takes it."""
        has = self.resources
        return QuoteRequest(
            vcpus=has.vcpus,
            memory_gib=has.memory_gib,
            architecture=has.architecture,
            burstable=has.burstable,
            gpus=None if has.gpus is None else GpuRequest(has.gpus.count, has.gpus.model, has.gpus.memory_gib),
            capacity_types=tuple(dict.fromkeys(map(CapacityType, self.capacity.types))),
            places=Globs(self.places.allow, self.places.deny),
            classification=tuple(dict.fromkeys(self.classification)),
            top=self.top,
            risk_adjusted=self.risk_adjusted,
            # The catalog that is asked was judged before, or is one in which nothing is stale.
            allow_stale=True,
        )


class QuotedOffering(Answer):
    """What can be bought."""

    provider: str
    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityTypeWord
    usd_per_hour: Usd
    vcpus: float
    memory_gib: float
    observed_at: datetime
    estimated: bool
    hazard_per_hour: Annotated[float, Field(description="Expected interruptions per instance and hour.")]


class QuoteRejection(Answer):
    """Why some offerings do not fit, whatever else is asked."""

    rule: str
    reason: str
    offerings: Annotated[int, Field(description="That this rule alone refuses.")]


class Quote(Answer):
    """Ascending by price, or by price with expected interruptions."""

    catalog: CatalogStamp
    offerings: list[QuotedOffering]
    searched: int = Field(default=0, description="Offerings of the catalog; only where none of them fits.")
    rejections: list[QuoteRejection] = Field(default_factory=list, description="Only where nothing fits.")


def add(app: FastAPI, market: Market, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""

    @app.post(
        "/v1/quotes",
        response_model=Quote,
        responses=documented(*FROM_MEMORY, *FROM_STORE, *OF_BODIES, NothingToJudgeBy, BadPolicies),
        openapi_extra=body_of(QuoteBody),
        tags=["decisions"],
    )
    async def quotes(request: Request) -> Response:
        """The cheapest offerings that fit, exact over the whole catalog; where none does, what refuses them."""
        body = await read_body(request, QuoteBody, MOST_BYTES)
        snapshot = market.now
        _check_places(body.places, snapshot.catalog)
        catalog = snapshot.catalog if body.allow_stale else snapshot.fresh
        judging = None
        if body.classification:
            now = clock()
            policies = await database.ask(lambda store: all_policies(store, now.date(), catalog.providers))
            _check_classes(body.classification, policies)
            judging = policies.policies if policies else None
        if judging or body.risk_adjusted or len(body.places.allow) + len(body.places.deny) > _QUICK_PLACES:
            found = await to_thread.run_sync(quote, catalog, body.request(), clock(), judging)
        else:
            found = quote(catalog, body.request(), clock())
        if not found:
            return json_answer(await to_thread.run_sync(_nothing, snapshot.catalog, body, clock(), judging))
        return json_answer(quote_document(catalog.version, catalog.as_of, found))


def _check_classes(asked: Sequence[str], policies: PolicyDocument | None) -> None:
    """Raises NothingToJudgeBy where there are no policies, InvalidRequest with every class that they do not define."""
    if policies is None:
        raise NothingToJudgeBy
    known = {each.name for each in policies.policies.classes}
    faults = [
        {
            "detail": f"no stored policies define the class {name[:80]!r}{did_you_mean(name, known)}",
            "pointer": pointer_to(("classification", index)),
        }
        for index, name in enumerate(asked)
        if name not in known
    ]
    if faults:
        raise InvalidRequest(faults)


def _nothing(catalog: Catalog, body: QuoteBody, now: datetime, policies: PolicySet | None) -> dict[str, Any]:
    refused = refusals(catalog, replace(body.request(), allow_stale=body.allow_stale), now, policies)
    return empty_quote_document(catalog.version, catalog.as_of, len(catalog.offerings), refused)


def _check_places(places: PlacesAsked, catalog: Catalog) -> None:
    """Raises InvalidRequest with every word that means no place."""
    faults: list[dict[str, str]] = []
    for key, words in (("allow", places.allow), ("deny", places.deny)):
        for index, word in enumerate(words):
            try:
                suggest = len(faults) < _MOST_SUGGESTIONS
                parse_place(word, catalog.providers, catalog.region_index.keys(), suggest=suggest)
            except ValueError as error:
                faults.append({"detail": str(error), "pointer": pointer_to(("places", key, index))})
    if faults:
        raise InvalidRequest(faults)
