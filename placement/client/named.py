"""Policies and fleets that a service keeps by name, with revisions; a change may be made on a condition."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from urllib.parse import quote

from placement.client.answer import Answer
from placement.client.decisions import media_of
from placement.client.move_forms import Moves
from placement.client.named_forms import PoliciesHead, PoliciesPage, PolicyReport, Saved, Stored
from placement.client.wire import Question, Wire

Document = TypeVar("Document", Saved, Stored)


@dataclass(frozen=True, slots=True)
class Revision(Generic[Document]):
    """One revision, and the tag by which a later change can ask for it."""

    document: Document
    etag: str


class Documents:
    """What is kept by name."""

    _path: str

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def get(self, name: str, revision: int | None = None) -> Revision[Stored]:
        """The newest revision, or another; raises UnknownDocument."""
        params = None if revision is None else {"revision": revision}
        answer = self._wire.ask(Question("GET", self._at(name), params))
        return Revision(answer.document(Stored), _tag(answer))

    def put(self, name: str, text: str, *, if_match: str | None = None, only_new: bool = False) -> Revision[Saved]:
        """Store a text, YAML or JSON, as the next revision of its name.

        With `if_match` only over the revision with this tag, with `only_new` only where there is none: otherwise
        raises Conflicting. Raises BadDocument with all that is wrong with the text; then nothing is stored.
        """
        headers = {"Content-Type": media_of(text), **_conditions(if_match, only_new)}
        question = Question(
            "PUT",
            self._at(name),
            headers=headers,
            content=text.encode(),
            # On a condition the second would be refused for what the first has done.
            repeatable=if_match is None and not only_new,
        )
        answer = self._wire.ask(question)
        return Revision(answer.document(Saved), _tag(answer))

    def _at(self, name: str) -> str:
        return f"{self._path}/{quote(name, safe='')}"


class Fleets(Documents):
    """Fleet files by name."""

    _path = "/v1/fleets"

    def moves(
        self,
        name: str,
        time_limit_s: float | None = None,
        *,
        gap: float | None = None,
        seed: int | None = None,
        allow_stale: bool = False,
    ) -> Moves:
        """What would move if the fleet were placed again now, from where its newest decision put it.

        None: as the service has it. Raises UnknownDocument, and UnknownDecision for a fleet that was never placed.
        """
        params = {
            "time_limit": time_limit_s,
            "gap": gap,
            "seed": seed,
            "allow_stale": "true" if allow_stale else None,
        }
        given = {key: value for key, value in params.items() if value is not None}
        return self._wire.ask(Question("GET", f"{self._at(name)}/moves", given)).document(Moves)


class Policies(Documents):
    """Files of policies by name, as fleets name them."""

    _path = "/v1/policies"

    def list(self) -> Iterator[PoliciesHead]:
        """The newest revision of each file, by name; page after page as they are needed."""
        params: dict[str, str] = {}
        while True:
            page = self._wire.ask(Question("GET", self._path, params)).document(PoliciesPage)
            yield from page["policies"]
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    def check(self, text: str, as_of: date, source: str = "fleet") -> PolicyReport:
        """Where the stored policies that a fleet names admit what; raises BadFleet, with the lines of `source`."""
        question = Question(
            "POST",
            f"{self._path}/check",
            {"as_of": as_of.isoformat()},
            headers={"Content-Type": media_of(text)},
            content=text.encode(),
            fleet_source=source,
        )
        return self._wire.ask(question).document(PolicyReport)

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Take a file out of use; its revisions stay.

        Raises UnknownDocument, and with `if_match` Conflicting unless the newest revision has this tag.
        """
        headers = _conditions(if_match, only_new=False)
        self._wire.ask(Question("DELETE", self._at(name), headers=headers, repeatable=False))


def _conditions(if_match: str | None, only_new: bool) -> dict[str, str]:
    headers = {} if if_match is None else {"If-Match": if_match}
    return headers | ({"If-None-Match": "*"} if only_new else {})


def _tag(answer: Answer) -> str:
    tag = answer.headers.get("etag")
    if tag is None:
        raise answer.strange("a document without an ETag")
    return tag
