"""When the fixity of each WARC file was last verified, and what was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database.engine import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verified_files",
        sa.Column("warc_file", sa.Text(), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("problems", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("warc_file", name=op.f("pk_verified_files")),
    )


def downgrade() -> None:
    op.drop_table("verified_files")
