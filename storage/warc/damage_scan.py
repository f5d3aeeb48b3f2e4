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
    with path.open("rb") as scan_stream:
        try:
            fcntl.flock(scan_stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def scan_file(path: Path) -> Iterator[ScannedSpan]:
    """Yield every span of a .warc.gz that this program wrote, in order, without a gap; damage ends nothing.

    Raises WarcError when the file cannot be read at all; FileNotFoundError when it is not there.
    """
    try:
        with path.open("rb") as scan_stream:
            yield from _spans(path, scan_stream)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise system_error(path, "read", error) from error


def _spans(path: Path, scan_stream: BinaryIO) -> Iterator[ScannedSpan]:
    offset, scanned_file_size = 0, os.fstat(scan_stream.fileno()).st_size
    while offset < scanned_file_size:
        scan_stream.seek(offset)
        try:
            packed_record = _gzip_member(path, scan_stream, offset)
        except DamageError as error:
            next_member_offset = _next_member(path, scan_stream, offset + 1, scanned_file_size)
            yield ScannedSpan(offset, next_member_offset - offset, None, (str(error),))
            offset = next_member_offset
            continue
        yield _checked_span(packed_record)
        offset += packed_record.length


def _gzip_member(path: Path, scan_stream: BinaryIO, offset: int) -> PackedRecord:
    """Return the gzip member at `offset`; raises DamageError when no whole one begins there."""
    member_inflate, member_parts = zlib.decompressobj(GZIP_WINDOW), []
    packed_bytes = unpacked_bytes = 0
    while not member_inflate.eof:
        scan_chunk = scan_stream.read(CHUNK_BYTES)
        if not scan_chunk:
            raise DamageError(f"{packed_bytes} bytes of a record that is cut off")
        try:
            member_parts.append(member_inflate.decompress(scan_chunk))
        except zlib.error as error:
            raise DamageError(f"no record: {error}") from error
        packed_bytes += len(scan_chunk) - len(member_inflate.unused_data)
        unpacked_bytes += len(member_parts[-1])
        if unpacked_bytes > MAX_RECORD_BYTES:
            raise DamageError(f"a record of over {MAX_RECORD_BYTES} bytes")
    return PackedRecord(path, offset, packed_bytes, b"".join(member_parts))


def _next_member(path: Path, scan_stream: BinaryIO, scan_start: int, scanned_file_size: int) -> int:
    """Return the offset of the next whole record; the end of the file when there is none."""
    for offset in _magic_offsets(scan_stream, scan_start, scanned_file_size):
        scan_stream.seek(offset)
        try:
            if _gzip_member(path, scan_stream, offset).raw.startswith(b"WARC/"):
                return offset
        except DamageError:
            continue  # three bytes that only look like the beginning of a member
    return scanned_file_size


def _magic_offsets(scan_stream: BinaryIO, scan_start: int, scanned_file_size: int) -> Iterator[int]:
    while scan_start < scanned_file_size:
        scan_stream.seek(scan_start)
        scan_chunk = scan_stream.read(CHUNK_BYTES + len(GZIP_MAGIC) - 1)
        magic_index = scan_chunk.find(GZIP_MAGIC)
        while magic_index >= 0:
            yield scan_start + magic_index
            magic_index = scan_chunk.find(GZIP_MAGIC, magic_index + 1)
        scan_start += CHUNK_BYTES


def _checked_span(packed_record: PackedRecord) -> ScannedSpan:
    try:
        scanned_record = packed_record.parse()
        scanned_body = (
            stored_response(scanned_record).body if scanned_record.is_http_response else scanned_record.block
        )
    except DamageError as error:
        return ScannedSpan(
            packed_record.offset, packed_record.length, None, (str(error).partition(": ")[2] or str(error),)
        )
    return ScannedSpan(
        packed_record.offset,
        packed_record.length,
        scanned_record,
        payload_problems(scanned_record, scanned_body),
    )
