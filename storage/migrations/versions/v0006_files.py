"""Files and images of articles; their texts in the search index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.database.engine

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time() -> storage.database.engine.UtcDateTime:
    return storage.database.engine.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "file_contents",
        sa.Column("digest", sa.String(length=60), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.Column("read_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_file_contents")),
    )
    op.create_table(
        "files",
        sa.Column("id", _big(), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=60), nullable=True),
        sa.Column("capture_id", _big(), nullable=True),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("first_seen", _time(), nullable=False),
        sa.Column("last_seen", _time(), nullable=True),
        sa.Column("gone_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_files_capture_id")),
        sa.ForeignKeyConstraint(["digest"], ["file_contents.digest"], name=op.f("fk_files_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("site", "key", name=op.f("uq_files_site_key")),
    )
    op.create_index(op.f("ix_files_digest"), "files", ["digest"], unique=False)
    _links()


def _links() -> None:
    op.create_table(
        "article_files",
        sa.Column("id", _big(), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("file_id", _big(), nullable=False),
        sa.Column("article_id", _big(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_files_article_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_article_files_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_files")),
        sa.UniqueConstraint("site", "page", "file_id", name=op.f("uq_article_files_site_page_file_id")),
    )
    op.create_index(op.f("ix_article_files_article_id"), "article_files", ["article_id"], unique=False)
    op.create_index(op.f("ix_article_files_file_id"), "article_files", ["file_id"], unique=False)
    op.create_table(
        "file_versions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("file_id", _big(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=60), nullable=False),
        sa.Column("capture_id", _big(), nullable=True),
        sa.Column("seen_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_file_versions_capture_id")),
        sa.ForeignKeyConstraint(["digest"], ["file_contents.digest"], name=op.f("fk_file_versions_digest")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_versions_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_versions")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_file_versions_file_id_number")),
    )


def downgrade() -> None:
    op.drop_table("file_versions")
    op.drop_table("article_files")
    op.drop_table("files")
    op.drop_table("file_contents")
