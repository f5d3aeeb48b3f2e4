"""What near-duplicates cost: texts signed a second, and look-up and insert as the index grows."""

from __future__ import annotations

import resource
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from benchmarks.apart import apart
from pipelines.duplicates.shingles import SHINGLE_VERSION, sample_shingles
from storage.database.engine import open_database
from storage.database.schema import metadata, samples, signatures
from storage.stories import near_duplicates as near

SIGNED = 2_000  # articles a second on two cores, at least
LOOKED_UP = 1.0  # ms to look up and insert an article, at most
ASKED = 2_000  # articles looked up and inserted at each size
GROUP = 40  # articles a commit, as the writer groups them
WARM = 200  # articles before the clock runs
Pairs = NDArray[np.int64]  # rows of shingle and article


@dataclass(frozen=True, slots=True)
class Signing:
    """Articles a second by the clock on the wall."""

    alone: float  # in one process
    together: float  # in two


@dataclass(frozen=True, slots=True)
class Growth:
    """The index at one size; times in ms an article."""

    articles: int
    rows: int  # of `samples`
    load_seconds: float
    file_mb: float
    lookup: tuple[float, float]  # median, 95th in a hundred
    both: tuple[float, float]  # with the insert
    mean: float  # with the insert and its share of the commit
    cpu: float  # the same, of this process alone: what a busy machine or a server adds is not in it
    grown_mb: float  # resident memory, above what it was before the index was opened


def signing(texts: Sequence[str]) -> Signing:
    """Sign the texts in one fresh process, then in two."""
    halves = [texts[0::2], texts[1::2]]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_sign, [part[:200] for part in halves]))  # imports and caches
        started = time.perf_counter()
        list(pool.map(_sign, halves))
        together = len(texts) / (time.perf_counter() - started)
        started = time.perf_counter()
        pool.submit(_sign, halves[0]).result()
        alone = len(halves[0]) / (time.perf_counter() - started)
    return Signing(alone, together)


def _sign(texts: Sequence[str]) -> int:
    return sum(sample_shingles(text) is not None for text in texts)


def growth(texts: Sequence[str], articles: int, database: str | None) -> Growth:
    """An index of so many made-up articles with real ones' shingles; run it in a fresh process.

    Shingles that the real texts share stay as they are, so that a formula's list grows with the archive;
    the others are exchanged for new ones.
    """
    drawn = [np.array(one.shingles) for one in map(sample_shingles, texts) if one]
    rng = np.random.default_rng(articles)
    shared = _shared(drawn)
    with tempfile.TemporaryDirectory(prefix="congdoan-index-") as folder:
        engine = open_database(database or f"sqlite:///{folder}/index.db")
        load, rows = _load(engine, drawn, shared, articles, rng)
        engine.dispose()  # else the log of the load counts
        size = _file_mb(engine, Path(folder))
        engine.dispose()
        asked = [one.tolist() for one in _made(drawn, shared, np.arange(ASKED) + 7, rng)]
        url = engine.url.render_as_string(hide_password=False)
        lookups, boths, total, cpu, grown = apart(measure, url, asked, articles)
    return Growth(articles, rows, load, size, _told(lookups), _told(boths), total / ASKED, cpu / ASKED, grown)


def _shared(drawn: Sequence[Pairs]) -> Pairs:
    counted = Counter(shingle for one in drawn for shingle in one.tolist())
    return np.array(sorted(shingle for shingle, count in counted.items() if count > 1), dtype=np.int64)


def _made(
    drawn: Sequence[Pairs], shared: Pairs, numbers: NDArray[np.int64], rng: np.random.Generator
) -> Iterator[Pairs]:
    """The sample of each made-up article."""
    flags = np.isin(np.concatenate(drawn), shared)  # at once: every call sorts all of `shared` again
    common = np.split(flags, np.cumsum([len(one) for one in drawn])[:-1])
    for number in numbers:
        at = number % len(drawn)
        fresh = rng.integers(0, 1 << 59, len(drawn[at]))
        yield np.unique(np.where(common[at], drawn[at], fresh))


def _load(
    engine: Engine, drawn: Sequence[Pairs], shared: Pairs, articles: int, rng: np.random.Generator
) -> tuple[float, int]:
    """Fill the index in order of its key; seconds, and rows."""
    made = list(_made(drawn, shared, np.arange(articles), rng))
    numbers = np.repeat(np.arange(1, articles + 1), [len(one) for one in made])
    shingles = np.concatenate(made)
    order = np.lexsort((numbers, shingles))
    started = time.perf_counter()
    metadata.drop_all(engine, tables=[signatures, samples])
    with engine.begin() as connection:
        for table in (signatures, samples):
            connection.execute(text(_without_articles(engine, table.name)))
    rows = zip(shingles[order].tolist(), numbers[order].tolist(), strict=True)
    kept = ((at, SHINGLE_VERSION, 500, near.pack_shingles(one.tolist())) for at, one in enumerate(made, 1))
    _fill(engine, rows, kept)
    return time.perf_counter() - started, len(numbers)


