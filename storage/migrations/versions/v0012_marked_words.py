"""Words of sections and document numbers are marked in SQLite's search index, which is made anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.search.engine import empty

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    empty(connection)
    # `congdoan db upgrade` goes on with the rebuilding this begins.
    connection.execute(sa.text("DELETE FROM counters WHERE name = 'rebuild search'"))
    connection.execute(
        sa.text(
            "INSERT INTO counters (name, value) SELECT 'rebuild search', 0 "
            "WHERE EXISTS (SELECT 1 FROM articles)"
        )
    )


def downgrade() -> None:
    pass
