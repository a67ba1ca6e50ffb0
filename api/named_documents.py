"""Policies and fleets are kept by name: read, saved and removed by the same rules."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Path
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.answers import json_answer
from api.cursor import decoded, encoded
from api.parameters import Cursor, Limit, Query, link_to_next
from api.preconditions import Conditions, is_known, tag_of
from api.schemas import Answer
from placement.documents import moment
from placement.domain.errors import Conflicting, UnknownDocument
from placement.store.documents import Kind, Saved, StoredDocument
from placement.store.repository import Store

_MOST_REVISIONS = 2**31 - 1
NAME = r"^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"

Name = Annotated[
    str,
    Path(pattern=NAME, description="1 to 63 of a-z, 0-9, `.`, `_`, `-`, beginning and ending with the former two."),
]


class RevisionQuery(Query):
    """Which revision."""

    revision: Annotated[int | None, Field(ge=1, le=_MOST_REVISIONS, description="The newest, if left out.")] = None


class ListQuery(Query):
    """Which part of the list."""

    limit: Limit = 100
    cursor: Cursor = None


class Head(Answer):
    """One revision of what has this name."""

    name: str
    revision: Annotated[int, Field(description="Counts from 1; none is ever overwritten.")]
    saved_at: datetime
    saved_by: Annotated[str, Field(description="`key:ID`, `oidc:...`, or `local`.")]


class SavedShown(Head):
    """What was saved, or was there already."""

    digest: str
    warnings: Annotated[list[str], Field(description="What is odd, each with its line and column.")]


@dataclass(frozen=True, slots=True)
class _Place:
    """After which name the next page begins."""

    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a request makes of what has this name."""

    document: StoredDocument
    """Its revision is given when it is saved."""
    conditions: Conditions

    @classmethod
    def of(
        cls, request: Request, now: datetime, kind: Kind, name: str, content_json: str | None, conditions: Conditions
    ) -> "Change":
        """The change that the request asks for; without content, a removal."""
        return cls(StoredDocument(kind, name, 0, now, str(request.scope[WHO]), content_json), conditions)

    def make(self, store: Store) -> Saved:
        """Raises Conflicting where the conditions do not hold; UnknownDocument for the removal of what is not there."""
        if not self.conditions:
            return store.save_document(self.document)
        kind, name = self.document.kind, self.document.name
        current = self._current(store)
        if not self.conditions.hold(None if current is None else tag(current)):
            raise Conflicting(kind, name, None if current is None else current.revision)
        return store.save_document(self.document, 0 if current is None else current.revision)

    def _current(self, store: Store) -> StoredDocument | None:
        try:
            return store.document(self.document.kind, self.document.name)
        except UnknownDocument:
            if not self.document.is_there:
                raise
            return None


def tag(stored: StoredDocument) -> str:
    """The ETag of one revision."""
    return tag_of(f"{stored.revision}:{stored.content_json}".encode())


def digest(stored: StoredDocument) -> str:
    """Of the content, whatever its revision."""
    return f"sha256:{hashlib.sha256((stored.content_json or '').encode()).hexdigest()}"


def head(stored: StoredDocument) -> dict[str, Any]:
    """A Head."""
    return {
        "name": stored.name,
        "revision": stored.revision,
        "saved_at": moment(stored.saved_at),
        "saved_by": stored.saved_by,
    }


def shown(stored: StoredDocument, digest: str | None) -> Response:
    """One revision with its document, as it was written."""
    assert stored.content_json is not None
    document = {**head(stored), "digest": digest, "document": msgspec.Raw(stored.content_json.encode())}
    return json_answer(document, headers=_headers(stored))


def not_modified(stored: StoredDocument, if_none_match: list[str] | None) -> Response | None:
    """The answer to a client that has this revision."""
    if is_known(if_none_match, tag(stored)):
        return Response(status_code=304, headers=_headers(stored))
    return None


def saved_answer(saved: Saved, digest: str, warnings: Sequence[str], path: str) -> Response:
    """A SavedShown; created or replaced."""
    document = {**head(saved.document), "digest": digest, "warnings": list(warnings)}
    headers = _headers(saved.document) | ({"Location": path} if saved.created else {})
    return json_answer(document, 201 if saved.created else 200, headers)


def page(
    request: Request, query: ListQuery, stored: Sequence[StoredDocument]
) -> tuple[list[StoredDocument], str | None, dict[str, str]]:
    """The part of a list by name that is asked for, the cursor of the next, and headers."""
    after = "" if query.cursor is None else decoded(query.cursor, _Place).name
    later = [each for each in stored if each.name > after]
    here = later[: query.limit]
    following = encoded(_Place(here[-1].name)) if len(later) > query.limit else None
    return here, following, link_to_next(request, following)


def _headers(stored: StoredDocument) -> dict[str, str]:
    return {"ETag": tag(stored), "Cache-Control": "no-cache"}
