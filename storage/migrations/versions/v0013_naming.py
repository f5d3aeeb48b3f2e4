"""What articles name, in columns and rows of its own: lists of bodies and documents read no record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.articles.entity_index import rebuild_entity_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("articles", sa.Column("organisation", sa.Text(), nullable=True))
    op.create_index("ix_articles_organisation", "articles", ["organisation", "day"])
    op.create_table(
        "cited_documents",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("article_id", _big(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_cited_documents_article_id")),
        sa.PrimaryKeyConstraint("number", "article_id", name=op.f("pk_cited_documents")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_cited_documents_article_id"), "cited_documents", ["article_id"])
    rebuild_entity_index(op.get_bind())


def downgrade() -> None:
    op.drop_table("cited_documents")
    op.drop_index("ix_articles_organisation", "articles")
    op.drop_column("articles", "organisation")  # in place: others refer to this table
