"""What running it leaves: what hosts told, files verified, judgements of sites, notices sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Table, Text

from storage.database.engine import UtcDateTime
from storage.database.schema import BigId, Json, metadata

# What a host told us, or we of it, for as long as it matters: robots.txt, and when to come again.
hosts = Table(
    "hosts",
    metadata,
    Column("host", String(253), primary_key=True),
    Column("robots", Text),  # its text as last read; none = there is none
    Column("robots_status", Integer),
    Column("robots_at", UtcDateTime),
    Column("not_before", UtcDateTime),  # it said when to come again
    Column("gap", Float, nullable=False),  # seconds it made us keep, beyond profile and config
    Column("why", Text),
)

# When the fixity of each WARC file was last verified.
verified_files = Table(
    "verified_files",
    metadata,
    Column("warc_file", Text, primary_key=True),
    Column("verified_at", UtcDateTime, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("bytes", "records", "problems")),
)

# Transitions of a site's life that were proposed, and what a person said to them.
judgements = Table(
    "judgements",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("site", String(80), nullable=False, index=True),
    Column("was", String(20), nullable=False),
    Column("becomes", String(20), nullable=False),
    Column("evidence", Json, nullable=False),
    Column("run_id", BigId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("decision", String(10)),
    Column("decided_at", UtcDateTime),
    Column("note", Text),
)

# What was told of a night; never to whom.
notices = Table(
    "notices",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("night", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("detail", Text),
    Column("told", Json, nullable=False),
)
