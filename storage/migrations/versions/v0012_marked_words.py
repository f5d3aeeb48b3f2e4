"""Words of sections and document numbers are marked in SQLite's search index, which is made anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.search.engine import recreate_index
from storage.stories.rebuild_state import SEARCH_REBUILD, save_rebuild_position

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    recreate_index(connection)
    if connection.scalar(sa.text("SELECT EXISTS (SELECT 1 FROM articles)")):
        save_rebuild_position(
            connection, SEARCH_REBUILD, 0
        )  # `congdoan db upgrade` goes on with the rebuilding this begins


def downgrade() -> None:
    pass
