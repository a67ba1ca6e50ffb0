"""A bearer token of a pipeline proves itself: it is signed by an issuer that the service trusts, for this service, now.

What the token says of keys and algorithms is not believed: both are the issuer's as set here (`jku`, `jwk`, `x5u` and
`x5c` are not looked at), and only algorithms with a public key are known.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
from structlog.typing import FilteringBoundLogger

from api import oidc_claims
from api.caller import Caller
from api.errors import Unauthenticated
from api.oidc_issuers import Issuer
from api.oidc_keys import IssuerKeys
from placement.domain.access import ApiKey, Scope

MOST_BYTES = 8_192
"""Of a token."""
_LONGEST_KID = 500
_LONGEST_WHO = 200
_JWS = jwt.PyJWS()
_UNSOUND = "the token cannot be read; it must be a signed JWT"


def looks_signed(token: str) -> bool:
    """Whether this has the form of a signed token: a key of this service never has."""
    return token.count(".") == 2


class Oidc:
    """Knows callers by tokens of the issuers that it is set to trust."""

    def __init__(self, issuers: Sequence[Issuer], clock: Callable[[], datetime], log: FilteringBoundLogger) -> None:
        self._clock = clock
        self._issuers = {issuer.url: (issuer, IssuerKeys(issuer, clock, log)) for issuer in issuers}

    async def caller(self, token: str) -> Caller:
        """Whose token this is, and what it may be used for.

        Raises Unauthenticated where it proves nothing, IssuerUnreachable where its issuer's keys cannot be had.
        """
        header, claims = _parts(token)
        issuer, keys = self._issuer(claims)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in issuer.algorithms:
            raise Unauthenticated(f"the token must be signed by {' or '.join(issuer.algorithms)} (alg)")
        if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
            raise Unauthenticated("the token must name the key that it is signed by (kid)")
        key = await keys.named(kid)
        if key is None or key.algorithm not in (None, algorithm):
            raise Unauthenticated("the token is signed by a key that its issuer does not publish (kid)")
        try:
            _JWS.decode_complete(token, key.key, [algorithm])
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthenticated("the token's signature is not its issuer's") from None
        oidc_claims.check(claims, issuer, self._clock())
        return _caller(issuer, claims)

    async def close(self) -> None:
        """Ask nobody any more."""
        for _, keys in self._issuers.values():
            await keys.close()

    def _issuer(self, claims: dict[str, Any]) -> tuple[Issuer, IssuerKeys]:
        url = claims.get("iss")
        known = self._issuers.get(url) if isinstance(url, str) else None
        if known is None:
            raise Unauthenticated("the token's issuer (iss) is not one that this service trusts")
        return known


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, of which nothing is proven yet."""
    if len(token) > MOST_BYTES:
        raise Unauthenticated(f"the token is too long: {MOST_BYTES:,} bytes at most are read")
    try:
        parts = _JWS.decode_complete(token, options={"verify_signature": False})
        claims = json.loads(parts["payload"])
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(_UNSOUND) from None
    if not isinstance(claims, dict) or "crit" in parts["header"]:
        raise Unauthenticated(_UNSOUND)
    return parts["header"], claims


def _caller(issuer: Issuer, claims: dict[str, Any]) -> Caller:
    who = _who(issuer.host, claims["sub"])
    unmet = tuple(rule.unmet(claims) for rule in issuer.rules)
    met = [rule for rule, lacking in zip(issuer.rules, unmet, strict=True) if not lacking]
    if not met:
        return Caller(who, None, unmet)
    scopes = tuple(scope for scope in Scope if any(scope in rule.scopes for rule in met))
    began, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
    return Caller(who, ApiKey(who, issuer.url, scopes, began, ends))


def _who(host: str, subject: str) -> str:
    """One name for one subject; of a long one the beginning, and a hash of it all, so that no two become one."""
    who = f"oidc:{host}:{subject}"
    if len(who) <= _LONGEST_WHO:
        return who
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    return f"{who[: _LONGEST_WHO - len(digest) - 1]}~{digest}"
