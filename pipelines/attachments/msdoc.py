"""Reads the text of a Word 97–2003 document (.doc) from its piece table.

Layout after Microsoft's published [MS-DOC]: FibBase, FibRgFcLcb97.fcClx, Clx, PlcPcd.
"""

from __future__ import annotations

import io
import re
import struct

import olefile

from pipelines.attachments.office_xml import BrokenFileError, EncryptedFileError, UnreadableFileError

MSDOC_IDENT = 0xA5EC
WORD_97_VERSION = 0x00C1  # nFib; older versions have the tables elsewhere
ENCRYPTED_FLAG, SECOND_TABLE_FLAG = 0x0100, 0x0200  # flags at offset 10
MAX_STREAM_BYTES = 100_000_000
CP1252_CHARS = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
# Control characters that Word puts into the text: field codes, pictures, marks of notes.
FIELD_INSTRUCTION = re.compile(r"\x13[^\x13\x14\x15]*\x14?")  # the instruction of a field; its result stays
CONTROL_CHARS_TO_TEXT = str.maketrans(
    {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\x1e": "-", "\xa0": " ", "\x1f": None}
    | dict.fromkeys(("\x01", "\x02", "\x03", "\x04", "\x05", "\x08", "\x13", "\x14", "\x15"))
)


def read_msdoc(body: bytes) -> str:
    """Return the text of the document and its footnotes, each row of a table as a line.

    Raises UnreadError.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(body)) as compound:
            main = _read_stream(compound, "WordDocument")
            flags, table = _read_flags(main), None
            table = _read_stream(compound, "1Table" if flags & SECOND_TABLE_FLAG else "0Table")
        text = _document_text(main, table)
    except (OSError, struct.error, ValueError, IndexError, TypeError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    while (shorter := FIELD_INSTRUCTION.sub("", text)) != text:  # fields are nested in fields
        text = shorter
    text = re.sub(r"\x07\r?\x07", "\n", text).replace("\x07", " | ")
    return text.translate(CONTROL_CHARS_TO_TEXT)


def _read_stream(compound: olefile.OleFileIO, name: str) -> bytes:
    if not compound.exists(name):
        raise BrokenFileError(f"it has no stream {name}")
    if compound.get_size(name) > MAX_STREAM_BYTES:
        raise BrokenFileError(f"its stream {name} says to be larger than {MAX_STREAM_BYTES} bytes")
    data: bytes = compound.openstream(name).read()
    return data


def _read_flags(main: bytes) -> int:
    ident, version = struct.unpack_from("<HH", main, 0)
    (flags,) = struct.unpack_from("<H", main, 10)
    if ident != MSDOC_IDENT:
        raise BrokenFileError("its first stream is no Word document")
    if flags & ENCRYPTED_FLAG:
        raise EncryptedFileError("a Word document under a password")
    if version < WORD_97_VERSION:
        raise UnreadableFileError(f"written by Word 95 or older (version {version})")
    return int(flags)


def _document_text(main: bytes, table: bytes) -> str:
    """Join the pieces in order, as many characters as document and footnotes have."""
    char_count = sum(struct.unpack_from("<ii", main, 0x4C))
    start, length = struct.unpack_from("<ii", main, 0x1A2)
    piece_table = _piece_table(table[start : start + length])
    count = (len(piece_table) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", piece_table, 0)
    piece_texts: list[str] = []
    for number in range(count):
        size = ends[number + 1] - ends[number]
        (offset,) = struct.unpack_from("<I", piece_table, 4 * (count + 1) + 8 * number + 2)
        piece_texts.append(_piece_text(main, offset, size))
    return "".join(piece_texts)[:char_count]


def _piece_table(clx: bytes) -> bytes:
    """Return the piece table, without the paragraph properties that may be before it."""
    at = 0
    while clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != 2:
        raise BrokenFileError("its piece table is damaged")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    return clx[at + 5 : at + 5 + length]


def _piece_text(main: bytes, offset: int, size: int) -> str:
    if not 0 <= size <= MAX_STREAM_BYTES:
        raise BrokenFileError("its piece table is damaged")
    if offset & 0x40000000:  # one byte a character, Windows-1252
        start = (offset & 0x3FFFFFFF) // 2
        return main[start : start + size].decode("latin-1").translate(CP1252_CHARS)
    return main[offset : offset + 2 * size].decode("utf-16-le", "replace")
