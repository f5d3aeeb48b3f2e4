"""The change feed: every change of the archive gets the next number, gapless and in commit order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select, update

from storage.database.schema import changes, counters
from storage.records import ChangeKind

COUNTER = "changes"
_COUNT = (
    update(counters)
    .where(counters.c.name == COUNTER)
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)
_APPEND = insert(changes)


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the change feed."""

    seq: int
    kind: ChangeKind
    article_id: int
    revision_id: int | None
    site: str
    url: str
    at: datetime
    story_id: int | None = None  # of a `clustered` row


def append(connection: Connection, run: int, change: Change) -> int:
    """Append a change (its `seq` is ignored) and return its number.

    The counter's row is locked until the transaction ends, so a number is only handed out after the
    one before it is committed or rolled back: no gaps, and what was read stays final.
    """
    seq = connection.execute(_COUNT).scalar_one_or_none()
    if seq is None:
        connection.execute(insert(counters).values(name=COUNTER, value=1))
        seq = 1
    row = {
        "seq": seq,
        "kind": change.kind.value,
        "article_id": change.article_id,
        "revision_id": change.revision_id,
        "site": change.site,
        "url": change.url,
        "at": change.at,
        "run_id": run,
        "story_id": change.story_id,
    }
    connection.execute(_APPEND, row)
    return int(seq)


def read(
    connection: Connection, after: int = 0, limit: int = 1000, *, compact: bool = False
) -> Iterator[Change]:
    """Yield the feed from the row after `after`, oldest first.

    With `compact` only the last row of each article: numbers are left out, and what happened in between is
    not told. Enough for who takes each article as it is now; docs/reference/feed.md says for whom it is not.
    """
    query = select(changes).where(changes.c.seq > after)
    if compact:
        later = changes.alias()
        superseded = exists().where(later.c.article_id == changes.c.article_id, later.c.seq > changes.c.seq)
        query = query.where(~superseded)
    for row in connection.execute(query.order_by(changes.c.seq).limit(limit)):
        kind = ChangeKind(row.kind)
        yield Change(row.seq, kind, row.article_id, row.revision_id, row.site, row.url, row.at, row.story_id)


def newest(connection: Connection) -> int:
    """Return the number of the last change; 0 when there is none."""
    return connection.scalar(select(counters.c.value).where(counters.c.name == COUNTER)) or 0


def identity(connection: Connection) -> str:
    """Return a digest of the first change, other in an archive begun anew; empty while there is none."""
    first = connection.execute(select(changes).where(changes.c.seq == 1)).one_or_none()
    if first is None:
        return ""
    first_change = f"{first.kind} {first.site} {first.url} {first.at.isoformat()}"
    return hashlib.sha256(first_change.encode()).hexdigest()[:16]
