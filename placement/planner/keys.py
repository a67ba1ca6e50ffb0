"""A key is a random secret, shown once; the store has its hash."""

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from placement.domain.access import ApiKey, Scope
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from placement.store.repository import Store

PREFIX = "plc_"
"""So that scanners for leaked secrets can know one."""
_SECRET_BYTES = 32


def issue_key(
    store: "Store", name: str, scopes: tuple[Scope, ...], expires_at: datetime | None, now: datetime, by: str
) -> tuple[ApiKey, str]:
    """A new key, and what its holder sends; the latter cannot be shown again.

    Raises BadInput without a name or a scope, and for an end that has passed.
    """
    if not name.strip():
        raise BadInput("a key needs a name that says what it is for")
    if not scopes:
        raise BadInput(f"a key needs a scope: {', '.join(Scope)}")
    if expires_at is not None and expires_at <= now:
        raise BadInput(f"the key would have expired on {expires_at:%Y-%m-%d %H:%M}; name a later time")
    token = f"{PREFIX}{secrets.token_urlsafe(_SECRET_BYTES)}"
    ordered = tuple(scope for scope in Scope if scope in scopes)
    key = ApiKey(secrets.token_hex(6), name.strip(), ordered, now, expires_at)
    store.save_key(key, digest_of(token), by)
    return key, token


def key_of(store: "Store", token: str, now: datetime) -> ApiKey | None:
    """The key that this token is the secret of, if it opens anything now."""
    if not token.startswith(PREFIX):
        return None
    found = store.key_with_secret(digest_of(token))
    return found if found is not None and found.state(now) == "active" else None


def digest_of(token: str) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
