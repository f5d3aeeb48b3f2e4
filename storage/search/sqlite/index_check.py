"""Verify the SQLite index: compare what FTS5 holds with what the stored words say it should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from storage.search.sqlite.index_row import IndexRow
from storage.text.tokens import NORM_VERSION

INDEX_REMEDY = "rebuild the search index with `congdoan db rebuild --search`"
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
    damaged_tables = tuple(_damaged_tables(connection))
    if damaged_tables:
        return damaged_tables
    expected_words: Occurrences = Counter()
    expected_accented: Counter[str] = Counter()
    row_problems = tuple(_unpaired_rows(connection))
    checksum_problems = tuple(_outdated_documents(connection, expected_words, expected_accented))
    word_problems = (
        *_wrong_word_counts(connection, expected_words),
        *_wrong_accented_counts(connection, expected_accented),
    )
    return (*row_problems, *checksum_problems, *word_problems)


def _damaged_tables(connection: Connection) -> Iterator[str]:
    for fts_table in ("search_fts", "search_exact"):
        try:
            with connection.begin_nested():
                integrity_check = f"INSERT INTO {fts_table} ({fts_table}) VALUES ('integrity-check')"  # noqa: S608
                connection.execute(text(integrity_check))
        except DatabaseError as error:
            yield f"{fts_table} is damaged ({error.orig}): {INDEX_REMEDY}"


def _unpaired_rows(connection: Connection) -> Iterator[str]:
    """Rows that search_documents has and another table lacks, or the other way round."""
    document_rows = set(connection.scalars(text("SELECT id FROM search_documents")))
    words_rows = set(connection.scalars(_WORDS_ROWS))
    fts_rows = set(connection.scalars(text("SELECT rowid FROM search_fts")))
    for fts_table, table_rows in (("search_fts", fts_rows), ("search_words", words_rows)):
        for checked_row in sorted(document_rows - table_rows)[:MAX_LISTED_PROBLEMS]:
            yield f"row {checked_row} of search_documents is not in {fts_table}: {INDEX_REMEDY}"
        for checked_row in sorted(table_rows - document_rows)[:MAX_LISTED_PROBLEMS]:
            yield f"row {checked_row} of {fts_table} is not in search_documents: {INDEX_REMEDY}"


def _outdated_documents(
    connection: Connection, expected_words: Occurrences, expected_accented: Counter[str]
) -> Iterator[str]:
    """Documents folded by other rules; counts the words of all into the two expected counters."""
    outdated = 0
    for checked_document in connection.execute(_STORED_DOCUMENTS):
        index_row = IndexRow.from_packed(checked_document.words)
        expected_accented.update(index_row.accented_words.split())
        for column, indexed_words in index_row.columns.items():
            expected_words.update((column, vocabulary_word) for vocabulary_word in indexed_words.split())
        same_version = checked_document.norm_version == NORM_VERSION
        outdated += not (same_version and index_row.checksum == checked_document.checksum)
    if outdated:
        problem = f"{outdated} documents were indexed under another folding than version {NORM_VERSION}"
        yield f"{problem}: {INDEX_REMEDY}"


def _wrong_word_counts(connection: Connection, expected_words: Occurrences) -> Iterator[str]:
    """Words FTS5 holds more or less often than the stored documents do."""
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_vocabulary USING fts5vocab(main, search_fts, col)"
        )
    )
    checked_vocabulary = connection.execute(text("SELECT col, term, cnt FROM temp.search_vocabulary"))
    indexed_words: Occurrences = Counter(
        {(column, vocabulary_word): times for column, vocabulary_word, times in checked_vocabulary}
    )
    connection.execute(text("DROP TABLE temp.search_vocabulary"))
    yield from _compare_counts(indexed_words, expected_words)


def _wrong_accented_counts(connection: Connection, expected_accented: Counter[str]) -> Iterator[str]:
    """Accented words that search_exact has for more or fewer documents than the stored ones."""
    connection.execute(
        text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_marked USING fts5vocab(main, search_exact, row)")
    )
    checked_vocabulary = connection.execute(text("SELECT term, doc FROM temp.search_marked"))
    indexed_words: Occurrences = Counter(
        {("marked", vocabulary_word): documents for vocabulary_word, documents in checked_vocabulary}
    )
    connection.execute(text("DROP TABLE temp.search_marked"))
    expected_words = Counter(
        {("marked", vocabulary_word): documents for vocabulary_word, documents in expected_accented.items()}
    )
    yield from _compare_counts(indexed_words, expected_words)


def _compare_counts(indexed_words: Occurrences, expected_words: Occurrences) -> Iterator[str]:
    wrong_counts = sorted(
        indexed_word
        for indexed_word in indexed_words.keys() | expected_words.keys()
        if indexed_words[indexed_word] != expected_words[indexed_word]
    )
    for indexed_word in wrong_counts[:MAX_LISTED_PROBLEMS]:
        column, vocabulary_word = indexed_word
        indexed, expected = indexed_words[indexed_word], expected_words[indexed_word]
        yield f"`{vocabulary_word}` occurs {indexed} times in {column}, {expected} expected: {INDEX_REMEDY}"
    if len(wrong_counts) > MAX_LISTED_PROBLEMS:
        yield f"… and {len(wrong_counts) - MAX_LISTED_PROBLEMS} more words"
