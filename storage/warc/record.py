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
        end = _BLANK_LINE.search(self.block)
        head, body = (self.block[: end.start()], self.block[end.end() :]) if end else (self.block, b"")
        start, _, rest = head.decode("latin-1").partition("\n")
        return start.rstrip("\r"), tuple(_header_fields(rest)), body

    def digest_problems(self, payload: bytes) -> tuple[str, ...]:
        """Return the digests that do not match; a revisit's payload is in another record, unchecked."""
        problems = []
        if not digest_matches(block := self.fields.get("warc-block-digest", ""), self.block) and block:
            problems.append(f"block digest is not {block}")
        label = "" if self.kind == "revisit" else self.fields.get("warc-payload-digest", "")
        if label and not digest_matches(label, payload):
            problems.append(f"payload digest is not {label}")
        return tuple(problems)


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """The unpacked bytes of one record: of one gzip member, or of one record of a plain file."""

    path: Path
    offset: int  # bytes from the start of the file
    length: int  # bytes in the file
    raw: bytes

    def parse(self) -> WarcRecord:
        """Parse the record; raises DamageError when its head or its length is wrong."""
        where = f"{self.path}@{self.offset}"
        head = _BLANK_LINE.search(self.raw)
        if not self.raw.startswith(b"WARC/") or head is None:
            raise DamageError(f"{where}: this is not a WARC record; restore the file from a copy")
        fields: dict[str, str] = {}
        text = self.raw[: head.start()].decode("utf-8", "replace")
        for name, value in _header_fields(text.partition("\n")[2]):
            fields.setdefault(name.lower(), value)
        size = _content_length(fields.get("content-length", ""), where)
        block, rest = self.raw[head.end() : head.end() + size], self.raw[head.end() + size :]
        if len(block) < size:
            raise DamageError(f"{where}: Content-Length says {size} bytes, {len(block)} are there")
        if rest.strip(b"\r\n"):
            raise DamageError(
                f"{where}: {len(rest)} bytes follow the record in its gzip member; "
                "if another tool wrote the file as one gzip stream, run `warcio recompress` on it"
            )
        return WarcRecord(self.path, self.offset, self.length, fields, block)


def packed_records(path: Path) -> Iterator[PackedRecord]:
    """Yield every record of a .warc.gz (or plain .warc) in order, unparsed.

    Raises DamageError at the first torn or broken one, after yielding all before it (gzip checksums
    are verified); OSError when the file cannot be read.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        yield from _gzip_records(path, stream) if packed else _plain_records(path, stream)


def unpack_record(packed: bytes, where: str) -> bytes:
    """Return the bytes of a record that is exactly one gzip member; raises DamageError otherwise."""
    if packed.startswith(b"WARC/"):
        return packed  # a plain .warc, as some tools write
    inflate = zlib.decompressobj(GZIP_WINDOW)
    try:
        raw = inflate.decompress(packed)
    except zlib.error as error:
        raise DamageError(f"{where}: damaged record: {error}; restore the file from a copy") from error
    if not inflate.eof or inflate.unused_data:
        raise DamageError(
            f"{where}: {len(packed)} bytes are not one whole record; `congdoan verify` says more"
        )
    return raw


def _gzip_records(path: Path, stream: BinaryIO) -> Iterator[PackedRecord]:
    offset, chunk = 0, stream.read(_CHUNK_BYTES)
    while chunk:
        inflate, parts, packed_bytes = zlib.decompressobj(GZIP_WINDOW), [], 0
        while chunk and not inflate.eof:
            try:
                parts.append(inflate.decompress(chunk))
            except zlib.error as error:
                raise DamageError(f"{path}@{offset}: damaged record: {error}; the rest is unread") from error
            packed_bytes += len(chunk) - len(inflate.unused_data)
            chunk = inflate.unused_data or stream.read(_CHUNK_BYTES)
        if not inflate.eof:
            raise DamageError(
                f"{path}@{offset}: torn tail: the last record is cut after {packed_bytes} bytes"
            )
        yield PackedRecord(path, offset, packed_bytes, b"".join(parts))
        offset += packed_bytes


def _plain_records(path: Path, stream: BinaryIO) -> Iterator[PackedRecord]:
    while True:
        head, offset = b"", stream.tell()
        while (line := stream.readline()).strip(b"\r\n"):
            head += line
        if not line:
            if head:
                raise DamageError(f"{path}@{offset}: torn tail: the last record is cut in its head")
            return
        if not head:
            continue  # blank lines between records
        sizes = [
            value
            for name, value in _header_fields(head.decode("latin-1"))
            if name.lower() == "content-length"
        ]
        size = _content_length(sizes[0] if sizes else "", f"{path}@{offset}")
        remaining = fstat(stream.fileno()).st_size - stream.tell()
        block = stream.read(min(size, remaining))  # a damaged head may claim any length
        if len(block) < size:
            raise DamageError(f"{path}@{offset}: torn tail: the last record lacks {size - len(block)} bytes")
        raw = head + line + block
        yield PackedRecord(path, offset, len(raw), raw)


def _header_fields(text: str) -> list[tuple[str, str]]:
    """Parse `Name: value` lines; a line that starts with a blank continues the one before."""
    fields: list[tuple[str, str]] = []
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + " " + line.strip(" \t\r"))
            continue
        name, colon, value = line.rstrip("\r").partition(":")
        if colon:
            fields.append((name.strip(" \t"), value.strip(" \t")))
    return fields


def _content_length(value: str, where: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise DamageError(f"{where}: the record has no valid Content-Length ({value!r}); restore the file")
    return int(value)
