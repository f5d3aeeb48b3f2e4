"""What matches in the SQLite index, by day and by number, without an order of worth."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, TextClause, text

from storage.search.documents import DatedHit, DayKey, FacetRow
from storage.search.query.query_dates import DateRange
from storage.search.query.tree import FilterKind, Query, QueryNode
from storage.search.ranking.match import FilterValues, matches_query
from storage.search.ranking.rank import MAX_RANKED_HITS
from storage.search.sqlite.fts_query import exact_expression, match_expression
from storage.search.sqlite.rows import FIRST_DATED_ROW, row_day, row_id_range, unpack_words

HAS_FILES_BIT, HAS_IMAGES_BIT = 1, 2  # bits of `has`
MAX_SINGLE_LOOKUPS = 100  # rows that are asked for one by one
MAX_ACCENT_CHECKED_ROWS = 10 * MAX_RANKED_HITS  # newest matches looked through where accents are a condition

MATCH_IN_RANGE = "search_fts MATCH :match AND search_fts.rowid BETWEEN :lowest AND :highest"
# S608: nothing is put together here but WITHIN.
_COUNT = text(f"SELECT count(*) FROM search_fts WHERE {MATCH_IN_RANGE}")  # noqa: S608
_LISTED_COUNT = text("SELECT count(*) FROM search_documents WHERE id BETWEEN :lowest AND :highest")
NEWEST_ROWS = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE} ORDER BY rowid DESC LIMIT :most")  # noqa: S608
_ASCENDING = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE}")  # noqa: S608 - FTS5 gives them in order
_OLDEST = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE} ORDER BY rowid LIMIT :most")  # noqa: S608
# The + keeps SQLite from asking the index once for each row, which is cheaper for few alone.
_EXACT = text(
    "SELECT rowid FROM search_exact WHERE search_exact MATCH :match AND rowid BETWEEN :lowest AND :highest "
    "AND +rowid IN (SELECT value FROM json_each(:ids))"
)
_EXACT_EACH = text(
    "SELECT rowid FROM search_exact WHERE search_exact MATCH :match "
    "AND rowid IN (SELECT value FROM json_each(:ids))"
)
_LISTED = text(
    "SELECT id, article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest "
    "ORDER BY id DESC LIMIT :most"
)
_LISTED_OLDEST = text(
    "SELECT id, article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest "
    "ORDER BY id LIMIT :most"
)
_MATCHING = text(
    "SELECT article_id FROM search_documents "  # noqa: S608
    f"WHERE id IN (SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE})"
)
_ALL = text("SELECT article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest")
# One parameter: of thousands of rows the parameters would cost more than the query.
_ARTICLES = text(
    "SELECT id, article_id FROM search_documents WHERE id IN (SELECT value FROM json_each(:ids))"
)
_ROWS_OF = text(
    "SELECT id, article_id FROM search_documents WHERE article_id IN (SELECT value FROM json_each(:ids)) "
    "AND id BETWEEN :lowest AND :highest"
)
_AMONG = text(
    "SELECT rowid FROM search_fts WHERE search_fts MATCH :match "
    "AND rowid IN (SELECT value FROM json_each(:ids))"
)
_SHELVED = text(
    "SELECT id, article_id, site, place, section, author, has & 1, (has & 2) / 2 FROM search_documents "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)
_WORDS = text(
    "SELECT id, words FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)
_FACTS = text(
    "SELECT id, site, place, has FROM search_documents WHERE id IN (SELECT value FROM json_each(:ids))"
)
_FIRST_YEAR = text("SELECT min(id) FROM search_documents WHERE id >= :dated")
_LAST_YEAR = text("SELECT max(id) FROM search_documents")
_KNOWN = text(
    "SELECT value FROM json_each(:words) WHERE EXISTS "
    "(SELECT 1 FROM search_fts WHERE search_fts MATCH '{title words} : \"' || value || '\"' LIMIT 1)"
)
_TOGETHER = text("SELECT count(*) FROM (SELECT 1 FROM search_fts WHERE search_fts MATCH :match LIMIT :most)")


@dataclass(frozen=True, slots=True)
class SqliteMatches:
    """What matches a query with words."""

    rows: tuple[int, ...]  # the newest first, at most MAX_RANKED_HITS
    more: bool  # older ones match, too
    years: Mapping[int | None, int]  # how many match in each year, all of them
    at_least: bool = False  # more may match than were looked at


def match_parameters(query: Query) -> dict[str, Any]:
    """The parameters of WITHIN; the query must have words."""
    assert query.root is not None
    lowest, highest = row_id_range(query.date_range)
    return {"match": match_expression(query.root), "lowest": lowest, "highest": highest}


def fetch_column(connection: Connection, statement: TextClause, asked: Mapping[str, Any]) -> list[int]:
    """The first column of an answer; past SQLAlchemy's rows, of which an answer would make thousands."""
    return [row[0] for row in fetch_tuples(connection, statement, asked)]


