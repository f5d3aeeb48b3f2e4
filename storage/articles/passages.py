"""Passages: of an article that was found, the window of its text, or of a file's, that shows why."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.articles.files import MOST_INDEXED, StoredFile, files_of
from storage.records import Article, UrlKind
from storage.search.query.tree import Query, SearchField
from storage.search.results.snippets import Snippet, highlight, snippet


def passage(
    connection: Connection, query: Query, article_id: int, page: Article
) -> tuple[str | None, Snippet]:
    """The passage to show, and the name of the file it stands in; None = it is the article's own.

    A file's only when what was asked for stands neither in lead and body nor in the title.
    """
    own = snippet("\n".join(part for part in (page.lead, page.body) if part), query)
    if own.spans or highlight(page.title, query, SearchField.TITLE):
        return None, own
    for file in files_of(connection, article_id):
        if _read(file):
            there = snippet(file.text[:MOST_INDEXED], query, field=SearchField.FILE)
            if there.spans:
                return file.name, there
    return None, own


def _read(file: StoredFile) -> bool:
    return file.kind is UrlKind.ATTACHMENT and file.current and bool(file.text)
