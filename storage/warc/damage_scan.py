"""A walk over a damaged file that goes on behind the damage, and tells what it passed."""

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

GZIP_MAGIC = b"\x1f\x8b\x08"  # how a gzip member begins
CHUNK_BYTES = 1 << 16  # bytes
MAX_RECORD_BYTES = 1 << 30  # bytes a record may unpack to: a flipped bit must not fill the memory


@dataclass(frozen=True, slots=True)
class ScannedSpan:
    """One stretch of a file: a whole record, or bytes that are none."""

    offset: int  # bytes
    length: int  # bytes
    record: WarcRecord | None = None
    problems: tuple[str, ...] = ()  # of a record: digests that do not fit; of other bytes: what they are

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + self.length


def being_written(path: Path) -> bool:
    """Whether a living process writes the file."""
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def scan_file(path: Path) -> Iterator[ScannedSpan]:
    """Every stretch of a .warc.gz of ours, in order and without a gap; never stops at damage.

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
            member = _gzip_member(path, stream, offset)
        except DamageError as error:
            following = _next_member(path, stream, offset + 1, size)
            yield ScannedSpan(offset, following - offset, None, (str(error),))
            offset = following
            continue
        yield _checked_span(member)
        offset += member.length


def _gzip_member(path: Path, stream: BinaryIO, offset: int) -> PackedRecord:
    """The gzip member at `offset`; raises DamageError when there is none that is whole."""
    inflate, parts, used, unpacked = zlib.decompressobj(GZIP_WINDOW), [], 0, 0
    while not inflate.eof:
        chunk = stream.read(CHUNK_BYTES)
        if not chunk:
            raise DamageError(f"{used} bytes of a record that is cut off")
        try:
            parts.append(inflate.decompress(chunk))
        except zlib.error as error:
            raise DamageError(f"no record: {error}") from error
        used += len(chunk) - len(inflate.unused_data)
        unpacked += len(parts[-1])
        if unpacked > MAX_RECORD_BYTES:
            raise DamageError(f"a record of over {MAX_RECORD_BYTES} bytes")
    return PackedRecord(path, offset, used, b"".join(parts))


def _next_member(path: Path, stream: BinaryIO, start: int, size: int) -> int:
    """Where the next whole record begins; the file's end when there is none."""
    for offset in _magic_offsets(stream, start, size):
        stream.seek(offset)
        try:
            if _gzip_member(path, stream, offset).raw.startswith(b"WARC/"):
                return offset
        except DamageError:
            continue  # three bytes that happened to look like a beginning
    return size


def _magic_offsets(stream: BinaryIO, start: int, size: int) -> Iterator[int]:
    while start < size:
        stream.seek(start)
        chunk = stream.read(CHUNK_BYTES + len(GZIP_MAGIC) - 1)
        at = chunk.find(GZIP_MAGIC)
        while at >= 0:
            yield start + at
            at = chunk.find(GZIP_MAGIC, at + 1)
        start += CHUNK_BYTES


def _checked_span(member: PackedRecord) -> ScannedSpan:
    try:
        record = member.record()
        body = stored_response(record).body if record.is_http_response else record.block
    except DamageError as error:
        return ScannedSpan(member.offset, member.length, None, (str(error).partition(": ")[2] or str(error),))
    return ScannedSpan(member.offset, member.length, record, payload_problems(record, body))
