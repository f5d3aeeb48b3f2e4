"""Decodes HTTP content-encodings, never beyond a limit of bytes."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

import brotli

from storage.warc.errors import ContentError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_ZLIB_WINDOW = zlib.MAX_WBITS
_RAW_WINDOW = -zlib.MAX_WBITS


def undo_encodings(body: bytes, encodings: str, max_bytes: int) -> bytes:
    """Return `body` with the comma-separated Content-Encoding values decoded, the last one first.

    Raises ContentError when one is unknown, broken or cut off, or unpacks to more than `max_bytes`.
    """
    for name in reversed([part.strip().lower() for part in encodings.split(",") if part.strip()]):
        if not body:
            break  # 304, HEAD and empty answers keep the header of the full one
        body = _undo_encoding(body, name, max_bytes)
    return body


def _undo_encoding(body: bytes, name: str, max_bytes: int) -> bytes:
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise ContentError(f"unknown content-encoding {name!r}; known: {', '.join(sorted(_DECODERS))}")
    try:
        unpacked = decoder(body, max_bytes)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise ContentError(f"content-encoding {name} cannot be undone: {error}") from error
    if len(unpacked) > max_bytes:
        raise ContentError(f"content-encoding {name} unpacks to more than {max_bytes} bytes")
    return unpacked


def _inflate(body: bytes, window: int, max_bytes: int) -> bytes:
    unpacked = b""
    while True:
        stream = zlib.decompressobj(window)
        unpacked += stream.decompress(body, max_bytes + 1 - len(unpacked))
        if len(unpacked) > max_bytes:
            return unpacked
        if not stream.eof:
            raise EOFError("the data end too early")
        body = stream.unused_data
        if window != _GZIP_WINDOW or body[:2] != b"\x1f\x8b":
            return unpacked


def _gzip(body: bytes, max_bytes: int) -> bytes:
    return _inflate(body, _GZIP_WINDOW, max_bytes)


def _deflate(body: bytes, max_bytes: int) -> bytes:
    try:
        return _inflate(body, _ZLIB_WINDOW, max_bytes)
    except zlib.error:  # servers send it without the zlib frame, and browsers accept that
        return _inflate(body, _RAW_WINDOW, max_bytes)


def _brotli(body: bytes, max_bytes: int) -> bytes:
    stream = brotli.Decompressor()
    unpacked: bytes = stream.process(body, output_buffer_limit=max_bytes + 1)
    if len(unpacked) <= max_bytes and not stream.is_finished():
        raise EOFError("the data end too early")
    return unpacked


def _zstd(body: bytes, max_bytes: int) -> bytes:
    unpacked = b""
    while body:
        stream = zstd.ZstdDecompressor()
        unpacked += stream.decompress(body, max_bytes + 1 - len(unpacked))
        if len(unpacked) > max_bytes:
            return unpacked
        if not stream.eof:
            raise EOFError("the data end too early")
        body = stream.unused_data
    return unpacked


def _identity(body: bytes, max_bytes: int) -> bytes:
    del max_bytes  # nothing is unpacked
    return body


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
    "identity": _identity,
}
