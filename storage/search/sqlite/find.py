"""Find matching rows of the SQLite index by day, by article and by count, without ranking them."""

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

HAS_FILES_BIT, HAS_IMAGES_BIT = 1, 2  # bits of the column `has`
MAX_SINGLE_LOOKUPS = 100  # rows looked up by id; of more, the matches in their range are walked through
MAX_ACCENT_CHECKED_ROWS = 10 * MAX_RANKED_HITS  # newest matches checked where accents are a condition

MATCH_IN_RANGE = "search_fts MATCH :match AND search_fts.rowid BETWEEN :lowest AND :highest"
# S608: only MATCH_IN_RANGE is written into these statements.
_COUNT_MATCHES = text(f"SELECT count(*) FROM search_fts WHERE {MATCH_IN_RANGE}")  # noqa: S608
_COUNT_DOCUMENTS = text("SELECT count(*) FROM search_documents WHERE id BETWEEN :lowest AND :highest")
NEWEST_ROWS = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE} ORDER BY rowid DESC LIMIT :limit")  # noqa: S608
# Without ORDER BY: FTS5 returns row ids in order.
_ALL_ROWS_ASCENDING = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE}")  # noqa: S608
_OLDEST_ROWS = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE} ORDER BY rowid LIMIT :limit")  # noqa: S608
# The + keeps SQLite from one index look-up for each row, which is cheaper only for few rows.
_EXACT_IN_RANGE = text(
    "SELECT rowid FROM search_exact WHERE search_exact MATCH :match AND rowid BETWEEN :lowest AND :highest "
    "AND +rowid IN (SELECT value FROM json_each(:ids))"
)
_EXACT_BY_ID = text(
    "SELECT rowid FROM search_exact WHERE search_exact MATCH :match "
    "AND rowid IN (SELECT value FROM json_each(:ids))"
)
_NEWEST_DOCUMENTS = text(
    "SELECT id, article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest "
    "ORDER BY id DESC LIMIT :limit"
)
_OLDEST_DOCUMENTS = text(
    "SELECT id, article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest "
    "ORDER BY id LIMIT :limit"
)
_MATCHING_IDS = text(
    "SELECT article_id FROM search_documents "  # noqa: S608
    f"WHERE id IN (SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE})"
)
_ALL_IDS = text("SELECT article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest")
# One JSON parameter: thousands of single parameters would cost more than the query.
_ARTICLE_IDS = text(
    "SELECT id, article_id FROM search_documents WHERE id IN (SELECT value FROM json_each(:ids))"
)
_ROWS_OF_ARTICLES = text(
    "SELECT id, article_id FROM search_documents WHERE article_id IN (SELECT value FROM json_each(:ids)) "
    "AND id BETWEEN :lowest AND :highest"
)
_MATCHES_BY_ID = text(
    "SELECT rowid FROM search_fts WHERE search_fts MATCH :match "
    "AND rowid IN (SELECT value FROM json_each(:ids))"
)
_FACET_ROWS = text(
    "SELECT id, article_id, site, place, section, author, has & 1, (has & 2) / 2 FROM search_documents "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)
