"""What answers are counted by; the search index is laid out anew, smaller and with more to ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.search.engine import recreate_index

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("platform", sa.String(length=40), nullable=True))
    connection = op.get_bind()
    recreate_index(connection)
    # `congdoan db upgrade` goes on with the rebuilding this begins.
    connection.execute(sa.text("DELETE FROM counters WHERE name = 'rebuild search'"))
    connection.execute(
        sa.text(
            "INSERT INTO counters (name, value) SELECT 'rebuild search', 0 "
            "WHERE EXISTS (SELECT 1 FROM articles)"
        )
    )


def downgrade() -> None:
    with op.batch_alter_table("sites") as table:
        table.drop_column("platform")
