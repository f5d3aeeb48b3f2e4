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
    job: ExportJob, export_folder: Path, by: str | None, print_line: PrintLine, part_rows: int = MAX_PART_ROWS
) -> Manifest:
    """Write the selection into a directory; returns its manifest, raises ExportError.

    `folder/manifest.json` names the files of the last complete export, `data-…/site=…/part-….parquet` and so
    on; until it is replaced, at the very end, the previous export stays untouched.
    """
    with _locked(export_folder):
        export = _DirectoryExport(job, export_folder, by, part_rows)
        export.resume_or_restart(print_line)
        export.write_partitions()
        return export.publish()


@contextmanager
def _locked(export_folder: Path) -> Iterator[None]:
    try:
        export_folder.mkdir(parents=True, exist_ok=True)
        _require_export_directory(export_folder)
        folder_lock = (export_folder / LOCK_FILE).open("wb")
    except OSError as error:
        raise write_error(export_folder, error) from error
    with folder_lock:
        try:
            fcntl.flock(folder_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportError(f"{export_folder}: another export is writing there; wait for it") from error
        yield


def _require_export_directory(export_folder: Path) -> None:
    """Raise ExportError when a directory holds anything but an export."""
    export_names = {MANIFEST_NAME, PARTIAL_DIRECTORY, JOURNAL_FILE, LOCK_FILE}
    export_names |= {f".{MANIFEST_NAME}.partial", f".{JOURNAL_FILE}.partial"}
    for folder_entry in export_folder.iterdir():
        if folder_entry.name not in export_names and not folder_entry.name.startswith(DATA_PREFIX):
            raise ExportError(
                f"{export_folder}: {folder_entry.name} is no export's; name a new or an empty directory"
            )


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
        key_facts: dict[str, Any] = {**selection.as_dict(), "after": selection.after, "by": self.by}
        empty_manifest = self.job.manifest(None, (), ExportCounts())
        key_facts |= {
            "format": empty_manifest.format,
            "schema": empty_manifest.schema,
            "columns": dict(empty_manifest.columns),
        }
        key_facts |= {
            "archive": selected.archive,
            "cursor": selected.cursor,
            "part_rows": self.part_rows,
        }
        return hashlib.sha256(json.dumps(key_facts, sort_keys=True).encode()).hexdigest()

    def resume_or_restart(self, print_line: PrintLine) -> None:
        """Resume an interrupted export of the same selection and archive state; else start over."""
        partial_journal = self._interrupted_journal()
        if (
            partial_journal
            and partial_journal.key == self.key
            and all(self._is_complete(finished_parts.part) for finished_parts in partial_journal.done)
        ):
            print_line(
                f"{self.folder}: going on after {len(partial_journal.done)} files of an interrupted export"
            )
            self.journal = partial_journal
        else:
            if partial_journal:
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
        part_file = self.partial_folder / part.path
        return part_file.is_file() and part_file.stat().st_size == part.bytes

    def _remove_incomplete_files(self) -> None:
        """Remove files that the journal does not name: they were being written when the export ended."""
        complete_files = {
            self.partial_folder / finished_parts.part.path for finished_parts in self.journal.done
        }
        for part_file in self.partial_folder.rglob("*"):
            if part_file.is_file() and part_file not in complete_files:
                part_file.unlink()

    def write_partitions(self) -> None:
        """Write the parts that are not written yet."""
        partitions = self.job.selected.partitions(self.by) if self.by else [None]
        for partition in partitions:
            self._write_partition(partition)

    def _write_partition(self, partition: Partition | None) -> None:
        partition_values = {partition.by: partition.value} if partition else {}
        finished_parts = [
            finished_part
            for finished_part in self.journal.done
            if finished_part.part.partition == partition_values
        ]
        part_number, part_begin = len(finished_parts), finished_parts[-1].last if finished_parts else 0
        part_chunks = self.job.selected.chunks(partition, part_begin)
        while (first_chunk := next(part_chunks, None)) is not None:
            part_number += 1
            export_folder = f"{partition.name}/" if partition else ""
            part_path = f"{export_folder}part-{part_number:05d}{self.job.export_format.suffix}"
            self._write_part(
                part_path,
                partition_values,
                chain((first_chunk,), self._chunks_of_part(first_chunk, part_chunks)),
            )

    def _chunks_of_part(
        self, first_chunk: ArticleChunk, part_chunks: Iterator[ArticleChunk]
    ) -> Iterator[ArticleChunk]:
        """Yield the chunks that go into the same file as the first."""
        chunk_rows = len(first_chunk.ids)
        while chunk_rows < self.part_rows and (part_chunk := next(part_chunks, None)) is not None:
            chunk_rows += len(part_chunk.ids)
            yield part_chunk

    def _write_part(
        self, part_path: str, partition: dict[str, str | None], part_chunks: Iterator[ArticleChunk]
    ) -> None:
        with atomic_file(self.partial_folder / part_path) as stream:
            part_writer = self.job.export_format.open_writer(stream, self.by if partition else None)
            part_counts = write_chunks(self.job.selected, part_chunks, part_writer)
        part = ManifestFile(part_path, part_counts.rows, stream.bytes, stream.sha256, partition)
        finished_part = _FinishedPart(
            part, part_counts.position, part_counts.gone, part_counts.left, part_counts.storied
        )
        self.journal.done.append(finished_part)
        write_atomically(self.folder / JOURNAL_FILE, json.dumps(asdict(self.journal), ensure_ascii=False))

    def publish(self) -> Manifest:
        """Move the files to their place, replace the manifest, then remove the previous export."""
        finished_parts = self.journal.done
        try:
            data_folder = self._move_to_data_folder()
            part_counts = ExportCounts(
                sum(finished_part.part.rows for finished_part in finished_parts),
                sum(finished_part.gone for finished_part in finished_parts),
                sum(finished_part.left for finished_part in finished_parts),
                sum(finished_part.storied for finished_part in finished_parts),
            )
            manifest_parts = (finished_part.part for finished_part in finished_parts)
            manifest_files = tuple(
                replace(part, path=f"{data_folder.name}/{part.path}") for part in manifest_parts
            )
            manifest = self.job.manifest(self.by, manifest_files, part_counts)
            write_atomically(self.folder / MANIFEST_NAME, manifest.text())
            (self.folder / JOURNAL_FILE).unlink(missing_ok=True)
            for previous_data_folder in self.folder.glob(f"{DATA_PREFIX}*"):
                if previous_data_folder != data_folder:
                    shutil.rmtree(previous_data_folder)
        except OSError as error:
            raise write_error(self.folder, error) from error
        return manifest

    def _move_to_data_folder(self) -> Path:
        self.partial_folder.mkdir(exist_ok=True)
        sync_folder(self.partial_folder)
        data_stem = f"{DATA_PREFIX}{self.job.selected.cursor:09d}"
        data_names = {part_path.name for part_path in self.folder.glob(f"{data_stem}*")}
        numbered_stems = (f"{data_stem}-{part_number}" for part_number in range(2, len(data_names) + 3))
        data_folder_name = next(
            data_folder_name
            for data_folder_name in (data_stem, *numbered_stems)
            if data_folder_name not in data_names
        )
        os.rename(self.partial_folder, self.folder / data_folder_name)  # noqa: PTH104 - Path.rename says the same
        sync_folder(self.folder)
        return self.folder / data_folder_name
