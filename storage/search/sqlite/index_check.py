"""The proof of the SQLite index: what FTS5 holds against what the kept documents say it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from storage.search.sqlite.rows import IndexRow
from storage.text.tokens import NORM_VERSION

REMEDY = "rebuild the search index with `congdoan db rebuild --search`"
MAX_LISTED_PROBLEMS = 20  # problems of one kind that are named one by one

_WITH_WORDS = text(
    "SELECT coalesce(id, -search_words.article_id) FROM search_words "
    "LEFT JOIN search_documents USING (article_id)"
)

Occurrences = Counter[tuple[str, str]]  # (column, word) → times


def index_problems(connection: Connection) -> tuple[str, ...]:
    """Everything wrong, one line each; reads the whole index."""
    broken = tuple(_integrity(connection))
    if broken:
        return broken
    expected: Occurrences = Counter()
    marked: Counter[str] = Counter()
    found = [*_rows(connection), *_documents(connection, expected, marked)]
    return (*found, *_words(connection, expected), *_marked(connection, marked))


def _integrity(connection: Connection) -> Iterator[str]:
    for table in ("search_fts", "search_exact"):
        try:
            with connection.begin_nested():
                connection.execute(text(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"))  # noqa: S608
        except DatabaseError as error:
            yield f"{table} is damaged ({error.orig}): {REMEDY}"


def _rows(connection: Connection) -> Iterator[str]:
    """Rows that only one of the two tables has."""
    kept = set(connection.scalars(text("SELECT id FROM search_documents")))
    told = set(connection.scalars(_WITH_WORDS))
    indexed = set(connection.scalars(text("SELECT rowid FROM search_fts")))
    for name, rows in (("search_fts", indexed), ("search_words", told)):
        for row in sorted(kept - rows)[:MAX_LISTED_PROBLEMS]:
            yield f"row {row} of search_documents is not in {name}: {REMEDY}"
        for row in sorted(rows - kept)[:MAX_LISTED_PROBLEMS]:
            yield f"row {row} of {name} is not in search_documents: {REMEDY}"


def _documents(connection: Connection, expected: Occurrences, marked: Counter[str]) -> Iterator[str]:
    """Documents folded by other rules; their words are counted into `expected` and `marked`."""
    other = 0
    rows = text(
        "SELECT words, checksum, norm_version FROM search_documents JOIN search_words USING (article_id)"
    )
    for row in connection.execute(rows):
        made = IndexRow.read(row.words)
        marked.update(made.accented.split())
        for name, words in made.columns.items():
            expected.update((name, word) for word in words.split())
        other += row.norm_version != NORM_VERSION or made.checksum != row.checksum
    if other:
        yield f"{other} documents were indexed under another folding than version {NORM_VERSION}: {REMEDY}"


def _words(connection: Connection, expected: Occurrences) -> Iterator[str]:
    """Words FTS5 holds more or less often than the documents do."""
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_vocabulary USING fts5vocab(main, search_fts, col)"
        )
    )
    counts = connection.execute(text("SELECT col, term, cnt FROM temp.search_vocabulary"))
    indexed: Occurrences = Counter({(column, word): times for column, word, times in counts})
    connection.execute(text("DROP TABLE temp.search_vocabulary"))
    yield from _differing(indexed, expected)


def _marked(connection: Connection, expected: Counter[str]) -> Iterator[str]:
    """Words with marks that stand in more or fewer documents than they should."""
    connection.execute(
        text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_marked USING fts5vocab(main, search_exact, row)")
    )
    counts = connection.execute(text("SELECT term, doc FROM temp.search_marked"))
    indexed: Occurrences = Counter({("marked", word): times for word, times in counts})
    connection.execute(text("DROP TABLE temp.search_marked"))
    yield from _differing(indexed, Counter({("marked", word): times for word, times in expected.items()}))


def _differing(indexed: Occurrences, expected: Occurrences) -> Iterator[str]:
    wrong = sorted(key for key in indexed.keys() | expected.keys() if indexed[key] != expected[key])
    for column, word in wrong[:MAX_LISTED_PROBLEMS]:
        key = (column, word)
        yield f"`{word}` stands {indexed[key]} times in {column}, {expected[key]} expected: {REMEDY}"
    if len(wrong) > MAX_LISTED_PROBLEMS:
        yield f"… and {len(wrong) - MAX_LISTED_PROBLEMS} more words"
