"""The DDL of the SQLite index: contentless FTS5 tables, one row and the packed words of each document."""

from __future__ import annotations

from storage.search.sqlite.index_row import FTS_COLUMNS

# Contentless, because a content table would hold every text twice, uncompressed. SQLite 3.40 cannot delete
# from a contentless table without the old words, so search_words stores the exact words, compressed; the rest
# derives from them, and a checksum proves it before anything is deleted. It is a separate table, by article:
# rows that come in order fill their pages, and those of search_documents (which come in the order of days)
# stay short. The ascii tokenizer takes every character beyond ASCII as part of a word, whatever Unicode
# version SQLite has: our words pass unchanged.
#
# Words with accents are in search_exact without positions (detail=none): a twentieth of the text instead of
# half of it. Where they must be adjacent, the stored words are read.
_TOKENIZER = "tokenize=\"ascii tokenchars '-./,_=:'\""
CREATE: tuple[str, ...] = (
    """CREATE TABLE search_documents (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL UNIQUE,
        norm_version INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        own INTEGER NOT NULL,
        length INTEGER NOT NULL,
        site TEXT NOT NULL,
        place TEXT,
        section TEXT,
        author TEXT,
        has INTEGER NOT NULL
    )""",
    "CREATE INDEX search_documents_filed ON search_documents (id, own, length) WHERE length > own",
    "CREATE TABLE search_words (article_id INTEGER PRIMARY KEY, words BLOB NOT NULL)",
    f"CREATE VIRTUAL TABLE search_fts USING fts5({', '.join(FTS_COLUMNS)}, content='', {_TOKENIZER})",
    "CREATE VIRTUAL TABLE search_exact USING "
    f"fts5(marked, content='', detail=none, columnsize=0, {_TOKENIZER})",
)
DROP: tuple[str, ...] = tuple(
    f"DROP TABLE IF EXISTS {name}"
    for name in ("search_fts", "search_exact", "search_words", "search_documents")
)
TABLE_NAMES = frozenset(
    {"search_documents", "search_words"}
    | {f"search_fts{part}" for part in ("", "_data", "_idx", "_docsize", "_config")}
    | {f"search_exact{part}" for part in ("", "_data", "_idx", "_config")}
)
