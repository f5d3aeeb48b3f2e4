"""One export: the selection's rows into a stream, a file, or a directory of files."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.export.atomic_write import atomic_file, write_atomically
from storage.export.export_queries import ExportBatch, read_batch
from storage.export.manifest import Manifest, ManifestFile, manifest_path
from storage.export.protocols import ByteStream, ExportFormat, ExportWriter
from storage.export.row import SCHEMA_VERSION
from storage.export.selection import ArticleChunk, SelectedArticles
from storage.export.types import column_types

MAX_WAITING_PARTS = 1  # parts made and not yet being written


@dataclass(slots=True)
class ExportCounts:
    """What was written."""

    rows: int = 0
    gone: int = 0
    left: int = 0
    storied: int = 0
    last: int = 0  # where the next part begins

    def add(self, chunk: ArticleChunk, found: ExportBatch) -> None:
        """Count a chunk."""
        self.rows += len(chunk.ids)
        self.gone += found.gone
        self.storied += found.storied
        self.left += len(chunk.left)
        self.last = chunk.last


class _BackgroundWriter:
    """Writes one part while the next are made: that is Python's work, writing mostly is not."""

    def __init__(self, sheet: ExportWriter, pool: ThreadPoolExecutor) -> None:
        self._sheet = sheet
        self._pool = pool
        self._under_way: deque[Future[None]] = deque()

    def write(self, found: ExportBatch) -> None:
        for part in self._sheet.parts(found):
            self.wait(MAX_WAITING_PARTS)
            self._under_way.append(self._pool.submit(self._sheet.write, part))

    def wait(self, most: int = 0) -> None:
        """Wait until no more than so many parts are to be written; raises what the writing raised."""
        while len(self._under_way) > most:
            self._under_way.popleft().result()


@contextmanager
def _background_writer(sheet: ExportWriter) -> Iterator[_BackgroundWriter]:
    with ThreadPoolExecutor(1, "export") as pool:
        made = _BackgroundWriter(sheet, pool)
        yield made
        made.wait()


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Without the collector of cycles: rows have none, and it would walk through every one of them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def write_rows(choice: SelectedArticles, chunks: Iterable[ArticleChunk], sheet: ExportWriter) -> ExportCounts:
    """Write these chunks and end the sheet."""
    tally = ExportCounts()
    with _without_garbage_collection(), _background_writer(sheet) as behind:
        for chunk in chunks:
            found = read_batch(choice.connection, chunk.ids, chunk.left)
            tally.add(chunk, found)
            behind.write(found)
    sheet.close()
    return tally


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What is to be exported, as what, and when that was asked."""

    choice: SelectedArticles
    form: ExportFormat
    now: datetime

    def manifest(self, by: str | None, parts: tuple[ManifestFile, ...], tally: ExportCounts) -> Manifest:
        """What the export holds."""
        return Manifest(
            format=self.form.name,
            schema=SCHEMA_VERSION,
            archive=self.choice.archive,
            cursor=self.choice.cursor,
            since=self.choice.wanted.after,
            selection=self.choice.wanted.as_dict(),
            by=by,
            made_at=self.now.isoformat(timespec="seconds"),
            rows=tally.rows,
            gone=tally.gone,
            left=tally.left,
            storied=tally.storied,
            columns={name: str(kind) for name, kind in column_types().items()},
            files=parts,
        )


def export_stream(job: ExportJob, stream: ByteStream) -> ExportCounts:
    """Write the selection to a stream, in bounded memory."""
    return write_rows(job.choice, job.choice.chunks(), job.form.open(stream))


def export_file(job: ExportJob, path: Path) -> Manifest:
    """Write the selection to a file, and its manifest beside it; raises ExportError.

    Both appear whole or not at all, the manifest last: a file that is not the one its manifest was made
    for was written by an export that was interrupted in between.
    """
    with atomic_file(path) as stream:
        tally = export_stream(job, stream)
    part = ManifestFile(path.name, tally.rows, stream.bytes, stream.sha256)
    made = job.manifest(None, (part,), tally)
    write_atomically(manifest_path(path), made.text())
    return made
