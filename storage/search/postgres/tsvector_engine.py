"""The engine for PostgreSQL: one tsvector of our own words for each document, with a GIN index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, String, TextClause, bindparam, text

from storage.search.documents import DatedHit, DayKey, FacetRow, RankedHits, RankedPage, SearchDoc, SearchHit
from storage.search.postgres.tsquery import (
    EXACT_MARK,
    FIELD_MARKS,
    filter_word,
    tsquery_expression,
    tsvector_literal,
)
from storage.search.query.query_dates import DateRange
from storage.search.query.site_filters import resolve_site_filters
from storage.search.query.tree import Query
from storage.search.ranking.rank import (
    AUTHOR_WEIGHT,
    FILE_WEIGHT,
    MAX_RANKED_HITS,
    TEXT_WEIGHT,
    TITLE_WEIGHT,
    RankCandidate,
    sort_by_rank,
    title_only,
    wants_accents,
)
from storage.search.ranking.relaxed import relaxed_matches
from storage.text.tokens import NORM_VERSION

# The vector is written out and cast, so no parser of the server ever sees the text: its own would split
# 589/QĐ-LĐLĐ. Folded and exact words share it, the exact ones marked; they share positions, too, which no
# query can notice because a phrase is all of one kind.
CREATE: tuple[str, ...] = (
    """CREATE TABLE search_documents (
        article_id bigint PRIMARY KEY,
        day date NOT NULL,
        norm_version integer NOT NULL,
        checksum text NOT NULL,
        site text NOT NULL,
        place text,
        section text,
        author text,
        attached boolean NOT NULL,
        pictured boolean NOT NULL,
        words tsvector NOT NULL
    )""",
    "CREATE INDEX search_documents_words ON search_documents USING gin (words)",
    "CREATE INDEX search_documents_day ON search_documents (day DESC, article_id DESC)",
)
DROP: tuple[str, ...] = ("DROP TABLE IF EXISTS search_documents",)
TABLE_NAMES = frozenset({"search_documents"})

# PostgreSQL knows positions up to 16,383 and 255 of one word; beyond them a word is still found, but not as
# part of a phrase. Of 20,000 articles the longest had 2,155 words, and none had a word 256 times.
MAX_POSITION = 16_383
MAX_POSITIONS_PER_WORD = 255
MAX_ARTICLE_ID = (1 << 63) - 1
FIELD_GAP_POSITIONS = 2  # no phrase reaches from one field into the next
# In order of position: what goes beyond the last one, files before all else, is found but not in phrases.
FIELD_LABELS = (("title", "A"), ("author", "C"), ("text", "D"), ("file", "B"))
# Of the labels D, C, B, A.
LABEL_WEIGHTS = (
    f"{{{TEXT_WEIGHT / TITLE_WEIGHT}, {AUTHOR_WEIGHT / TITLE_WEIGHT}, {FILE_WEIGHT / TITLE_WEIGHT}, 1}}"
)

UNDATED_DAY = date.min  # the day of documents without one: the oldest, as in every order here

_KEPT = ("article_id", "day", "norm_version", "site", "place", "section", "author", "attached", "pictured")
# S608: nothing is put together here but our own column names.
_PUT = text(
    f"INSERT INTO search_documents ({', '.join(_KEPT)}, checksum, words) "  # noqa: S608
    f"VALUES ({', '.join(f':{name}' for name in _KEPT)}, "
    "md5(CAST(CAST(:words AS tsvector) AS text)), CAST(:words AS tsvector)) "
    "ON CONFLICT (article_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in (*_KEPT[1:], "checksum", "words"))
)
_REMOVE = text("DELETE FROM search_documents WHERE article_id = :article_id")


def _planned(statement: str, *queries: str) -> TextClause:
    """A statement with these queries written into it, quoted by SQLAlchemy.

    As parameters they are prepared after five calls, and the plan for any query walks the whole table.
    """
    return text(statement).bindparams(*(bindparam(q, type_=String(), literal_execute=True) for q in queries))


_DAYS = "day BETWEEN :first AND :last"
_MATCH = f"words @@ CAST(:match AS tsquery) AND {_DAYS}"
_BY_YEAR = _planned(
    "SELECT CAST(extract(year FROM day) AS integer), count(*) FROM search_documents "  # noqa: S608
    f"WHERE {_MATCH} GROUP BY 1",
    "match",
)
_ALL_BY_YEAR = text(
    "SELECT CAST(extract(year FROM day) AS integer), count(*) FROM search_documents "  # noqa: S608
    f"WHERE {_DAYS} GROUP BY 1"
)
_BEFORE, _AFTER = "(day, article_id) < (:day, :id)", "(day, article_id) > (:day, :id)"
_DOWN, _UP = "ORDER BY day DESC, article_id DESC LIMIT :most", "ORDER BY day, article_id LIMIT :most"
# By (words asked, oldest first): one statement each.
_LISTS = {
    (worded, up): (_planned if worded else text)(
        f"SELECT article_id, day FROM search_documents WHERE {_MATCH if worded else _DAYS} "  # noqa: S608
        f"AND {_AFTER if up else _BEFORE} {_UP if up else _DOWN}",
        *(("match",) if worded else ()),
    )
    for worded in (True, False)
    for up in (True, False)
}
_MATCHING = _planned(f"SELECT article_id FROM search_documents WHERE {_MATCH}", "match")  # noqa: S608
_ALL = text(f"SELECT article_id FROM search_documents WHERE {_DAYS}")  # noqa: S608
_AMONG = _planned(
    "SELECT article_id, day FROM search_documents "  # noqa: S608
    f"WHERE article_id = ANY(CAST(:ids AS bigint[])) AND {_MATCH}",
    "match",
)
_AMONG_ALL = text(
    "SELECT article_id, day FROM search_documents "  # noqa: S608
    f"WHERE article_id = ANY(CAST(:ids AS bigint[])) AND {_DAYS}"
)
_SHELVED = text(
    "SELECT article_id, site, place, section, author, attached, pictured FROM search_documents "
    "WHERE article_id = ANY(CAST(:ids AS bigint[]))"
)
_KNOWN = text(
    "SELECT word FROM unnest(CAST(:words AS text[])) AS word WHERE EXISTS "
    "(SELECT 1 FROM search_documents WHERE words @@ CAST(quote_literal(word) AS tsquery) LIMIT 1)"
)
_TOGETHER = _planned(
    "SELECT count(*) FROM (SELECT 1 FROM search_documents "
    "WHERE words @@ CAST(:match AS tsquery) LIMIT :most) AS found",
    "match",
)
_CANDIDATES = _planned(
    "SELECT article_id, day, "  # noqa: S608 - no value is written in
    "ts_rank_cd(CAST(:weights AS real[]), words, CAST(:match AS tsquery), 32) AS score, "
    "words @@ CAST(:exact AS tsquery) AS exact, words @@ CAST(:titled AS tsquery) AS titled "
    f"FROM (SELECT article_id, day, words FROM search_documents WHERE {_MATCH} {_DOWN}) AS newest "
    "ORDER BY day DESC, article_id DESC",
    "match",
    "exact",
    "titled",
)
_OUTDATED = text("SELECT count(*) FROM search_documents WHERE norm_version <> :norm_version")
_CHANGED = text("SELECT article_id FROM search_documents WHERE md5(CAST(words AS text)) <> checksum LIMIT 20")


class PostgresSearch:
    """SearchEngine over tsvector and GIN."""

    relaxed_scores_comparable = False

    def prepare(self, doc: SearchDoc) -> str:
        """The part of `put` that needs no database: a reader process may do it."""
        return document_tsvector(doc)

    def index_document(self, connection: Connection, doc: SearchDoc, prepared: str | None = None) -> None:
        """Index a document, in place of what was indexed under its id; `prepared`: if it was beforehand."""
        values = {
            "article_id": doc.article_id,
            "day": doc.day or UNDATED_DAY,
            "norm_version": NORM_VERSION,
            "site": doc.site,
            "place": doc.place,
            "section": " / ".join(doc.section) or None,
            "author": doc.author or None,
            "attached": doc.has_files,
            "pictured": doc.has_images,
        }
        connection.execute(_PUT, values | {"words": prepared or self.prepare(doc)})

    def remove_document(self, connection: Connection, article_id: int) -> None:
        """Forget a document; an unknown id is no error."""
        connection.execute(_REMOVE, {"article_id": article_id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> RankedPage:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""
        found = self.rank_matches(connection, query)
        return RankedPage(found.hits[offset : offset + limit], found.total, found.is_capped)

    def rank_matches(self, connection: Connection, query: Query) -> RankedHits:
        """The best of what matches, and how many do by year."""
        asked = resolve_site_filters(connection, query)
        if asked.root is None:
            return self._newest(connection, asked)
        match, days = tsquery_expression(asked.root), _range(asked.date_range)
        years = _years(connection.execute(_BY_YEAR, {"match": match, **days}))
        title = title_only(asked.root)
        values = {
            "weights": LABEL_WEIGHTS,
            "match": match,
            "exact": tsquery_expression(asked.root, exact=True) if wants_accents(asked.root) else match,
            "titled": tsquery_expression(title) if title else "",
            "most": MAX_RANKED_HITS,
            **days,
        }
        found = connection.execute(_CANDIDATES, values).all()
        order = sort_by_rank(
            RankCandidate(_key(row.article_id, row.day), *row[0:1], *row[2:]) for row in found
        )
        hits = tuple(SearchHit(one.article_id, one.text) for one in order)
        total = sum(years.values())
        oldest = _key(found[-1].article_id, found[-1].day) if found else None
        return RankedHits(
            hits, total, total > MAX_RANKED_HITS, oldest, years, facet_rows=_shelved(connection, hits)
        )

    def _newest(self, connection: Connection, query: Query) -> RankedHits:
        """What a query without words wants: every document of its days, the newest first."""
        years = _years(connection.execute(_ALL_BY_YEAR, _range(query.date_range)))
        found = self.list_by_day(connection, query, limit=MAX_RANKED_HITS)
        total = sum(years.values())
        hits = tuple(SearchHit(each.article_id, 0.0) for each in found)
        oldest = found[-1].key if found else None
        shelves = _shelved(connection, hits)
        return RankedHits(hits, total, total > len(found), oldest, years, facet_rows=shelves)

    def list_by_day(
        self,
        connection: Connection,
        query: Query,
        *,
        limit: int,
        after: DayKey | None = None,
        oldest_first: bool = False,
    ) -> tuple[DatedHit, ...]:
        """What matches by day, from beyond `after` on."""
        asked = resolve_site_filters(connection, query)
        beyond = after or ((0, -1) if oldest_first else (date.max.toordinal(), MAX_ARTICLE_ID))
        values = {"day": _day(beyond[0]), "id": beyond[1], "most": limit, **_range(asked.date_range)}
        if asked.root is not None:
            values["match"] = tsquery_expression(asked.root)
        rows = connection.execute(_LISTS[asked.root is not None, oldest_first], values)
        return tuple(DatedHit(number, _key(number, day)) for number, day in rows)

    def matching_day_keys(
        self, connection: Connection, query: Query, ids: Iterable[int]
    ) -> Mapping[int, DayKey]:
        """Which of these articles match, and where they stand by day."""
        asked = resolve_site_filters(connection, query)
        values = {"ids": list(ids), **_range(asked.date_range)}
        if asked.root is None:
            rows = connection.execute(_AMONG_ALL, values)
        else:
            rows = connection.execute(_AMONG, values | {"match": tsquery_expression(asked.root)})
        return {number: _key(number, day) for number, day in rows}

    def relaxed_matches(self, connection: Connection, query: Query, most: int) -> tuple[SearchHit, ...]:
        """At most so many articles with most of what was typed, best first; none but for plain words."""

        def finding(asked: Query, limit: int) -> list[int]:
            return [each.article_id for each in self.list_by_day(connection, asked, limit=limit)]

        return relaxed_matches(finding, query, most)

    def indexed_words(self, connection: Connection, words: Iterable[str]) -> frozenset[str]:
        """Which of these folded words stand in any title or text."""
        plain = [word for word in words if word.isalnum()]
        return frozenset(connection.scalars(_KNOWN, {"words": plain}))

    def count_word_pairs(
        self, connection: Connection, pairs: Iterable[tuple[str, str]], most: int
    ) -> Mapping[tuple[str, str], int]:
        """How many documents have each pair of folded words next to each other, counted up to `most`."""

        def times(pair: tuple[str, str]) -> int:
            match = f"{tsvector_literal(pair[0])} <-> {tsvector_literal(pair[1])}"
            return connection.scalar(_TOGETHER, {"match": match, "most": most}) or 0

        return {pair: times(pair) for pair in pairs}

    def matching_ids(self, connection: Connection, query: Query) -> Iterable[int]:
        """The ids of all articles that match, in no order, none left out."""
        asked = resolve_site_filters(connection, query)
        days = _range(asked.date_range)
        if asked.root is None:
            return connection.scalars(_ALL, days)
        return connection.scalars(_MATCHING, {"match": tsquery_expression(asked.root), **days})

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


def _shelved(connection: Connection, hits: Iterable[SearchHit]) -> list[FacetRow]:
    rows = connection.execute(_SHELVED, {"ids": [hit.article_id for hit in hits]})
    return [FacetRow._make(row) for row in rows.all()]


def _range(days: DateRange | None) -> dict[str, Any]:
    if days is None:
        return {"first": UNDATED_DAY, "last": date.max}
    if days.undated:
        return {"first": UNDATED_DAY, "last": UNDATED_DAY}
    return {"first": max(days.first, UNDATED_DAY + timedelta(days=1)), "last": days.last}


def _key(article_id: int, day: date) -> DayKey:
    return (0 if day == UNDATED_DAY else day.toordinal(), article_id)


def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal) if ordinal else UNDATED_DAY


def _years(rows: Iterable[Any]) -> dict[int | None, int]:
    return {None if year == UNDATED_DAY.year else year: times for year, times in rows}


def document_tsvector(doc: SearchDoc) -> str:
    """The tsvector of a document, written out."""
    words = doc.words()
    places: dict[str, list[str]] = defaultdict(list)
    for mark, stream in (("", words.folded), (EXACT_MARK, words.exact)):
        position = 0
        for field, label in FIELD_LABELS:
            for word in getattr(stream, field).split():
                position += 1
                _place(places[mark + word], position, label)
            position += FIELD_GAP_POSITIONS
    for part, mark in FIELD_MARKS.items():
        for at, word in enumerate(getattr(words.folded, part.value).split(), 1):
            _place(places[mark + word], at, "")
    facts = (filter_word(kind, value) for kind, value in doc.filter_values)
    return " ".join([*(_entry(word, found) for word, found in places.items()), *facts])


def _place(found: list[str], position: int, label: str) -> None:
    if position <= MAX_POSITION and len(found) < MAX_POSITIONS_PER_WORD:
        found.append(f"{position}{label}")


def _entry(word: str, places: list[str]) -> str:
    return f"{tsvector_literal(word)}:{','.join(places)}" if places else tsvector_literal(word)
