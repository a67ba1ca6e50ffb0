"""Keys of the service, as hashes; and the audit log, which is only ever added to."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from placement.domain.access import ApiKey, AuditEntry, Scope
from placement.domain.errors import BadInput
from placement.store import tables

_KEY = tables.api_key.c
_FACTS = (_KEY.id, _KEY.name, _KEY.scopes, _KEY.created_at, _KEY.expires_at, _KEY.revoked_at)


def save_key(connection: Connection, key: ApiKey, secret_sha256: str) -> None:
    """Keep a new key."""
    connection.execute(
        insert(tables.api_key).values(
            id=key.id,
            name=key.name,
            secret_sha256=secret_sha256,
            scopes=" ".join(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )
    )


def keys(connection: Connection) -> list[ApiKey]:
    """All keys, oldest first, those without use as well."""
    return [_read(row) for row in connection.execute(select(*_FACTS).order_by(_KEY.created_at, _KEY.id))]


def key_with_secret(connection: Connection, secret_sha256: str) -> ApiKey | None:
    """The key whose secret has this hash."""
    row = connection.execute(select(*_FACTS).where(_KEY.secret_sha256 == secret_sha256)).first()
    return None if row is None else _read(row)


def revoke_key(connection: Connection, key_id: str, at: datetime) -> ApiKey:
    """End a key now, for good; BadInput if there is none with this id. One that was revoked stays so since then."""
    row = connection.execute(select(*_FACTS).where(_KEY.id == key_id)).first()
    if row is None:
        raise BadInput(f"there is no key {key_id!r}; placement keys list shows them")
    connection.execute(update(tables.api_key).where(_KEY.id == key_id, _KEY.revoked_at.is_(None)).values(revoked_at=at))
    return _read(connection.execute(select(*_FACTS).where(_KEY.id == key_id)).one())


def note(connection: Connection, entry: AuditEntry) -> None:
    """Add to the audit log."""
    number = (connection.execute(select(func.max(tables.audit.c.id))).scalar() or 0) + 1
    connection.execute(
        insert(tables.audit).values(
            id=number,
            at=entry.at,
            who=entry.who,
            action=entry.action,
            subject=entry.subject,
            detail_json=entry.detail_json,
        )
    )


def audit(connection: Connection, limit: int, before: int | None) -> list[AuditEntry]:
    """The newest entries, newest first; of those with a lower number than `before`."""
    table = tables.audit.c
    columns = (table.at, table.who, table.action, table.subject, table.detail_json, table.id)
    wanted = select(*columns).order_by(table.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(table.id < before)
    return [AuditEntry(*row) for row in connection.execute(wanted)]


def _read(row: tuple[str, str, str, datetime, datetime | None, datetime | None]) -> ApiKey:
    key_id, name, scopes, created_at, expires_at, revoked_at = row
    return ApiKey(key_id, name, tuple(map(Scope, scopes.split())), created_at, expires_at, revoked_at)
