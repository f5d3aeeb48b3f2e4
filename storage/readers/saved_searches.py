"""Watches: saved searches somebody is told of, and how far each has been told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    and_,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from storage.articles.changes import identity, newest
from storage.database.schema import changes
from storage.database.schema_users import watches
from storage.records import ChangeKind
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.stories import story_ids

NEWS = (
    ChangeKind.ADDED,
    ChangeKind.REVISED,
    ChangeKind.PARTED,
)  # an article nobody was told of, or of its text
TERM = timedelta(minutes=10)  # of a claim: finding and sending take seconds
PAGE = 5000  # changes read at once
MOST = 50  # watches of one reader: each is a search a night
LONGEST_NAME = 80  # characters
LANGUAGES = ("vi", "en")  # of digests


class SavedSearchError(Exception):
    """A watch that cannot be made, found or run: says which and what to do."""


@dataclass(frozen=True, slots=True)
class AlertRecipient:
    """Who is told: a reader, or a target of the operator's."""

    owner: str = ""  # as the reader who signed in is called; empty = the operator of the archive
    target: str = ""  # name of the address that is told; empty = the reader's own
    language: str = "vi"  # of what is told: one of LANGUAGES


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One saved search."""

    id: int
    owner: str  # whose it is; empty = the operator's
    name: str  # of its owner's watches
    language: str  # of its digests
    query: str  # in the language of the search
    target: str  # name of the address that is told, which is not in the archive; empty = its owner's own
    archive: str  # whose changes `seen` counts
    seen: int  # number of the last change told
    made_at: datetime
    ran_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewMatch:
    """One article that is new, or has a new text."""

    article_id: int
    kind: ChangeKind  # ADDED however often it was revised since
    seq: int  # of its last change
    at: datetime  # of that change
    copies: int = 0  # others of its story that are news too


@dataclass(frozen=True, slots=True)
class NewMatches:
    """What a watch has to tell."""

    news: tuple[NewMatch, ...]  # stories told once each, the newest first
    after: int  # the change it begins after
    until: int  # the change it has been told up to when this is sent
    restarted: bool = False  # the archive was rebuilt: nothing before `until` is told


def add(connection: Connection, name: str, query: str, told: AlertRecipient, now: datetime) -> SavedSearch:
    """Watch a search from now on; raises WatchError, or QueryError for a search that is none."""
    if told.owner and len(of(connection, told.owner)) >= MOST:
        raise SavedSearchError(f"{told.owner} watches {MOST} searches; remove one first")
    begun = {"archive": identity(connection), "seen": newest(connection)}
    values = {**_asked(name, query), **_listening(told), **begun, "made_at": now}
    _unique(connection, insert(watches).values(**values), name)
    return named(connection, name.strip(), told.owner)


def change(connection: Connection, watch: SavedSearch, name: str, query: str, language: str) -> None:
    """Call a watch otherwise, or watch another search, that one from now on; raises as `add` does."""
    values = {**_asked(name, query), **_listening(AlertRecipient(watch.owner, watch.target, language))}
    if query.strip() != watch.query:
        values |= {"seen": newest(connection), "archive": identity(connection)}
    _unique(connection, update(watches).where(watches.c.id == watch.id).values(**values), name)


def _asked(name: str, query: str) -> dict[str, Any]:
    parse(query.strip())
    told = name.strip()
    if not 0 < len(told) <= LONGEST_NAME or not told.isprintable():
        raise SavedSearchError(f"watch {name[:80]!r}: a name has 1 to {LONGEST_NAME} characters")
    return {"name": told, "query": query.strip()}


def _listening(told: AlertRecipient) -> dict[str, Any]:
    if told.language not in LANGUAGES:
        raise SavedSearchError(f"language {told.language}: there are digests in {', '.join(LANGUAGES)}")
    return {"owner": told.owner, "target": told.target, "language": told.language}


def _unique(connection: Connection, statement: Executable, name: str) -> None:
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError as error:
        raise SavedSearchError(
            f"watch {name}: there is one of that name; remove it, or choose another"
        ) from error


def every(connection: Connection) -> list[SavedSearch]:
    """All watches, the operator's first, by name."""
    return _read(connection, true())


def of(connection: Connection, owner: str) -> list[SavedSearch]:
    """A reader's watches by name."""
    return _read(connection, watches.c.owner == owner)


def _read(connection: Connection, wanted: ColumnElement[bool]) -> list[SavedSearch]:
    chosen = select(watches).where(wanted).order_by(watches.c.owner, watches.c.name)
    return [_watch(row) for row in connection.execute(chosen)]


def named(connection: Connection, name: str, owner: str = "") -> SavedSearch:
    """The watch of that name; raises WatchError."""
    found = _read(connection, and_(watches.c.owner == owner, watches.c.name == name))
    if not found:
        raise SavedSearchError(f"watch {name}: there is none of that name; `congdoan watch list` names them")
    return found[0]


