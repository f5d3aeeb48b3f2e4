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


def undo_encodings(encoded_body: bytes, encodings: str, max_bytes: int) -> bytes:
    """Return `encoded_body` with the comma-separated Content-Encoding values decoded, the last one first.

    Raises ContentError when one is unknown, broken or cut off, or unpacks to more than `max_bytes`.
    """
    for encoding_name in reversed(
        [encoding_part.strip().lower() for encoding_part in encodings.split(",") if encoding_part.strip()]
    ):
        if not encoded_body:
            break  # 304, HEAD and empty answers keep the header of the full one
        encoded_body = _undo_encoding(encoded_body, encoding_name, max_bytes)
    return encoded_body


def _undo_encoding(encoded_body: bytes, encoding_name: str, max_bytes: int) -> bytes:
    encoding_decoder = _DECODERS.get(encoding_name)
    if encoding_decoder is None:
        raise ContentError(
            f"unknown content-encoding {encoding_name!r}; known: {', '.join(sorted(_DECODERS))}"
        )
    try:
        decoded_body = encoding_decoder(encoded_body, max_bytes)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise ContentError(f"content-encoding {encoding_name} cannot be undone: {error}") from error
    if len(decoded_body) > max_bytes:
        raise ContentError(f"content-encoding {encoding_name} unpacks to more than {max_bytes} bytes")
    return decoded_body


def _inflate(encoded_body: bytes, zlib_window: int, max_bytes: int) -> bytes:
    decoded_body = b""
    while True:
        decoder_stream = zlib.decompressobj(zlib_window)
        decoded_body += decoder_stream.decompress(encoded_body, max_bytes + 1 - len(decoded_body))
        if len(decoded_body) > max_bytes:
            return decoded_body
        if not decoder_stream.eof:
            raise EOFError("the data end too early")
        encoded_body = decoder_stream.unused_data
        if zlib_window != _GZIP_WINDOW or encoded_body[:2] != b"\x1f\x8b":
            return decoded_body


def _gzip(encoded_body: bytes, max_bytes: int) -> bytes:
    return _inflate(encoded_body, _GZIP_WINDOW, max_bytes)


def _deflate(encoded_body: bytes, max_bytes: int) -> bytes:
    try:
        return _inflate(encoded_body, _ZLIB_WINDOW, max_bytes)
    except zlib.error:  # servers send it without the zlib frame, and browsers accept that
        return _inflate(encoded_body, _RAW_WINDOW, max_bytes)


def _brotli(encoded_body: bytes, max_bytes: int) -> bytes:
    decoder_stream = brotli.Decompressor()
    decoded_body: bytes = decoder_stream.process(encoded_body, output_buffer_limit=max_bytes + 1)
    if len(decoded_body) <= max_bytes and not decoder_stream.is_finished():
        raise EOFError("the data end too early")
    return decoded_body


def _zstd(encoded_body: bytes, max_bytes: int) -> bytes:
    decoded_body = b""
    while encoded_body:
        decoder_stream = zstd.ZstdDecompressor()
        decoded_body += decoder_stream.decompress(encoded_body, max_bytes + 1 - len(decoded_body))
        if len(decoded_body) > max_bytes:
            return decoded_body
        if not decoder_stream.eof:
            raise EOFError("the data end too early")
        encoded_body = decoder_stream.unused_data
    return decoded_body


def _identity(encoded_body: bytes, max_bytes: int) -> bytes:
    del max_bytes  # nothing is unpacked
    return encoded_body


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
    "identity": _identity,
}
