"""Watches: saved searches somebody is told of, and how far each has been told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from storage.changes import identity, newest
from storage.readers import watches
from storage.records import ChangeKind
from storage.schema import changes
from storage.search.engine import engine_for
from storage.search.folding import stories_of
from storage.search.query import parse

NEWS = (
    ChangeKind.ADDED,
    ChangeKind.REVISED,
    ChangeKind.PARTED,
)  # an article nobody was told of, or of its text
TERM = timedelta(minutes=10)  # of a claim: finding and sending take seconds
PAGE = 5000  # changes read at once


class WatchError(Exception):
    """A watch that cannot be made, found or run: says which and what to do."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One saved search."""

    name: str
    query: str  # in the language of the search
    target: str  # name of the address that is told; the address is not in the archive
    archive: str  # whose changes `seen` counts
    seen: int  # number of the last change told
    made_at: datetime
    ran_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class News:
    """One article that is new, or has a new text."""

    article_id: int
    kind: ChangeKind  # ADDED however often it was revised since
    seq: int  # of its last change
    at: datetime  # of that change
    copies: int = 0  # others of its story that are news too


@dataclass(frozen=True, slots=True)
class Finding:
    """What a watch has to tell."""

    news: tuple[News, ...]  # stories told once each, the newest first
    after: int  # the change it begins after
    until: int  # the change it has been told up to when this is sent
    restarted: bool = False  # the archive was rebuilt: nothing before `until` is told


def add(connection: Connection, name: str, query: str, target: str, now: datetime) -> Watch:
    """Watch a search from now on; raises WatchError, or QueryError for a search that is none."""
    if not name.strip() or len(name) > 80:
        raise WatchError(f"watch {name!r}: a name has 1 to 80 characters")
    parse(query)
    made = Watch(name.strip(), query, target, identity(connection), newest(connection), now)
    try:
        with connection.begin_nested():
            connection.execute(insert(watches).values(**_values(made)))
    except IntegrityError as error:
        raise WatchError(f"watch {name}: there is one of that name; remove it, or choose another") from error
    return made


def _values(made: Watch) -> dict[str, object]:
    names = ("name", "query", "target", "archive", "seen", "made_at")
    return {name: getattr(made, name) for name in names}


def every(connection: Connection) -> list[Watch]:
    """All watches, by name."""
    return [_watch(row) for row in connection.execute(select(watches).order_by(watches.c.name))]


def named(connection: Connection, name: str) -> Watch:
    """The watch of that name; raises WatchError."""
    row = connection.execute(select(watches).where(watches.c.name == name)).one_or_none()
    if row is None:
        raise WatchError(f"watch {name}: there is none of that name; `congdoan watch list` names them")
    return _watch(row)


def remove(connection: Connection, name: str) -> None:
    """Forget a watch; raises WatchError."""
    named(connection, name)
    connection.execute(delete(watches).where(watches.c.name == name))


def _watch(row: Row[Any]) -> Watch:
    return Watch(**{name: getattr(row, name) for name in Watch.__slots__})


def claim(connection: Connection, name: str, now: datetime) -> bool:
    """Take a watch for this run; False when another process is at it, or it was removed."""
    free = or_(watches.c.claimed_until.is_(None), watches.c.claimed_until <= now)
    taken = update(watches).where(watches.c.name == name, free).values(claimed_until=now + TERM)
    return connection.execute(taken).rowcount == 1


def settle(connection: Connection, name: str, finding: Finding, now: datetime) -> None:
    """Move the watch on, after its finding was sent (or when there was nothing to send)."""
    told = {"seen": finding.until, "archive": identity(connection), "ran_at": now, "claimed_until": None}
    told |= {"sent_at": now} if finding.news else {}
    connection.execute(update(watches).where(watches.c.name == name).values(**told))


def release(connection: Connection, name: str) -> None:
    """Leave a watch where it was: what could not be sent is found again."""
    connection.execute(update(watches).where(watches.c.name == name).values(claimed_until=None))


def find(connection: Connection, watch: Watch) -> Finding:
    """What is new of a search since it was last told; raises QueryError. Reads only."""
    until = newest(connection)
    if (watch.archive != identity(connection) and watch.archive) or watch.seen > until:
        return Finding((), until, until, restarted=True)
    changed = {news.article_id: news for news in _changed(connection, watch.seen, until)}
    if not changed:
        return Finding((), watch.seen, until)
    found = engine_for(connection).among(connection, parse(watch.query), changed)
    matched = [changed[key] for key in found]
    return Finding(_folded(connection, matched), watch.seen, until)


def _changed(connection: Connection, after: int, until: int) -> Iterator[News]:
    """The articles with news since a change, each once."""
    chosen = select(changes.c.seq, changes.c.article_id, changes.c.kind, changes.c.at)
    chosen = (
        chosen.where(changes.c.kind.in_(NEWS), changes.c.seq <= until).order_by(changes.c.seq).limit(PAGE)
    )
    told: dict[int, News] = {}
    while rows := connection.execute(chosen.where(changes.c.seq > after)).all():
        for row in rows:
            before = told.get(row.article_id)
            kind = before.kind if before else ChangeKind(row.kind)
            told[row.article_id] = News(row.article_id, kind, row.seq, row.at)
        after = rows[-1].seq
    yield from told.values()


def _folded(connection: Connection, matched: list[News]) -> tuple[News, ...]:
    """A story once, by the article that was in it first; the newest story first."""
    stories = stories_of(connection, [news.article_id for news in matched])
    first: dict[int, News] = {}
    for news in sorted(matched, key=lambda news: news.article_id):
        story = stories.get(news.article_id, -news.article_id)
        kept = first.get(story)
        first[story] = _with_copy(kept, news) if kept else news
    return tuple(sorted(first.values(), key=lambda news: news.seq, reverse=True))


def _with_copy(kept: News, copy: News) -> News:
    return News(kept.article_id, kept.kind, max(kept.seq, copy.seq), kept.at, kept.copies + 1)
