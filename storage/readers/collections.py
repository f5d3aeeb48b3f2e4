"""Collections: articles a reader has put together, each by the text that was read, with a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.articles import queries as catalogue
from storage.database.schema_users import collection_items as items
from storage.database.schema_users import collections

LONGEST_NAME = 200  # characters
LONGEST_NOTE = 10_000  # characters
MOST_COLLECTIONS = 500  # of one owner
MOST_ITEMS = 10_000  # of one collection


class CollectionError(Exception):
    """A collection cannot be made, found or changed: says which and what to do."""


@dataclass(frozen=True, slots=True)
class ReaderCollection:
    """Articles put together by one reader; nobody else sees them."""

    id: int
    owner: str  # as the one who signed in is called
    name: str
    made_at: datetime
    size: int  # items in it


@dataclass(frozen=True, slots=True)
class CollectionItem:
    """One article in a collection."""

    article_id: int
    revision: int  # number of the text that was put in
    note: str  # plain text, lines kept; empty = none
    owner: str  # who put it in
    added_at: datetime


def new(connection: Connection, owner: str, name: str, now: datetime) -> ReaderCollection:
    """Begin a collection; raises CollectionError."""
    told = name.strip()
    if not 0 < len(told) <= LONGEST_NAME:
        raise CollectionError(f"collection {name[:40]!r}: a name has 1 to {LONGEST_NAME} characters")
    if len(of(connection, owner)) >= MOST_COLLECTIONS:
        raise CollectionError(f"{owner} has {MOST_COLLECTIONS} collections; delete one first")
    try:
        with connection.begin_nested():
            connection.execute(insert(collections).values(owner=owner, name=told, made_at=now))
    except IntegrityError as error:
        raise CollectionError(f"collection {told}: there is one of that name; choose another") from error
    return find(connection, owner, told)


def of(connection: Connection, owner: str) -> list[ReaderCollection]:
    """All collections of a reader, by name."""
    return _read(connection, collections.c.owner == owner)


def find(connection: Connection, owner: str, name: str) -> ReaderCollection:
    """A reader's collection by its name; raises CollectionError."""
    return _one(connection, and_(collections.c.owner == owner, collections.c.name == name.strip()), name)


def numbered(connection: Connection, owner: str, number: int) -> ReaderCollection:
    """A reader's collection by its number; another's is not there. Raises CollectionError."""
    return _one(connection, and_(collections.c.owner == owner, collections.c.id == number), str(number))


def _one(connection: Connection, wanted: ColumnElement[bool], name: str) -> ReaderCollection:
    found = _read(connection, wanted)
    if not found:
        raise CollectionError(f"collection {name}: there is none; `congdoan collection list` names them")
    return found[0]


def _read(connection: Connection, wanted: ColumnElement[bool]) -> list[ReaderCollection]:
    size = select(func.count()).where(items.c.collection_id == collections.c.id).scalar_subquery()
    chosen = select(collections, size.label("size")).where(wanted).order_by(collections.c.name)
    rows = connection.execute(chosen)
    return [ReaderCollection(row.id, row.owner, row.name, row.made_at, int(row.size)) for row in rows]


def add(
    connection: Connection, into: ReaderCollection, article: tuple[int, int | None], note: str, now: datetime
) -> CollectionItem:
    """Put an article in, by the text of that number, or by the one it has now; raises CollectionError."""
    if into.size >= MOST_ITEMS:
        raise CollectionError(f"collection {into.name}: it has {MOST_ITEMS} articles; begin another")
    made = CollectionItem(article[0], _text_of(connection, *article), _noted(note), into.owner, now)
    values: dict[str, Any] = {name: getattr(made, name) for name in CollectionItem.__slots__}
    try:
        with connection.begin_nested():
            connection.execute(insert(items).values(collection_id=into.id, **values))
    except IntegrityError as error:
        raise CollectionError(
            f"collection {into.name}: article {made.article_id}, revision {made.revision}, is in it already"
        ) from error
    return made


def _text_of(connection: Connection, article: int, number: int | None) -> int:
    now = catalogue.current_revisions(connection, [article]).get(article)
    if now is None:
        raise CollectionError(f"no article {article}; `congdoan search` finds their numbers")
    if number is not None and not 1 <= number <= now.number:
        raise CollectionError(f"article {article} has no revision {number}: it has 1 to {now.number}")
    return number or now.number


def _noted(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise CollectionError(f"a note has at most {LONGEST_NOTE} characters, not {len(note)}")
    return note.replace("\r\n", "\n").replace("\x00", "").strip()


def annotate(
    connection: Connection, within: ReaderCollection, article: tuple[int, int | None], note: str
) -> None:
    """Write another note on an article; raises CollectionError when it is not in there."""
    changed = update(items).where(_is(within, *article)).values(note=_noted(note))
    if not connection.execute(changed).rowcount:
        raise _absent(within, *article)


def take_out(connection: Connection, within: ReaderCollection, article: tuple[int, int | None]) -> None:
    """Take an article out, by one text or by all that are in there; raises CollectionError."""
    if not connection.execute(delete(items).where(_is(within, *article))).rowcount:
        raise _absent(within, *article)


def _is(within: ReaderCollection, article: int, number: int | None) -> ColumnElement[bool]:
    wanted = and_(items.c.collection_id == within.id, items.c.article_id == article)
    return wanted if number is None else and_(wanted, items.c.revision == number)


def _absent(within: ReaderCollection, article: int, number: int | None) -> CollectionError:
    which = f", revision {number}," if number else ""
    return CollectionError(f"collection {within.name}: article {article}{which} is not in it")


def remove(connection: Connection, whole: ReaderCollection) -> None:
    """Delete a collection with its notes; the articles stay in the archive."""
    connection.execute(delete(items).where(items.c.collection_id == whole.id))
    connection.execute(delete(collections).where(collections.c.id == whole.id))


def items_of(connection: Connection, within: ReaderCollection) -> list[CollectionItem]:
    """What is in a collection, the first put in first."""
    chosen = select(items).where(items.c.collection_id == within.id).order_by(items.c.id)
    rows = connection.execute(chosen)
    return [CollectionItem(**{name: getattr(row, name) for name in CollectionItem.__slots__}) for row in rows]
