"""What the index weighs, and what an article costs to put into it."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from sqlalchemy import text

from benchmarks.search.archive import index_bytes
from benchmarks.search.material import Text, real
from storage.database.engine import open_database
from storage.search.documents import SearchDoc
from storage.search.engine import engine_for
from storage.search.sqlite.index_row import row_day

PUT = 1_000  # articles put to measure, and taken out again
_TEXT = text(
    "SELECT sum(length(CAST(articles.title || coalesce(articles.lead, '') || body "
    "|| coalesce(articles.author, '') AS BLOB)) + 3) FROM articles "
    "JOIN revisions ON revisions.id = articles.revision_id"
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Costs of an index."""

    text_bytes: int
    index_bytes: int
    ratio: float
    prepare_ms: float  # CPU of the words of an article: a reader process does it
    put_ms: float  # CPU of the whole, commits of 40 articles included
    resident_mb: int  # the most this process held


def weighed(path: Path) -> Weighed:
    """The bytes of an archive's index, and the cost of PUT more articles on days among the others."""
    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as connection:
        text_bytes = int(connection.scalar(_TEXT) or 0)
        days = [row_day(row) for row in connection.scalars(text("SELECT id FROM search_documents"))]
    index = index_bytes(engine)
    search = engine_for("sqlite")
    first = 1 << 41
    step = len(days) // PUT or 1
    docs = [
        SearchDoc(first + at, one.title, one.lead, one.body, None, "site_00", days[at * step * 7 % len(days)])
        for at, one in enumerate(_some(PUT))
    ]
    began = process_time()
    ready = [search.prepare(doc) for doc in docs]
    prepared = process_time()
    for start in range(0, PUT, 40):
        with engine.begin() as connection:
            for doc, row in zip(docs[start : start + 40], ready[start : start + 40], strict=True):
                search.index_document(connection, doc, row)
    ended = process_time()
    with engine.begin() as connection:
        for doc in docs:
            search.remove_document(connection, doc.article_id)
    engine.dispose()
    return Weighed(
        text_bytes,
        index,
        index / max(1, text_bytes),
        (prepared - began) * 1000 / PUT,
        (ended - began) * 1000 / PUT,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _some(count: int) -> Sequence[Text]:
    return list(real(count))
