"""A directory of files, one partition after the other; interrupted, it goes on where it stopped."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.export.atomic_write import atomic_file, sync_folder, write_atomically
from storage.export.errors import ExportError, write_error
from storage.export.export_job import ExportCounts, ExportJob, write_rows
from storage.export.manifest import MANIFEST_NAME, Manifest, ManifestFile
from storage.export.selection import ArticleChunk, Partition

MAX_PART_ROWS = 50_000  # of one file: some 100 MB of Parquet, and what an interruption costs at most
PARTIAL_DIRECTORY = ".partial"  # the directory being filled
JOURNAL_FILE = ".partial.json"  # what of it is whole
LOCK_FILE = ".lock"
DATA_PREFIX = "data-"  # with the cursor: where the files of a finished export stand
PrintLine = Callable[[str], None]


@dataclass(slots=True)
class _FinishedPart:
    part: ManifestFile
    last: int  # where the partition's next part begins
    gone: int
    left: int
    storied: int


@dataclass(slots=True)
class _Journal:
    key: str  # of what is being exported: another key starts over
    done: list[_FinishedPart] = field(default_factory=list)


_JOURNAL = TypeAdapter(_Journal)


def export_directory(
    job: ExportJob, folder: Path, by: str | None, say: PrintLine, part_rows: int = MAX_PART_ROWS
) -> Manifest:
    """Fill a directory with the selection; raises ExportError.

    `folder/manifest.json` names the files of the last whole export, `data-…/site=…/part-….parquet` and so
    on; until it is replaced, at the very end, the export before stands as it stood.
    """
    with _locked(folder):
        work = _DirectoryExport(job, folder, by, part_rows)
        work.take_up(say)
        work.fill()
        return work.finish()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _require_ours(folder)
        lock = (folder / LOCK_FILE).open("wb")
    except OSError as error:
        raise write_error(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportError(f"{folder}: another export is writing there; wait for it") from error
        yield


def _require_ours(folder: Path) -> None:
    ours = (
        MANIFEST_NAME,
        PARTIAL_DIRECTORY,
        JOURNAL_FILE,
        LOCK_FILE,
        f".{MANIFEST_NAME}.partial",
        f".{JOURNAL_FILE}.partial",
    )
    for found in folder.iterdir():
        if found.name not in ours and not found.name.startswith(DATA_PREFIX):
            raise ExportError(f"{folder}: {found.name} is no export's; name a new or an empty directory")


@dataclass(slots=True)
class _DirectoryExport:
    job: ExportJob
    folder: Path
    by: str | None
    part_rows: int
    journal: _Journal = field(default_factory=lambda: _Journal(""))

    @property
    def at(self) -> Path:
        """The directory being filled."""
        return self.folder / PARTIAL_DIRECTORY

    @property
    def key(self) -> str:
        """What makes two exports the same: interrupted, one goes on as the other."""
        choice = self.job.choice
        told: dict[str, Any] = {**choice.wanted.as_dict(), "after": choice.wanted.after, "by": self.by}
        empty = self.job.manifest(None, (), ExportCounts())
        told |= {"format": empty.format, "schema": empty.schema, "columns": dict(empty.columns)}
        told |= {"archive": choice.archive, "cursor": choice.cursor, "part_rows": self.part_rows}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def take_up(self, say: PrintLine) -> None:
        """Go on with what was interrupted when it is the same export of the same state; else start over."""
        left = self._left_behind()
        if left and left.key == self.key and all(self._stands(done.part) for done in left.done):
            say(f"{self.folder}: going on after {len(left.done)} files of an interrupted export")
            self.journal = left
        else:
            if left:
                say(
                    f"{self.folder}: starting over: since the interrupted export the archive has changed, "
                    "or another one is wanted"
                )
            shutil.rmtree(self.at, ignore_errors=True)
            self.journal = _Journal(self.key)
        self._clear_torn()

    def _left_behind(self) -> _Journal | None:
        try:
            return _JOURNAL.validate_json((self.folder / JOURNAL_FILE).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _stands(self, part: ManifestFile) -> bool:
        file = self.at / part.path
        return file.is_file() and file.stat().st_size == part.bytes

    def _clear_torn(self) -> None:
        """Files the journal does not name were being written when the export ended."""
        known = {self.at / done.part.path for done in self.journal.done}
        for file in self.at.rglob("*"):
            if file.is_file() and file not in known:
                file.unlink()

    def fill(self) -> None:
        """Write what is not written yet."""
        partitions = self.job.choice.partitions(self.by) if self.by else [None]
        for within in partitions:
            self._fill(within)

    def _fill(self, within: Partition | None) -> None:
        told = {within.by: within.value} if within else {}
        done = [one for one in self.journal.done if one.part.partition == told]
        number, begin = len(done), done[-1].last if done else 0
        chunks = self.job.choice.chunks(within, begin)
        while (first := next(chunks, None)) is not None:
            number += 1
            folder = f"{within.name}/" if within else ""
            path = f"{folder}part-{number:05d}{self.job.form.suffix}"
            self._write(path, told, chain((first,), self._fitting(first, chunks)))

    def _fitting(self, first: ArticleChunk, chunks: Iterator[ArticleChunk]) -> Iterator[ArticleChunk]:
        """The chunks that go into the same file as the first."""
        rows = len(first.ids)
        while rows < self.part_rows and (chunk := next(chunks, None)) is not None:
            rows += len(chunk.ids)
            yield chunk

    def _write(self, path: str, told: dict[str, str | None], chunks: Iterator[ArticleChunk]) -> None:
        form = self.job.form
        with atomic_file(self.at / path) as stream:
            tally = write_rows(self.job.choice, chunks, form.open(stream, self.by if told else None))
        part = ManifestFile(path, tally.rows, stream.bytes, stream.sha256, told)
        self.journal.done.append(_FinishedPart(part, tally.last, tally.gone, tally.left, tally.storied))
        text = json.dumps(asdict(self.journal), ensure_ascii=False)
        write_atomically(self.folder / JOURNAL_FILE, text)

    def finish(self) -> Manifest:
        """Give the files their place, then the manifest its name, then clear away what was before."""
        done = self.journal.done
        try:
            data = self._place()
            tally = ExportCounts(
                sum(one.part.rows for one in done),
                sum(one.gone for one in done),
                sum(one.left for one in done),
                sum(one.storied for one in done),
            )
            parts = tuple(
                ManifestFile(f"{data.name}/{p.path}", p.rows, p.bytes, p.sha256, p.partition)
                for p in (one.part for one in done)
            )
            made = self.job.manifest(self.by, parts, tally)
            write_atomically(self.folder / MANIFEST_NAME, made.text())
            (self.folder / JOURNAL_FILE).unlink(missing_ok=True)
            for old in self.folder.glob(f"{DATA_PREFIX}*"):
                if old != data:
                    shutil.rmtree(old)
        except OSError as error:
            raise write_error(self.folder, error) from error
        return made

    def _place(self) -> Path:
        self.at.mkdir(exist_ok=True)
        sync_folder(self.at)
        stem = f"{DATA_PREFIX}{self.job.choice.cursor:09d}"
        taken = {path.name for path in self.folder.glob(f"{stem}*")}
        name = next(n for n in (stem, *(f"{stem}-{at}" for at in range(2, len(taken) + 3))) if n not in taken)
        os.rename(self.at, self.folder / name)  # noqa: PTH104 - Path.rename says the same
        sync_folder(self.folder)
        return self.folder / name
