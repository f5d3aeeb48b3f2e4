"""An archive of many articles, as far as searching reads it: texts, and their index."""

from __future__ import annotations

import multiprocessing
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, insert, text

from benchmarks.search.material import SITES, Made, Text, made
from storage.articles.queries import ARTICLE
from storage.database.engine import open_database, upgrade
from storage.database.schema import appearances, articles, revisions, sites
from storage.records import Article, Image, PrintedTime
from storage.search.documents import SearchDoc
from storage.search.engine import engine_for
from storage.search.sqlite.fts_query import fts_filter_word
from storage.search.sqlite.index_row import IndexRow
from storage.text.tokens import exact_words

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
BATCH = 2_000
LEVELS = ("province", "district", "sector", "press")
BODIES = 8_000  # articles whose titles are withheld


@dataclass(frozen=True, slots=True)
class Built:
    """What making an archive cost."""

    articles: int
    text_bytes: int  # of what is indexed
    index_bytes: int
    seconds: float  # by the clock


Ready: TypeAlias = tuple[Made, SearchDoc, IndexRow]


def article_of(one: Made) -> Article:
    """The record of an article."""
    images = (Image(f"https://{one.site}.example/{one.number}.jpg"),) if one.pictured else ()
    return Article(
        one.site,
        f"https://{one.site}.example/{one.number}",
        one.title.text,
        one.lead.text or None,
        one.body.text,
        author=one.author,
        published=PrintedTime(one.day) if one.day else None,
        section=(one.section,),
        images=images,
        place=one.place,
    )


def ready(one: Made) -> Ready:
    """An article with its row of the index.

    Of a mixed one the row is made of the pieces' words, and its copy of them packed in haste: a million
    articles at a third of the cost. What an index weighs is asked of real ones.
    """
    doc = SearchDoc.from_article(one.number, article_of(one))
    if not one.mixed:
        return one, doc, IndexRow.from_document(doc)
    text = f"{one.lead.words} {one.body.words}".strip()
    author, section = (" ".join(exact_words(words)) for words in (one.author, one.section))
    filters = " ".join(fts_filter_word(kind, value) for kind, value in doc.filter_values)
    fields = (one.title.words, text, author, "", section, "", filters)
    return one, doc, IndexRow.from_packed(zlib.compress("\n".join(fields).encode(), 1))


def build(path: Path, count: int) -> Built:
    """A new archive at `path`, indexed as the store does it, the oldest article first."""
    began = time.monotonic()
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    search = engine_for("sqlite")
    size = 0
    with engine.begin() as connection:
        connection.execute(insert(sites), [_site(number) for number in range(SITES)])
    for batch in _made_ready(count):
        with engine.begin() as connection:
            store(connection, [one for one, _, _ in batch])
            for one, doc, row in batch:
                search.index_document(connection, doc, row)
                size += _size(one)
    optimize(engine)
    index = index_bytes(engine)
    engine.dispose()
    return Built(count, size, index, time.monotonic() - began)


def withheld(path: Path, texts: Sequence[Text]) -> Engine:
    """An index of the first BODIES texts without their titles."""
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    search = engine_for("sqlite")
    with engine.begin() as connection:
        for number, one in enumerate(texts[:BODIES], 1):
            search.index_document(
                connection, SearchDoc(number, "", one.lead, one.body, None, "site_00", None)
            )
    return engine


def optimize(engine: Engine) -> None:
    """One segment of each index, and the figures the planner goes by."""
    with engine.begin() as connection:
        for table in ("search_fts", "search_exact"):
            connection.execute(text(f"INSERT INTO {table} ({table}) VALUES ('optimize')"))  # noqa: S608
        connection.execute(text("ANALYZE"))


def _size(one: Made) -> int:
    """Bytes of the text that is indexed: title, lead, body, author."""
    return len("\n".join((one.title.text, one.lead.text, one.body.text, one.author)).encode())


def _made_ready(count: int) -> Iterator[list[Ready]]:
    """Batches, made a few ahead by a process of its own."""
    context = multiprocessing.get_context("spawn")
    queue: Queue[list[Ready]] = context.Queue(3)
    maker = context.Process(target=_make, args=(count, queue), daemon=True)
    maker.start()
    while batch := _next(queue, maker):
        yield batch
    maker.join()


def _next(queue: Queue[list[Ready]], maker: BaseProcess) -> list[Ready]:
    while True:
        try:
            return queue.get(timeout=5)
        except Empty:
            if not maker.is_alive():
                raise RuntimeError("the process that makes the articles has ended: see its error") from None


def _make(count: int, queue: Queue[list[Ready]]) -> None:
    rows = made(count)
    while batch := [ready(one) for one in islice(rows, BATCH)]:
        queue.put(batch)
    queue.put([])


def _site(number: int) -> dict[str, Any]:
    key = f"site_{number:02}"
    told = {"key": key, "name": f"LĐLĐ {key}", "domain": f"{key}.example", "level": LEVELS[number % 4]}
    return {**told, "place": None, "status": "live", "platform": "nukeviet", "seen_at": NOW}


def store(connection: Connection, batch: list[Made]) -> None:
    """Keep articles as a reader sees them, under their numbers."""
    pages = [(one, article_of(one)) for one in batch]
    connection.execute(insert(articles), [_listed(one, page) for one, page in pages])
    connection.execute(insert(revisions), [_text(one, page) for one, page in pages])
    connection.execute(insert(appearances), [_shown(one, page) for one, page in pages])


def _listed(one: Made, page: Article) -> dict[str, Any]:
    return {
        "id": one.number,
        "site": page.site,
        "url": page.url,
        "title": page.title,
        "lead": page.lead,
        "author": page.author,
        "day": one.day,
        "section": one.section,
        "revision_id": one.number,
        "first_seen": NOW,
        "changed_at": NOW,
    }


def _text(one: Made, page: Article) -> dict[str, Any]:
    return {
        "id": one.number,
        "article_id": one.number,
        "number": 1,
        "exact": str(one.number),
        "exact_version": 1,
        "content": str(one.number),
        "title": page.title,
        "lead": page.lead,
        "body": page.body,
        "noticed_at": NOW,
        "record": ARTICLE.dump_python(page, mode="json", exclude={"body"}),
    }


def _shown(one: Made, page: Article) -> dict[str, Any]:
    return {
        "id": one.number,
        "article_id": one.number,
        "revision_id": one.number,
        "site": page.site,
        "key": str(one.number),
        "url": page.url,
        "content": "",
        "first_seen": NOW,
        "last_seen": NOW,
        "record": {},
    }


def index_bytes(engine: Engine) -> int:
    """Bytes of all tables and indexes the search engine keeps."""
    statement = text(
        "SELECT coalesce(sum(pgsize), 0) FROM dbstat "
        "WHERE name LIKE 'search\\_%' ESCAPE '\\' OR name LIKE 'sqlite_autoindex_search%'"
    )
    with engine.connect() as connection:
        return int(connection.scalar(statement) or 0)