def numbered(connection: Connection, owner: str, number: int) -> SavedSearch:
    """A reader's watch by its number; another's is not there. Raises WatchError."""
    found = _read(connection, and_(watches.c.owner == owner, watches.c.id == number))
    if not found:
        raise SavedSearchError(f"watch {number}: there is none of that number")
    return found[0]


def remove(connection: Connection, watch: SavedSearch) -> None:
    """Forget a watch."""
    connection.execute(delete(watches).where(watches.c.id == watch.id))


def _watch(row: Row[Any]) -> SavedSearch:
    return SavedSearch(**{name: getattr(row, name) for name in SavedSearch.__slots__})


def claim(connection: Connection, number: int, now: datetime) -> SavedSearch | None:
    """Take a watch for this run, as the run before left it; None: another process is at it, or it is gone."""
    free = or_(watches.c.claimed_until.is_(None), watches.c.claimed_until <= now)
    taken = update(watches).where(watches.c.id == number, free).values(claimed_until=now + TERM)
    if connection.execute(taken).rowcount != 1:
        return None
    return _read(connection, watches.c.id == number)[0]


def settle(connection: Connection, watch: SavedSearch, finding: NewMatches, now: datetime) -> None:
    """Move the watch on, after its finding was sent (or when there was nothing to send).

    One whose search was changed meanwhile stays where that change left it.
    """
    told: dict[str, Any] = {"ran_at": now, "claimed_until": None}
    told |= {"sent_at": now} if finding.news else {}
    connection.execute(update(watches).where(watches.c.id == watch.id).values(**told))
    seen(connection, watch, finding.until)


def seen(connection: Connection, watch: SavedSearch, until: int) -> None:
    """What there was up to a change has been told: the watch never goes back, nor beyond what there is."""
    upto = min(until, newest(connection))
    here = identity(connection)
    behind = or_(watches.c.seen < upto, watches.c.archive != here, watches.c.seen > newest(connection))
    moved = update(watches).where(watches.c.id == watch.id, watches.c.query == watch.query, behind)
    connection.execute(moved.values(seen=upto, archive=here))


def release(connection: Connection, watch: SavedSearch) -> None:
    """Leave a watch where it was: what could not be sent is found again."""
    connection.execute(update(watches).where(watches.c.id == watch.id).values(claimed_until=None))


def find(connection: Connection, watch: SavedSearch, reach: int | None = None) -> NewMatches:
    """What is new of a search since it was last told; raises QueryError. Reads only.

    With `reach` no more than so many of the last changes are looked at: `after` says from which on.
    """
    until = newest(connection)
    if (watch.archive != identity(connection) and watch.archive) or watch.seen > until:
        return NewMatches((), until, until, restarted=True)
    after = watch.seen if reach is None else max(watch.seen, until - reach)
    changed = {news.article_id: news for news in _changed(connection, after, until)}
    if not changed:
        return NewMatches((), after, until)
    found = engine_for(connection).matching_day_keys(connection, parse(watch.query), changed)
    matched = [changed[key] for key in found]
    return NewMatches(_folded(connection, matched), after, until)


def _changed(connection: Connection, after: int, until: int) -> Iterator[NewMatch]:
    """The articles with news since a change, each once."""
    chosen = select(changes.c.seq, changes.c.article_id, changes.c.kind, changes.c.at)
    chosen = (
        chosen.where(changes.c.kind.in_(NEWS), changes.c.seq <= until).order_by(changes.c.seq).limit(PAGE)
    )
    told: dict[int, NewMatch] = {}
    while rows := connection.execute(chosen.where(changes.c.seq > after)).all():
        for row in rows:
            before = told.get(row.article_id)
            kind = before.kind if before else ChangeKind(row.kind)
            told[row.article_id] = NewMatch(row.article_id, kind, row.seq, row.at)
        after = rows[-1].seq
    yield from told.values()


def _folded(connection: Connection, matched: list[NewMatch]) -> tuple[NewMatch, ...]:
    """A story once, by the article that was in it first; the newest story first."""
    stories = story_ids(connection, [news.article_id for news in matched])
    first: dict[int, NewMatch] = {}
    for news in sorted(matched, key=lambda news: news.article_id):
        story = stories.get(news.article_id, -news.article_id)
        kept = first.get(story)
        first[story] = _with_copy(kept, news) if kept else news
    return tuple(sorted(first.values(), key=lambda news: news.seq, reverse=True))


def _with_copy(kept: NewMatch, copy: NewMatch) -> NewMatch:
    return NewMatch(kept.article_id, kept.kind, max(kept.seq, copy.seq), kept.at, kept.copies + 1)
