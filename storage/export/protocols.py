"""Protocols of the export formats: the format, the writer of one file, the stream it writes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from storage.export.export_queries import ExportBatch


class ByteStream(Protocol):
    """A stream of bytes that a writer appends to."""

    def write(self, data: bytes, /) -> Any:  # noqa: ANN401 - the number of bytes, which no writer uses
        """Append bytes."""

    def flush(self) -> None:
        """Pass on everything that waits in memory."""


class ExportWriter(Protocol):
    """The writer of one file of an export."""

    def encode(self, batch: ExportBatch) -> Iterator[Any]:
        """Yield the articles in the form `write` takes; runs in the reading thread, which holds the GIL."""

    def write(self, part: Any) -> None:  # noqa: ANN401 - what `encode` yielded
        """Append a part; runs in another thread and should spend its time outside Python."""

    def close(self) -> None:
        """Write the end of the file; the stream stays open."""


class ExportFormat(Protocol):
    """A file format of exports."""

    @property
    def name(self) -> str:
        """Name for `--format`."""

    @property
    def suffix(self) -> str:
        """Suffix of its files, with the dot."""

    def open_writer(self, stream: ByteStream, partition_column: str | None = None) -> ExportWriter:
        """Begin a file; `partition_column` is left out: the name of the file's directory holds it already."""
