"""Stories and near-duplicates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.database.engine

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("article_id", BIG, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_signatures_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_signatures")),
    )
    op.create_table(
        "samples",
        sa.Column("shingle", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("shingle", "article_id", name=op.f("pk_samples")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kinships",
        sa.Column("article_id", BIG, autoincrement=False, nullable=False),
        sa.Column("other_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("jaccard", "held", "holding", "order")),
        sa.Column("particulars", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_kinships_article_id")),
        sa.ForeignKeyConstraint(["other_id"], ["articles.id"], name=op.f("fk_kinships_other_id")),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_kinships")),
    )
    op.create_index(op.f("ix_kinships_other_id"), "kinships", ["other_id"])
    op.create_table(
        "stories",
        sa.Column("id", BIG, nullable=False),
        sa.Column("made_at", storage.database.engine.UtcDateTime(timezone=True), nullable=False),
        sa.Column("merged_into", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.add_column("articles", sa.Column("story_id", BIG, nullable=True))
    op.create_index(op.f("ix_articles_story_id"), "articles", ["story_id"])
    op.add_column("changes", sa.Column("story_id", BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("changes", "story_id")
    op.drop_index(op.f("ix_articles_story_id"), "articles")
    op.drop_column("articles", "story_id")
    for name in ("stories", "kinships", "samples", "signatures"):
        op.drop_table(name)
