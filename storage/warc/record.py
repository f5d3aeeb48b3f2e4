"""One WARC record in memory, and reading the records of a file in order."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from os import fstat
from pathlib import Path
from typing import BinaryIO

from storage.warc.errors import DamageError
from storage.warc.exchange import Headers
from storage.warc.payload_digest import digest_matches

OPEN_SUFFIX = ".open"  # a file still being written, or left by a crash
GZIP_WINDOW = 16 + zlib.MAX_WBITS
_CHUNK_BYTES = 1 << 16  # more would copy more of the following records with every record
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One whole WARC record; its digests are not yet checked."""

    path: Path
    offset: int  # bytes from the start of the file
    length: int  # bytes in the file (compressed)
    fields: dict[str, str]  # names in lower case; of a repeated field the first
    block: bytes

    @property
    def kind(self) -> str:
        """The WARC-Type, or an empty string."""
        return self.fields.get("warc-type", "")

    @property
    def is_http_response(self) -> bool:
        """Whether this is a response or revisit of http or https."""
        return self.kind in {"response", "revisit"} and self.fields.get("warc-target-uri", "").startswith(
            "http"
        )

    def http(self) -> tuple[str, Headers, bytes]:
        """Return start line, headers and body of the HTTP message in the block."""
        head_end = _BLANK_LINE.search(self.block)
        record_head, body = (
            (self.block[: head_end.start()], self.block[head_end.end() :]) if head_end else (self.block, b"")
        )
        http_start_line, _, after_record = record_head.decode("latin-1").partition("\n")
        return http_start_line.rstrip("\r"), tuple(_header_fields(after_record)), body

    def digest_problems(self, payload: bytes) -> tuple[str, ...]:
        """Return the digests that do not match; a revisit's payload is in another record, unchecked."""
        record_problems = []
        if (
            not digest_matches(record_block := self.fields.get("warc-block-digest", ""), self.block)
            and record_block
        ):
            record_problems.append(f"block digest is not {record_block}")
        record_digest_label = "" if self.kind == "revisit" else self.fields.get("warc-payload-digest", "")
        if record_digest_label and not digest_matches(record_digest_label, payload):
            record_problems.append(f"payload digest is not {record_digest_label}")
        return tuple(record_problems)


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """The unpacked bytes of one record: of one gzip member, or of one record of a plain file."""

    path: Path
    offset: int  # bytes from the start of the file
    length: int  # bytes in the file
    raw: bytes

    def parse(self) -> WarcRecord:
        """Parse the record; raises DamageError when its head or its length is wrong."""
        record_place = f"{self.path}@{self.offset}"
        record_head = _BLANK_LINE.search(self.raw)
        if not self.raw.startswith(b"WARC/") or record_head is None:
            raise DamageError(f"{record_place}: this is not a WARC record; restore the file from a copy")
        record_fields: dict[str, str] = {}
        record_text = self.raw[: record_head.start()].decode("utf-8", "replace")
        for record_field, record_value in _header_fields(record_text.partition("\n")[2]):
            record_fields.setdefault(record_field.lower(), record_value)
        block_size = _content_length(record_fields.get("content-length", ""), record_place)
        record_block, after_record = (
            self.raw[record_head.end() : record_head.end() + block_size],
            self.raw[record_head.end() + block_size :],
        )
        if len(record_block) < block_size:
            raise DamageError(
                f"{record_place}: Content-Length says {block_size} bytes, {len(record_block)} are there"
            )
        if after_record.strip(b"\r\n"):
            raise DamageError(
                f"{record_place}: {len(after_record)} bytes follow the record in its gzip member; "
                "if another tool wrote the file as one gzip stream, run `warcio recompress` on it"
            )
        return WarcRecord(self.path, self.offset, self.length, record_fields, record_block)


def packed_records(path: Path) -> Iterator[PackedRecord]:
    """Yield every record of a .warc.gz (or plain .warc) in order, unparsed.

    Raises DamageError at the first torn or broken one, after yielding all before it (gzip checksums
    are verified); OSError when the file cannot be read.
    """
    with path.open("rb") as stream:
        packed_record = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        yield from _gzip_records(path, stream) if packed_record else _plain_records(path, stream)


