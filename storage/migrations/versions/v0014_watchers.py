"""Whose a watched search is, and the language of its digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("watches") as table:
        table.add_column(sa.Column("owner", sa.String(length=120), nullable=False, server_default=""))
        table.add_column(sa.Column("language", sa.String(length=2), nullable=False, server_default="vi"))
        table.drop_constraint("uq_watches_name", type_="unique")
        table.create_unique_constraint("uq_watches_owner_name", ["owner", "name"])


def downgrade() -> None:
    # Names are one reader's own now: the watches of readers cannot stay.
    op.execute("DELETE FROM watches WHERE owner <> ''")
    with op.batch_alter_table("watches") as table:
        table.drop_constraint("uq_watches_owner_name", type_="unique")
        table.create_unique_constraint("uq_watches_name", ["name"])
        table.drop_column("language")
        table.drop_column("owner")
