"""Since when prices hold, what they were before, which rows were refused and which sweeps failed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("price", sa.Column("effective_unix_s", sa.BigInteger))
    op.add_column("collection", sa.Column("started_at", sa.DateTime(timezone=True)))
    op.add_column("collection", sa.Column("compacted", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "refusal",
        _number("version", "collection.version", primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("example", sa.Text, nullable=False),
    )
    op.create_table(
        "failed_collection",
        _number("id", primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_failed_collection_source", "failed_collection", ["source"])
    op.create_table(
        "past_price",
        _number("offering_id", "offering.id", primary_key=True),
        sa.Column("effective_unix_s", sa.BigInteger, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("nano_usd_per_hour", sa.BigInteger, nullable=False),
        _number("version", "collection.version"),
        sa.CheckConstraint("nano_usd_per_hour > 0", name="above_zero"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hint_facts",
        _number("source_id", "source.id", primary_key=True),
        _number("region_id", "region.id", primary_key=True),
        sa.Column("zone", sa.Text, primary_key=True, nullable=False),
        sa.Column("instance_types", sa.Text, primary_key=True, nullable=False),
        sa.Column("measure", sa.Text, primary_key=True, nullable=False),
        _number("from_version", "collection.version", primary_key=True),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("observed_at", sa.DateTime(timezone=True)),
    )


def _number(name: str, target: str | None = None, *, primary_key: bool = False) -> sa.Column[int]:
    references = [sa.ForeignKey(target)] if target else []
    return sa.Column(name, sa.Integer, *references, primary_key=primary_key, autoincrement=False, nullable=False)


def downgrade() -> None:
    for table in ("hint_facts", "past_price"):
        op.drop_table(table)
    op.drop_index("ix_failed_collection_source", "failed_collection")
    for table in ("failed_collection", "refusal"):
        op.drop_table(table)
    op.drop_column("collection", "compacted")
    op.drop_column("collection", "started_at")
    op.drop_column("price", "effective_unix_s")
