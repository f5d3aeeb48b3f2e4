"""Readers' collections: articles a reader has put together, each with its revision and a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.articles import queries as catalogue
from storage.database.schema_users import collection_items, collections

MAX_NAME_CHARS = 200
MAX_NOTE_CHARS = 10_000
MAX_COLLECTIONS = 500  # of one owner
MAX_ITEMS = 10_000  # of one collection


class CollectionError(Exception):
    """A collection that cannot be made, found or changed; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class ReaderCollection:
    """A collection of one reader, which no other reader sees."""

    id: int
    owner: str  # name of the signed-in reader
    name: str
    made_at: datetime
    size: int  # items in it


@dataclass(frozen=True, slots=True)
class CollectionItem:
    """One article in a collection."""

    article_id: int
    revision: int  # number of the revision that was put in
    note: str  # plain text, lines kept; empty = none
    owner: str  # name of the reader who put it in
    added_at: datetime


def create_collection(connection: Connection, owner: str, name: str, now: datetime) -> ReaderCollection:
    """Create an empty collection; raises CollectionError."""
    collection_name = name.strip()
    if not 0 < len(collection_name) <= MAX_NAME_CHARS:
        raise CollectionError(f"collection {name[:40]!r}: a name has 1 to {MAX_NAME_CHARS} characters")
    if len(collections_of(connection, owner)) >= MAX_COLLECTIONS:
        raise CollectionError(f"{owner} has {MAX_COLLECTIONS} collections; delete one first")
    try:
        with connection.begin_nested():
            connection.execute(insert(collections).values(owner=owner, name=collection_name, made_at=now))
    except IntegrityError as error:
        raise CollectionError(
            f"collection {collection_name}: there is one of that name; choose another"
        ) from error
    return collection_by_name(connection, owner, collection_name)


def collections_of(connection: Connection, owner: str) -> list[ReaderCollection]:
    """Return all collections of a reader, by name."""
    return _select_collections(connection, collections.c.owner == owner)


def collection_by_name(connection: Connection, owner: str, name: str) -> ReaderCollection:
    """Return a reader's collection by its name; raises CollectionError."""
    return _select_collection(
        connection, and_(collections.c.owner == owner, collections.c.name == name.strip()), name
    )


def collection_by_id(connection: Connection, owner: str, number: int) -> ReaderCollection:
    """Return a reader's collection by its id; raises CollectionError, also for another reader's."""
    return _select_collection(
        connection, and_(collections.c.owner == owner, collections.c.id == number), str(number)
    )


def _select_collection(connection: Connection, condition: ColumnElement[bool], name: str) -> ReaderCollection:
    matching_collections = _select_collections(connection, condition)
    if not matching_collections:
        raise CollectionError(f"collection {name}: there is none; `congdoan collection list` names them")
    return matching_collections[0]


def _select_collections(connection: Connection, condition: ColumnElement[bool]) -> list[ReaderCollection]:
    size = select(func.count()).where(collection_items.c.collection_id == collections.c.id).scalar_subquery()
    query = select(collections, size.label("size")).where(condition).order_by(collections.c.name)
    rows = connection.execute(query)
    return [ReaderCollection(row.id, row.owner, row.name, row.made_at, int(row.size)) for row in rows]


def add_item(
    connection: Connection,
    collection: ReaderCollection,
    article: tuple[int, int | None],
    note: str,
    now: datetime,
) -> CollectionItem:
    """Put an article in: (article id, revision number; None = the current one). Raises CollectionError."""
    if collection.size >= MAX_ITEMS:
        raise CollectionError(f"collection {collection.name}: it has {MAX_ITEMS} articles; begin another")
    item = CollectionItem(
        article[0], _revision_number(connection, *article), _collection_note(note), collection.owner, now
    )
    values: dict[str, Any] = {name: getattr(item, name) for name in CollectionItem.__slots__}
    try:
        with connection.begin_nested():
            connection.execute(insert(collection_items).values(collection_id=collection.id, **values))
    except IntegrityError as error:
        raise CollectionError(
            f"collection {collection.name}: article {item.article_id}, revision {item.revision}, "
            "is in it already"
        ) from error
    return item


def _revision_number(connection: Connection, article: int, number: int | None) -> int:
    now = catalogue.current_revisions(connection, [article]).get(article)
    if now is None:
        raise CollectionError(f"no article {article}; `congdoan search` finds their numbers")
    if number is not None and not 1 <= number <= now.number:
        raise CollectionError(f"article {article} has no revision {number}: it has 1 to {now.number}")
    return number or now.number


def _collection_note(note: str) -> str:
    if len(note) > MAX_NOTE_CHARS:
        raise CollectionError(f"a note has at most {MAX_NOTE_CHARS} characters, not {len(note)}")
    return note.replace("\r\n", "\n").replace("\x00", "").strip()


def set_note(
    connection: Connection, collection: ReaderCollection, article: tuple[int, int | None], note: str
) -> None:
    """Replace the note on an article; raises CollectionError when the article is not in the collection."""
    note_update = (
        update(collection_items)
        .where(_collection_item_condition(collection, *article))
        .values(note=_collection_note(note))
    )
    if not connection.execute(note_update).rowcount:
        raise _not_in_collection(collection, *article)


def remove_item(
    connection: Connection, collection: ReaderCollection, article: tuple[int, int | None]
) -> None:
    """Take an article out, one revision or all of them (None); raises CollectionError when none is in."""
    if not connection.execute(
        delete(collection_items).where(_collection_item_condition(collection, *article))
    ).rowcount:
        raise _not_in_collection(collection, *article)


def _collection_item_condition(
    collection: ReaderCollection, article: int, number: int | None
) -> ColumnElement[bool]:
    condition = and_(
        collection_items.c.collection_id == collection.id, collection_items.c.article_id == article
    )
    return condition if number is None else and_(condition, collection_items.c.revision == number)


def _not_in_collection(collection: ReaderCollection, article: int, number: int | None) -> CollectionError:
    revision_text = f", revision {number}," if number else ""
    return CollectionError(f"collection {collection.name}: article {article}{revision_text} is not in it")


def delete_collection(connection: Connection, collection: ReaderCollection) -> None:
    """Delete a collection with its notes; the articles stay in the archive."""
    connection.execute(delete(collection_items).where(collection_items.c.collection_id == collection.id))
    connection.execute(delete(collections).where(collections.c.id == collection.id))


def items_of(connection: Connection, collection: ReaderCollection) -> list[CollectionItem]:
    """Return the items of a collection, the first put in first."""
    items_query = (
        select(collection_items)
        .where(collection_items.c.collection_id == collection.id)
        .order_by(collection_items.c.id)
    )
    item_rows = connection.execute(items_query)
    return [
        CollectionItem(**{name: getattr(item_row, name) for name in CollectionItem.__slots__})
        for item_row in item_rows
    ]
