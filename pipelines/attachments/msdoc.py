"""The text of a Word 97–2003 document (.doc), out of its piece table (pure).

Layout after Microsoft's published [MS-DOC]: FibBase, FibRgFcLcb97.fcClx, Clx, PlcPcd.
"""

from __future__ import annotations

import io
import re
import struct

import olefile

from pipelines.attachments.office_xml import BrokenFileError, EncryptedFileError, UnreadableFileError

IDENT = 0xA5EC
WORD_97 = 0x00C1  # nFib; below it the tables stand elsewhere
ENCRYPTED, SECOND_TABLE = 0x0100, 0x0200  # flags at offset 10
MOST = 100_000_000  # bytes of one stream
LATIN = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
# What Word puts between the characters: field codes, pictures, notes' marks.
FIELD = re.compile(r"\x13[^\x13\x14\x15]*\x14?")  # the instruction of a field; its result stays
ENDS = str.maketrans(
    {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\x1e": "-", "\xa0": " ", "\x1f": None}
    | dict.fromkeys(("\x01", "\x02", "\x03", "\x04", "\x05", "\x08", "\x13", "\x14", "\x15"))
)


def read_msdoc(body: bytes) -> str:
    """The text of the document and its footnotes, a table's row a line.

    Raises UnreadError.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(body)) as compound:
            main = _stream(compound, "WordDocument")
            flags, table = _head(main), None
            table = _stream(compound, "1Table" if flags & SECOND_TABLE else "0Table")
        text = _text(main, table)
    except (OSError, struct.error, ValueError, IndexError, TypeError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    while (shorter := FIELD.sub("", text)) != text:  # fields stand in fields
        text = shorter
    text = re.sub(r"\x07\r?\x07", "\n", text).replace("\x07", " | ")
    return text.translate(ENDS)


def _stream(compound: olefile.OleFileIO, name: str) -> bytes:
    if not compound.exists(name):
        raise BrokenFileError(f"it has no stream {name}")
    if compound.get_size(name) > MOST:
        raise BrokenFileError(f"its stream {name} says to be larger than {MOST} bytes")
    data: bytes = compound.openstream(name).read()
    return data


def _head(main: bytes) -> int:
    ident, version = struct.unpack_from("<HH", main, 0)
    (flags,) = struct.unpack_from("<H", main, 10)
    if ident != IDENT:
        raise BrokenFileError("its first stream is no Word document")
    if flags & ENCRYPTED:
        raise EncryptedFileError("a Word document under a password")
    if version < WORD_97:
        raise UnreadableFileError(f"written by Word 95 or older (version {version})")
    return int(flags)


def _text(main: bytes, table: bytes) -> str:
    """The pieces in order, as many characters as document and footnotes have."""
    wanted = sum(struct.unpack_from("<ii", main, 0x4C))
    start, length = struct.unpack_from("<ii", main, 0x1A2)
    pieces = _pieces(table[start : start + length])
    count = (len(pieces) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", pieces, 0)
    text: list[str] = []
    for number in range(count):
        size = ends[number + 1] - ends[number]
        (place,) = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * number + 2)
        text.append(_piece(main, place, size))
    return "".join(text)[:wanted]


def _pieces(clx: bytes) -> bytes:
    """The piece table, behind the paragraph properties that may stand before it."""
    at = 0
    while clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != 2:
        raise BrokenFileError("its piece table is damaged")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    return clx[at + 5 : at + 5 + length]


def _piece(main: bytes, place: int, size: int) -> str:
    if not 0 <= size <= MOST:
        raise BrokenFileError("its piece table is damaged")
    if place & 0x40000000:  # one byte a character, Windows-1252
        start = (place & 0x3FFFFFFF) // 2
        return main[start : start + size].decode("latin-1").translate(LATIN)
    return main[place : place + 2 * size].decode("utf-16-le", "replace")
