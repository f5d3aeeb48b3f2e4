"""Exports that are interrupted: what stood there stays, what is half done is gone on with."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas
import polars
import pytest
from sqlalchemy import Engine

from storage.database.engine import snapshot
from storage.export.directory import export_directory
from storage.export.errors import ExportError
from storage.export.export_job import ExportJob, export_file, export_stream
from storage.export.export_row import JsonRow
from storage.export.formats import FORMATS
from storage.export.manifest import Manifest, manifest_path, manifest_problems, read_manifest
from storage.export.protocols import ByteStream, ExportFormat, ExportWriter
from storage.export.selection import SelectedArticles, Selection
from tests.storage.random_archive import Scribe

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Failing:
    """A format whose disk is full after so many files."""

    inner: ExportFormat
    files: int
    error: BaseException
    name: str = "jsonl"
    suffix: str = ".jsonl"

    def open_writer(self, stream: ByteStream, without: str | None = None) -> ExportWriter:
        self.files -= 1
        if self.files < 0:
            stream.write(b"half a li")
            raise self.error
        return self.inner.open_writer(stream, without)


FULL = OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def job(
    engine: Engine, form: ExportFormat | None = None, wanted: Selection | None = None
) -> Iterator[ExportJob]:
    with snapshot(engine) as connection:
        yield ExportJob(SelectedArticles(connection, wanted or Selection()), form or FORMATS["jsonl"], NOW)


@dataclass
class Told:
    """What an export said."""

    lines: list[str]

    def __call__(self, line: str) -> None:
        self.lines.append(line)


def fill(
    engine: Engine, folder: Path, by: str | None = "year", form: ExportFormat | None = None
) -> tuple[Manifest, str]:
    told = Told([])
    with job(engine, form) as asked:
        made = export_directory(asked, folder, by, told, part_rows=4)
    return made, "\n".join(told.lines)


def rows_in(folder: Path) -> list[JsonRow]:
    made = read_manifest(folder / "manifest.json")
    return [json.loads(line) for part in made.files for line in (folder / part.path).read_text().splitlines()]


def standing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_directory_has_all_articles_once_each_in_its_partition(
    archive: Engine, scribe: Scribe, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    made, _ = fill(archive, folder)
    assert manifest_problems(folder / "manifest.json") == ()
    rows = rows_in(folder)
    assert len({row["id"] for row in rows}) == len(rows) == made.rows
    assert standing(folder) == [".lock", f"data-{made.cursor:09d}", "manifest.json"]
    assert {part.partition["year"] for part in made.files} >= {None, "2021"}
    for part in made.files:
        year = part.partition["year"]
        days = [json.loads(line)["day"] for line in (folder / part.path).read_text().splitlines()]
        assert {day and day[:4] for day in days} == {year}
        assert f"/year={year or 'undated'}/part-" in part.path


@pytest.mark.parametrize("by", ["site", "year"])
def test_hive_partitions_read_back_in_three_readers(
    archive: Engine, scribe: Scribe, tmp_path: Path, by: str
) -> None:
    made, _ = fill(archive, tmp_path, by, FORMATS["parquet"])
    pattern = f"{tmp_path}/data-*/**/*.parquet"
    query = (
        f"SELECT {by}, count(*) FROM read_parquet('{pattern}', hive_partitioning=true) GROUP BY 1 ORDER BY 1"
    )
    expected: dict[str, int] = {}
    for part in made.files:
        value = part.partition[by] or "undated"
        expected[value] = expected.get(value, 0) + part.rows
    assert {str(value): count for value, count in duckdb.execute(query).fetchall()} == expected
    frame = polars.read_parquet(pattern, hive_partitioning=True)
    assert (
        dict(frame.with_columns(polars.col(by).cast(polars.String)).group_by(by).len().iter_rows())
        == expected
    )
    data = next(tmp_path.glob("data-*"))
    assert pandas.read_parquet(data)[by].astype(str).value_counts().to_dict() == expected


def test_an_interrupted_export_goes_on_where_it_stopped(
    archive: Engine, scribe: Scribe, tmp_path: Path
) -> None:
    plain, _ = fill(archive, tmp_path / "plain")
    folder = tmp_path / "out"
    for files in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            fill(archive, folder, form=Failing(FORMATS["jsonl"], files, KeyboardInterrupt()))
    assert not (folder / "manifest.json").exists()
    before = {path: path.stat().st_mtime_ns for path in (folder / ".partial").rglob("*.jsonl")}
    assert len(before) == 5
    made, said = fill(archive, folder)
    assert "going on after 5 files" in said
    kept = {path.relative_to(folder / ".partial"): at for path, at in before.items()}
    data = next(folder.glob("data-*"))
    assert all((data / path).stat().st_mtime_ns == at for path, at in kept.items())
    assert [part.sha256 for part in made.files] == [part.sha256 for part in plain.files]
    assert made == plain
    assert manifest_problems(folder / "manifest.json") == ()


def test_it_starts_over_when_the_archive_has_changed_or_a_file_is_not_as_it_was(
    archive: Engine, scribe: Scribe, tmp_path: Path
) -> None:
    def interrupt() -> None:
        with pytest.raises(KeyboardInterrupt):
            fill(archive, tmp_path, form=Failing(FORMATS["jsonl"], 3, KeyboardInterrupt()))

    interrupt()
    scribe.write(5)
    made, said = fill(archive, tmp_path)
    assert "starting over" in said
    assert len(rows_in(tmp_path)) == made.rows
    interrupt()
    next((tmp_path / ".partial").rglob("*.jsonl")).write_bytes(b"")
    made, said = fill(archive, tmp_path)
    assert "starting over" in said
    assert manifest_problems(tmp_path / "manifest.json") == ()


def test_a_full_disk_leaves_the_export_before_whole_and_is_told(
    archive: Engine, scribe: Scribe, tmp_path: Path
) -> None:
    old, _ = fill(archive, tmp_path)
    scribe.write(10)
    with pytest.raises(ExportError, match="No space left"):
        fill(archive, tmp_path, form=Failing(FORMATS["jsonl"], 3, FULL))
    assert read_manifest(tmp_path / "manifest.json") == old
    assert manifest_problems(tmp_path / "manifest.json") == ()
    new, _ = fill(archive, tmp_path)
    assert new.cursor > old.cursor
    assert standing(tmp_path) == [".lock", f"data-{new.cursor:09d}", "manifest.json"]


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()])
def test_a_file_is_replaced_whole_or_not_at_all(
    archive: Engine, scribe: Scribe, tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "articles.jsonl"
    with job(archive) as asked:
        export_file(asked, path)
    scribe.write(5)
    with (
        job(archive, Failing(FORMATS["jsonl"], 0, error)) as asked,
        pytest.raises((ExportError, KeyboardInterrupt)),
    ):
        export_file(asked, path)
    assert manifest_problems(manifest_path(path)) == ()
    assert standing(tmp_path) == ["articles.jsonl", "articles.jsonl.manifest.json"]


def test_a_disk_that_is_really_full(archive: Engine, scribe: Scribe, tmp_path: Path) -> None:
    full = Path("/dev/full")  # every write to it fails as on a full disk
    if not full.exists():
        pytest.skip("no /dev/full here")
    for name in ("jsonl", "jsonl.zst", "csv", "parquet"):
        with (
            job(archive, FORMATS[name]) as asked,
            full.open("wb", buffering=0) as stream,
            pytest.raises(OSError, match="No space"),
        ):
            export_stream(asked, stream)


def test_two_exports_do_not_write_one_directory(archive: Engine, scribe: Scribe, tmp_path: Path) -> None:
    fill(archive, tmp_path)
    with (tmp_path / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ExportError, match="another export"):
            fill(archive, tmp_path)
    path = tmp_path / "a.jsonl"
    with (tmp_path / ".a.jsonl.partial").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with job(archive) as asked, pytest.raises(ExportError, match="another export"):
            export_file(asked, path)


def test_a_directory_of_other_things_is_left_alone(archive: Engine, scribe: Scribe, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(ExportError, match=r"thesis\.doc is no export's"):
        fill(archive, tmp_path)
    assert standing(tmp_path) == ["thesis.doc"]


def test_what_cannot_be_written_is_named(archive: Engine, scribe: Scribe) -> None:
    for folder in (Path("/proc/out"), Path("/dev/null/out")):  # not even root may write there
        with pytest.raises(ExportError, match=f"{folder}"):
            fill(archive, folder)
        with job(archive) as asked, pytest.raises(ExportError, match=f"{folder}"):
            export_file(asked, folder / "a.jsonl")


def test_what_a_killed_export_leaves_is_taken_over(archive: Engine, scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    (tmp_path / ".a.jsonl.partial").write_bytes(b"half" * 1000)
    with job(archive) as asked:
        export_file(asked, path)
    assert manifest_problems(manifest_path(path)) == ()
    assert not (tmp_path / ".a.jsonl.partial").exists()
    assert oct(path.stat().st_mode & 0o777) == oct(0o666 & ~_umask())


def _umask() -> int:
    old = os.umask(0o022)
    os.umask(old)
    return old
