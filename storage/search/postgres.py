"""The engine for PostgreSQL: one tsvector of our own words for each document, with a GIN index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, String, TextClause, bindparam, text

from storage.search.days import Days
from storage.search.documents import Hit, Results, SearchDoc, Words
from storage.search.normalise import NORM_VERSION
from storage.search.postgres_match import EXACT_MARK, SITE_MARK, expression, quoted
from storage.search.ranking import (
    AUTHOR,
    FILE,
    MOST_RANKED,
    TEXT,
    TITLE,
    Candidate,
    in_order,
    in_title,
    wants_exact,
)
from storage.search.tree import Query

# The vector is written out and cast, so no parser of the server ever sees the text: its own would split
# 589/QĐ-LĐLĐ. Folded and exact words share it, the exact ones marked; they share positions, too, which no
# query can notice because a phrase is all of one kind.
CREATE: tuple[str, ...] = (
    """CREATE TABLE search_documents (
        article_id bigint PRIMARY KEY,
        day date,
        norm_version integer NOT NULL,
        checksum text NOT NULL,
        words tsvector NOT NULL
    )""",
    "CREATE INDEX search_documents_words ON search_documents USING gin (words)",
    "CREATE INDEX search_documents_day ON search_documents (day DESC NULLS LAST, article_id DESC)",
)
DROP: tuple[str, ...] = ("DROP TABLE IF EXISTS search_documents",)
TABLE_NAMES = frozenset({"search_documents"})

# PostgreSQL knows positions up to 16,383 and 255 of one word; beyond them a word is still found, but not as
# part of a phrase. Of 20,000 articles the longest had 2,155 words, and none had a word 256 times.
LAST_POSITION = 16_383
MOST_POSITIONS = 255
FIELD_GAP = 2  # no phrase reaches from one field into the next
# In order of position: what goes beyond the last one, files before all else, is found but not in phrases.
FIELD_LABELS = (("title", "A"), ("author", "C"), ("text", "D"), ("file", "B"))
WEIGHTS = f"{{{TEXT / TITLE}, {AUTHOR / TITLE}, {FILE / TITLE}, 1}}"  # of D, C, B, A

_PUT = text(
    "INSERT INTO search_documents (article_id, day, norm_version, checksum, words) "
    "VALUES (:article_id, :day, :norm_version, md5(CAST(CAST(:words AS tsvector) AS text)), "
    "CAST(:words AS tsvector)) "
    "ON CONFLICT (article_id) DO UPDATE SET day = excluded.day, norm_version = excluded.norm_version, "
    "checksum = excluded.checksum, words = excluded.words"
)
_REMOVE = text("DELETE FROM search_documents WHERE article_id = :article_id")


def _planned(statement: str, *queries: str) -> TextClause:
    """A statement with these queries written into it, quoted by SQLAlchemy.

    As parameters they are prepared after five calls, and the plan for any query walks the whole table.
    """
    return text(statement).bindparams(*(bindparam(q, type_=String(), literal_execute=True) for q in queries))


_DAYS = "(day BETWEEN :first AND :last OR (:nulls AND day IS NULL))"
_COUNT = _planned(
    f"SELECT count(*) FROM search_documents WHERE words @@ CAST(:match AS tsquery) AND {_DAYS}",  # noqa: S608
    "match",
)
_LISTED = text(
    f"SELECT article_id FROM search_documents WHERE {_DAYS} "  # noqa: S608 - no value is written in
    "ORDER BY day DESC NULLS LAST, article_id DESC LIMIT :limit OFFSET :offset"
)
_LISTED_COUNT = text(f"SELECT count(*) FROM search_documents WHERE {_DAYS}")  # noqa: S608
_MATCHING = _planned(
    f"SELECT article_id FROM search_documents WHERE words @@ CAST(:match AS tsquery) AND {_DAYS}",  # noqa: S608
    "match",
)
_ALL = text(f"SELECT article_id FROM search_documents WHERE {_DAYS}")  # noqa: S608
_CANDIDATES = _planned(
    "SELECT article_id, day, "  # noqa: S608 - no value is written in
    "ts_rank_cd(CAST(:weights AS real[]), words, CAST(:match AS tsquery), 32) AS score, "
    "words @@ CAST(:exact AS tsquery) AS exact, words @@ CAST(:titled AS tsquery) AS titled "
    "FROM (SELECT article_id, day, words FROM search_documents WHERE words @@ CAST(:match AS tsquery) "
    f"AND {_DAYS} ORDER BY day DESC NULLS LAST, article_id DESC LIMIT :most) AS newest",
    "match",
    "exact",
    "titled",
)
_OUTDATED = text("SELECT count(*) FROM search_documents WHERE norm_version <> :norm_version")
_CHANGED = text("SELECT article_id FROM search_documents WHERE md5(CAST(words AS text)) <> checksum LIMIT 20")


class PostgresSearch:
    """SearchEngine over tsvector and GIN."""

    def prepare(self, site: str, words: Words) -> str:
        """The part of `put` that needs no database: a reader process may do it."""
        return vector(words, site)

    def put(self, connection: Connection, doc: SearchDoc, prepared: str | None = None) -> None:
        """Index a document, in place of what was indexed under its id; `prepared`: if it was beforehand."""
        values = {"article_id": doc.article_id, "day": doc.day, "norm_version": NORM_VERSION}
        words = prepared or self.prepare(doc.site, doc.words())
        connection.execute(_PUT, values | {"words": words})

    def remove(self, connection: Connection, article_id: int) -> None:
        """Forget a document; an unknown id is no error."""
        connection.execute(_REMOVE, {"article_id": article_id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> Results:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""
        days = _range(query.days)
        if query.root is None:
            return _listed(connection, days, limit, offset)
        match = expression(query.root)
        total: int = connection.execute(_COUNT, {"match": match, **days}).scalar_one()
        title = in_title(query.root)
        values = {
            "weights": WEIGHTS,
            "match": match,
            "exact": expression(query.root, exact=True) if wants_exact(query.root) else match,
            "titled": expression(title) if title else "",
            "most": MOST_RANKED,
            **days,
        }
        found = connection.execute(_CANDIDATES, values)
        order = in_order(
            Candidate((_age(day), key), key, score, exact, titled) for key, day, score, exact, titled in found
        )
        hits = tuple(Hit(one.article_id, one.text) for one in order[offset : offset + limit])
        return Results(hits, total, total > MOST_RANKED)

    def matching(self, connection: Connection, query: Query) -> Iterable[int]:
        """The ids of all articles that match, in no order, none left out."""
        days = _range(query.days)
        if query.root is None:
            return connection.scalars(_ALL, days)
        return connection.scalars(_MATCHING, {"match": expression(query.root), **days})

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """What is wrong with the index, one line each with the remedy; empty when it is sound."""
        remedy = "rebuild the search index with `congdoan db rebuild --search`"
        outdated = connection.execute(_OUTDATED, {"norm_version": NORM_VERSION}).scalar_one()
        found = [f"the words of article {key} were changed: {remedy}" for key in connection.scalars(_CHANGED)]
        if outdated:
            found.append(
                f"{outdated} documents were indexed under another folding than {NORM_VERSION}: {remedy}"
            )
        return tuple(found)


def _range(days: Days | None) -> dict[str, Any]:
    if days is None:
        return {"first": date.min, "last": date.max, "nulls": True}
    if days.undated:
        return {"first": date.max, "last": date.min, "nulls": True}
    return {"first": days.first, "last": days.last, "nulls": False}


def _listed(connection: Connection, days: dict[str, Any], limit: int, offset: int) -> Results:
    """What a query without words wants: every document of its days, the newest first."""
    total: int = connection.execute(_LISTED_COUNT, days).scalar_one()
    found = connection.scalars(_LISTED, {**days, "limit": limit, "offset": offset})
    return Results(tuple(Hit(article_id, 0.0) for article_id in found), total, capped=False)


def _age(day: date | None) -> int:
    return day.toordinal() if day else 0


def vector(words: Words, site: str) -> str:
    """The tsvector of a document, written out."""
    places: dict[str, list[str]] = defaultdict(list)
    for mark, stream in (("", words.fold), (EXACT_MARK, words.exact)):
        position = 0
        for field, label in FIELD_LABELS:
            for word in getattr(stream, field).split():
                position += 1
                _place(places[mark + word], position, label)
            position += FIELD_GAP
    places[SITE_MARK + site.casefold()] = []
    return " ".join(_entry(word, found) for word, found in places.items())


def _place(found: list[str], position: int, label: str) -> None:
    if position <= LAST_POSITION and len(found) < MOST_POSITIONS:
        found.append(f"{position}{label}")


def _entry(word: str, places: list[str]) -> str:
    return f"{quoted(word)}:{','.join(places)}" if places else quoted(word)
