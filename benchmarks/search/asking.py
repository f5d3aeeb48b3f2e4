"""Readers' questions and how long their answers take, while a crawl writes or while none does."""

from __future__ import annotations

import gc
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random

from sqlalchemy import Engine, delete

from benchmarks.search.archive import article_of, store
from benchmarks.search.material import FAMILY, GIVEN, Made, Piece
from storage.articles import queries as catalogue
from storage.database.engine import map_files, open_database, reading
from storage.database.schema import appearances, articles, revisions
from storage.search.documents import SearchDoc
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.result_page import SearchRequest, SearchResult, search_archive
from storage.search.results.snippets import highlight, snippet
from storage.text.tokens import fold, tokens

WRITTEN_AT_ONCE = 30  # articles of one transaction of the crawl
NEWS = "Liên đoàn Lao động huyện tổ chức hội nghị sơ kết công tác công đoàn. "
PAUSE = 0.5  # seconds between two, as the writer groups its commits


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind."""

    name: str
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the answers of a kind took."""

    kind: str
    asked: int
    p50: float  # ms
    p95: float  # ms
    cpu50: float  # ms of this process's CPU
    cpu95: float
    found: float  # articles, median
    capped: int  # answers of which only the newest were ranked
    walls: tuple[float, ...]  # ms of each question
    cpus: tuple[float, ...]


def kinds(titles: Sequence[str], seed: int = 5, each: int = 20) -> tuple[Kind, ...]:
    """The common mix, by chance from the titles of the archive."""
    rng = Random(seed)

    def words(count: int) -> Iterator[str]:
        while True:
            row = [token.exact for token in tokens(rng.choice(titles)) if token.exact.isalpha()]
            if len(row) > count + 1:
                at = rng.randrange(len(row) - count)
                yield " ".join(row[at : at + count])

    def some(count: int) -> list[str]:
        row = words(count)
        return [next(row) for _ in range(each)]

    common = ["công đoàn", "lao động", "công ty", "Việt Nam", "người", "năm", "tổ chức", "cong doan", "nguoi"]
    filters = [
        "site:site_03",
        "place:bắc kạn",
        "section:“Văn bản”",
        "level:district",
        "has:image",
        "2019..2021",
    ]
    found = (
        Kind("terms in most documents", tuple(common)),
        Kind("two common terms and more", ("công ty lao động", "người lao động năm", "tổ chức hoạt động")),
        Kind("two words of a title", tuple(some(2))),
        Kind("four words of a title", tuple(some(4))),
        Kind("four words without accents", tuple(" ".join(map(fold, row.split())) for row in some(4))),
        Kind("phrase of two", tuple(f'"{row}"' for row in some(2))),
        Kind("phrase of three", tuple(f'"{row}"' for row in some(3))),
        Kind("common phrases", ('"công ty"', '"lao động"', '"người dân"', '"thành phố"', '"Việt Nam"')),
        Kind("a name", tuple(f'"{rng.choice(FAMILY)} {rng.choice(GIVEN)}"' for _ in range(each))),
        Kind("document number", ("02-NQ/TW", "589/QĐ-TTg", "15/2020/NĐ-CP", "12/6/2021")),
        Kind(
            "words and three filters", tuple(f"{row} {' '.join(rng.sample(filters, 3))}" for row in some(1))
        ),
        Kind("one of two", tuple(f"{one} OR {two}" for one, two in zip(some(1), some(1), strict=True))),
        Kind("beginning of a word", tuple(f"{row[:4].strip()}*" for row in some(1) if len(row) > 3)),
        Kind("days alone", ("2019..2021", "undated", "date:2015-06")),
    )
    return tuple(kind for kind in found if kind.queries)


