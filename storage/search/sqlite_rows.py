"""The rows behind the SQLite index: what is kept of a document, and under which row id."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from storage.search.days import Days
from storage.search.documents import Streams, Words
from storage.search.sqlite_match import site_word

PLAIN = ("title", "words", "author", "file")
COLUMNS = (*PLAIN, *(f"{name}_exact" for name in PLAIN), "site")
# Row ids follow the publication day, so that "the newest 5,000" is a walk down the row ids. 4,096 ids a day
# keep the steps between ids short (they are stored as differences); a fuller day spills to the one before.
DAY_BITS = 12
DATED = 1 << 31  # undated documents live below
LAST_ROW = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class Row:
    """What both tables hold of a document's words."""

    columns: dict[str, str]  # of FTS5
    packed: bytes  # the exact streams, compressed; the folded ones follow from them
    checksum: int  # of all columns
    own: int  # words of all columns but those of files
    length: int  # words of all columns, as FTS5 counts them

    @classmethod
    def of(cls, site: str, words: Words) -> Row:
        """The row of a document."""
        return cls._of(site, words, zlib.compress("\n".join(words.exact.fields).encode(), 9))

    @classmethod
    def read(cls, site: str, packed: bytes) -> Row:
        """The row as it is now made of what search_documents keeps."""
        return cls._of(site, unpacked(packed), packed)

    @classmethod
    def _of(cls, site: str, words: Words, packed: bytes) -> Row:
        fields = (*words.fold.fields, *words.exact.fields, site_word(site))
        columns = dict(zip(COLUMNS, fields, strict=True))
        checksum = zlib.crc32("\n".join(fields).encode())
        length = sum(_count(words) for words in fields)
        filed = _count(words.fold.file) + _count(words.exact.file)
        return cls(columns, packed, checksum, length - filed, length)


def unpacked(packed: bytes) -> Words:
    """The words of a document out of search_documents."""
    return Words.folding(Streams(*zlib.decompress(packed).decode().split("\n")))


def _count(words: str) -> int:
    return words.count(" ") + 1 if words else 0


def mean_length(connection: Connection) -> float:
    """Words of a document, on average, from the record FTS5 keeps for its own bm25."""
    averages = connection.scalar(text("SELECT block FROM search_fts_data WHERE id = 1"))
    documents, *columns = _varints(averages or b"\x01")
    return max(1.0, sum(columns) / max(1, documents))


def _varints(block: bytes) -> list[int]:
    """SQLite's integers: seven bits a byte, the highest first; none here needs the ninth byte."""
    found, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(value)
            value = 0
    return found


def row_range(days: Days | None) -> tuple[int, int]:
    """The row ids of these days, both ends included."""
    if days is None:
        return 0, LAST_ROW
    if days.undated:
        return 0, DATED - 1
    first, last = days.first.toordinal(), days.last.toordinal()
    return DATED + (first << DAY_BITS), DATED + ((last + 1) << DAY_BITS) - 1


def free_row(connection: Connection, day: date | None) -> int:
    """A row id not in use, after all of its day."""
    if day is None:
        return (_last(connection, 0, DATED) or 0) + 1
    bucket = day.toordinal()
    while True:
        floor = DATED + (bucket << DAY_BITS)
        ceiling = floor + (1 << DAY_BITS)
        last = _last(connection, floor, ceiling)
        if last is None:
            return floor
        if last + 1 < ceiling:
            return last + 1
        bucket -= 1  # a site that gave ten thousand articles the day of its relaunch


def _last(connection: Connection, floor: int, ceiling: int) -> int | None:
    last = text("SELECT max(id) FROM search_documents WHERE id >= :floor AND id < :ceiling")
    found: int | None = connection.execute(last, {"floor": floor, "ceiling": ceiling}).scalar_one()
    return found
