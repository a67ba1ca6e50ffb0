"""Each problem document of the service becomes an error again, in the service's words."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from api import errors
from api.problems import PROBLEMS, problem, status_and_slug
from placement.client import address_of
from placement.client.answer import Answer
from placement.client.problems import NAMES, error_of
from placement.domain.errors import (
    AccessRefused,
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
    StoreError,
    UnknownDecision,
    UnknownDocument,
)
from placement.jobs.solvers import SolversBusy

ADDRESS = address_of("https://placement.example", {"PLACEMENT_API_KEY": "plc_s3cret"})
FLAWS = [Flaw("fleet", 3, 5, "workloads[0].name", "is missing"), Flaw("gdpr", 7, 1, "policies", "is odd")]
MADE: Mapping[type[PlacementError], Callable[[], PlacementError]] = {
    errors.Forbidden: lambda: errors.Forbidden("decide", ["read"]),
    errors.NoRule: lambda: errors.NoRule([["repository"]]),
    errors.NoTariff: lambda: errors.NoTariff("aws:a", "gcp:b"),
    errors.WrongMethod: lambda: errors.WrongMethod("PUT", ["GET"]),
    errors.NotAcceptable: lambda: errors.NotAcceptable(["application/json"]),
    errors.BodyTooSlow: lambda: errors.BodyTooSlow(30),
    errors.AlreadyEnded: lambda: errors.AlreadyEnded("20261101t120000-4f1d7c9a2b3e", "decided"),
    errors.CatalogGone: lambda: errors.CatalogGone(1, 9),
    errors.BodyTooLarge: lambda: errors.BodyTooLarge(1000),
    errors.UnsupportedMedia: lambda: errors.UnsupportedMedia("text/plain"),
    errors.InvalidRequest: lambda: errors.InvalidRequest([{"detail": "must be less", "parameter": "gap"}]),
    errors.NothingToJudgeBy: errors.NothingToJudgeBy,
    BadFleet: lambda: BadFleet(FLAWS),
    BadPolicies: lambda: BadPolicies(FLAWS),
    Conflicting: lambda: Conflicting("policy", "gdpr", 4),
    KeyReused: lambda: KeyReused("deploy-17"),
    errors.TooManyRequests: lambda: errors.TooManyRequests("decisions", 120, 60, 42),
    errors.IssuerUnreachable: lambda: errors.IssuerUnreachable("https://issuer.example"),
    errors.NotReady: lambda: errors.NotReady(["every price is too old"]),
    errors.TookTooLong: lambda: errors.TookTooLong(30),
}
"""How those are made that need more than words."""
BECOMES: Mapping[type[PlacementError], type[PlacementError]] = {
    errors.Unauthenticated: AccessRefused,
    errors.Forbidden: AccessRefused,
    errors.NoRule: AccessRefused,
    errors.LoopbackOnly: AccessRefused,
    errors.NoDecision: UnknownDecision,
    UnknownDocument: UnknownDocument,
    BadFleet: BadFleet,
    BadPolicies: BadPolicies,
    Conflicting: Conflicting,
    KeyReused: KeyReused,
    EmptyCatalog: EmptyCatalog,
    errors.TooManyRequests: ServiceBusy,
}
"""Of the others those below 500 are BadInput, and those above ServiceError."""


def answered(error: PlacementError) -> Answer:
    """As the service answers it."""
    sent = problem({"path": "/v1/decisions", "placement.request_id": "request-1"}, error)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return Answer("POST https://placement.example/v1/decisions", sent.status_code, headers, bytes(sent.body))


@pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: PROBLEMS[kind][1])
def test_each_problem_becomes_an_error_with_its_words(kind: type[PlacementError]) -> None:
    original = MADE.get(kind, lambda: kind("these are the words"))()
    error = error_of(answered(original), ADDRESS)
    wanted = BECOMES.get(kind, BadInput if status_and_slug(kind)[0] < 500 else ServiceError)
    assert type(error) is wanted
    hidden = kind is PlacementError or issubclass(kind, StoreError)
    words = "request-1" if hidden else str(original).splitlines()[0]
    assert words in str(error)
    assert "plc_s3cret" not in str(error)


def test_every_name_in_the_client_is_a_problem_of_the_service() -> None:
    assert set(NAMES) <= {slug for _, slug in PROBLEMS.values()}


def test_flaws_of_a_fleet_are_placed_in_its_file() -> None:
    error = error_of(answered(BadFleet(FLAWS)), ADDRESS, "shop.yaml")
    assert isinstance(error, BadFleet)
    assert str(error) == "shop.yaml:3:5: workloads[0].name: is missing\ngdpr:7:1: policies: is odd"


def test_all_that_is_wrong_with_a_request_is_told() -> None:
    error = error_of(answered(errors.InvalidRequest([{"detail": "is missing", "pointer": "#/a"}] * 5)), ADDRESS)
    assert str(error) == "\n".join(["#/a: is missing"] * 5)


def test_a_conflict_says_what_is_stored_now() -> None:
    error = error_of(answered(Conflicting("policy", "gdpr", 4)), ADDRESS)
    assert isinstance(error, Conflicting)
    assert (error.kind, error.name, error.revision) == ("policy", "gdpr", 4)
    gone = error_of(answered(Conflicting("fleet", "shop", None)), ADDRESS)
    assert str(gone) == str(Conflicting("fleet", "shop", None))


def test_a_busy_solver_is_a_failure_of_the_service() -> None:
    assert "busy" in str(error_of(answered(SolversBusy("all solvers are busy")), ADDRESS))


@pytest.mark.parametrize(("key", "words"), [(None, "set PLACEMENT_API_KEY"), ("plc_x", "does not take the key in")])
def test_without_a_good_key_the_variable_is_named(key: str | None, words: str) -> None:
    address = address_of("https://placement.example", {"PLACEMENT_API_KEY": key} if key else {})
    message = str(error_of(answered(errors.Unauthenticated("the key is not known")), address))
    assert words in message
    assert "https://placement.example" in message


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AccessRefused), (403, AccessRefused), (429, ServiceBusy), (502, ServiceError), (599, ServiceError)],
)
@pytest.mark.parametrize("body", [b"<html>no</html>", b'{"title": "no"}', b""])
def test_what_others_on_the_way_say_is_told_by_its_status(status: int, kind: type[PlacementError], body: bytes) -> None:
    media = "application/json" if body.startswith(b"{") else "text/html"
    asked = "GET https://placement.example/v1/catalog"
    error = error_of(Answer(asked, status, {"content-type": media}, body), ADDRESS)
    assert type(error) is kind
    assert "https://placement.example" in str(error)


@pytest.mark.parametrize("document", [b"[]", b"{}", b'{"type": 7, "title": "a", "detail": "b"}', b'{"type": "/x"}'])
def test_a_problem_of_another_service_is_none_of_this_one(document: bytes) -> None:
    headers: dict[str, Any] = {"content-type": "application/problem+json"}
    error = error_of(Answer("GET https://placement.example/v1/catalog", 404, headers, document), ADDRESS)
    assert "no placement service" in str(error)
