"""Scans a WARC file that may be damaged: goes on behind the damage and yields every span of bytes."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.warc.errors import DamageError, system_error
from storage.warc.record import GZIP_WINDOW, PackedRecord, WarcRecord
from storage.warc.record_reader import payload_problems, stored_response

GZIP_MAGIC = b"\x1f\x8b\x08"  # the first bytes of a gzip member
CHUNK_BYTES = 1 << 16
MAX_RECORD_BYTES = 1 << 30  # unpacked: a flipped bit must not fill the memory


@dataclass(frozen=True, slots=True)
class ScannedSpan:
    """A span of a file: one whole record, or bytes that are no record."""

    offset: int  # bytes
    length: int  # bytes
    record: WarcRecord | None = None
    problems: tuple[str, ...] = ()  # of a record: digests that do not match; of other bytes: what is wrong

    @property
    def end(self) -> int:
        """Offset behind the span."""
        return self.offset + self.length


def being_written(path: Path) -> bool:
    """Return whether a running process writes the file."""
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def scan_file(path: Path) -> Iterator[ScannedSpan]:
    """Yield every span of a .warc.gz that this program wrote, in order, without a gap; damage ends nothing.

    Raises WarcError when the file cannot be read at all; FileNotFoundError when it is not there.
    """
    try:
        with path.open("rb") as stream:
            yield from _spans(path, stream)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise system_error(path, "read", error) from error


def _spans(path: Path, stream: BinaryIO) -> Iterator[ScannedSpan]:
    offset, size = 0, os.fstat(stream.fileno()).st_size
    while offset < size:
        stream.seek(offset)
        try:
            packed_record = _gzip_member(path, stream, offset)
        except DamageError as error:
            following = _next_member(path, stream, offset + 1, size)
            yield ScannedSpan(offset, following - offset, None, (str(error),))
            offset = following
            continue
        yield _checked_span(packed_record)
        offset += packed_record.length


def _gzip_member(path: Path, stream: BinaryIO, offset: int) -> PackedRecord:
    """Return the gzip member at `offset`; raises DamageError when no whole one begins there."""
    inflate, parts = zlib.decompressobj(GZIP_WINDOW), []
    packed_bytes = unpacked_bytes = 0
    while not inflate.eof:
        chunk = stream.read(CHUNK_BYTES)
        if not chunk:
            raise DamageError(f"{packed_bytes} bytes of a record that is cut off")
        try:
            parts.append(inflate.decompress(chunk))
        except zlib.error as error:
            raise DamageError(f"no record: {error}") from error
        packed_bytes += len(chunk) - len(inflate.unused_data)
        unpacked_bytes += len(parts[-1])
        if unpacked_bytes > MAX_RECORD_BYTES:
            raise DamageError(f"a record of over {MAX_RECORD_BYTES} bytes")
    return PackedRecord(path, offset, packed_bytes, b"".join(parts))


def _next_member(path: Path, stream: BinaryIO, start: int, size: int) -> int:
    """Return the offset of the next whole record; the end of the file when there is none."""
    for offset in _magic_offsets(stream, start, size):
        stream.seek(offset)
        try:
            if _gzip_member(path, stream, offset).raw.startswith(b"WARC/"):
                return offset
        except DamageError:
            continue  # three bytes that only look like the beginning of a member
    return size


def _magic_offsets(stream: BinaryIO, start: int, size: int) -> Iterator[int]:
    while start < size:
        stream.seek(start)
        chunk = stream.read(CHUNK_BYTES + len(GZIP_MAGIC) - 1)
        index = chunk.find(GZIP_MAGIC)
        while index >= 0:
            yield start + index
            index = chunk.find(GZIP_MAGIC, index + 1)
        start += CHUNK_BYTES


def _checked_span(packed_record: PackedRecord) -> ScannedSpan:
    try:
        record = packed_record.parse()
        body = stored_response(record).body if record.is_http_response else record.block
    except DamageError as error:
        return ScannedSpan(
            packed_record.offset, packed_record.length, None, (str(error).partition(": ")[2] or str(error),)
        )
    return ScannedSpan(packed_record.offset, packed_record.length, record, payload_problems(record, body))
