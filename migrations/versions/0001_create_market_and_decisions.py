"""The market as change points by source and catalog version, and the decisions that stand on it.

Constraints without a name are named by the convention of the metadata that env.py hands over.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        _number("id", primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
    )
    op.create_table(
        "collection",
        _number("version", primary_key=True),
        _number("source_id", "source.id"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_unix_s", sa.BigInteger),
        sa.Column("price_rows", sa.Integer, nullable=False),
        sa.Column("changed_prices", sa.Integer, nullable=False),
        sa.Column("ended_offerings", sa.Integer, nullable=False),
    )
    for table in ("region", "instance_type"):
        op.create_table(
            table,
            _number("id", primary_key=True),
            sa.Column("provider", sa.Text, nullable=False),
            sa.Column("name", sa.Text, nullable=False),
            sa.UniqueConstraint("provider", "name"),
        )
    op.create_table(
        "note",
        _number("id", primary_key=True),
        sa.Column("text", sa.Text, nullable=False, unique=True),
    )
    _create_prices()
    _create_facts()
    op.create_table(
        "decision",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fleet", sa.Text, nullable=False),
        _number("catalog_version", "collection.version"),
        sa.Column("request_json", sa.Text, nullable=False),
        sa.Column("answer_json", sa.Text, nullable=False),
    )
    op.create_index("ix_decision_created_at", "decision", ["created_at"])


def _create_prices() -> None:
    op.create_table(
        "offering",
        _number("id", primary_key=True),
        _number("source_id", "source.id"),
        _number("region_id", "region.id"),
        sa.Column("zone", sa.Text, nullable=False),
        _number("instance_type_id", "instance_type.id"),
        sa.Column("capacity_type", sa.String(16), nullable=False),
        sa.UniqueConstraint(
            "source_id", "region_id", "zone", "instance_type_id", "capacity_type", name="uq_offering_subject"
        ),
    )
    op.create_table(
        "price",
        _number("offering_id", "offering.id", primary_key=True),
        _number("from_version", "collection.version", primary_key=True),
        sa.Column("nano_usd_per_hour", sa.BigInteger),
        sa.Column("observed_unix_s", sa.BigInteger),
        sa.Column("estimated", sa.Boolean, nullable=False),
        sa.Column("capacity", sa.Integer),
        _number("note_id", "note.id"),
        sa.CheckConstraint("nano_usd_per_hour > 0", name="above_zero"),
        sa.CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        sqlite_with_rowid=False,
    )


def _create_facts() -> None:
    _create_change_points(
        "region_facts",
        _number("region_id", "region.id", primary_key=True),
        facts=[
            sa.Column("country", sa.String(2)),
            sa.Column("city", sa.Text),
            sa.Column("continent", sa.Text),
            sa.Column("lat_degrees", sa.Float),
            sa.Column("lon_degrees", sa.Float),
            sa.Column("partition", sa.Text),
            sa.Column("subdivision", sa.Text),
            sa.Column("operator", sa.Text),
            sa.Column("operator_country", sa.String(2)),
            sa.Column("parent_country", sa.String(2)),
        ],
    )
    _create_change_points(
        "attestation_facts",
        _number("region_id", "region.id", primary_key=True),
        sa.Column("scheme", sa.Text, primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
        facts=[sa.Column("valid_to", sa.Date)],
    )
    _create_change_points(
        "instance_type_facts",
        _number("instance_type_id", "instance_type.id", primary_key=True),
        facts=[
            sa.Column("vcpus", sa.Float),
            sa.Column("memory_gib", sa.Float),
            sa.Column("architecture", sa.Text),
            sa.Column("burstable", sa.Boolean),
            sa.Column("gpu_count", sa.Integer),
            sa.Column("gpu_model", sa.Text),
            sa.Column("gpu_memory_gib", sa.Float),
        ],
    )
    _create_change_points(
        "interruption_facts",
        _number("region_id", "region.id", primary_key=True),
        _number("instance_type_id", "instance_type.id", primary_key=True),
        facts=[
            sa.Column("pct_low", sa.Float),
            sa.Column("pct_high", sa.Float),
            sa.Column("per_window", sa.String(16)),
            sa.Column("observed_on", sa.Date),
            sa.Column("note_id", sa.Integer, sa.ForeignKey("note.id")),
        ],
    )
    _create_change_points(
        "storage_facts",
        _number("region_id", "region.id", primary_key=True),
        facts=[sa.Column("nano_usd_per_gb_month", sa.BigInteger)],
    )
    _create_change_points(
        "egress_tier_facts",
        sa.Column("provider", sa.Text, primary_key=True),
        sa.Column("src", sa.Text, primary_key=True),
        sa.Column("dst", sa.Text, primary_key=True),
        sa.Column("from_gb", sa.Float, primary_key=True),
        facts=[
            sa.Column("nano_usd_per_gb", sa.BigInteger),
            sa.Column("observed_on", sa.Date),
            sa.Column("note_id", sa.Integer, sa.ForeignKey("note.id")),
        ],
    )


def _create_change_points(table: str, *subject: sa.Column[Any], facts: list[sa.Column[Any]]) -> None:
    op.create_table(
        table,
        _number("source_id", "source.id", primary_key=True),
        *subject,
        _number("from_version", "collection.version", primary_key=True),
        sa.Column("ended", sa.Boolean, nullable=False),
        *facts,
    )


def _number(name: str, target: str | None = None, *, primary_key: bool = False) -> sa.Column[int]:
    references = [sa.ForeignKey(target)] if target else []
    return sa.Column(name, sa.Integer, *references, primary_key=primary_key, autoincrement=False, nullable=False)


def downgrade() -> None:
    op.drop_index("ix_decision_created_at", "decision")
    for table in (
        "decision",
        "egress_tier_facts",
        "storage_facts",
        "interruption_facts",
        "instance_type_facts",
        "attestation_facts",
        "region_facts",
        "price",
        "offering",
        "note",
        "instance_type",
        "region",
        "collection",
        "source",
    ):
        op.drop_table(table)
