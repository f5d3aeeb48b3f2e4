"""Sheet, Format, Stream: what every form of export does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from storage.export.export_queries import ExportBatch


class ByteStream(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> Any:  # noqa: ANN401 - how many, which nobody asks
        """Append bytes."""

    def flush(self) -> None:
        """Let nothing wait in memory."""


class ExportWriter(Protocol):
    """A file being written."""

    def parts(self, found: ExportBatch) -> Iterator[Any]:
        """Articles as what `write` takes: the work that needs Python, done by the thread that reads."""

    def write(self, part: Any) -> None:  # noqa: ANN401 - what `parts` made
        """Append a part; runs in another thread, and so should leave Python alone."""

    def close(self) -> None:
        """Write what ends the file; the stream stays open."""


class ExportFormat(Protocol):
    """A form of export."""

    @property
    def name(self) -> str:
        """As asked for."""

    @property
    def suffix(self) -> str:
        """Of its files, with the dot."""

    def open(self, stream: ByteStream, without: str | None = None) -> ExportWriter:
        """Begin a file; `without`: a column its directory's name tells already."""