def unpack_record(packed_record: bytes, record_place: str) -> bytes:
    """Return the bytes of a record that is exactly one gzip member; raises DamageError otherwise."""
    if packed_record.startswith(b"WARC/"):
        return packed_record  # a plain .warc, as some tools write
    record_inflate = zlib.decompressobj(GZIP_WINDOW)
    try:
        raw_record = record_inflate.decompress(packed_record)
    except zlib.error as error:
        raise DamageError(f"{record_place}: damaged record: {error}; restore the file from a copy") from error
    if not record_inflate.eof or record_inflate.unused_data:
        raise DamageError(
            f"{record_place}: {len(packed_record)} bytes are not one whole record; "
            "`congdoan verify` says more"
        )
    return raw_record


def _gzip_records(path: Path, stream: BinaryIO) -> Iterator[PackedRecord]:
    record_offset, record_chunk = 0, stream.read(_CHUNK_BYTES)
    while record_chunk:
        record_inflate, record_parts, packed_bytes = zlib.decompressobj(GZIP_WINDOW), [], 0
        while record_chunk and not record_inflate.eof:
            try:
                record_parts.append(record_inflate.decompress(record_chunk))
            except zlib.error as error:
                raise DamageError(
                    f"{path}@{record_offset}: damaged record: {error}; the rest is unread"
                ) from error
            packed_bytes += len(record_chunk) - len(record_inflate.unused_data)
            record_chunk = record_inflate.unused_data or stream.read(_CHUNK_BYTES)
        if not record_inflate.eof:
            raise DamageError(
                f"{path}@{record_offset}: torn tail: the last record is cut after {packed_bytes} bytes"
            )
        yield PackedRecord(path, record_offset, packed_bytes, b"".join(record_parts))
        record_offset += packed_bytes


def _plain_records(path: Path, stream: BinaryIO) -> Iterator[PackedRecord]:
    while True:
        record_head, record_offset = b"", stream.tell()
        while (record_line := stream.readline()).strip(b"\r\n"):
            record_head += record_line
        if not record_line:
            if record_head:
                raise DamageError(f"{path}@{record_offset}: torn tail: the last record is cut in its head")
            return
        if not record_head:
            continue  # blank lines between records
        record_sizes = [
            record_value
            for record_field, record_value in _header_fields(record_head.decode("latin-1"))
            if record_field.lower() == "content-length"
        ]
        block_size = _content_length(record_sizes[0] if record_sizes else "", f"{path}@{record_offset}")
        left_bytes = fstat(stream.fileno()).st_size - stream.tell()
        record_block = stream.read(min(block_size, left_bytes))  # a damaged head may claim any length
        if len(record_block) < block_size:
            lacking = block_size - len(record_block)
            raise DamageError(f"{path}@{record_offset}: torn tail: the last record lacks {lacking} bytes")
        raw_record = record_head + record_line + record_block
        yield PackedRecord(path, record_offset, len(raw_record), raw_record)


def _header_fields(record_text: str) -> list[tuple[str, str]]:
    """Parse `Name: value` lines; a line that starts with a blank continues the one before."""
    record_fields: list[tuple[str, str]] = []
    for record_line in record_text.split("\n"):
        if record_line[:1] in {" ", "\t"} and record_fields:
            record_field, record_value = record_fields[-1]
            record_fields[-1] = (record_field, record_value + " " + record_line.strip(" \t\r"))
            continue
        record_field, colon, record_value = record_line.rstrip("\r").partition(":")
        if colon:
            record_fields.append((record_field.strip(" \t"), record_value.strip(" \t")))
    return record_fields


def _content_length(record_value: str, record_place: str) -> int:
    if not (record_value.isascii() and record_value.isdigit()):
        raise DamageError(
            f"{record_place}: the record has no valid Content-Length ({record_value!r}); restore the file"
        )
    return int(record_value)
