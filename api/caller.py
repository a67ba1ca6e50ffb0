"""Whoever asks, known by a key or by a signed token."""

from dataclasses import dataclass

from api.errors import Forbidden, NoRule
from placement.domain.access import ApiKey, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what for."""

    who: str
    """`key:ID`, `oidc:HOST:SUBJECT`."""
    key: ApiKey | None
    """What it may be used for; of a token, what its rules make of it. None: no rule admits the token."""
    unmet: tuple[tuple[str, ...], ...] = ()
    """Then, by rule: the claims that the token lacks or has otherwise."""

    def check(self, needed: Scope) -> None:
        """Raises Forbidden, or NoRule, unless this scope is the caller's."""
        if self.key is None:
            raise NoRule(self.unmet)
        if not self.key.may(needed):
            raise Forbidden(needed, self.key.scopes)
