"""What the service was asked to decide, who is at work on it, and the policies and fleets that it knows by name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_request",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("fleet", sa.Text, nullable=False),
        sa.Column("catalog_version", sa.Integer, sa.ForeignKey("collection.version"), nullable=False),
        sa.Column("request_json", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("progress_json", sa.Text),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("asked_by", "idempotency_key"),
    )
    op.create_index("ix_decision_request_asked_at", "decision_request", ["asked_at"])
    op.create_index("ix_decision_request_state", "decision_request", ["state"])
    op.create_table(
        "executor",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "document",
        sa.Column("kind", sa.String(16), primary_key=True, nullable=False),
        sa.Column("name", sa.Text, primary_key=True, nullable=False),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("content_json", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("document")
    op.drop_table("executor")
    op.drop_index("ix_decision_request_state", "decision_request")
    op.drop_index("ix_decision_request_asked_at", "decision_request")
    op.drop_table("decision_request")
