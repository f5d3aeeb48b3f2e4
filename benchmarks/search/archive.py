"""An archive of many articles, as far as searching reads it: texts, and their index."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from benchmarks.search.material import Made, made
from storage.catalogue import ARTICLE
from storage.database import open_database, upgrade
from storage.records import Article, Image, PrintedTime
from storage.schema import appearances, articles, revisions, sites
from storage.search.documents import SearchDoc
from storage.search.engine import engine_for

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
BATCH = 2_000
LEVELS = ("province", "district", "sector", "press")
PARTS = ("search_fts", "search_exact", "search_words", "search_documents")


@dataclass(frozen=True, slots=True)
class Built:
    """What making an archive cost."""

    articles: int
    text_bytes: int  # of what is indexed
    index_bytes: int
    seconds: float  # by the clock


def article_of(one: Made) -> Article:
    """The record of an article."""
    images = (Image(f"https://{one.site}.example/{one.number}.jpg"),) if one.pictured else ()
    return Article(
        one.site,
        f"https://{one.site}.example/{one.number}",
        one.title,
        one.lead or None,
        one.body,
        author=one.author,
        published=PrintedTime(one.day) if one.day else None,
        section=(one.section,),
        images=images,
        place=one.place,
    )


def _prepared(batch: list[Made]) -> list[tuple[SearchDoc, Any]]:
    engine = engine_for("sqlite")
    docs = [SearchDoc.of(one.number, article_of(one)) for one in batch]
    return [(doc, engine.prepare(doc)) for doc in docs]


def build(path: Path, count: int) -> Built:
    """A new archive at `path`, indexed as the store does it."""
    began = time.monotonic()
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    search = engine_for("sqlite")
    size = 0
    with engine.begin() as connection:
        connection.execute(insert(sites), [_site(number) for number in range(65)])
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for batch, prepared in _made_ready(pool, count):
            with engine.begin() as connection:
                _store(connection, batch)
                for doc, row in prepared:
                    search.put(connection, doc, row)
            size += sum(len("\n".join((a.title, a.lead, a.body, a.author)).encode()) for a in batch)
    with engine.begin() as connection:
        for table in ("search_fts", "search_exact"):
            connection.execute(text(f"INSERT INTO {table} ({table}) VALUES ('optimize')"))  # noqa: S608
        connection.execute(text("ANALYZE"))
    index = index_bytes(engine)
    engine.dispose()
    return Built(count, size, index, time.monotonic() - began)


def _made_ready(pool: ProcessPoolExecutor, count: int) -> Iterator[tuple[list[Made], list[Any]]]:
    """Batches with what was prepared of them, a few ahead."""
    rows = made(count)
    waiting: list[tuple[list[Made], Any]] = []
    while batch := list(islice(rows, BATCH)):
        waiting.append((batch, pool.submit(_prepared, batch)))
        if len(waiting) > 3:
            done, prepared = waiting.pop(0)
            yield done, prepared.result()
    for done, prepared in waiting:
        yield done, prepared.result()


def _site(number: int) -> dict[str, Any]:
    key = f"site_{number:02}"
    told = {"key": key, "name": f"LĐLĐ {key}", "domain": f"{key}.example", "level": LEVELS[number % 4]}
    return {**told, "place": None, "status": "live", "platform": "nukeviet", "seen_at": NOW}


def _store(connection: Connection, batch: list[Made]) -> None:
    pages = [(one, article_of(one)) for one in batch]
    rows = [
        {
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
        for one, page in pages
    ]
    connection.execute(insert(articles), rows)
    texts = [
        {
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
        for one, page in pages
    ]
    connection.execute(insert(revisions), texts)
    shown = [
        {
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
        for one, page in pages
    ]
    connection.execute(insert(appearances), shown)


def index_bytes(engine: Engine) -> int:
    """Bytes of all tables and indexes the search engine keeps."""
    statement = text(
        "SELECT coalesce(sum(pgsize), 0) FROM dbstat "
        "WHERE name LIKE 'search\\_%' ESCAPE '\\' OR name LIKE 'sqlite_autoindex_search%'"
    )
    with engine.connect() as connection:
        return int(connection.scalar(statement) or 0)
