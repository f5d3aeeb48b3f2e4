"""Passages: the part of a hit's text, or of its file's, that shows why it matched."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.articles.files import MAX_INDEXED_CHARS, StoredFile, files_of
from storage.records import Article, UrlKind
from storage.search.query.tree import Query, SearchField
from storage.search.results.snippets import Snippet, highlight, snippet


def passage(
    connection: Connection, query: Query, article_id: int, page: Article
) -> tuple[str | None, Snippet]:
    """Return the file name (None: the article itself) and the snippet to show for a hit.

    A file's snippet only when lead, body and title match nothing.
    """
    own = snippet("\n".join(part for part in (page.lead, page.body) if part), query)
    if own.spans or highlight(page.title, query, SearchField.TITLE):
        return None, own
    for file in files_of(connection, article_id):
        if _read(file):
            there = snippet(file.text[:MAX_INDEXED_CHARS], query, field=SearchField.FILE)
            if there.spans:
                return file.name, there
    return None, own


def _read(file: StoredFile) -> bool:
    return file.kind is UrlKind.ATTACHMENT and file.current and bool(file.text)