def page(engine: Engine, query: str) -> SearchResult:
    """What the reading room does for a page of results: facets, counts, texts, highlights, snippets."""
    asked = parse(query)
    with reading(engine) as connection:
        told = search_archive(connection, engine_for(connection), SearchRequest(asked, facets=True))
        shown = catalogue.current_revisions(connection, [hit.article_id for hit in told.hits])
    for hit in told.hits:
        text = shown[hit.article_id].article
        highlight(text.title, asked)
        snippet("\n".join((text.lead or "", text.body)), asked)
    return told


@dataclass(slots=True)
class _Asked:
    """One question's cheapest answer; where others use the machine, what came between is not ours."""

    told: SearchResult
    wall: float  # ms
    cpu: float  # ms


def timed(engine: Engine, asked: Sequence[Kind], rounds: int) -> list[Timing]:
    """Each question so many times, in turns, and once before to warm; its cheapest round counts."""
    map_files(engine)  # as `congdoan serve` does, and this:
    gc.freeze()
    answers: dict[tuple[str, str], _Asked] = {}
    for _ in range(rounds + 1):
        for kind in asked:
            for query in kind.queries:
                one = _once(engine, query)
                best = answers.setdefault((kind.name, query), one)
                best.wall, best.cpu = min(best.wall, one.wall), min(best.cpu, one.cpu)
    return [_timing(kind.name, [answers[kind.name, query] for query in kind.queries]) for kind in asked]


def _once(engine: Engine, query: str) -> _Asked:
    began, spent = time.perf_counter(), time.process_time()
    told = page(engine, query)
    return _Asked(told, (time.perf_counter() - began) * 1000, (time.process_time() - spent) * 1000)


def _timing(name: str, answers: Sequence[_Asked]) -> Timing:
    walls, cpus = [each.wall for each in answers], [each.cpu for each in answers]
    return Timing(
        name,
        len(answers),
        statistics.median(walls),
        p95(walls),
        statistics.median(cpus),
        p95(cpus),
        statistics.median([each.told.article_count for each in answers]),
        sum(each.told.is_capped for each in answers),
        tuple(walls),
        tuple(cpus),
    )


def together(timings: Sequence[Timing]) -> Timing:
    """All questions as one kind: the common mix."""
    walls = tuple(ms for each in timings for ms in each.walls)
    cpus = tuple(ms for each in timings for ms in each.cpus)
    found = statistics.median([each.found for each in timings])
    asked, capped = sum(each.asked for each in timings), sum(each.capped for each in timings)
    middle = statistics.median(walls), p95(walls), statistics.median(cpus), p95(cpus)
    return Timing("the common mix", asked, *middle, found, capped, walls, cpus)


def load() -> str:
    """How busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def p95(times: Sequence[float]) -> float:
    """The time that 95 of 100 keep within."""
    row = sorted(times)
    return row[min(len(row) - 1, int(len(row) * 0.95))]


class Crawl:
    """A process that writes into the index while questions are asked."""

    def __init__(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._process = context.Process(target=_write, args=(str(path), self._stop))

    def __enter__(self) -> None:
        self._process.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join()


def _write(path: str, stop: Event) -> None:
    engine = open_database(f"sqlite:///{path}")
    search = engine_for("sqlite")
    first = number = 1 << 40
    while not stop.wait(PAUSE):
        batch = [_news(number + at) for at in range(WRITTEN_AT_ONCE)]
        number += WRITTEN_AT_ONCE
        with engine.begin() as connection:
            store(connection, batch)
            for one in batch:
                search.index_document(connection, SearchDoc.from_article(one.number, article_of(one)))
    with engine.begin() as connection:  # the archive is kept for the next run
        for each in range(first, number):
            search.remove_document(connection, each)
        for table in (appearances, revisions, articles):
            connection.execute(delete(table).where(table.c.id >= first))
    engine.dispose()


def _news(number: int) -> Made:
    title, lead, body = Piece(f"Tin mới số {number}", ""), Piece("", ""), Piece(NEWS * 40, "")
    day = date(2026, 1, 1 + number % 28)
    return Made(number, title, lead, body, "Lê Hoa", "site_00", day, "Tin tức", None, False, False)
