"""What can be wrong with a request or with the service, beside what the domain knows.

* PlacementError
  + RequestError
    - MalformedBody            400
    - Unauthenticated          401
    - Forbidden                403
    - NoRule                   403
    - LoopbackOnly             403
    - ForeignForm              403
    - NothingHere              404
      . NoTariff
      . NoDecision
      . NoProvider
    - WrongMethod              405
    - NotAcceptable            406
    - BodyTooSlow              408
    - AlreadyEnded             409
    - CatalogGone              410
    - BodyTooLarge             413
    - UnsupportedMedia         415
    - InvalidRequest           422
      . NothingToJudgeBy
    - TooManyRequests          429
  + IssuerUnreachable          503
  + NotReady                   503
  + TookTooLong                504

Attributes are members of the problem document; the statuses stand in `problems.PROBLEMS`.
"""

from collections.abc import Sequence

from placement.domain.errors import PlacementError

Faults = Sequence[dict[str, str]]
"""Each with `detail`, and `pointer` into the body or `parameter` of the query."""

_MOST_RULES = 20
"""Told of to a caller that meets none."""


class RequestError(PlacementError):
    """The request cannot be answered."""


class MalformedBody(RequestError):
    """The body cannot be read."""


class Unauthenticated(RequestError):
    """The request needs a key that opens something."""


class Forbidden(RequestError):
    """The key was not made for this."""

    def __init__(self, needed: str, scopes: Sequence[str]) -> None:
        self.needed, self.scopes = str(needed), [str(scope) for scope in scopes]
        super().__init__(f"this needs the scope {needed}, the key or token has {', '.join(self.scopes)}")


class NoRule(RequestError):
    """No rule of this service admits the token."""

    def __init__(self, unmet: Sequence[Sequence[str]]) -> None:
        # What a rule wants of a claim is not told: whoever has an account at the issuer may ask.
        self.rules = [{"unmet": list(names)} for names in unmet[:_MOST_RULES]]
        words = "; ".join(f"rule {n} by {', '.join(rule['unmet'])}" for n, rule in enumerate(self.rules, 1))
        super().__init__(f"the token is good, but meets no rule for its issuer; it fails {words}")


class LoopbackOnly(RequestError):
    """The service answers on this machine only."""


class ForeignForm(RequestError):
    """The form was not sent from a page of this service."""


class NothingHere(RequestError):
    """There is nothing at this path."""


class NoTariff(NothingHere):
    """No egress tariff prices this pair."""

    def __init__(self, src: str, dst: str) -> None:
        self.src, self.dst = src, dst
        super().__init__(f"no egress tariff of the catalog prices traffic from {src} to {dst}")


class NoDecision(NothingHere):
    """There is no such decision."""


class NoProvider(NothingHere):
    """There is no such provider."""


class WrongMethod(RequestError):
    """The path does not know this method."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        self.allowed = list(allowed)
        super().__init__(f"{method} is not possible here, {', '.join(allowed)} is")


class NotAcceptable(RequestError):
    """The answer has no form that the request accepts."""

    def __init__(self, available: Sequence[str]) -> None:
        self.available = list(available)
        super().__init__(f"the answer can be had as {', '.join(available)} only")


class BodyTooSlow(RequestError):
    """The body did not arrive in time."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        super().__init__(f"the body was not there after {timeout_s:g} s")


class AlreadyEnded(RequestError):
    """The request has ended, and stays as it is."""

    def __init__(self, decision: str, state: str) -> None:
        self.decision, self.state = decision, state
        super().__init__(f"decision {decision} is {state} already")


class CatalogGone(RequestError):
    """The catalog that the cursor walks through is no longer at hand."""

    def __init__(self, version: int, newest: int) -> None:
        self.version, self.newest = version, newest
        super().__init__(
            f"catalog version {version} is not in memory, the newest is {newest}; begin again without cursor"
        )


class BodyTooLarge(RequestError):
    """The body is too large."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        super().__init__(f"at most {max_bytes:,} bytes are read")


class UnsupportedMedia(RequestError):
    """The body has a form that is not read here."""

    def __init__(self, given: str, supported: Sequence[str] = ("application/json",)) -> None:
        self.supported = list(supported)
        super().__init__(f"{given[:80]} is not read here; send {', '.join(supported)}")


class InvalidRequest(RequestError):
    """The request has values that cannot be used."""

    def __init__(self, errors: Faults) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(_words(error) for error in self.errors[:3]))


class NothingToJudgeBy(InvalidRequest):
    """There are no stored policies to judge the classification by."""

    def __init__(self) -> None:
        reason = (
            "a classification is judged by stored policies, and this service stores none; "
            "store some with PUT /v1/policies/{name}, or leave it out and name lawful places"
        )
        super().__init__([{"detail": reason, "pointer": "#/classification"}])


class TooManyRequests(RequestError):
    """The caller asks too often."""

    def __init__(self, counted: str, most: int, window_s: int, retry_after_s: int) -> None:
        self.counted, self.most, self.window_s, self.retry_after_s = counted, most, window_s, retry_after_s
        super().__init__(f"{counted} are limited to {most:,} in {window_s:,} s; ask again in {retry_after_s:,} s")


class IssuerUnreachable(PlacementError):
    """The keys of the token's issuer cannot be had now."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        super().__init__(f"the keys of {issuer} cannot be had now, so that no token of it can be checked; try again")


class NotReady(PlacementError):
    """The service should not be asked now."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(reasons))


class TookTooLong(PlacementError):
    """The answer was not there in time."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        super().__init__(f"the answer was not there after {timeout_s:g} s")


def _words(error: dict[str, str]) -> str:
    where = error.get("parameter") or error.get("pointer", "")
    return f"{where}: {error['detail']}" if where else error["detail"]
