"""Nights: what hosts told us, what became of a page's links, how often an article changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

import storage.database.engine

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("robots", sa.Text(), nullable=True),
        sa.Column("robots_status", sa.Integer(), nullable=True),
        sa.Column("robots_at", storage.database.engine.UtcDateTime(timezone=True), nullable=True),
        sa.Column("not_before", storage.database.engine.UtcDateTime(timezone=True), nullable=True),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    haul = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("urls", sa.Column("haul", haul, nullable=True))
    op.add_column("urls", sa.Column("changed", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("urls", "changed")
    op.drop_column("urls", "haul")
    op.drop_table("hosts")
