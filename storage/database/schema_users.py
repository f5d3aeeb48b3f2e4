"""What readers keep: the tables of watched searches and of collections."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from storage.database.engine import UtcDateTime
from storage.database.schema import BigId, metadata

# A saved search somebody is told of: a reader who signed in, or, without an owner, a target of the
# operator's, which names an address; no address is ever kept here.
watches = Table(
    "watches",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("owner", String(120), nullable=False, server_default=""),
    Column("name", String(80), nullable=False),
    Column("language", String(2), nullable=False, server_default="vi"),  # of its digests
    Column("query", Text, nullable=False),
    Column("target", String(80), nullable=False),
    Column(
        "archive", String(16), nullable=False
    ),  # storage.articles.changes.identity: whose changes `seen` counts
    Column("seen", BigInteger, nullable=False),  # the last change that was told, or had nothing to tell
    Column("made_at", UtcDateTime, nullable=False),
    Column("ran_at", UtcDateTime),
    Column("sent_at", UtcDateTime),  # last time there was something to tell
    Column("claimed_until", UtcDateTime),  # a process is at it; lapses when that one died
    UniqueConstraint("owner", "name"),
)

collections = Table(
    "collections",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("owner", String(120), nullable=False),
    Column("name", String(200), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("owner", "name"),
)

# `revision` is the number of the text that was put in: what was noted on it does not slip to a later one.
collection_items = Table(
    "collection_items",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("collection_id", BigId, ForeignKey("collections.id"), nullable=False),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("owner", String(120), nullable=False),  # who put it in
    Column("added_at", UtcDateTime, nullable=False),
    UniqueConstraint("collection_id", "article_id", "revision"),
)
