"""One export: the selected rows written to a stream, or to a file with its manifest."""

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
from storage.export.column_types import column_types
from storage.export.export_queries import ExportBatch, read_batch
from storage.export.export_row import SCHEMA_VERSION
from storage.export.manifest import Manifest, ManifestFile, manifest_path
from storage.export.protocols import ByteStream, ExportFormat, ExportWriter
from storage.export.selection import ArticleChunk, SelectedArticles

MAX_WAITING_PARTS = 1  # encoded parts that wait for the writing thread


@dataclass(slots=True)
class ExportCounts:
    """Numbers of rows written, named as the manifest names them."""

    rows: int = 0
    gone: int = 0  # no address shows them any more
    left: int = 0  # changed so that they are no longer in the selection
    storied: int = 0  # in a story with other articles
    position: int = 0  # of the selection, from which the next part begins

    def add(self, job_chunk: ArticleChunk, job_batch: ExportBatch) -> None:
        """Count the articles of a chunk."""
        self.rows += len(job_chunk.ids)
        self.gone += job_batch.gone_count
        self.storied += job_batch.in_story_count
        self.left += len(job_chunk.no_longer_selected)
        self.position = job_chunk.end


class _BackgroundWriter:
    """Writes one part in another thread while the next is encoded: encoding needs the GIL, writing hardly."""

    def __init__(self, writer: ExportWriter, writer_pool: ThreadPoolExecutor) -> None:
        self._writer = writer
        self._pool = writer_pool
        self._pending_writes: deque[Future[None]] = deque()

    def write_batch(self, job_batch: ExportBatch) -> None:
        for encoded_part in self._writer.encode(job_batch):
            self.wait(MAX_WAITING_PARTS)
            self._pending_writes.append(self._pool.submit(self._writer.write, encoded_part))

    def wait(self, max_pending: int = 0) -> None:
        """Wait until at most so many parts are still to be written; raises what the writing raised."""
        while len(self._pending_writes) > max_pending:
            self._pending_writes.popleft().result()


@contextmanager
def _background_writer(writer: ExportWriter) -> Iterator[_BackgroundWriter]:
    with ThreadPoolExecutor(1, "export") as writer_pool:
        background_writer = _BackgroundWriter(writer, writer_pool)
        yield background_writer
        background_writer.wait()


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Disable the collector of reference cycles: rows have none, and it would inspect every one."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def write_chunks(
    selected: SelectedArticles, job_chunks: Iterable[ArticleChunk], writer: ExportWriter
) -> ExportCounts:
    """Write the articles of these chunks and close the writer; returns the counts."""
    export_counts = ExportCounts()
    with _without_garbage_collection(), _background_writer(writer) as background_writer:
        for job_chunk in job_chunks:
            job_batch = read_batch(selected.connection, job_chunk.ids, job_chunk.no_longer_selected)
            export_counts.add(job_chunk, job_batch)
            background_writer.write_batch(job_batch)
    writer.close()
    return export_counts


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export to be made: the articles, the format, and the time it was requested."""

    selected: SelectedArticles
    export_format: ExportFormat
    now: datetime

    def manifest(
        self, by: str | None, files: tuple[ManifestFile, ...], export_counts: ExportCounts
    ) -> Manifest:
        """Return the manifest of the export, partitioned `by` site, by year, or not at all (None)."""
        job_selection = self.selected.selection
        return Manifest(
            format=self.export_format.name,
            schema=SCHEMA_VERSION,
            archive=self.selected.archive,
            cursor=self.selected.cursor,
            since=job_selection.after,
            selection=job_selection.as_dict(),
            by=by,
            made_at=self.now.isoformat(timespec="seconds"),
            rows=export_counts.rows,
            gone=export_counts.gone,
            left=export_counts.left,
            storied=export_counts.storied,
            columns={name: str(job_column) for name, job_column in column_types().items()},
            files=files,
        )


def export_stream(job: ExportJob, stream: ByteStream) -> ExportCounts:
    """Write the selection to a stream, in bounded memory; returns the counts."""
    return write_chunks(job.selected, job.selected.chunks(), job.export_format.open_writer(stream))


def export_file(job: ExportJob, path: Path) -> Manifest:
    """Write the selection to a file and its manifest beside it; returns the manifest, raises ExportError.

    Both appear complete or not at all, the manifest last: a file that does not fit its manifest was written
    by an export that was interrupted between the two.
    """
    with atomic_file(path) as stream:
        export_counts = export_stream(job, stream)
    exported_file = ManifestFile(path.name, export_counts.rows, stream.bytes, stream.sha256)
    manifest = job.manifest(None, (exported_file,), export_counts)
    write_atomically(manifest_path(path), manifest.text())
    return manifest
