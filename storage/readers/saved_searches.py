"""Saved searches (table `watches`): who is told of new matches, and up to which change each was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from storage.search.results.story_groups import story_ids

ALERT_CHANGE_KINDS = (
    ChangeKind.ADDED,
    ChangeKind.REVISED,
    ChangeKind.PARTED,
)  # changes that make an article or its text new
CLAIM_TERM = timedelta(minutes=10)  # searching and sending take seconds
CHANGES_PER_ALERT_READ = 5000  # rows of the change feed
MAX_SAVED_SEARCHES = 50  # of one reader: each is run every night
MAX_NAME_CHARS = 80
DIGEST_LANGUAGES = ("vi", "en")  # of digests


class SavedSearchError(Exception):
    """A saved search that cannot be made, found or run; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class AlertRecipient:
    """Whom a digest is sent to: a reader, or a notification target of the operator."""

    owner: str = ""  # name of the signed-in reader; empty = the operator of the archive
    target: str = ""  # name of a notification address; empty = the reader's own
    language: str = "vi"  # of the digest, one of DIGEST_LANGUAGES


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One saved search."""

    id: int
    owner: str  # name of the reader; empty = the operator
    name: str  # unique among its owner's searches
    language: str  # of its digests
    query: str  # in the language of the search
    target: str  # name of the notification address, which is in no table; empty = its owner's own
    archive: str  # identity of the archive whose changes `last_seq` counts
    last_seq: int  # number of the last change a digest was sent for (column `seen`)
    made_at: datetime
    ran_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewMatch:
    """One matching article that is new, or has a new text."""

    article_id: int
    kind: ChangeKind  # ADDED however often it was revised since
    seq: int  # of its last change
    at: datetime  # of that change
    copies: int = 0  # further articles of its story that match too


@dataclass(frozen=True, slots=True)
class NewMatches:
    """What is new of a saved search since its last digest."""

    matches: tuple[NewMatch, ...]  # one article of each story, the newest first
    after_seq: int  # number of the last change before them
    until_seq: int  # number of the last change that was looked at
    restarted: bool = False  # the archive was rebuilt: changes before `until_seq` are left out


def add_search(
    connection: Connection, name: str, query: str, recipient: AlertRecipient, now: datetime
) -> SavedSearch:
    """Save a search, whose digests begin with the next change; raises SavedSearchError, or QueryError."""
    if recipient.owner and len(searches_of(connection, recipient.owner)) >= MAX_SAVED_SEARCHES:
        raise SavedSearchError(f"{recipient.owner} has {MAX_SAVED_SEARCHES} saved searches; remove one first")
    alert_cursor = {"archive": identity(connection), "seen": newest(connection)}
    watch_columns = {
        **_saved_search_columns(name, query),
        **_recipient_columns(recipient),
        **alert_cursor,
        "made_at": now,
    }
    _save_unique(connection, insert(watches).values(**watch_columns), name)
    return search_by_name(connection, name.strip(), recipient.owner)


def change_search(connection: Connection, search: SavedSearch, name: str, query: str, language: str) -> None:
    """Change name, query and language; another query begins with the next change. Raises as `add_search`."""
    watch_columns = {
        **_saved_search_columns(name, query),
        **_recipient_columns(AlertRecipient(search.owner, search.target, language)),
    }
    if query.strip() != search.query:
        watch_columns |= {"seen": newest(connection), "archive": identity(connection)}
    _save_unique(connection, update(watches).where(watches.c.id == search.id).values(**watch_columns), name)


def _saved_search_columns(name: str, query: str) -> dict[str, Any]:
    parse(query.strip())
    search_name = name.strip()
    if not 0 < len(search_name) <= MAX_NAME_CHARS or not search_name.isprintable():
        raise SavedSearchError(f"saved search {name[:80]!r}: a name has 1 to {MAX_NAME_CHARS} characters")
    return {"name": search_name, "query": query.strip()}


def _recipient_columns(recipient: AlertRecipient) -> dict[str, Any]:
    if recipient.language not in DIGEST_LANGUAGES:
        raise SavedSearchError(
            f"language {recipient.language}: there are digests in {', '.join(DIGEST_LANGUAGES)}"
        )
    return {"owner": recipient.owner, "target": recipient.target, "language": recipient.language}


def _save_unique(connection: Connection, watch_statement: Executable, name: str) -> None:
    try:
        with connection.begin_nested():
            connection.execute(watch_statement)
    except IntegrityError as error:
        raise SavedSearchError(
            f"saved search {name}: there is one of that name; remove it, or choose another"
        ) from error


def all_searches(connection: Connection) -> list[SavedSearch]:
    """Return all saved searches, the operator's first, by owner and name."""
    return _select_saved_searches(connection, true())


def searches_of(connection: Connection, owner: str) -> list[SavedSearch]:
    """Return a reader's saved searches by name."""
    return _select_saved_searches(connection, watches.c.owner == owner)


def _select_saved_searches(connection: Connection, watch_condition: ColumnElement[bool]) -> list[SavedSearch]:
    watch_query = (
        select(watches, watches.c.seen.label("last_seq"))
        .where(watch_condition)
        .order_by(watches.c.owner, watches.c.name)
    )
    return [_saved_search(watch_row) for watch_row in connection.execute(watch_query)]


def search_by_name(connection: Connection, name: str, owner: str = "") -> SavedSearch:
    """Return the owner's saved search of that name; raises SavedSearchError."""
    searches = _select_saved_searches(connection, and_(watches.c.owner == owner, watches.c.name == name))
    if not searches:
        raise SavedSearchError(
            f"saved search {name}: there is none of that name; `congdoan watch list` names them"
        )
    return searches[0]


