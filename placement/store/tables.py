"""The market is kept as change points: rows are added when something changes, and never altered.

Each finished collection makes one catalog version. A row with `from_version` says what its source has said of its
subject since that version; the row of a later version replaces it, and one that is `ended` (a price without an amount)
says that the source no longer has it. What held in version v is therefore, of each source and subject, the row of the
highest `from_version` up to v, and versions stay readable while later ones are written.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

SCHEMA_REVISION = "0005"
"""The newest migration; what this program reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, also where the database knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=False)


source = Table(
    "source",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
)

collection = Table(
    "collection",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("source_id", ForeignKey(source.c.id), nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime, nullable=False),
    # The moment that most prices of the sweep were observed at: those carry none of their own (see price).
    Column("observed_unix_s", BigInteger),
    Column("price_rows", Integer, nullable=False),
    Column("changed_prices", Integer, nullable=False),
    Column("ended_offerings", Integer, nullable=False),
    # Whether change points that only this version showed were removed: it can no longer be rebuilt.
    Column("compacted", Boolean, nullable=False, server_default=false()),
)

refusal = Table(
    "refusal",
    metadata,
    Column("version", ForeignKey(collection.c.version), primary_key=True, autoincrement=False),
    Column("reason", Text, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("example", Text, nullable=False),
)

failed_collection = Table(
    "failed_collection",
    metadata,
    _id(),
    # By name: a source that never succeeded has no row of its own.
    Column("source", Text, nullable=False, index=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

region = Table(
    "region",
    metadata,
    _id(),
    Column("provider", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("provider", "name"),
)

instance_type = Table(
    "instance_type",
    metadata,
    _id(),
    Column("provider", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("provider", "name"),
)

note = Table("note", metadata, _id(), Column("text", Text, nullable=False, unique=True))

offering = Table(
    "offering",
    metadata,
    _id(),
    Column("source_id", ForeignKey(source.c.id), nullable=False),
    Column("region_id", ForeignKey(region.c.id), nullable=False),
    # Empty: the whole region. Null would make two of the same offering look different.
    Column("zone", Text, nullable=False),
    Column("instance_type_id", ForeignKey(instance_type.c.id), nullable=False),
    Column("capacity_type", String(16), nullable=False),
    UniqueConstraint("source_id", "region_id", "zone", "instance_type_id", "capacity_type", name="uq_offering_subject"),
)

price = Table(
    "price",
    metadata,
    Column("offering_id", ForeignKey(offering.c.id), primary_key=True, autoincrement=False),
    Column("from_version", ForeignKey(collection.c.version), primary_key=True, autoincrement=False),
    # Null: the source no longer has the offering.
    Column("nano_usd_per_hour", BigInteger),
    # Null: observed when the source's newest collection up to the wanted version was. A sweep that finds the same
    # prices an hour later so writes one row, its collection, and all its prices are an hour fresher.
    Column("observed_unix_s", BigInteger),
    # Since when the price holds by the source's own word; null: it does not say.
    Column("effective_unix_s", BigInteger),
    Column("estimated", Boolean, nullable=False),
    Column("capacity", Integer),
    Column("note_id", ForeignKey(note.c.id), nullable=False),
    CheckConstraint("nano_usd_per_hour > 0", name="above_zero"),
    CheckConstraint("capacity >= 0", name="capacity_not_negative"),
    sqlite_with_rowid=False,
)


past_price = Table(
    "past_price",
    metadata,
    # What a source tells of the time before, or between, its sweeps: history, and part of no catalog.
    Column("offering_id", ForeignKey(offering.c.id), primary_key=True, autoincrement=False),
    Column("effective_unix_s", BigInteger, primary_key=True, autoincrement=False),
    Column("nano_usd_per_hour", BigInteger, nullable=False),
    Column("version", ForeignKey(collection.c.version), nullable=False),
    CheckConstraint("nano_usd_per_hour > 0", name="above_zero"),
    sqlite_with_rowid=False,
)


def _change_points(name: str, *subject: Column[Any], facts: tuple[Column[Any], ...]) -> Table:
    """What sources say of a subject, by version. All of `facts` are null in a row that ends."""
    for column in subject:
        column.primary_key, column.nullable, column.autoincrement = True, False, False
    return Table(
        name,
        metadata,
        Column("source_id", ForeignKey(source.c.id), primary_key=True, autoincrement=False),
        *subject,
        Column("from_version", ForeignKey(collection.c.version), primary_key=True, autoincrement=False),
        Column("ended", Boolean, nullable=False),
        *facts,
        info={"subject": tuple(c.name for c in subject), "facts": tuple(c.name for c in facts)},
    )


region_facts = _change_points(
    "region_facts",
    Column("region_id", ForeignKey(region.c.id)),
    facts=(
        Column("country", String(2)),
        Column("city", Text),
        Column("continent", Text),
        Column("lat_degrees", Float),
        Column("lon_degrees", Float),
        Column("partition", Text),
        Column("subdivision", Text),
        Column("operator", Text),
        Column("operator_country", String(2)),
        Column("parent_country", String(2)),
    ),
)

attestation_facts = _change_points(
    "attestation_facts",
    Column("region_id", ForeignKey(region.c.id)),
    Column("scheme", Text),
    Column("valid_from", Date),
    facts=(Column("valid_to", Date),),
)

instance_type_facts = _change_points(
    "instance_type_facts",
    Column("instance_type_id", ForeignKey(instance_type.c.id)),
    facts=(
        Column("vcpus", Float),
        Column("memory_gib", Float),
        Column("architecture", Text),
        Column("burstable", Boolean),
        Column("gpu_count", Integer),
        Column("gpu_model", Text),
        Column("gpu_memory_gib", Float),
    ),
)

interruption_facts = _change_points(
    "interruption_facts",
    Column("region_id", ForeignKey(region.c.id)),
    Column("instance_type_id", ForeignKey(instance_type.c.id)),
    facts=(
        Column("pct_low", Float),
        Column("pct_high", Float),
        Column("per_window", String(16)),
        Column("observed_on", Date),
        Column("note_id", ForeignKey(note.c.id)),
    ),
)

storage_facts = _change_points(
    "storage_facts",
    Column("region_id", ForeignKey(region.c.id)),
    facts=(Column("nano_usd_per_gb_month", BigInteger),),
)

hint_facts = _change_points(
    "hint_facts",
    Column("region_id", ForeignKey(region.c.id)),
    # Empty: the whole region.
    Column("zone", Text),
    # Names, divided by blanks.
    Column("instance_types", Text),
    Column("measure", Text),
    facts=(Column("value", Text), Column("observed_at", UtcDateTime)),
)

egress_tier_facts = _change_points(
    "egress_tier_facts",
    Column("provider", Text),
    Column("src", Text),
    Column("dst", Text),
    Column("from_gb", Float),
    facts=(
        Column("nano_usd_per_gb", BigInteger),
        Column("observed_on", Date),
        Column("note_id", ForeignKey(note.c.id)),
    ),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("fleet", Text, nullable=False),
    Column("catalog_version", ForeignKey(collection.c.version), nullable=False),
    Column("request_json", Text, nullable=False),
    Column("answer_json", Text, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # SHA-256 of the secret, which is random and long: no slower hash is needed, and none is kept of it.
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail_json", Text, nullable=False),
)

decision_request = Table(
    "decision_request",
    metadata,
    # Of the decision that it becomes, and of the job that makes it.
    Column("id", Text, primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("asked_by", Text, nullable=False),
    Column("fleet", Text, nullable=False),
    Column("catalog_version", ForeignKey(collection.c.version), nullable=False),
    Column("request_json", Text, nullable=False),
    Column("idempotency_key", Text),
    Column("body_sha256", String(64), nullable=False),
    # open, decided, failed or cancelled
    Column("state", String(16), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    # What its search has found so far; null: not begun.
    Column("progress_json", Text),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("asked_by", "idempotency_key"),
)

executor = Table(
    "executor",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
)

document = Table(
    "document",
    metadata,
    # policy or fleet
    Column("kind", String(16), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("saved_at", UtcDateTime, nullable=False),
    Column("saved_by", Text, nullable=False),
    # As it was written, as JSON; null: removed.
    Column("content_json", Text),
)

closed_report = Table(
    "closed_report",
    metadata,
    # Such as 2026-10.
    Column("month", String(7), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("closed_by", Text, nullable=False),
    # Of the JSON that the content is, compressed.
    Column("content_sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

report_delivery = Table(
    "report_delivery",
    metadata,
    Column("month", String(7), primary_key=True),
    # Where to, without its secrets.
    Column("target", Text, primary_key=True),
    Column("delivered_at", UtcDateTime, nullable=False),
)
