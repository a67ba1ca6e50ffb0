"""Reports of months that are over, and where they were delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_report",
        sa.Column("month", sa.String(7), primary_key=True, nullable=False),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "report_delivery",
        sa.Column("month", sa.String(7), primary_key=True, nullable=False),
        sa.Column("target", sa.Text, primary_key=True, nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    for table in ("report_delivery", "closed_report"):
        op.drop_table(table)
