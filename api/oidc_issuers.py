"""An issuer of tokens is trusted for what its rules say, and for nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from placement.domain.access import Scope

Wanted: TypeAlias = str | int | float | bool
"""What a claim must be: a text is a glob, in which `*` stands for slashes too; anything else is exact."""

DEFAULT_ALGORITHMS = ("RS256", "ES256")


@dataclass(frozen=True, slots=True)
class Rule:
    """Tokens with all of these claims have these scopes."""

    claims: tuple[tuple[str, Wanted], ...]
    """Names at the top of the token, and what each must be."""
    scopes: tuple[Scope, ...]

    def unmet(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the claims that the token lacks or has otherwise."""
        return tuple(name for name, wanted in self.claims if not meets(claims.get(name), wanted))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs tokens, such as https://token.actions.githubusercontent.com."""

    url: str
    """`iss` of its tokens, to the letter."""
    audiences: tuple[str, ...]
    """One of them must be in `aud`."""
    rules: tuple[Rule, ...]
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    jwks_url: str | None = None
    """Where its keys are published; None: its own description says where."""

    @property
    def host(self) -> str:
        """With the port, if one is named."""
        return urlsplit(self.url).netloc


def meets(claim: Any, wanted: Wanted) -> bool:
    """Whether a claim is what a rule wants: a list or a mapping never is, and 1 is not true."""
    if isinstance(wanted, str):
        return isinstance(claim, str) and fnmatchcase(claim, wanted)
    return type(claim) is type(wanted) and bool(claim == wanted)
