"""A token is good for this service, now: it is for this audience, has begun, and has not ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.errors import Unauthenticated
from api.oidc_issuers import Issuer

LEEWAY_S = 30
"""By which the clocks of issuer and service may differ."""
REQUIRED = ("iss", "sub", "aud", "iat", "exp")
_LAST_S = 253_402_300_799
"""The end of the year 9999; a later end is a mistake."""


def check(claims: Mapping[str, Any], issuer: Issuer, now: datetime) -> None:
    """Raises Unauthenticated, naming the claim, unless the claims of a signed token hold now."""
    lacking = [name for name in REQUIRED if claims.get(name) is None]
    if lacking:
        raise Unauthenticated(f"the token lacks {', '.join(lacking)}")
    if claims["iss"] != issuer.url:
        raise Unauthenticated("the token names another issuer (iss)")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not any(isinstance(audience, str) and audience in issuer.audiences for audience in audiences):
        wanted = " or ".join(issuer.audiences)
        raise Unauthenticated(f"the token is for another audience (aud); ask its issuer for one for {wanted}")
    if not _is_name(claims["sub"]):
        raise Unauthenticated("the token's subject (sub) must be a text without control characters")
    now_s = now.timestamp()
    if _seconds(claims, "exp") <= now_s - LEEWAY_S:
        raise Unauthenticated("the token has expired (exp); ask its issuer for a new one")
    for name in ("nbf", "iat"):
        if claims.get(name) is not None and _seconds(claims, name) > now_s + LEEWAY_S:
            raise Unauthenticated(f"the token is not valid yet ({name}); do the clocks agree?")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    # A comparison with NaN is false.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_S:
        raise Unauthenticated(f"the token's {name} must be a time in seconds since 1970")
    return value


def _is_name(subject: Any) -> bool:
    return isinstance(subject, str) and bool(subject.strip()) and subject.isprintable()