def search_by_id(connection: Connection, owner: str, number: int) -> SavedSearch:
    """Return the owner's saved search with that id; raises SavedSearchError, also for another owner's."""
    searches = _select_saved_searches(connection, and_(watches.c.owner == owner, watches.c.id == number))
    if not searches:
        raise SavedSearchError(f"saved search {number}: there is none of that number")
    return searches[0]


def remove_search(connection: Connection, search: SavedSearch) -> None:
    """Delete a saved search."""
    connection.execute(delete(watches).where(watches.c.id == search.id))


def _saved_search(watch_row: Row[Any]) -> SavedSearch:
    return SavedSearch(**{name: getattr(watch_row, name) for name in SavedSearch.__slots__})


def claim_search(connection: Connection, number: int, now: datetime) -> SavedSearch | None:
    """Claim a saved search for this run; None when another process holds it or it was deleted."""
    is_unclaimed = or_(watches.c.claimed_until.is_(None), watches.c.claimed_until <= now)
    claim = update(watches).where(watches.c.id == number, is_unclaimed).values(claimed_until=now + CLAIM_TERM)
    if connection.execute(claim).rowcount != 1:
        return None
    return _select_saved_searches(connection, watches.c.id == number)[0]


def finish_run(connection: Connection, search: SavedSearch, new_matches: NewMatches, now: datetime) -> None:
    """Record a run: the digest was sent, or there was nothing to send. The claim ends.

    The cursor of a search whose query was changed meanwhile stays where that change put it.
    """
    watch_columns: dict[str, Any] = {"ran_at": now, "claimed_until": None}
    watch_columns |= {"sent_at": now} if new_matches.matches else {}
    connection.execute(update(watches).where(watches.c.id == search.id).values(**watch_columns))
    advance_cursor(connection, search, new_matches.until_seq)


def advance_cursor(connection: Connection, search: SavedSearch, until_seq: int) -> None:
    """Advance the search's cursor to `until_seq`; never backwards, never past the newest change."""
    newest_seq = newest(connection)
    archive = identity(connection)
    last_seq = min(until_seq, newest_seq)
    is_cursor_movable = or_(
        watches.c.seen < last_seq, watches.c.archive != archive, watches.c.seen > newest_seq
    )
    is_search_unchanged = and_(watches.c.id == search.id, watches.c.query == search.query)
    connection.execute(
        update(watches).where(is_search_unchanged, is_cursor_movable).values(seen=last_seq, archive=archive)
    )


def release_search(connection: Connection, search: SavedSearch) -> None:
    """End the claim without moving the cursor: the next run finds the same matches again."""
    connection.execute(update(watches).where(watches.c.id == search.id).values(claimed_until=None))


def find_new_matches(
    connection: Connection, search: SavedSearch, max_changes: int | None = None
) -> NewMatches:
    """Return what is new of a search since its last digest; raises QueryError. Reads only.

    With `max_changes` only so many of the last changes are looked at; `after_seq` says from which on.
    """
    newest_seq = newest(connection)
    is_other_archive = bool(search.archive) and search.archive != identity(connection)
    if is_other_archive or search.last_seq > newest_seq:
        return NewMatches((), newest_seq, newest_seq, restarted=True)
    after_seq = search.last_seq
    if max_changes is not None:
        after_seq = max(after_seq, newest_seq - max_changes)
    alert_candidates = {
        match.article_id: match for match in _alert_candidates(connection, after_seq, newest_seq)
    }
    if not alert_candidates:
        return NewMatches((), after_seq, newest_seq)
    matching_ids = engine_for(connection).matching_day_keys(connection, parse(search.query), alert_candidates)
    alert_matches = [alert_candidates[article_id] for article_id in matching_ids]
    return NewMatches(_one_match_per_story(connection, alert_matches), after_seq, newest_seq)


def _alert_candidates(connection: Connection, after_seq: int, until_seq: int) -> Iterator[NewMatch]:
    """Yield the articles that were added or revised after a change, each once."""
    alert_changes = and_(changes.c.kind.in_(ALERT_CHANGE_KINDS), changes.c.seq <= until_seq)
    change_columns = (changes.c.seq, changes.c.article_id, changes.c.kind, changes.c.at)
    change_query = (
        select(*change_columns).where(alert_changes).order_by(changes.c.seq).limit(CHANGES_PER_ALERT_READ)
    )
    match_by_article: dict[int, NewMatch] = {}
    while change_rows := connection.execute(change_query.where(changes.c.seq > after_seq)).all():
        for change_row in change_rows:
            earlier_match = match_by_article.get(change_row.article_id)
            kind = earlier_match.kind if earlier_match else ChangeKind(change_row.kind)
            match_by_article[change_row.article_id] = NewMatch(
                change_row.article_id, kind, change_row.seq, change_row.at
            )
        after_seq = change_rows[-1].seq
    yield from match_by_article.values()


def _one_match_per_story(connection: Connection, matches: list[NewMatch]) -> tuple[NewMatch, ...]:
    """Return one match for each story, the article that was in it first; the newest match first."""
    story_of = story_ids(connection, [match.article_id for match in matches])
    first_match: dict[int, NewMatch] = {}
    for match in sorted(matches, key=lambda match: match.article_id):
        story_id = story_of.get(match.article_id, -match.article_id)
        first_match[story_id] = _with_copy(first_match[story_id], match) if story_id in first_match else match
    return tuple(sorted(first_match.values(), key=lambda match: match.seq, reverse=True))


def _with_copy(match: NewMatch, copy: NewMatch) -> NewMatch:
    return replace(match, seq=max(match.seq, copy.seq), copies=match.copies + 1)
