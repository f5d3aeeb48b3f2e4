"""What is measured of exports: ours from the archive's tables, and DuckDB's COPY of the finished rows."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.synthetic import synthetic_archive
from storage.database.engine import open_database, snapshot
from storage.export.export_job import ExportJob, export_file
from storage.export.formats import FORMATS
from storage.export.selection import SelectedArticles, Selection

NAMES = {"parquet": "PARQUET, COMPRESSION zstd, COMPRESSION_LEVEL 3", "jsonl.zst": "JSON, COMPRESSION zstd"}


@dataclass(frozen=True, slots=True)
class Took:
    """What one contender took for one format."""

    articles: int
    wall: float  # seconds
    cpu: float  # seconds, all threads
    memory: float  # MB at its peak, of the whole process
    size: float  # MB written

    @property
    def a_second(self) -> float:
        """Articles a second by the clock on the wall."""
        return self.articles / self.wall

    @property
    def cpu_each(self) -> float:
        """CPU in µs an article."""
        return 1e6 * self.cpu / self.articles


def ours(archive: str, form: str, path: str) -> Took:
    """`congdoan export`, from the tables of the archive, its four queries and joins included."""
    engine = open_database(f"sqlite:///{archive}")

    def export() -> int:
        with snapshot(engine) as connection:
            return export_file(
                ExportJob(SelectedArticles(connection, Selection()), FORMATS[form], datetime.now(UTC)),
                Path(path),
            ).rows

    return _timed(export, Path(path))


def duckdbs(rows: str, form: str, path: str) -> Took:
    """DuckDB's COPY of the very rows, typed and joined, from a table of its own, with two threads."""
    with duckdb.connect(rows, read_only=True, config={"threads": 2}) as database:

        def copy() -> int:
            database.execute(f"COPY articles TO '{path}' (FORMAT {NAMES[form]})")
            counted = database.execute("SELECT count(*) FROM articles").fetchone()
            return int(counted[0]) if counted else 0

        return _timed(copy, Path(path))


def _timed(work: Callable[[], int], path: Path) -> Took:
    wall, cpu = time.monotonic(), time.process_time()
    articles = work()
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Took(articles, wall, cpu, peak, path.stat().st_size / 1e6)


def build(archive: str, size: int) -> None:
    """An archive of so many synthetic articles."""
    synthetic_archive(Path(archive), size).dispose()


def load(parquet: str, rows: str) -> None:
    """The rows of an export as a table of DuckDB's own."""
    with duckdb.connect(rows) as database:
        database.execute(f"CREATE TABLE articles AS FROM read_parquet('{parquet}')")
