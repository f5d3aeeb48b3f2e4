"""JSON Lines: one article a line, plain or compressed with zstd."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from storage.export.export_queries import Found
from storage.export.protocols import Stream
from storage.export.rows import lines, quoted, rows, rows_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3  # of zstd; 9 takes three times as long for 8 % less


def line_of(connection: Connection, article_id: int) -> str:
    """One article as a line of JSON."""
    return b"".join(lines(rows_of(connection, [article_id]))).decode()


@dataclass(frozen=True, slots=True)
class _Plain:
    stream: Stream

    def parts(self, found: Found) -> Iterator[bytes]:
        return lines(rows(found, quoted))

    def write(self, part: bytes) -> None:
        self.stream.write(part)

    def close(self) -> None:
        self.stream.flush()


class _Compressed:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._press = zstd.ZstdCompressor(level=LEVEL)

    def parts(self, found: Found) -> Iterator[bytes]:
        return lines(rows(found, quoted))

    def write(self, part: bytes) -> None:
        self._stream.write(self._press.compress(part))

    def close(self) -> None:
        self._stream.write(self._press.flush())
        self._stream.flush()


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Plain JSON Lines."""

    name: str = "jsonl"
    suffix: str = ".jsonl"

    def open(self, stream: Stream, without: str | None = None) -> _Plain:
        return _Plain(stream)


@dataclass(frozen=True, slots=True)
class CompressedJsonLines:
    """JSON Lines in one zstd frame."""

    name: str = "jsonl.zst"
    suffix: str = ".jsonl.zst"

    def open(self, stream: Stream, without: str | None = None) -> _Compressed:
        return _Compressed(stream)