def _without_articles(engine: Engine, table: str) -> str:
    """The table as the archive has it, but for its reference to `articles`, which are not there."""
    number, blob = ("BIGINT", "BYTEA") if engine.dialect.name == "postgresql" else ("INTEGER", "BLOB")
    if table == "samples":
        end = "" if number == "BIGINT" else " WITHOUT ROWID"
        columns = "shingle BIGINT, article_id BIGINT, PRIMARY KEY (shingle, article_id)"
        return f"CREATE TABLE samples ({columns}){end}"
    return (
        f"CREATE TABLE signatures (article_id {number} PRIMARY KEY, version INTEGER, words INTEGER, "
        f"shingles {blob})"
    )


def _fill(
    engine: Engine, rows: Iterator[tuple[int, int]], kept: Iterator[tuple[int, int, int, bytes]]
) -> None:
    if engine.dialect.name == "sqlite":
        raw = sqlite3.connect(str(engine.url.database), isolation_level=None)
        raw.execute("BEGIN")
        raw.executemany("INSERT INTO samples VALUES (?, ?)", rows)
        raw.executemany("INSERT INTO signatures VALUES (?, ?, ?, ?)", kept)
        raw.execute("COMMIT")
        raw.close()
        return
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        for name, lines in (("samples", rows), ("signatures", kept)):
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE samples"))


def measure(
    url: str, asked: Sequence[Sequence[int]], articles: int
) -> tuple[list[float], list[float], float, float, float]:
    """Times in ms of every look-up, look-up and insert, of all with commits, CPU; MB the process grew by."""
    engine = open_database(url)
    before = _resident()
    lookups: list[float] = []
    boths: list[float] = []
    _group(engine, asked[:WARM], articles + ASKED, [], [])
    started, used = time.perf_counter(), time.process_time()
    for at in range(0, len(asked), GROUP):
        _group(engine, asked[at : at + GROUP], articles + at, lookups, boths)
    total = (time.perf_counter() - started) * 1000
    cpu = (time.process_time() - used) * 1000
    return lookups, boths, total, cpu, _resident() - before


def _group(
    engine: Engine,
    some: Sequence[Sequence[int]],
    after: int,
    lookups: list[float],
    boths: list[float],
) -> None:
    with engine.begin() as connection:
        for number, shingles in enumerate(some, after + 1):
            began = time.perf_counter()
            near.near_duplicate_candidates(connection, shingles, number)
            looked = time.perf_counter()
            near.add_signature(connection, number, SHINGLE_VERSION, 500, shingles)
            lookups.append((looked - began) * 1000)
            boths.append((time.perf_counter() - began) * 1000)


def _resident() -> float:
    """The memory this process holds, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _file_mb(engine: Engine, folder: Path) -> float:
    if engine.dialect.name == "sqlite":
        return sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    with engine.connect() as connection:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    return float(size) / 1e6


def _told(times: Sequence[float]) -> tuple[float, float]:
    return float(np.median(times)), float(np.quantile(times, 0.95))


def slow(speed: Signing, grown: Sequence[Growth]) -> list[str]:
    """One line for each aim of cost that is missed."""
    lines = []
    if speed.together < SIGNED:
        lines.append(f"signed {speed.together:,.0f} articles/s in two processes (at least {SIGNED:,})")
    return lines + [
        f"look-up and insert {one.mean:.2f} ms at {one.articles:,} (at most {LOOKED_UP})"
        for one in grown
        if one.mean > LOOKED_UP
    ]


def growth_table(grown: Sequence[Growth]) -> str:
    """A line a size."""
    rows = [
        (
            "articles",
            "rows",
            "load s",
            "MB",
            "look-up p50/p95",
            "with insert p50/p95",
            "mean ms",
            "CPU ms",
            "RSS + MB",
        )
    ]
    rows += [
        (
            f"{one.articles:,}", f"{one.rows:,}", f"{one.load_seconds:.0f}", f"{one.file_mb:.0f}",
            f"{one.lookup[0]:.2f}/{one.lookup[1]:.2f}", f"{one.both[0]:.2f}/{one.both[1]:.2f}",
            f"{one.mean:.2f}", f"{one.cpu:.2f}", f"{one.grown_mb:.0f}",
        )
        for one in grown
    ]  # fmt: skip
    return "\n".join("".join(cell.rjust(20) for cell in row) for row in rows)
