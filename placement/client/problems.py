"""A problem document (RFC 9457) becomes the error that it was, in the service's words."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from placement.client.address import KEY_VARIABLE, Address
from placement.client.answer import Answer
from placement.domain.errors import (
    AccessRefused,
    BadDocument,
    BadFleet,
    BadInput,
    BadPolicies,
    Conflicting,
    EmptyCatalog,
    Flaw,
    KeyReused,
    PlacementError,
    ServiceBusy,
    ServiceError,
    UnknownDecision,
    UnknownDocument,
)

PROBLEM_JSON = "application/problem+json"
_WORDS = "/problems/"
_FLEET = "fleet"
"""What the service calls the text of a fleet."""
Problem = Mapping[str, Any]


def error_of(answer: Answer, address: Address, fleet_source: str = "fleet") -> PlacementError:
    """The error that an answer with a status from 400 on tells of.

    Flaws of a fleet are placed in `fleet_source`, which is where its text came from.
    """
    problem = _problem_of(answer)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return AccessRefused(_without_key(problem, address))
    if problem is None:
        return _foreign(answer)
    slug = problem["type"].rpartition("/")[2]
    if slug in _DOCUMENTS:
        return _document_error(_DOCUMENTS[slug], problem, fleet_source)
    if slug in _KINDS:
        return _KINDS[slug](problem)
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return BadInput(_detail(problem))
    request = f"{problem['request_id']}" if problem.get("request_id") else "unknown"
    return ServiceError(f"{address.url}: {problem['title']}: {_detail(problem)} (request {request})")


def says_no(answer: Answer) -> bool:
    """Whether nothing was done: the service itself could not begin, or somebody counts requests."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return answer.status == HTTPStatus.SERVICE_UNAVAILABLE and _problem_of(answer) is not None


def says_too_long(answer: Answer) -> bool:
    """Whether the service itself gave up on the answer."""
    problem = _problem_of(answer)
    return problem is not None and problem["type"] == f"{_WORDS}timeout"


def _problem_of(answer: Answer) -> Problem | None:
    if answer.headers.get("content-type", "").partition(";")[0] != PROBLEM_JSON:
        return None
    found = answer.json()
    said = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("type", "title", "detail"))
    return found if said and str(found["type"]).startswith(_WORDS) else None


def _foreign(answer: Answer) -> PlacementError:
    """What somebody on the way says, or whoever else answers there."""
    try:
        words = f"{answer.status} ({HTTPStatus(answer.status).phrase})"
    except ValueError:
        words = f"{answer.status}"
    if answer.status == HTTPStatus.FORBIDDEN:
        return AccessRefused(f"{answer.asked} is refused with {words}, not by a placement service but on the way to it")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return ServiceBusy(f"{answer.asked} is answered with {words}; ask again later")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServiceError(f"{answer.asked} is answered with {words}; the service may be down behind its proxy")
    return answer.strange("a page of its own")


def _without_key(problem: Problem | None, address: Address) -> str:
    said = f": {problem['detail']}" if problem is not None else ""
    if address.key is None:
        return f"{address.url} answers whoever has a key; set {KEY_VARIABLE} to one, or to a pipeline's token"
    return f"{address.url} does not take the key in {KEY_VARIABLE}{said}"


def _document_error(kind: type[BadDocument], problem: Problem, fleet_source: str) -> PlacementError:
    """Flaw by flaw, as if the document had been read here."""
    told = problem.get("errors")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    flaws = [_flaw(row, {_FLEET: fleet_source} if kind is BadFleet else {}) for row in rows]
    return kind(flaws) if flaws else BadInput(_detail(problem))


def _flaw(row: Mapping[str, Any], sources: Mapping[str, str]) -> Flaw:
    line, column = (value if isinstance(value := row.get(name), int) else None for name in ("line", "column"))
    source = str(row.get("source", _FLEET))
    return Flaw(sources.get(source, source), line, column, str(row.get("key", "")), str(row.get("detail")))


def _detail(problem: Problem) -> str:
    """All that is wrong with the values of a request; of others what the document says."""
    told = problem.get("errors")
    faults = [row for row in told if isinstance(row, dict) and "detail" in row] if isinstance(told, list) else []
    return "\n".join(_fault(row) for row in faults) or str(problem["detail"])


def _fault(row: Mapping[str, Any]) -> str:
    where = row.get("parameter") or row.get("pointer", "")
    return f"{where}: {row['detail']}" if where else str(row["detail"])


def _conflicting(problem: Problem) -> PlacementError:
    revision = problem.get("revision")
    return Conflicting(
        str(problem.get("kind")), str(problem.get("name")), revision if isinstance(revision, int) else None
    )


def _said(kind: type[PlacementError]) -> Callable[[Problem], PlacementError]:
    return lambda problem: kind(str(problem["detail"]))


_DOCUMENTS: Mapping[str, type[BadDocument]] = {"bad-fleet": BadFleet, "bad-policies": BadPolicies}
_KINDS: Mapping[str, Callable[[Problem], PlacementError]] = {
    "forbidden": _said(AccessRefused),
    "no-rule": _said(AccessRefused),
    "loopback-only": _said(AccessRefused),
    "no-decision": _said(UnknownDecision),
    "not-stored": _said(UnknownDocument),
    "precondition-failed": _conflicting,
    "key-reused": lambda problem: KeyReused(str(problem.get("key"))),
    "too-many-requests": _said(ServiceBusy),
    "no-catalog": _said(EmptyCatalog),
}
"""By the last part of the type. Other problems are of the request below 500, and of the service from there on."""
NAMES: Sequence[str] = (*_DOCUMENTS, *_KINDS)
