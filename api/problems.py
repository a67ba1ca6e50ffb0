"""Every error is a problem document (RFC 9457); PROBLEMS is the whole mapping."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api import errors
from api.answers import json_answer
from api.validation import parameter_faults
from placement.domain.errors import (
    BadDocument,
    BadFleet,
    BadInput,
    BadPolicies,
    Conflicting,
    EmptyCatalog,
    Flaw,
    KeyReused,
    PlacementError,
    StoreBusy,
    StoreError,
    UnknownDocument,
)
from placement.jobs.solvers import SolversBusy
from placement.kubernetes.scheduler import NotYet

PROBLEM_JSON = "application/problem+json"

PROBLEMS: Mapping[type[PlacementError], tuple[int, str]] = {
    errors.MalformedBody: (400, "malformed-body"),
    errors.Unauthenticated: (401, "unauthenticated"),
    errors.Forbidden: (403, "forbidden"),
    errors.NoRule: (403, "no-rule"),
    errors.LoopbackOnly: (403, "loopback-only"),
    errors.ForeignForm: (403, "foreign-form"),
    errors.NothingHere: (404, "not-found"),
    errors.NoTariff: (404, "no-tariff"),
    errors.NoDecision: (404, "no-decision"),
    errors.NoProvider: (404, "no-provider"),
    errors.WrongMethod: (405, "method-not-allowed"),
    errors.NotAcceptable: (406, "not-acceptable"),
    errors.BodyTooSlow: (408, "body-too-slow"),
    errors.AlreadyEnded: (409, "already-ended"),
    errors.CatalogGone: (410, "catalog-gone"),
    errors.BodyTooLarge: (413, "body-too-large"),
    errors.UnsupportedMedia: (415, "unsupported-media-type"),
    errors.InvalidRequest: (422, "invalid-request"),
    errors.NothingToJudgeBy: (422, "no-policies"),
    BadInput: (422, "bad-input"),
    BadFleet: (422, "bad-fleet"),
    BadPolicies: (422, "bad-policies"),
    UnknownDocument: (404, "not-stored"),
    Conflicting: (412, "precondition-failed"),
    KeyReused: (422, "key-reused"),
    errors.TooManyRequests: (429, "too-many-requests"),
    PlacementError: (500, "internal"),
    EmptyCatalog: (503, "no-catalog"),
    StoreBusy: (503, "database-busy"),
    StoreError: (503, "database-unavailable"),
    errors.IssuerUnreachable: (503, "issuer-unreachable"),
    SolversBusy: (503, "solvers-busy"),
    NotYet: (503, "cluster-unknown"),
    errors.NotReady: (503, "not-ready"),
    errors.TookTooLong: (504, "timeout"),
}
"""By class of error: the status, and the last part of the problem's type."""

REQUEST_ID = "placement.request_id"
"""Key of the request's id in its ASGI scope."""

_RETRY_AFTER_S = 5
_MOST_FLAWS = 100


def status_and_slug(error: type[BaseException]) -> tuple[int, str]:
    """Those of the nearest class in PROBLEMS; an error from elsewhere is internal."""
    known = (cls for cls in error.__mro__ if issubclass(cls, PlacementError) and cls in PROBLEMS)
    return PROBLEMS[next(known, PlacementError)]


def title_of(error: type[BaseException]) -> str:
    """What this kind of error means, the same for every case of it."""
    if status_and_slug(error)[0] == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "The service made a mistake"
    return (error.__doc__ or "").partition("\n")[0].removesuffix(".")


def problem(scope: Scope, error: Exception) -> Response:
    """The error as a problem document; nothing of the inside is told where the service or its database failed."""
    status, slug = status_and_slug(type(error))
    hidden = hides(error)
    document: dict[str, Any] = {
        "type": f"/problems/{slug}",
        "title": title_of(type(error)),
        "status": status,
        "detail": "the log says more under this request's id" if hidden else str(error),
        "instance": scope["path"],
        "request_id": scope.get(REQUEST_ID, ""),
    }
    if isinstance(error, BadDocument):
        document["errors"] = [_flaw(flaw) for flaw in error.flaws[:_MOST_FLAWS]]
        document["detail"] = "; ".join(str(flaw) for flaw in error.flaws[:3])
    elif not hidden:
        document = vars(error) | document
    return json_answer(document, status, headers_of(error, status), PROBLEM_JSON)


def hides(error: Exception) -> bool:
    """Whether what an error says is about the inside, and nobody's business."""
    return status_and_slug(type(error))[0] == HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, StoreError)


def _flaw(flaw: Flaw) -> dict[str, Any]:
    return {
        "detail": flaw.reason,
        "source": flaw.source,
        "key": flaw.key,
        "line": flaw.line,
        "column": flaw.column,
    }


Answering = Callable[[Scope, Exception], Response]
"""Makes of an error its answer, as `problem` does."""


def install(app: FastAPI, answering: Answering = problem) -> None:
    """Answer every error of the app's endpoints with a problem document, or what else is made of it."""

    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            error = _of_framework(request, error)
        elif isinstance(error, RequestValidationError):
            error = errors.InvalidRequest(parameter_faults(error.errors()))
        request.scope["placement.error"] = error
        return answering(request.scope, error)

    for kind in (PlacementError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer)


def _of_framework(request: Request, error: HTTPException) -> PlacementError:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return errors.NothingHere(f"there is nothing at {request.url.path[:200]}; /openapi.json lists what there is")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "").split(", ")
        return errors.WrongMethod(request.method[:20], [*allowed, "HEAD"] if "GET" in allowed else allowed)
    return PlacementError(f"{error.status_code}: {error.detail}")


def headers_of(error: Exception, status: int) -> dict[str, str]:
    """What an answer with this error says beside it."""
    if isinstance(error, errors.WrongMethod):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, errors.TooManyRequests):
        return {
            "Retry-After": str(error.retry_after_s),
            "RateLimit-Policy": f'"{error.counted}";q={error.most};w={error.window_s}',
            "RateLimit": f'"{error.counted}";r=0;t={error.retry_after_s}',
        }
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(_RETRY_AFTER_S)}
    return {}
