"""Watched searches and collections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.database.engine

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time() -> storage.database.engine.UtcDateTime:
    return storage.database.engine.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "watches",
        sa.Column("id", _big(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("archive", sa.String(length=16), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("made_at", _time(), nullable=False),
        sa.Column("ran_at", _time(), nullable=True),
        sa.Column("sent_at", _time(), nullable=True),
        sa.Column("claimed_until", _time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("name", name=op.f("uq_watches_name")),
    )
    op.create_table(
        "collections",
        sa.Column("id", _big(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("made_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_collections_owner_name")),
    )
    op.create_table(
        "collection_items",
        sa.Column("id", _big(), nullable=False),
        sa.Column("collection_id", _big(), nullable=False),
        sa.Column("article_id", _big(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("added_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_items_collection_id")
        ),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_collection_items_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_items")),
        sa.UniqueConstraint(
            "collection_id",
            "article_id",
            "revision",
            name=op.f("uq_collection_items_collection_id_article_id_revision"),
        ),
    )
    op.create_index(op.f("ix_collection_items_article_id"), "collection_items", ["article_id"], unique=False)


def downgrade() -> None:
    op.drop_table("collection_items")
    op.drop_table("collections")
    op.drop_table("watches")
