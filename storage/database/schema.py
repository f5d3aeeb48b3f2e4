"""The tables: SQLAlchemy metadata for SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.database.engine import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
BigId = BigInteger().with_variant(Integer, "sqlite")
Haul = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Json = JSON().with_variant(JSONB, "postgresql")


def _id() -> Column[Any]:
    return Column("id", BigId, primary_key=True)


# One row per known site; what the archive says of it when profiles are not at hand.
sites = Table(
    "sites",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("level", String(20), nullable=False),
    Column("place", Text),
    Column("status", String(20), nullable=False),
    Column("platform", String(40)),  # the family of its system; none = not known, or of its own making
    Column("seen_at", UtcDateTime, nullable=False),
)

# One visit at a time to a site: the lease lapses when its owner does.
site_leases = Table(
    "site_leases",
    metadata,
    Column("site", String(80), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    Column("site", String(80), nullable=False, index=True),
    Column("night", String(40), nullable=False, index=True),
    Column("as_of", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("dialled", Boolean, nullable=False),
    Column("ending", Text),
    Column("healthy", Boolean),
    Column("counts", Json, nullable=False),
    Column("report", Json),
)

captures = Table(
    "captures",
    metadata,
    _id(),
    Column("run_id", BigId, ForeignKey("runs.id"), nullable=False),
    Column("site", String(80), nullable=False),
    Column("record_id", String(60), nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("status", Integer, nullable=False),
    Column("content_type", Text),
    Column("payload_digest", String(60), nullable=False),
    Column("warc_file", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("revisit", Boolean, nullable=False),
    Column("dialled", Text),
    Index("ix_captures_run_id", "run_id"),
    Index("ix_captures_warc_file", "warc_file"),
)

# The frontier: every URL we know, for ever.
urls = Table(
    "urls",
    metadata,
    _id(),
    Column("site", String(80), nullable=False),
    Column("key", String(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("phase", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("root", Boolean, nullable=False),
    Column("found_on", Text, nullable=False),
    Column("found_run", BigId, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("title_hint", Text),
    Column("date_hint", Text),
    Column("hint_source", String(12)),
    Column("hint_form", Text),
    Column("lastmod", Text),
    Column("sitemap", String(32)),
    Column("sitemap_run", BigId),
    Column("attempts", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("payload_digest", String(60)),
    Column("capture_id", BigId, ForeignKey("captures.id")),
    Column("next_visit", UtcDateTime),
    Column("last_visit", UtcDateTime),
    Column("last_run", BigId),
    Column("outcome", String(20)),
    Column("reason", String(30)),
    Column("detail", Text),
    Column("http_status", Integer),
    Column("links", Integer),  # article links on a discovery page, at its last visit
    Column("haul", Haul),  # what became of a discovery page's links at its last visit; none = it had none
    Column("changed", Integer, nullable=False, server_default="0"),  # times the article stood otherwise
    UniqueConstraint("site", "key"),
    Index("ix_urls_queue", "site", "state", "phase", "id"),
    Index("ix_urls_last_run", "last_run"),
    Index("ix_urls_next_visit", "site", "next_visit"),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    Column("site", String(80), nullable=False, index=True),  # of its first appearance
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text),
    Column("author", Text),
    Column("day", Date, index=True),
    Column("section", Text),
    Column("organisation", Text),  # the union body it is of, as its record says
    Column("revision_id", BigId),
    Column("story_id", BigId, index=True),  # of an article whose text stands elsewhere too, changed a little
    Column("first_seen", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime),
    Index("ix_articles_organisation", "organisation", "day"),
)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("exact", String(64), nullable=False),
    Column("exact_version", Integer, nullable=False),
    Column("content", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text),
    Column("body", Text, nullable=False),
    Column("record", Json, nullable=False),
    Column("capture_id", BigId, ForeignKey("captures.id")),
    Column("noticed_at", UtcDateTime, nullable=False),
    UniqueConstraint("article_id", "number"),
    Index("ix_revisions_exact", "exact_version", "exact"),
)

# The documents each article cites now, as its record says: lists of them read no record.
cited_documents = Table(
    "cited_documents",
    metadata,
    Column("number", Text, primary_key=True),
    Column("article_id", BigId, ForeignKey("articles.id"), primary_key=True, autoincrement=False, index=True),
    Column("type", Text),
    Column("issuer", Text),
    Column("day", Date),
    sqlite_with_rowid=False,
)

# Where an article stands on the web: one row per URL that shows (or showed) it.
appearances = Table(
    "appearances",
    metadata,
    _id(),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("revision_id", BigId, ForeignKey("revisions.id"), nullable=False),
    Column("site", String(80), nullable=False),
    Column("key", String(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("record", Json, nullable=False),
    Column("content", String(64), nullable=False),  # digest of what this URL itself shows, copies included
    Column("capture_id", BigId, ForeignKey("captures.id")),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime),
    UniqueConstraint("site", "key"),
)

# The ordered feed: `seq` is gapless, and handed out under a row lock held to the commit,
# so that sequence order is commit order on PostgreSQL too.
changes = Table(
    "changes",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("revision_id", BigId, ForeignKey("revisions.id")),
    Column("site", String(80), nullable=False),
    Column("url", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("run_id", BigId, ForeignKey("runs.id"), nullable=False),
    Column(
        "story_id", BigId
    ),  # of a `clustered` row: the story the article is in from now on; none = in none
)

# Near-duplicates: each article's sampled shingles, and the index that finds articles sharing some.
signatures = Table(
    "signatures",
    metadata,
    Column("article_id", BigId, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("shingles", LargeBinary, nullable=False),  # 8 bytes each, big-endian, signed
)
samples = Table(
    "samples",
    metadata,
    Column("shingle", BigInteger, primary_key=True, autoincrement=False),
    Column("article_id", BigId, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# How the text of `article_id` is akin to that of an older article.
kinships = Table(
    "kinships",
    metadata,
    Column("article_id", BigId, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("other_id", BigId, ForeignKey("articles.id"), primary_key=True, autoincrement=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("jaccard", Float, nullable=False),
    Column("held", Float, nullable=False),
    Column("holding", Float, nullable=False),
    Column("order", Float, nullable=False),
    Column("particulars", Float, nullable=False),
)

# A story: articles that are one text, told on several sites. Its number is never used again.
stories = Table(
    "stories",
    metadata,
    _id(),
    Column("made_at", UtcDateTime, nullable=False),
    Column("merged_into", BigId),  # the story that took its articles in
)

# What the bytes of a file say, once for each payload: the same bytes are read once, wherever they stand.
file_contents = Table(
    "file_contents",
    metadata,
    Column("digest", String(60), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("type", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("pages", Integer),
    Column("width", Integer),
    Column("height", Integer),
    Column("chars", Integer, nullable=False),
    Column("text", LargeBinary),  # UTF-8, zlib; none = no text
    Column("note", Text),
    Column("reader", Integer, nullable=False),  # version of the reading: an older one is read again
    Column("read_at", UtcDateTime, nullable=False),
)

# One row per address of a file or image of an article; `digest` is what it holds now.
files = Table(
    "files",
    metadata,
    _id(),
    Column("site", String(80), nullable=False),
    Column("key", String(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("status", String(20), nullable=False),
    Column("media_type", Text),  # as the server told it
    Column("digest", String(60), ForeignKey("file_contents.digest"), index=True),
    Column("capture_id", BigId, ForeignKey("captures.id")),
    Column("versions", Integer, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime),  # last time its bytes were had or confirmed
    Column("gone_at", UtcDateTime),
    UniqueConstraint("site", "key"),
)

# What an address held, each time it held something else: no former bytes are forgotten.
file_versions = Table(
    "file_versions",
    metadata,
    _id(),
    Column("file_id", BigId, ForeignKey("files.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", String(60), ForeignKey("file_contents.digest"), nullable=False),
    Column("capture_id", BigId, ForeignKey("captures.id")),
    Column("seen_at", UtcDateTime, nullable=False),
    UniqueConstraint("file_id", "number"),
)

# Which page offers (or offered) which file, and the article that page shows.
article_files = Table(
    "article_files",
    metadata,
    _id(),
    Column("site", String(80), nullable=False),
    Column("page", String(32), nullable=False),  # the frontier's key of the page
    Column("file_id", BigId, ForeignKey("files.id"), nullable=False, index=True),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("current", Boolean, nullable=False),  # the page still offers it
    UniqueConstraint("site", "page", "file_id"),
)

# Hosts that look like unknown union sites.
candidates = Table(
    "candidates",
    metadata,
    Column("host", String(253), primary_key=True),
    Column("url", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("found_on", Text, nullable=False),
    Column("site", String(80), nullable=False),
    Column("reason", String(10), nullable=False),
    Column("sightings", Integer, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("decision", String(10)),
)

# Lines that stand in most of a site's articles and are no article's text.
furniture = Table(
    "furniture",
    metadata,
    Column("site", String(80), primary_key=True),
    Column("key", String(16), primary_key=True),
    Column("line", Text, nullable=False),
    Column("articles", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("learned_at", UtcDateTime, nullable=False),
    Column("kept", Boolean, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