def fetch_tuples(
    connection: Connection, statement: TextClause, asked: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """The rows of an answer as the driver gives them."""
    cursor = connection.execute(statement, asked).cursor
    return list(cursor.fetchall()) if cursor else []


def find_matches(connection: Connection, query: Query) -> SqliteMatches:
    """The newest rows that match a query with words, and how many do by year."""
    asked = match_parameters(query)
    if query.strict:
        return _found_strictly(connection, query, asked)
    if has_prefix(query):
        rows = fetch_column(connection, _ASCENDING, asked)
        newest = tuple(rows[: -MAX_RANKED_HITS - 1 : -1])
        return SqliteMatches(newest, len(rows) > len(newest), _sorted_by_year(connection, rows))
    rows = fetch_column(connection, NEWEST_ROWS, asked | {"most": MAX_RANKED_HITS + 1})
    years = _sorted_by_year(connection, rows[::-1])
    if len(rows) > MAX_RANKED_HITS:  # the others are counted, and nothing twice
        older = _counted(connection, _COUNT, asked, (asked["lowest"], rows[-1] - 1))
        years = {year: years.get(year, 0) + older.get(year, 0) for year in (*older, *years)}
    return SqliteMatches(tuple(rows[:MAX_RANKED_HITS]), len(rows) > MAX_RANKED_HITS, years)


def has_prefix(query: Query) -> bool:
    """Whether to begin looking costs much: then all that matches is read at once, not asked for twice."""
    return any(each.prefix for each in query.phrases)


def _found_strictly(connection: Connection, query: Query, asked: Mapping[str, Any]) -> SqliteMatches:
    rows = fetch_column(connection, NEWEST_ROWS, {**asked, "most": MAX_ACCENT_CHECKED_ROWS + 1})
    true = tuple(_verified(connection, query, rows[:MAX_ACCENT_CHECKED_ROWS]))
    newest = true[:MAX_RANKED_HITS]
    years = _sorted_by_year(connection, newest[::-1])
    return SqliteMatches(newest, len(true) > MAX_RANKED_HITS, years, len(rows) > MAX_ACCENT_CHECKED_ROWS)


def _verified(connection: Connection, query: Query, rows: Sequence[int]) -> Iterator[int]:
    """Those of the rows whose words are what is wanted, accents and all; in their order."""
    root = query.root
    with_marks = rows_with_accents(connection, root, rows) if root and rows else None
    if with_marks is not None:
        rows = [row for row in rows if row in with_marks]
    for start in range(0, len(rows), 500):
        page = rows[start : start + 500]
        found = _true(connection, root, page)
        yield from (row for row in page if row in found)


def _true(connection: Connection, root: QueryNode | None, rows: Sequence[int]) -> frozenset[int]:
    asked = {"ids": json.dumps(list(rows))}
    facts = {row.id: _facts(row.site, row.place, row.has) for row in connection.execute(_FACTS, asked)}
    words = connection.execute(_WORDS, asked)
    return frozenset(
        row for row, packed in words if root and matches_query(root, unpack_words(packed)[0], facts[row])
    )


def _facts(site: str, place: str | None, has: int) -> FilterValues:
    units = place.split("/") if place else []
    told = [(FilterKind.SITE, site.casefold())]
    told += [(FilterKind.PLACE, "/".join(units[: end + 1])) for end in range(len(units))]
    told += [
        (FilterKind.HAS, name)
        for bit, name in ((HAS_FILES_BIT, "file"), (HAS_IMAGES_BIT, "image"))
        if has & bit
    ]
    return frozenset(told)


def rows_with_accents(connection: Connection, root: QueryNode, rows: Sequence[int]) -> frozenset[int] | None:
    """Those of the rows in which the words typed with accents have them; None when none was typed so."""
    match = exact_expression(root)
    if match is None:
        return None
    asked = {"match": match, "lowest": min(rows), "highest": max(rows), "ids": json.dumps(list(rows))}
    statement = _EXACT if len(rows) > MAX_SINGLE_LOOKUPS else _EXACT_EACH
    return frozenset(fetch_column(connection, statement, asked))


def count_documents_by_year(connection: Connection, query: Query) -> Mapping[int | None, int]:
    """How many documents there are in each year."""
    return _counted(connection, _LISTED_COUNT, {}, row_id_range(query.date_range))


def _counted(
    connection: Connection, count: TextClause, asked: Mapping[str, Any], within: tuple[int, int]
) -> Mapping[int | None, int]:
    """Counts of the years within a span of rows: together they cost one count of the whole."""
    found: dict[int | None, int] = {}
    for year, (first, last) in _years(connection):
        span = {"lowest": max(first, within[0]), "highest": min(last, within[1])}
        times = connection.scalar(count, {**asked, **span}) if span["lowest"] <= span["highest"] else 0
        if times:
            found[year] = times
    return found


def _sorted_by_year(connection: Connection, rows: Sequence[int]) -> dict[int | None, int]:
    ends = [(year, bisect_right(rows, last)) for year, (_, last) in _years(connection)]
    begins = [0, *(end for _, end in ends)]
    return {year: end - begin for (year, end), begin in zip(ends, begins, strict=False) if end > begin}


def _years(connection: Connection) -> Iterator[tuple[int | None, tuple[int, int]]]:
    yield None, (0, FIRST_DATED_ROW - 1)
    first = connection.scalar(_FIRST_YEAR, {"dated": FIRST_DATED_ROW})
    if first is None:
        return
    begin, end = row_day(first), row_day(connection.scalar(_LAST_YEAR) or first)
    assert begin and end
    for year in range(begin.year, end.year + 1):
        yield year, row_id_range(DateRange(date(year, 1, 1), date(year, 12, 31)))


def list_by_day(
    connection: Connection, query: Query, limit: int, after: DayKey | None, *, oldest_first: bool
) -> tuple[DatedHit, ...]:
    """What matches by day, from beyond `after` on."""
    lowest, highest = row_id_range(query.date_range)
    if after is not None:
        lowest, highest = (after[0] + 1, highest) if oldest_first else (lowest, after[0] - 1)
    if lowest > highest:
        return ()
    if query.root is None:
        statement = _LISTED_OLDEST if oldest_first else _LISTED
        rows = connection.execute(statement, {"lowest": lowest, "highest": highest, "most": limit})
        return tuple(DatedHit(article, (row, 0)) for row, article in rows)
    asked = {"match": match_expression(query.root), "lowest": lowest, "highest": highest}
    most = MAX_ACCENT_CHECKED_ROWS if query.strict else limit
    found = connection.scalars(_OLDEST if oldest_first else NEWEST_ROWS, asked | {"most": most}).all()
    if query.strict:
        found = list(_verified(connection, query, found))[:limit]
    article = article_ids(connection, found)
    return tuple(DatedHit(article[row], (row, 0)) for row in found)


def matching_day_keys(connection: Connection, query: Query, ids: Iterable[int]) -> Mapping[int, DayKey]:
    """Which of these articles match, and where they stand by day."""
    lowest, highest = row_id_range(query.date_range)
    asked = {"ids": json.dumps(list(ids)), "lowest": lowest, "highest": highest}
    article = {row.id: row.article_id for row in connection.execute(_ROWS_OF, asked)}
    if query.root is None or not article:
        return {number: (row, 0) for row, number in article.items()}
    match = {"match": match_expression(query.root), "ids": json.dumps(list(article))}
    found = connection.scalars(_AMONG, match).all()
    if query.strict:
        found = list(_verified(connection, query, found))
    return {article[row]: (row, 0) for row in found}


def article_ids(connection: Connection, rows: Iterable[int]) -> dict[int, int]:
    """The article of each row."""
    found = connection.execute(_ARTICLES, {"ids": json.dumps(list(rows))})
    return {row[0]: row[1] for row in found.all()}


def facet_rows(connection: Connection, rows: Iterable[int]) -> dict[int, FacetRow]:
    """By row: the article, and what answers are counted by."""
    found = fetch_tuples(connection, _SHELVED, {"ids": json.dumps(list(rows))})
    return {row[0]: FacetRow._make(row[1:]) for row in found}


def indexed_words(connection: Connection, words: Iterable[str]) -> frozenset[str]:
    """Which of these folded words stand in any title or text; letters and digits only."""
    plain = [word for word in words if word.isalnum()]
    return frozenset(connection.scalars(_KNOWN, {"words": json.dumps(plain)}))


def count_word_pairs(
    connection: Connection, pairs: Iterable[tuple[str, str]], most: int
) -> Mapping[tuple[str, str], int]:
    """How many documents have each pair of words next to each other, counted up to `most`."""

    def times(pair: tuple[str, str]) -> int:
        match = f'{{title words}} : "{pair[0]} {pair[1]}"'
        return connection.scalar(_TOGETHER, {"match": match, "most": most}) or 0

    return {pair: times(pair) for pair in pairs}


def matching_ids(connection: Connection, query: Query) -> Iterable[int]:
    """The ids of all articles that match, in no order, none left out."""
    lowest, highest = row_id_range(query.date_range)
    if query.root is None:
        return connection.scalars(_ALL, {"lowest": lowest, "highest": highest})
    if not query.strict:
        return connection.scalars(_MATCHING, match_parameters(query))
    return _matching_strictly(connection, query)


def _matching_strictly(connection: Connection, query: Query) -> Iterator[int]:
    asked = match_parameters(query)
    highest = asked["highest"]
    while rows := connection.scalars(
        NEWEST_ROWS, asked | {"highest": highest, "most": MAX_RANKED_HITS}
    ).all():
        found = list(_verified(connection, query, rows))
        yield from article_ids(connection, found).values()
        highest = rows[-1] - 1
