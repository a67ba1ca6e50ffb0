"""/v1/policies: files of policies by name, as fleets name them; every revision is kept."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api import named_documents as named
from api.answers import json_answer
from api.database import Database
from api.market import Market
from api.named_documents import Change, Head, ListQuery, Name, RevisionQuery, SavedShown
from api.openapi import FROM_STORE, OF_BODIES, documented, text_body
from api.parameters import NoParameters
from api.preconditions import NOT_MODIFIED, Conditions, IfMatch, IfNewer, IfNoneMatch
from api.schemas import Answer
from api.texts import read_text
from placement.domain.errors import BadPolicies, Conflicting, Flaw, UnknownDocument
from placement.policy_file import PolicyDocument, parse_policies
from placement.store.documents import StoredDocument
from placement.written.document import tree_of
from placement.written.notes import Notes
from placement.written.plain import json_of


class PoliciesHead(Head):
    """What a stored file defines."""

    digest: Annotated[str | None, Field(description="Of its policies; null: this program cannot read them.")]
    policies: Annotated[list[str], Field(description="`name@version`.")]
    classes: list[str]


class PoliciesPage(Answer):
    """A part of the list, by name."""

    policies: list[PoliciesHead]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


class PoliciesShown(Head):
    """One revision of a stored file."""

    digest: Annotated[str | None, Field(description="Of its policies; null: this program cannot read them.")]
    document: Annotated[dict[str, Any], Field(description="As it was written, as JSON.")]


def add(app: FastAPI, market: Market, database: Database, clock: Callable[[], datetime], max_body_bytes: int) -> None:
    """Add the paths to the app."""

    def providers() -> Sequence[str]:
        return sorted(market.snapshot.catalog.providers) if market.snapshot else ()

    @app.get("/v1/policies", response_model=PoliciesPage, responses=documented(*FROM_STORE), tags=["policies"])
    async def listed(request: Request, query: Annotated[ListQuery, FromQuery()]) -> Response:
        """The newest revision of each file."""
        stored = await database.ask(lambda store: store.documents("policy"))
        here, following, headers = named.page(request, query, stored)
        heads = await to_thread.run_sync(lambda: [head_of(each, clock().date(), providers()) for each in here])
        return json_answer({"policies": heads, "next_cursor": following}, headers=headers)

    @app.get(
        "/v1/policies/{name}",
        response_model=PoliciesShown,
        responses=documented(*FROM_STORE, UnknownDocument) | NOT_MODIFIED,
        tags=["policies"],
    )
    async def shown(
        name: Name, query: Annotated[RevisionQuery, FromQuery()], if_none_match: IfNewer = None
    ) -> Response:
        """The newest revision of a file, or another; as it was written, as JSON."""
        stored = await database.ask(lambda store: store.document("policy", name, query.revision))
        unchanged = named.not_modified(stored, if_none_match)
        return unchanged or named.shown(stored, head_of(stored, clock().date(), providers())["digest"])

    @app.put(
        "/v1/policies/{name}",
        response_model=SavedShown,
        responses=documented(*FROM_STORE, *OF_BODIES, BadPolicies, Conflicting)
        | {201: {"description": "There was none of this name.", "model": SavedShown}},
        openapi_extra=text_body("A file of policies, JSON or YAML."),
        tags=["policies"],
    )
    async def save(
        request: Request,
        name: Name,
        query: Annotated[NoParameters, FromQuery()],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Store a file of policies as the next revision of its name; fleets name it under `policies`."""
        text = await read_text(request, max_body_bytes)
        now = clock()
        read, content = await to_thread.run_sync(read_file, name, text, now.date(), providers())
        conditions = Conditions(if_match, if_none_match)
        saved = await database.ask(Change.of(request, now, "policy", name, content, conditions).make)
        return named.saved_answer(saved, str(read.policies.digest), read.warnings, f"/v1/policies/{name}")

    @app.delete(
        "/v1/policies/{name}",
        status_code=204,
        responses=documented(*FROM_STORE, UnknownDocument, Conflicting),
        tags=["policies"],
    )
    async def remove(
        request: Request,
        name: Name,
        query: Annotated[NoParameters, FromQuery()],
        if_match: IfMatch = None,
    ) -> Response:
        """Take a file out of use. Its revisions stay, and so do the decisions that were made by them."""
        await database.ask(Change.of(request, clock(), "policy", name, None, Conditions(if_match, None)).make)
        return Response(status_code=204)


def read_file(name: str, text: str, as_of: date, providers: Sequence[str]) -> tuple[PolicyDocument, str]:
    """The policies, and the same as JSON; raises BadPolicies."""
    read = parse_policies([(name, text)], as_of, providers)
    try:
        return read, json_of(tree_of(text, Notes(name, BadPolicies), ""))
    except ValueError as error:
        raise BadPolicies([Flaw(name, None, None, "", str(error))]) from None


def head_of(stored: StoredDocument, as_of: date, providers: Sequence[str]) -> dict[str, Any]:
    """A PoliciesHead."""
    assert stored.content_json is not None
    try:
        policies = parse_policies([(stored.name, stored.content_json)], as_of, providers).policies
    except BadPolicies:
        # Another release may have been less strict.
        return {**named.head(stored), "digest": None, "policies": [], "classes": []}
    return {
        **named.head(stored),
        "digest": policies.digest,
        "policies": [f"{each.name}@{each.version}" for each in policies.policies],
        "classes": [each.name for each in policies.classes],
    }
