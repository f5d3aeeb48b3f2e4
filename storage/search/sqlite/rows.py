"""The rows behind the SQLite index: what is kept of a document, and under which row id."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

from storage.search.documents import DocumentWords, FieldWords, SearchDoc
from storage.search.query.query_dates import DateRange
from storage.search.query.tree import SearchField
from storage.search.sqlite.fts_query import FIELD_MARKS, filter_word

FTS_COLUMNS = ("title", "words", "author", "file", "section", "doc", "facts")
# What our texts often say, so that the words of a short article compress as those of a long one: 2 of 10
# bytes. Part of every stored row: never edit it, add another file and a version beside it.
_USUAL = Path(__file__).with_name("common_words.txt")
# Row ids follow the publication day, so that "the newest 1,500" is a walk down the row ids. 4,096 ids a day
# keep the steps between ids short (they are stored as differences); a fuller day spills to the one before.
DAY_BITS = 12
FIRST_DATED_ROW = 1 << 31  # undated documents live below
MAX_ROW_ID = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the tables hold of a document's words."""

    columns: dict[str, str]  # of search_fts
    accented: str  # of search_exact
    packed: bytes  # the exact streams and facts, compressed; the rest follows from them
    checksum: int  # of all columns
    own: int  # words of all columns but those of files
    length: int  # words of all columns, as FTS5 counts them

    @classmethod
    def from_document(cls, doc: SearchDoc) -> IndexRow:
        """The row of a document."""
        words = doc.words()
        facts = " ".join(filter_word(kind, value) for kind, value in doc.filter_values)
        return cls._of(words, facts, _packed("\n".join((*words.exact.fields, facts))))

    @classmethod
    def read(cls, packed: bytes) -> IndexRow:
        """The row as it is now made of what search_words keeps."""
        words, facts = unpack_words(packed)
        return cls._of(words, facts, packed)

    @classmethod
    def _of(cls, words: DocumentWords, facts: str, packed: bytes) -> IndexRow:
        fold = words.folded
        beside = (_marked(SearchField.SECTION, fold.section), _marked(SearchField.DOC, fold.doc))
        fields = (*fold.fields[:4], *beside, facts)
        columns = dict(zip(FTS_COLUMNS, fields, strict=True))
        marked = " ".join(words.accented)
        checksum = zlib.crc32("\n".join((*fields, marked)).encode())
        length = sum(_count(words) for words in fields)
        return cls(columns, marked, packed, checksum, length - _count(fold.file), length)


def _marked(field: SearchField, words: str) -> str:
    return " ".join(FIELD_MARKS[field] + word for word in words.split())


@cache
def _usual() -> bytes:
    return _USUAL.read_bytes()


def _packed(text: str) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, _usual())
    return press.compress(text.encode()) + press.flush()


def unpack_words(packed: bytes) -> tuple[DocumentWords, str]:
    """The words of a document and its facts, out of search_words."""
    *fields, facts = _text(packed).split("\n")
    return DocumentWords.folding(FieldWords(*fields)), facts


def _text(packed: bytes) -> str:
    return zlib.decompressobj(zdict=_usual()).decompress(packed).decode()


def _count(words: str) -> int:
    return words.count(" ") + 1 if words else 0


def row_id_range(days: DateRange | None) -> tuple[int, int]:
    """The row ids of these days, both ends included."""
    if days is None:
        return 0, MAX_ROW_ID
    if days.undated:
        return 0, FIRST_DATED_ROW - 1
    first, last = days.first.toordinal(), days.last.toordinal()
    return FIRST_DATED_ROW + (first << DAY_BITS), FIRST_DATED_ROW + ((last + 1) << DAY_BITS) - 1


def row_day(row: int) -> date | None:
    """The day a row id stands for; a full day's last rows say the day before."""
    return date.fromordinal((row - FIRST_DATED_ROW) >> DAY_BITS) if row >= FIRST_DATED_ROW else None


def allocate_row_id(connection: Connection, day: date | None) -> int:
    """A row id not in use, after all of its day."""
    if day is None:
        return (_last(connection, 0, FIRST_DATED_ROW) or 0) + 1
    bucket = day.toordinal()
    while True:
        floor = FIRST_DATED_ROW + (bucket << DAY_BITS)
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
