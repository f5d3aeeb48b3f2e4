"""Candidates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.database.engine

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "candidates",
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Text(), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("first_seen", storage.database.engine.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen", storage.database.engine.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_candidates")),
    )


def downgrade() -> None:
    op.drop_table("candidates")
