"""Verify the SQLite index: compare what FTS5 holds with what the stored words say it should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from storage.search.sqlite.rows import IndexRow
from storage.text.tokens import NORM_VERSION

REMEDY = "rebuild the search index with `congdoan db rebuild --search`"
MAX_LISTED_PROBLEMS = 20  # of one kind; the rest is counted

_WORDS_ROWS = text(
    "SELECT coalesce(id, -search_words.article_id) FROM search_words "
    "LEFT JOIN search_documents USING (article_id)"
)
_STORED_DOCUMENTS = text(
    "SELECT words, checksum, norm_version FROM search_documents JOIN search_words USING (article_id)"
)

Occurrences = Counter[tuple[str, str]]  # (column, word) → times


def index_problems(connection: Connection) -> tuple[str, ...]:
    """Return every defect of the index, one line each; reads the whole index."""
    damaged = tuple(_damaged_tables(connection))
    if damaged:
        return damaged
    expected: Occurrences = Counter()
    expected_accented: Counter[str] = Counter()
    row_problems = tuple(_unpaired_rows(connection))
    checksum_problems = tuple(_outdated_documents(connection, expected, expected_accented))
    word_problems = (
        *_wrong_word_counts(connection, expected),
        *_wrong_accented_counts(connection, expected_accented),
    )
    return (*row_problems, *checksum_problems, *word_problems)


def _damaged_tables(connection: Connection) -> Iterator[str]:
    for table in ("search_fts", "search_exact"):
        try:
            with connection.begin_nested():
                connection.execute(text(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"))  # noqa: S608
        except DatabaseError as error:
            yield f"{table} is damaged ({error.orig}): {REMEDY}"


def _unpaired_rows(connection: Connection) -> Iterator[str]:
    """Rows that search_documents has and another table lacks, or the other way round."""
    document_rows = set(connection.scalars(text("SELECT id FROM search_documents")))
    words_rows = set(connection.scalars(_WORDS_ROWS))
    fts_rows = set(connection.scalars(text("SELECT rowid FROM search_fts")))
    for table, rows in (("search_fts", fts_rows), ("search_words", words_rows)):
        for row in sorted(document_rows - rows)[:MAX_LISTED_PROBLEMS]:
            yield f"row {row} of search_documents is not in {table}: {REMEDY}"
        for row in sorted(rows - document_rows)[:MAX_LISTED_PROBLEMS]:
            yield f"row {row} of {table} is not in search_documents: {REMEDY}"


def _outdated_documents(
    connection: Connection, expected: Occurrences, expected_accented: Counter[str]
) -> Iterator[str]:
    """Documents folded by other rules; counts the words of all into the two expected counters."""
    outdated = 0
    for document in connection.execute(_STORED_DOCUMENTS):
        index_row = IndexRow.from_packed(document.words)
        expected_accented.update(index_row.accented_words.split())
        for column, words in index_row.columns.items():
            expected.update((column, word) for word in words.split())
        same_version = document.norm_version == NORM_VERSION
        outdated += not (same_version and index_row.checksum == document.checksum)
    if outdated:
        yield f"{outdated} documents were indexed under another folding than version {NORM_VERSION}: {REMEDY}"


def _wrong_word_counts(connection: Connection, expected: Occurrences) -> Iterator[str]:
    """Words FTS5 holds more or less often than the stored documents do."""
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_vocabulary USING fts5vocab(main, search_fts, col)"
        )
    )
    vocabulary = connection.execute(text("SELECT col, term, cnt FROM temp.search_vocabulary"))
    indexed: Occurrences = Counter({(column, word): times for column, word, times in vocabulary})
    connection.execute(text("DROP TABLE temp.search_vocabulary"))
    yield from _compare_counts(indexed, expected)


def _wrong_accented_counts(connection: Connection, expected_accented: Counter[str]) -> Iterator[str]:
    """Accented words that search_exact has for more or fewer documents than the stored ones."""
    connection.execute(
        text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_marked USING fts5vocab(main, search_exact, row)")
    )
    vocabulary = connection.execute(text("SELECT term, doc FROM temp.search_marked"))
    indexed: Occurrences = Counter({("marked", word): documents for word, documents in vocabulary})
    connection.execute(text("DROP TABLE temp.search_marked"))
    expected = Counter({("marked", word): documents for word, documents in expected_accented.items()})
    yield from _compare_counts(indexed, expected)


def _compare_counts(indexed: Occurrences, expected: Occurrences) -> Iterator[str]:
    wrong = sorted(key for key in indexed.keys() | expected.keys() if indexed[key] != expected[key])
    for key in wrong[:MAX_LISTED_PROBLEMS]:
        column, word = key
        yield f"`{word}` occurs {indexed[key]} times in {column}, {expected[key]} expected: {REMEDY}"
    if len(wrong) > MAX_LISTED_PROBLEMS:
        yield f"… and {len(wrong) - MAX_LISTED_PROBLEMS} more words"
