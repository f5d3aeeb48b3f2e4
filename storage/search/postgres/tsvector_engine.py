"""`PostgresSearch`: one tsvector for each document, with a GIN index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, String, TextClause, bindparam, text

from storage.search.documents import DatedHit, DayKey, FacetRow, RankedHits, RankedPage, SearchDoc, SearchHit
from storage.search.postgres.document_tsvector import document_tsvector
from storage.search.postgres.tsquery import tsquery_expression, tsvector_literal
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

# The tsvector is written out and cast, because the parser of the server would split 589/QĐ-LĐLĐ. Folded and
# exact words share it, the exact ones marked; they share positions, too, which no query can notice because a
# phrase is all of one kind.
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

MAX_ARTICLE_ID = (1 << 63) - 1
# Of the labels D, C, B, A.
LABEL_WEIGHTS = (
    f"{{{TEXT_WEIGHT / TITLE_WEIGHT}, {AUTHOR_WEIGHT / TITLE_WEIGHT}, {FILE_WEIGHT / TITLE_WEIGHT}, 1}}"
)

UNDATED_DAY = date.min  # stored for documents without a day: they sort as the oldest

_TSVECTOR_COLUMNS = (
    "article_id",
    "day",
    "norm_version",
    "site",
    "place",
    "section",
    "author",
    "attached",
    "pictured",
)
# S608: only our own column names are written into this statement.
_UPSERT_TSVECTOR = text(
    f"INSERT INTO search_documents ({', '.join(_TSVECTOR_COLUMNS)}, checksum, words) "  # noqa: S608
    f"VALUES ({', '.join(f':{name}' for name in _TSVECTOR_COLUMNS)}, "
    "md5(CAST(CAST(:words AS tsvector) AS text)), CAST(:words AS tsvector)) "
    "ON CONFLICT (article_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in (*_TSVECTOR_COLUMNS[1:], "checksum", "words"))
)
_DELETE_TSVECTOR = text("DELETE FROM search_documents WHERE article_id = :article_id")


def _with_literals(statement: str, *names: str) -> TextClause:
    """A statement with these parameters written into it as literals, quoted by SQLAlchemy.

    As real parameters they would get a generic plan after five calls, and that plan walks the whole table.
    """
    literals = (bindparam(name, type_=String(), literal_execute=True) for name in names)
    return text(statement).bindparams(*literals)


_TSVECTOR_IN_RANGE = "day BETWEEN :first AND :last"
_TSQUERY_IN_RANGE = f"words @@ CAST(:match AS tsquery) AND {_TSVECTOR_IN_RANGE}"
_MATCHES_BY_YEAR = _with_literals(
    "SELECT CAST(extract(year FROM day) AS integer), count(*) FROM search_documents "  # noqa: S608
    f"WHERE {_TSQUERY_IN_RANGE} GROUP BY 1",
    "match",
)
_DOCUMENTS_BY_YEAR = text(
    "SELECT CAST(extract(year FROM day) AS integer), count(*) FROM search_documents "  # noqa: S608
    f"WHERE {_TSVECTOR_IN_RANGE} GROUP BY 1"
)
_OLDER, _NEWER = "(day, article_id) < (:day, :id)", "(day, article_id) > (:day, :id)"
_NEWEST_FIRST, _OLDEST_FIRST = (
    "ORDER BY day DESC, article_id DESC LIMIT :limit",
    "ORDER BY day, article_id LIMIT :limit",
)
# By (has words, oldest first): a statement each.
_LIST_TSVECTORS_BY_DAY = {
    (has_words, oldest_first): (_with_literals if has_words else text)(
        "SELECT article_id, day FROM search_documents "  # noqa: S608
        f"WHERE {_TSQUERY_IN_RANGE if has_words else _TSVECTOR_IN_RANGE} "
        f"AND {_NEWER if oldest_first else _OLDER} {_OLDEST_FIRST if oldest_first else _NEWEST_FIRST}",
        *(("match",) if has_words else ()),
    )
    for has_words in (True, False)
    for oldest_first in (True, False)
}
_TSQUERY_IDS = _with_literals(
    f"SELECT article_id FROM search_documents WHERE {_TSQUERY_IN_RANGE}",  # noqa: S608
    "match",
)
_ALL_TSVECTOR_IDS = text(f"SELECT article_id FROM search_documents WHERE {_TSVECTOR_IN_RANGE}")  # noqa: S608
_MATCHES_BY_ID = _with_literals(
    "SELECT article_id, day FROM search_documents "  # noqa: S608
    f"WHERE article_id = ANY(CAST(:ids AS bigint[])) AND {_TSQUERY_IN_RANGE}",
    "match",
)
_DOCUMENTS_BY_ID = text(
    "SELECT article_id, day FROM search_documents "  # noqa: S608
    f"WHERE article_id = ANY(CAST(:ids AS bigint[])) AND {_TSVECTOR_IN_RANGE}"
)
_TSVECTOR_FACET_ROWS = text(
    "SELECT article_id, site, place, section, author, attached, pictured FROM search_documents "
    "WHERE article_id = ANY(CAST(:ids AS bigint[]))"
)
_INDEXED_TSVECTOR_WORDS = text(
    "SELECT word FROM unnest(CAST(:words AS text[])) AS word WHERE EXISTS "
    "(SELECT 1 FROM search_documents WHERE words @@ CAST(quote_literal(word) AS tsquery) LIMIT 1)"
)
_COUNT_TSVECTOR_PAIR = _with_literals(
    "SELECT count(*) FROM (SELECT 1 FROM search_documents "
    "WHERE words @@ CAST(:match AS tsquery) LIMIT :limit) AS pair_documents",
    "match",
)
_TSVECTOR_CANDIDATES = _with_literals(
    "SELECT article_id, day, "  # noqa: S608 - no value is written in
    "ts_rank_cd(CAST(:weights AS real[]), words, CAST(:match AS tsquery), 32) AS score, "
    "words @@ CAST(:exact AS tsquery) AS exact, words @@ CAST(:titled AS tsquery) AS titled "
    "FROM (SELECT article_id, day, words FROM search_documents "
    f"WHERE {_TSQUERY_IN_RANGE} {_NEWEST_FIRST}) AS newest "
    "ORDER BY day DESC, article_id DESC",
    "match",
    "exact",
    "titled",
)
_COUNT_OUTDATED = text("SELECT count(*) FROM search_documents WHERE norm_version <> :norm_version")
_TAMPERED_TSVECTORS = text(
    "SELECT article_id FROM search_documents WHERE md5(CAST(words AS text)) <> checksum LIMIT 20"
)


class PostgresSearch:
    """The SearchEngine on PostgreSQL's tsvector and GIN."""

    relaxed_scores_comparable = False

    def prepare(self, doc: SearchDoc) -> str:
        """Tokenise a document for `index_document`; needs no database, so a worker process may do it."""
        return document_tsvector(doc)

    def index_document(self, connection: Connection, doc: SearchDoc, prepared: str | None = None) -> None:
        """Index a document, replacing the one of the same id; `prepared` is the result of `prepare`."""
        tsvector_columns = {
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
        connection.execute(_UPSERT_TSVECTOR, tsvector_columns | {"words": prepared or self.prepare(doc)})

    def remove_document(self, connection: Connection, article_id: int) -> None:
        """Remove a document from the index; an unknown id is no error."""
        connection.execute(_DELETE_TSVECTOR, {"article_id": article_id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> RankedPage:
        """Return one page of matches, best first; pages of a capped result end with what was ranked."""
        tsvector_ranking = self.rank_matches(connection, query)
        return RankedPage(
            tsvector_ranking.hits[offset : offset + limit], tsvector_ranking.total, tsvector_ranking.is_capped
        )

    def rank_matches(self, connection: Connection, query: Query) -> RankedHits:
        """Return the best matches, and how many match by year."""
        query = resolve_site_filters(connection, query)
        if query.root is None:
            return self._newest_documents(connection, query)
        tsquery, day_range = tsquery_expression(query.root), _day_range(query.date_range)
        tsvector_years = _year_counts(connection.execute(_MATCHES_BY_YEAR, {"match": tsquery, **day_range}))
        title_query = title_only(query.root)
        tsquery_values = {
            "weights": LABEL_WEIGHTS,
            "match": tsquery,
            "exact": tsquery_expression(query.root, exact=True) if wants_accents(query.root) else tsquery,
            "titled": tsquery_expression(title_query) if title_query else "",
            "limit": MAX_RANKED_HITS,
            **day_range,
        }
        tsvector_rows = connection.execute(_TSVECTOR_CANDIDATES, tsquery_values).all()
        ranking = sort_by_rank(
            RankCandidate(
                _day_key(tsvector_row.article_id, tsvector_row.day),
                tsvector_row.article_id,
                tsvector_row.score,
                tsvector_row.exact,
                tsvector_row.titled,
            )
            for tsvector_row in tsvector_rows
        )
        hits = tuple(SearchHit(candidate.article_id, candidate.score) for candidate in ranking)
        tsvector_total = sum(tsvector_years.values())
        oldest_key = _day_key(tsvector_rows[-1].article_id, tsvector_rows[-1].day) if tsvector_rows else None
        facet_rows = _facet_rows(connection, hits)
        return RankedHits(
            hits,
            tsvector_total,
            tsvector_total > MAX_RANKED_HITS,
            oldest_key,
            tsvector_years,
            facet_rows=facet_rows,
        )

    def _newest_documents(self, connection: Connection, query: Query) -> RankedHits:
        """The result of a query without words: every document of its dates, the newest first."""
        day_range = _day_range(query.date_range)
        tsvector_years = _year_counts(connection.execute(_DOCUMENTS_BY_YEAR, day_range))
        tsvector_rows = self.list_by_day(connection, query, limit=MAX_RANKED_HITS)
        tsvector_total = sum(tsvector_years.values())
        hits = tuple(SearchHit(hit.article_id, 0.0) for hit in tsvector_rows)
        oldest_key = tsvector_rows[-1].key if tsvector_rows else None
        facet_rows = _facet_rows(connection, hits)
        return RankedHits(
            hits,
            tsvector_total,
            tsvector_total > len(tsvector_rows),
            oldest_key,
            tsvector_years,
            facet_rows=facet_rows,
        )

    def list_by_day(
        self,
        connection: Connection,
        query: Query,
        *,
        limit: int,
        after: DayKey | None = None,
        oldest_first: bool = False,
    ) -> tuple[DatedHit, ...]:
        """Return matches by day, beginning after the key `after`."""
        query = resolve_site_filters(connection, query)
        start_key = after or ((0, -1) if oldest_first else (date.max.toordinal(), MAX_ARTICLE_ID))
        tsquery_values = {"day": _key_day(start_key[0]), "id": start_key[1], "limit": limit}
        tsquery_values |= _day_range(query.date_range)
        if query.root is not None:
            tsquery_values["match"] = tsquery_expression(query.root)
        tsvector_rows = connection.execute(
            _LIST_TSVECTORS_BY_DAY[query.root is not None, oldest_first], tsquery_values
        )
        return tuple(DatedHit(article_id, _day_key(article_id, day)) for article_id, day in tsvector_rows)

    def matching_day_keys(
        self, connection: Connection, query: Query, ids: Iterable[int]
    ) -> Mapping[int, DayKey]:
        """Return the articles among `ids` that match, with their keys in the order of days."""
        query = resolve_site_filters(connection, query)
        tsquery_values = {"ids": list(ids), **_day_range(query.date_range)}
        if query.root is None:
            tsvector_rows = connection.execute(_DOCUMENTS_BY_ID, tsquery_values)
        else:
            tsvector_rows = connection.execute(
                _MATCHES_BY_ID, tsquery_values | {"match": tsquery_expression(query.root)}
            )
        return {article_id: _day_key(article_id, day) for article_id, day in tsvector_rows}

    def relaxed_matches(self, connection: Connection, query: Query, limit: int) -> tuple[SearchHit, ...]:
        """Return at most `limit` articles with most of the words, best first; only for plain words."""

        def find_articles(relaxed_query: Query, max_articles: int) -> list[int]:
            hits = self.list_by_day(connection, relaxed_query, limit=max_articles)
            return [hit.article_id for hit in hits]

        return relaxed_matches(find_articles, query, limit)

    def indexed_words(self, connection: Connection, words: Iterable[str]) -> frozenset[str]:
        """Return those of the folded words (letters and digits) that occur in any title or text."""
        plain_words = [word for word in words if word.isalnum()]
        return frozenset(connection.scalars(_INDEXED_TSVECTOR_WORDS, {"words": plain_words}))

    def count_word_pairs(
        self, connection: Connection, pairs: Iterable[tuple[str, str]], max_count: int
    ) -> Mapping[tuple[str, str], int]:
        """Count the documents in which each pair of folded words is adjacent, up to `max_count`."""

        def count_pair(pair: tuple[str, str]) -> int:
            tsquery = f"{tsvector_literal(pair[0])} <-> {tsvector_literal(pair[1])}"
            return connection.scalar(_COUNT_TSVECTOR_PAIR, {"match": tsquery, "limit": max_count}) or 0

        return {pair: count_pair(pair) for pair in pairs}

    def matching_ids(self, connection: Connection, query: Query) -> Iterable[int]:
        """Return the ids of all matching articles, in no order."""
        query = resolve_site_filters(connection, query)
        day_range = _day_range(query.date_range)
        if query.root is None:
            return connection.scalars(_ALL_TSVECTOR_IDS, day_range)
        return connection.scalars(_TSQUERY_IDS, {"match": tsquery_expression(query.root), **day_range})

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """Return every defect of the index, one line each with the remedy; empty when it is sound."""
        remedy = "rebuild the search index with `congdoan db rebuild --search`"
        outdated = connection.execute(_COUNT_OUTDATED, {"norm_version": NORM_VERSION}).scalar_one()
        problems = [
            f"the words of article {article_id} were changed: {remedy}"
            for article_id in connection.scalars(_TAMPERED_TSVECTORS)
        ]
        if outdated:
            problems.append(
                f"{outdated} documents were indexed under another folding than {NORM_VERSION}: {remedy}"
            )
        return tuple(problems)


def _facet_rows(connection: Connection, hits: Iterable[SearchHit]) -> list[FacetRow]:
    tsvector_rows = connection.execute(_TSVECTOR_FACET_ROWS, {"ids": [hit.article_id for hit in hits]})
    return [FacetRow._make(tsvector_row) for tsvector_row in tsvector_rows.all()]


def _day_range(date_range: DateRange | None) -> dict[str, Any]:
    """The first and last day that a query's dates allow, as parameters."""
    if date_range is None:
        return {"first": UNDATED_DAY, "last": date.max}
    if date_range.undated:
        return {"first": UNDATED_DAY, "last": UNDATED_DAY}
    return {"first": max(date_range.first, UNDATED_DAY + timedelta(days=1)), "last": date_range.last}


def _day_key(article_id: int, day: date) -> DayKey:
    return (0 if day == UNDATED_DAY else day.toordinal(), article_id)


def _key_day(day_ordinal: int) -> date:
    return date.fromordinal(day_ordinal) if day_ordinal else UNDATED_DAY


def _year_counts(tsvector_rows: Iterable[Any]) -> dict[int | None, int]:
    return {None if year == UNDATED_DAY.year else year: articles for year, articles in tsvector_rows}
