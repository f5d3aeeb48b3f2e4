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
from storage.search.sqlite.fts_query import fts_exact_expression, fts_match_expression
from storage.search.sqlite.index_row import FIRST_DATED_ROW, row_day, row_id_range, unpack_words

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
_ALL_MATCHED_IDS = text("SELECT article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest")
# One JSON parameter: thousands of single parameters would cost more than the query.
_MATCHED_ARTICLE_IDS = text(
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
_MATCHED_FACET_ROWS = text(
    "SELECT id, article_id, site, place, section, author, has & 1, (has & 2) / 2 FROM search_documents "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)
_MATCHED_STORED_WORDS = text(
    "SELECT id, words FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)
_MATCHED_FILTER_COLUMNS = text(
    "SELECT id, site, place, has FROM search_documents WHERE id IN (SELECT value FROM json_each(:ids))"
)
_FIRST_DATED_MATCH_ROW = text("SELECT min(id) FROM search_documents WHERE id >= :dated")
_LAST_MATCH_ROW = text("SELECT max(id) FROM search_documents")
_INDEXED_WORDS = text(
    "SELECT value FROM json_each(:words) WHERE EXISTS "
    "(SELECT 1 FROM search_fts WHERE search_fts MATCH '{title words} : \"' || value || '\"' LIMIT 1)"
)
_COUNT_PAIR_MATCHES = text(
    "SELECT count(*) FROM (SELECT 1 FROM search_fts WHERE search_fts MATCH :match LIMIT :limit)"
)


@dataclass(frozen=True, slots=True)
class FtsMatches:
    """The rows that match a query with words."""

    rows: tuple[int, ...]  # row ids, the newest first, at most MAX_RANKED_HITS
    has_older: bool  # older rows match, too
    years: Mapping[int | None, int]  # matches by publication year, all of them; none = undated
    at_least: bool = False  # more may match than were checked for their accents


def match_parameters(query: Query) -> dict[str, Any]:
    """Return the parameters of MATCH_IN_RANGE; the query must have words."""
    assert query.root is not None
    lowest_row, highest_row = row_id_range(query.date_range)
    return {"match": fts_match_expression(query.root), "lowest": lowest_row, "highest": highest_row}


def fetch_column(
    connection: Connection, match_statement: TextClause, range_parameters: Mapping[str, Any]
) -> list[int]:
    """Return the first column of a result."""
    return [fts_row[0] for fts_row in fetch_tuples(connection, match_statement, range_parameters)]


def fetch_tuples(
    connection: Connection, match_statement: TextClause, range_parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return a result as the driver's tuples: SQLAlchemy's rows are slow by the thousand."""
    cursor = connection.execute(match_statement, range_parameters).cursor
    return list(cursor.fetchall()) if cursor else []


def find_matches(connection: Connection, query: Query) -> FtsMatches:
    """Return the newest rows that match a query with words, and how many match by year."""
    range_parameters = match_parameters(query)
    if query.strict:
        return _find_with_accents(connection, query, range_parameters)
    if has_prefix(query):
        fts_rows = fetch_column(connection, _ALL_ROWS_ASCENDING, range_parameters)
        newest_matches = tuple(fts_rows[: -MAX_RANKED_HITS - 1 : -1])
        return FtsMatches(
            newest_matches, len(fts_rows) > len(newest_matches), _count_rows_by_year(connection, fts_rows)
        )
    fts_rows = fetch_column(connection, NEWEST_ROWS, range_parameters | {"limit": MAX_RANKED_HITS + 1})
    match_year_counts = _count_rows_by_year(connection, fts_rows[::-1])
    if len(fts_rows) > MAX_RANKED_HITS:  # only the older matches are still to be counted
        row_span = (range_parameters["lowest"], fts_rows[-1] - 1)
        older_match_counts = _count_by_year(connection, _COUNT_MATCHES, range_parameters, row_span)
        match_year_counts = {
            year: match_year_counts.get(year, 0) + older_match_counts.get(year, 0)
            for year in (*older_match_counts, *match_year_counts)
        }
    return FtsMatches(tuple(fts_rows[:MAX_RANKED_HITS]), len(fts_rows) > MAX_RANKED_HITS, match_year_counts)


def has_prefix(query: Query) -> bool:
    """Return whether starting the query is slow: then all matches are read at once, in one query."""
    return any(phrase.prefix for phrase in query.phrases)


def _find_with_accents(
    connection: Connection, query: Query, range_parameters: Mapping[str, Any]
) -> FtsMatches:
    fts_rows = fetch_column(
        connection, NEWEST_ROWS, {**range_parameters, "limit": MAX_ACCENT_CHECKED_ROWS + 1}
    )
    accent_checked_rows = tuple(_check_accents(connection, query, fts_rows[:MAX_ACCENT_CHECKED_ROWS]))
    newest_matches = accent_checked_rows[:MAX_RANKED_HITS]
    match_year_counts = _count_rows_by_year(connection, newest_matches[::-1])
    return FtsMatches(
        newest_matches,
        len(accent_checked_rows) > MAX_RANKED_HITS,
        match_year_counts,
        len(fts_rows) > MAX_ACCENT_CHECKED_ROWS,
    )


def _check_accents(connection: Connection, query: Query, fts_rows: Sequence[int]) -> Iterator[int]:
    """Yield those of the rows whose stored words match the query, accents included; in their order."""
    match_root = query.root
    accented_rows = rows_with_accents(connection, match_root, fts_rows) if match_root and fts_rows else None
    if accented_rows is not None:
        fts_rows = [fts_row for fts_row in fts_rows if fts_row in accented_rows]
    for start in range(0, len(fts_rows), 500):
        row_batch = fts_rows[start : start + 500]
        matching_rows = _match_stored_words(connection, match_root, row_batch)
        yield from (fts_row for fts_row in row_batch if fts_row in matching_rows)


def _match_stored_words(
    connection: Connection, match_root: QueryNode | None, fts_rows: Sequence[int]
) -> frozenset[int]:
    matched_ids = {"ids": json.dumps(list(fts_rows))}
    filter_values = {
        fts_row.id: _filter_values(fts_row.site, fts_row.place, fts_row.has)
        for fts_row in connection.execute(_MATCHED_FILTER_COLUMNS, matched_ids)
    }
    return frozenset(
        fts_row
        for fts_row, packed in connection.execute(_MATCHED_STORED_WORDS, matched_ids)
        if match_root and matches_query(match_root, unpack_words(packed)[0], filter_values[fts_row])
    )


def _filter_values(site: str, place: str | None, has: int) -> FilterValues:
    units = place.split("/") if place else []
    row_filter_values = [(FilterKind.SITE, site.casefold())]
    row_filter_values += [(FilterKind.PLACE, "/".join(units[: end + 1])) for end in range(len(units))]
    bits = ((HAS_FILES_BIT, "file"), (HAS_IMAGES_BIT, "image"))
    row_filter_values += [(FilterKind.HAS, name) for bit, name in bits if has & bit]
    return frozenset(row_filter_values)


def rows_with_accents(
    connection: Connection, match_root: QueryNode, fts_rows: Sequence[int]
) -> frozenset[int] | None:
    """Return the rows that have the accented words of the query; None when it has no accented word."""
    fts_match = fts_exact_expression(match_root)
    if fts_match is None:
        return None
    range_parameters = {
        "match": fts_match,
        "lowest": min(fts_rows),
        "highest": max(fts_rows),
        "ids": json.dumps(list(fts_rows)),
    }
    match_statement = _EXACT_IN_RANGE if len(fts_rows) > MAX_SINGLE_LOOKUPS else _EXACT_BY_ID
    return frozenset(fetch_column(connection, match_statement, range_parameters))


def count_documents_by_year(connection: Connection, query: Query) -> Mapping[int | None, int]:
    """Return how many documents of the query's dates each publication year has."""
    return _count_by_year(connection, _COUNT_DOCUMENTS, {}, row_id_range(query.date_range))


def _count_by_year(
    connection: Connection, count: TextClause, range_parameters: Mapping[str, Any], row_span: tuple[int, int]
) -> Mapping[int | None, int]:
    """Count year by year within a span of row ids: together that costs as much as one count of all."""
    match_year_counts: dict[int | None, int] = {}
    for year, (first_row, last_row) in _year_row_ranges(connection):
        lowest_row, highest_row = max(first_row, row_span[0]), min(last_row, row_span[1])
        if lowest_row <= highest_row and (
            matches := connection.scalar(
                count, {**range_parameters, "lowest": lowest_row, "highest": highest_row}
            )
        ):
            match_year_counts[year] = matches
    return match_year_counts


def _count_rows_by_year(connection: Connection, ascending_rows: Sequence[int]) -> dict[int | None, int]:
    year_ends = [
        (year, bisect_right(ascending_rows, last_row)) for year, (_, last_row) in _year_row_ranges(connection)
    ]
    year_begins = [0, *(end for _, end in year_ends)]
    return {
        year: end - begin for (year, end), begin in zip(year_ends, year_begins, strict=False) if end > begin
    }


def _year_row_ranges(connection: Connection) -> Iterator[tuple[int | None, tuple[int, int]]]:
    """Yield each publication year of the index with its first and last row id; undated first."""
    yield None, (0, FIRST_DATED_ROW - 1)
    first_row = connection.scalar(_FIRST_DATED_MATCH_ROW, {"dated": FIRST_DATED_ROW})
    if first_row is None:
        return
    first_day, last_day = row_day(first_row), row_day(connection.scalar(_LAST_MATCH_ROW) or first_row)
    assert first_day and last_day
    for year in range(first_day.year, last_day.year + 1):
        yield year, row_id_range(DateRange(date(year, 1, 1), date(year, 12, 31)))


def list_by_day(
    connection: Connection, query: Query, limit: int, after: DayKey | None, *, oldest_first: bool
) -> tuple[DatedHit, ...]:
    """Return matches by day, beginning after the key `after`."""
    lowest_row, highest_row = row_id_range(query.date_range)
    if after is not None:
        lowest_row, highest_row = (after[0] + 1, highest_row) if oldest_first else (lowest_row, after[0] - 1)
    if lowest_row > highest_row:
        return ()
    range_parameters: dict[str, Any] = {"lowest": lowest_row, "highest": highest_row, "limit": limit}
    if query.root is None:
        match_statement = _OLDEST_DOCUMENTS if oldest_first else _NEWEST_DOCUMENTS
        documents = connection.execute(match_statement, range_parameters)
        return tuple(DatedHit(article_id, (fts_row, 0)) for fts_row, article_id in documents)
    range_parameters |= {"match": fts_match_expression(query.root)}
    range_parameters |= {"limit": MAX_ACCENT_CHECKED_ROWS} if query.strict else {}
    fts_rows = fetch_column(connection, _OLDEST_ROWS if oldest_first else NEWEST_ROWS, range_parameters)
    if query.strict:
        fts_rows = list(_check_accents(connection, query, fts_rows))[:limit]
    article_of_row = article_ids(connection, fts_rows)
    return tuple(DatedHit(article_of_row[fts_row], (fts_row, 0)) for fts_row in fts_rows)


def matching_day_keys(
    connection: Connection, query: Query, matched_ids: Iterable[int]
) -> Mapping[int, DayKey]:
    """Return the articles among `ids` that match, with their keys in the order of days."""
    lowest_row, highest_row = row_id_range(query.date_range)
    range_parameters = {"ids": json.dumps(list(matched_ids)), "lowest": lowest_row, "highest": highest_row}
    article_of_row = {
        fts_row.id: fts_row.article_id for fts_row in connection.execute(_ROWS_OF_ARTICLES, range_parameters)
    }
    if query.root is None or not article_of_row:
        return {article_id: (fts_row, 0) for fts_row, article_id in article_of_row.items()}
    fts_match = {"match": fts_match_expression(query.root), "ids": json.dumps(list(article_of_row))}
    fts_rows = fetch_column(connection, _MATCHES_BY_ID, fts_match)
    if query.strict:
        fts_rows = list(_check_accents(connection, query, fts_rows))
    return {article_of_row[fts_row]: (fts_row, 0) for fts_row in fts_rows}


def article_ids(connection: Connection, fts_rows: Iterable[int]) -> dict[int, int]:
    """Return the article id of each row id."""
    return dict(fetch_tuples(connection, _MATCHED_ARTICLE_IDS, {"ids": json.dumps(list(fts_rows))}))


def facet_rows(connection: Connection, fts_rows: Iterable[int]) -> dict[int, FacetRow]:
    """Return what facets count, by row id."""
    facet_columns = fetch_tuples(connection, _MATCHED_FACET_ROWS, {"ids": json.dumps(list(fts_rows))})
    return {fts_row[0]: FacetRow._make(fts_row[1:]) for fts_row in facet_columns}


def indexed_words(connection: Connection, words: Iterable[str]) -> frozenset[str]:
    """Return those of the folded words that occur in any title or text; letters and digits only."""
    plain_words = [word for word in words if word.isalnum()]
    return frozenset(connection.scalars(_INDEXED_WORDS, {"words": json.dumps(plain_words)}))


def count_word_pairs(
    connection: Connection, pairs: Iterable[tuple[str, str]], max_count: int
) -> Mapping[tuple[str, str], int]:
    """Count the documents in which each pair of words is adjacent, up to `max_count`."""

    def count_pair(pair: tuple[str, str]) -> int:
        fts_match = f'{{title words}} : "{pair[0]} {pair[1]}"'
        return connection.scalar(_COUNT_PAIR_MATCHES, {"match": fts_match, "limit": max_count}) or 0

    return {pair: count_pair(pair) for pair in pairs}


def matching_ids(connection: Connection, query: Query) -> Iterable[int]:
    """Return the ids of all matching articles, in no order."""
    lowest_row, highest_row = row_id_range(query.date_range)
    if query.root is None:
        return connection.scalars(_ALL_MATCHED_IDS, {"lowest": lowest_row, "highest": highest_row})
    if not query.strict:
        return connection.scalars(_MATCHING_IDS, match_parameters(query))
    return _matching_ids_with_accents(connection, query)


def _matching_ids_with_accents(connection: Connection, query: Query) -> Iterator[int]:
    range_parameters = match_parameters(query) | {"limit": MAX_RANKED_HITS}
    while fts_rows := fetch_column(connection, NEWEST_ROWS, range_parameters):
        accent_checked_rows = list(_check_accents(connection, query, fts_rows))
        yield from article_ids(connection, accent_checked_rows).values()
        range_parameters["highest"] = fts_rows[-1] - 1