_STORED_WORDS = text(
    "SELECT id, words FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)
_FILTER_COLUMNS = text(
    "SELECT id, site, place, has FROM search_documents WHERE id IN (SELECT value FROM json_each(:ids))"
)
_FIRST_DATED = text("SELECT min(id) FROM search_documents WHERE id >= :dated")
_LAST_ROW = text("SELECT max(id) FROM search_documents")
_INDEXED_WORDS = text(
    "SELECT value FROM json_each(:words) WHERE EXISTS "
    "(SELECT 1 FROM search_fts WHERE search_fts MATCH '{title words} : \"' || value || '\"' LIMIT 1)"
)
_COUNT_PAIR = text(
    "SELECT count(*) FROM (SELECT 1 FROM search_fts WHERE search_fts MATCH :match LIMIT :limit)"
)


@dataclass(frozen=True, slots=True)
class SqliteMatches:
    """The rows that match a query with words."""

    rows: tuple[int, ...]  # row ids, the newest first, at most MAX_RANKED_HITS
    has_older: bool  # older rows match, too
    years: Mapping[int | None, int]  # matches by publication year, all of them; none = undated
    at_least: bool = False  # more may match than were checked for their accents


def match_parameters(query: Query) -> dict[str, Any]:
    """Return the parameters of MATCH_IN_RANGE; the query must have words."""
    assert query.root is not None
    lowest, highest = row_id_range(query.date_range)
    return {"match": match_expression(query.root), "lowest": lowest, "highest": highest}


def fetch_column(connection: Connection, statement: TextClause, parameters: Mapping[str, Any]) -> list[int]:
    """Return the first column of a result."""
    return [row[0] for row in fetch_tuples(connection, statement, parameters)]


def fetch_tuples(
    connection: Connection, statement: TextClause, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return a result as the driver's tuples: SQLAlchemy's rows are slow by the thousand."""
    cursor = connection.execute(statement, parameters).cursor
    return list(cursor.fetchall()) if cursor else []


def find_matches(connection: Connection, query: Query) -> SqliteMatches:
    """Return the newest rows that match a query with words, and how many match by year."""
    parameters = match_parameters(query)
    if query.strict:
        return _find_with_accents(connection, query, parameters)
    if has_prefix(query):
        rows = fetch_column(connection, _ALL_ROWS_ASCENDING, parameters)
        newest = tuple(rows[: -MAX_RANKED_HITS - 1 : -1])
        return SqliteMatches(newest, len(rows) > len(newest), _count_rows_by_year(connection, rows))
    rows = fetch_column(connection, NEWEST_ROWS, parameters | {"limit": MAX_RANKED_HITS + 1})
    years = _count_rows_by_year(connection, rows[::-1])
    if len(rows) > MAX_RANKED_HITS:  # only the older matches are still to be counted
        row_span = (parameters["lowest"], rows[-1] - 1)
        older = _count_by_year(connection, _COUNT_MATCHES, parameters, row_span)
        years = {year: years.get(year, 0) + older.get(year, 0) for year in (*older, *years)}
    return SqliteMatches(tuple(rows[:MAX_RANKED_HITS]), len(rows) > MAX_RANKED_HITS, years)


def has_prefix(query: Query) -> bool:
    """Return whether starting the query is slow: then all matches are read at once, in one query."""
    return any(phrase.prefix for phrase in query.phrases)


def _find_with_accents(connection: Connection, query: Query, parameters: Mapping[str, Any]) -> SqliteMatches:
    rows = fetch_column(connection, NEWEST_ROWS, {**parameters, "limit": MAX_ACCENT_CHECKED_ROWS + 1})
    checked = tuple(_check_accents(connection, query, rows[:MAX_ACCENT_CHECKED_ROWS]))
    newest = checked[:MAX_RANKED_HITS]
    years = _count_rows_by_year(connection, newest[::-1])
    return SqliteMatches(newest, len(checked) > MAX_RANKED_HITS, years, len(rows) > MAX_ACCENT_CHECKED_ROWS)


def _check_accents(connection: Connection, query: Query, rows: Sequence[int]) -> Iterator[int]:
    """Yield those of the rows whose stored words match the query, accents included; in their order."""
    root = query.root
    accented_rows = rows_with_accents(connection, root, rows) if root and rows else None
    if accented_rows is not None:
        rows = [row for row in rows if row in accented_rows]
    for start in range(0, len(rows), 500):
        batch = rows[start : start + 500]
        matching_rows = _match_stored_words(connection, root, batch)
        yield from (row for row in batch if row in matching_rows)


def _match_stored_words(
    connection: Connection, root: QueryNode | None, rows: Sequence[int]
) -> frozenset[int]:
    ids = {"ids": json.dumps(list(rows))}
    filter_values = {
        row.id: _filter_values(row.site, row.place, row.has)
        for row in connection.execute(_FILTER_COLUMNS, ids)
    }
    return frozenset(
        row
        for row, packed in connection.execute(_STORED_WORDS, ids)
        if root and matches_query(root, unpack_words(packed)[0], filter_values[row])
    )


def _filter_values(site: str, place: str | None, has: int) -> FilterValues:
    units = place.split("/") if place else []
    values = [(FilterKind.SITE, site.casefold())]
    values += [(FilterKind.PLACE, "/".join(units[: end + 1])) for end in range(len(units))]
    bits = ((HAS_FILES_BIT, "file"), (HAS_IMAGES_BIT, "image"))
    values += [(FilterKind.HAS, name) for bit, name in bits if has & bit]
    return frozenset(values)


def rows_with_accents(connection: Connection, root: QueryNode, rows: Sequence[int]) -> frozenset[int] | None:
    """Return the rows that have the accented words of the query; None when it has no accented word."""
    match = exact_expression(root)
    if match is None:
        return None
    parameters = {"match": match, "lowest": min(rows), "highest": max(rows), "ids": json.dumps(list(rows))}
    statement = _EXACT_IN_RANGE if len(rows) > MAX_SINGLE_LOOKUPS else _EXACT_BY_ID
    return frozenset(fetch_column(connection, statement, parameters))


def count_documents_by_year(connection: Connection, query: Query) -> Mapping[int | None, int]:
    """Return how many documents of the query's dates each publication year has."""
    return _count_by_year(connection, _COUNT_DOCUMENTS, {}, row_id_range(query.date_range))


def _count_by_year(
    connection: Connection, count: TextClause, parameters: Mapping[str, Any], row_span: tuple[int, int]
) -> Mapping[int | None, int]:
    """Count year by year within a span of row ids: together that costs as much as one count of all."""
    years: dict[int | None, int] = {}
    for year, (first_row, last_row) in _year_row_ranges(connection):
        lowest, highest = max(first_row, row_span[0]), min(last_row, row_span[1])
        if lowest <= highest and (
            matches := connection.scalar(count, {**parameters, "lowest": lowest, "highest": highest})
        ):
            years[year] = matches
    return years


def _count_rows_by_year(connection: Connection, ascending_rows: Sequence[int]) -> dict[int | None, int]:
    ends = [
        (year, bisect_right(ascending_rows, last_row)) for year, (_, last_row) in _year_row_ranges(connection)
    ]
    begins = [0, *(end for _, end in ends)]
    return {year: end - begin for (year, end), begin in zip(ends, begins, strict=False) if end > begin}


def _year_row_ranges(connection: Connection) -> Iterator[tuple[int | None, tuple[int, int]]]:
    """Yield each publication year of the index with its first and last row id; undated first."""
    yield None, (0, FIRST_DATED_ROW - 1)
    first_row = connection.scalar(_FIRST_DATED, {"dated": FIRST_DATED_ROW})
    if first_row is None:
        return
    first_day, last_day = row_day(first_row), row_day(connection.scalar(_LAST_ROW) or first_row)
    assert first_day and last_day
    for year in range(first_day.year, last_day.year + 1):
        yield year, row_id_range(DateRange(date(year, 1, 1), date(year, 12, 31)))


def list_by_day(
    connection: Connection, query: Query, limit: int, after: DayKey | None, *, oldest_first: bool
) -> tuple[DatedHit, ...]:
    """Return matches by day, beginning after the key `after`."""
    lowest, highest = row_id_range(query.date_range)
    if after is not None:
        lowest, highest = (after[0] + 1, highest) if oldest_first else (lowest, after[0] - 1)
    if lowest > highest:
        return ()
    parameters: dict[str, Any] = {"lowest": lowest, "highest": highest, "limit": limit}
    if query.root is None:
        statement = _OLDEST_DOCUMENTS if oldest_first else _NEWEST_DOCUMENTS
        documents = connection.execute(statement, parameters)
        return tuple(DatedHit(article_id, (row, 0)) for row, article_id in documents)
    parameters |= {"match": match_expression(query.root)}
    parameters |= {"limit": MAX_ACCENT_CHECKED_ROWS} if query.strict else {}
    rows = fetch_column(connection, _OLDEST_ROWS if oldest_first else NEWEST_ROWS, parameters)
    if query.strict:
        rows = list(_check_accents(connection, query, rows))[:limit]
    article_of_row = article_ids(connection, rows)
    return tuple(DatedHit(article_of_row[row], (row, 0)) for row in rows)


def matching_day_keys(connection: Connection, query: Query, ids: Iterable[int]) -> Mapping[int, DayKey]:
    """Return the articles among `ids` that match, with their keys in the order of days."""
    lowest, highest = row_id_range(query.date_range)
    parameters = {"ids": json.dumps(list(ids)), "lowest": lowest, "highest": highest}
    article_of_row = {row.id: row.article_id for row in connection.execute(_ROWS_OF_ARTICLES, parameters)}
    if query.root is None or not article_of_row:
        return {article_id: (row, 0) for row, article_id in article_of_row.items()}
    match = {"match": match_expression(query.root), "ids": json.dumps(list(article_of_row))}
    rows = fetch_column(connection, _MATCHES_BY_ID, match)
    if query.strict:
        rows = list(_check_accents(connection, query, rows))
    return {article_of_row[row]: (row, 0) for row in rows}


def article_ids(connection: Connection, rows: Iterable[int]) -> dict[int, int]:
    """Return the article id of each row id."""
    return dict(fetch_tuples(connection, _ARTICLE_IDS, {"ids": json.dumps(list(rows))}))


def facet_rows(connection: Connection, rows: Iterable[int]) -> dict[int, FacetRow]:
    """Return what facets count, by row id."""
    columns = fetch_tuples(connection, _FACET_ROWS, {"ids": json.dumps(list(rows))})
    return {row[0]: FacetRow._make(row[1:]) for row in columns}


def indexed_words(connection: Connection, words: Iterable[str]) -> frozenset[str]:
    """Return those of the folded words that occur in any title or text; letters and digits only."""
    plain_words = [word for word in words if word.isalnum()]
    return frozenset(connection.scalars(_INDEXED_WORDS, {"words": json.dumps(plain_words)}))


def count_word_pairs(
    connection: Connection, pairs: Iterable[tuple[str, str]], max_count: int
) -> Mapping[tuple[str, str], int]:
    """Count the documents in which each pair of words is adjacent, up to `max_count`."""

    def count_pair(pair: tuple[str, str]) -> int:
        match = f'{{title words}} : "{pair[0]} {pair[1]}"'
        return connection.scalar(_COUNT_PAIR, {"match": match, "limit": max_count}) or 0

    return {pair: count_pair(pair) for pair in pairs}


def matching_ids(connection: Connection, query: Query) -> Iterable[int]:
    """Return the ids of all matching articles, in no order."""
    lowest, highest = row_id_range(query.date_range)
    if query.root is None:
        return connection.scalars(_ALL_IDS, {"lowest": lowest, "highest": highest})
    if not query.strict:
        return connection.scalars(_MATCHING_IDS, match_parameters(query))
    return _matching_ids_with_accents(connection, query)


def _matching_ids_with_accents(connection: Connection, query: Query) -> Iterator[int]:
    parameters = match_parameters(query) | {"limit": MAX_RANKED_HITS}
    while rows := fetch_column(connection, NEWEST_ROWS, parameters):
        checked = list(_check_accents(connection, query, rows))
        yield from article_ids(connection, checked).values()
        parameters["highest"] = rows[-1] - 1
