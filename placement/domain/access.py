"""Who may ask the service for what: keys with scopes, that end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Scope(StrEnum):
    """What a key may be used for. Every key may read; `admin` may do everything, and alone changes policies."""

    READ = "read"
    DECIDE = "decide"
    COLLECT = "collect"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is known afterwards: its secret is shown once and kept by nobody here."""

    id: str
    name: str
    """What it is for, in the words of whoever made it."""
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    """None: it does not expire."""
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Whether it opens anything."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def may(self, scope: Scope) -> bool:
        """Whether it was made for this."""
        return scope is Scope.READ or scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, and when."""

    at: datetime
    who: str
    """`key:ID`, `oidc:SUBJECT` or `cli:USER`."""
    action: str
    """Such as `policies.put`, `keys.revoke`, `decisions.create`."""
    subject: str
    """What it was done to."""
    detail_json: str = "{}"
    number: int = 0
    """Its place in the log, from 1; given when it is noted."""
