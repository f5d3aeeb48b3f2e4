"""The search index, which is derived: a later change of its tables drops and rebuilds it."""

from __future__ import annotations

from alembic import op

from storage.search.postgres import tsvector_engine as postgres
from storage.search.sqlite import fts5_engine as sqlite

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _engine() -> tuple[tuple[str, ...], tuple[str, ...]]:
    chosen = sqlite if op.get_bind().dialect.name == "sqlite" else postgres
    return chosen.CREATE, chosen.DROP


def upgrade() -> None:
    for statement in _engine()[0]:
        op.get_bind().exec_driver_sql(statement)  # the DDL has colons that are no parameters


def downgrade() -> None:
    for statement in _engine()[1]:
        op.get_bind().exec_driver_sql(statement)  # the DDL has colons that are no parameters
