"""Export into a directory, partition after partition; an interrupted export resumes where it stopped."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.export.atomic_write import atomic_file, sync_folder, write_atomically
from storage.export.errors import ExportError, write_error
from storage.export.export_job import ExportCounts, ExportJob, write_chunks
from storage.export.manifest import MANIFEST_NAME, Manifest, ManifestFile
from storage.export.selection import ArticleChunk, Partition

MAX_PART_ROWS = 50_000  # of one file: some 100 MB of Parquet, and the most an interruption costs
PARTIAL_DIRECTORY = ".partial"  # the directory being filled
JOURNAL_FILE = ".partial.json"  # names its complete files
LOCK_FILE = ".lock"
DATA_PREFIX = "data-"  # and the cursor: the directory with the files of a finished export
PrintLine = Callable[[str], None]


@dataclass(slots=True)
class _FinishedPart:
    part: ManifestFile
    last: int  # position from which the partition's next part begins
    gone: int
    left: int
    storied: int


@dataclass(slots=True)
class _Journal:
    key: str  # of the export: a journal with another key is not resumed
    done: list[_FinishedPart] = field(default_factory=list)


_JOURNAL = TypeAdapter(_Journal)


def export_directory(
    job: ExportJob, folder: Path, by: str | None, print_line: PrintLine, part_rows: int = MAX_PART_ROWS
) -> Manifest:
    """Write the selection into a directory; returns its manifest, raises ExportError.

    `folder/manifest.json` names the files of the last complete export, `data-…/site=…/part-….parquet` and so
    on; until it is replaced, at the very end, the previous export stays untouched.
    """
    with _locked(folder):
        export = _DirectoryExport(job, folder, by, part_rows)
        export.resume_or_restart(print_line)
        export.write_partitions()
        return export.publish()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _require_export_directory(folder)
        lock = (folder / LOCK_FILE).open("wb")
    except OSError as error:
        raise write_error(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportError(f"{folder}: another export is writing there; wait for it") from error
        yield


def _require_export_directory(folder: Path) -> None:
    """Raise ExportError when a directory holds anything but an export."""
    names = {MANIFEST_NAME, PARTIAL_DIRECTORY, JOURNAL_FILE, LOCK_FILE}
    names |= {f".{MANIFEST_NAME}.partial", f".{JOURNAL_FILE}.partial"}
    for entry in folder.iterdir():
        if entry.name not in names and not entry.name.startswith(DATA_PREFIX):
            raise ExportError(f"{folder}: {entry.name} is no export's; name a new or an empty directory")


@dataclass(slots=True)
class _DirectoryExport:
    job: ExportJob
    folder: Path
    by: str | None
    part_rows: int
    journal: _Journal = field(default_factory=lambda: _Journal(""))

    @property
    def partial_folder(self) -> Path:
        """The directory being filled."""
        return self.folder / PARTIAL_DIRECTORY

    @property
    def key(self) -> str:
        """Digest of everything that must be equal for one export to resume another."""
        selected = self.job.selected
        selection = selected.selection
        facts: dict[str, Any] = {**selection.as_dict(), "after": selection.after, "by": self.by}
        empty = self.job.manifest(None, (), ExportCounts())
        facts |= {"format": empty.format, "schema": empty.schema, "columns": dict(empty.columns)}
        facts |= {"archive": selected.archive, "cursor": selected.cursor, "part_rows": self.part_rows}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def resume_or_restart(self, print_line: PrintLine) -> None:
        """Resume an interrupted export of the same selection and archive state; else start over."""
        journal = self._interrupted_journal()
        if journal and journal.key == self.key and all(self._is_complete(done.part) for done in journal.done):
            print_line(f"{self.folder}: going on after {len(journal.done)} files of an interrupted export")
            self.journal = journal
        else:
            if journal:
                print_line(
                    f"{self.folder}: starting over: since the interrupted export the archive has changed, "
                    "or another one is wanted"
                )
            shutil.rmtree(self.partial_folder, ignore_errors=True)
            self.journal = _Journal(self.key)
        self._remove_incomplete_files()

    def _interrupted_journal(self) -> _Journal | None:
        try:
            return _JOURNAL.validate_json((self.folder / JOURNAL_FILE).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _is_complete(self, part: ManifestFile) -> bool:
        file = self.partial_folder / part.path
        return file.is_file() and file.stat().st_size == part.bytes

    def _remove_incomplete_files(self) -> None:
        """Remove files that the journal does not name: they were being written when the export ended."""
        complete = {self.partial_folder / done.part.path for done in self.journal.done}
        for file in self.partial_folder.rglob("*"):
            if file.is_file() and file not in complete:
                file.unlink()

    def write_partitions(self) -> None:
        """Write the parts that are not written yet."""
        partitions = self.job.selected.partitions(self.by) if self.by else [None]
        for partition in partitions:
            self._write_partition(partition)

    def _write_partition(self, partition: Partition | None) -> None:
        values = {partition.by: partition.value} if partition else {}
        done = [finished for finished in self.journal.done if finished.part.partition == values]
        number, begin = len(done), done[-1].last if done else 0
        chunks = self.job.selected.chunks(partition, begin)
        while (first := next(chunks, None)) is not None:
            number += 1
            folder = f"{partition.name}/" if partition else ""
            path = f"{folder}part-{number:05d}{self.job.export_format.suffix}"
            self._write_part(path, values, chain((first,), self._chunks_of_part(first, chunks)))

    def _chunks_of_part(self, first: ArticleChunk, chunks: Iterator[ArticleChunk]) -> Iterator[ArticleChunk]:
        """Yield the chunks that go into the same file as the first."""
        rows = len(first.ids)
        while rows < self.part_rows and (chunk := next(chunks, None)) is not None:
            rows += len(chunk.ids)
            yield chunk

    def _write_part(
        self, path: str, partition: dict[str, str | None], chunks: Iterator[ArticleChunk]
    ) -> None:
        with atomic_file(self.partial_folder / path) as stream:
            writer = self.job.export_format.open_writer(stream, self.by if partition else None)
            counts = write_chunks(self.job.selected, chunks, writer)
        part = ManifestFile(path, counts.rows, stream.bytes, stream.sha256, partition)
        finished = _FinishedPart(part, counts.position, counts.gone, counts.left, counts.storied)
        self.journal.done.append(finished)
        write_atomically(self.folder / JOURNAL_FILE, json.dumps(asdict(self.journal), ensure_ascii=False))

    def publish(self) -> Manifest:
        """Move the files to their place, replace the manifest, then remove the previous export."""
        done = self.journal.done
        try:
            data = self._move_to_data_folder()
            counts = ExportCounts(
                sum(finished.part.rows for finished in done),
                sum(finished.gone for finished in done),
                sum(finished.left for finished in done),
                sum(finished.storied for finished in done),
            )
            parts = (finished.part for finished in done)
            files = tuple(replace(part, path=f"{data.name}/{part.path}") for part in parts)
            manifest = self.job.manifest(self.by, files, counts)
            write_atomically(self.folder / MANIFEST_NAME, manifest.text())
            (self.folder / JOURNAL_FILE).unlink(missing_ok=True)
            for previous in self.folder.glob(f"{DATA_PREFIX}*"):
                if previous != data:
                    shutil.rmtree(previous)
        except OSError as error:
            raise write_error(self.folder, error) from error
        return manifest

    def _move_to_data_folder(self) -> Path:
        self.partial_folder.mkdir(exist_ok=True)
        sync_folder(self.partial_folder)
        stem = f"{DATA_PREFIX}{self.job.selected.cursor:09d}"
        existing = {path.name for path in self.folder.glob(f"{stem}*")}
        numbered = (f"{stem}-{number}" for number in range(2, len(existing) + 3))
        name = next(name for name in (stem, *numbered) if name not in existing)
        os.rename(self.partial_folder, self.folder / name)  # noqa: PTH104 - Path.rename says the same
        sync_folder(self.folder)
        return self.folder / name
