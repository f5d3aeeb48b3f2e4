"""Alembic's way in: runs on the connection handed over by storage.database.engine."""

from __future__ import annotations

from alembic import context

from storage.database.schema_users import watches


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Search tables have their own DDL in storage.search; autogenerate must leave them alone."""
    return kind != "table" or not (name or "").startswith("search_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=watches.metadata,
    include_name=_ours,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
