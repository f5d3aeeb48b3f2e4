"""The rows of one document in the SQLite index: columns, packed words, checksum, and the row id by day."""

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
# A zlib dictionary of common words, so that a short article compresses as a long one does: 2 of 10 bytes.
# Part of every stored row: never edit it; add another file and a version beside it.
_COMMON_WORDS_FILE = Path(__file__).with_name("common_words.txt")
# Row ids follow the publication day, so that "the newest 1,500" is a walk down the row ids. 4,096 ids a day
# keep the steps between ids short (they are stored as differences); a fuller day spills to the one before.
DAY_BITS = 12
FIRST_DATED_ROW = 1 << 31  # undated documents have lower row ids
MAX_ROW_ID = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One document's words as the search tables store them."""

    columns: dict[str, str]  # of search_fts, by column name
    accented_words: str  # of search_exact, separated by blanks
    packed: bytes  # of search_words: exact words and filter words, compressed; all else derives from them
    checksum: int  # CRC-32 of all columns
    own_words: int  # words of all columns but those of attachments
    total_words: int  # words of all columns, as FTS5 counts them

    @classmethod
    def from_document(cls, doc: SearchDoc) -> IndexRow:
        """Make the row of a document."""
        words = doc.words()
        filter_words = " ".join(filter_word(kind, value) for kind, value in doc.filter_values)
        packed = _pack("\n".join((*words.exact.fields, filter_words)))
        return cls._of_words(words, filter_words, packed)

    @classmethod
    def from_packed(cls, packed: bytes) -> IndexRow:
        """Make the row again of what search_words stores, by today's rules of folding."""
        words, filter_words = unpack_words(packed)
        return cls._of_words(words, filter_words, packed)

    @classmethod
    def _of_words(cls, words: DocumentWords, filter_words: str, packed: bytes) -> IndexRow:
        folded = words.folded
        section = _mark_words(SearchField.SECTION, folded.section)
        doc_numbers = _mark_words(SearchField.DOC, folded.doc)
        fields = (*folded.fields[:4], section, doc_numbers, filter_words)
        columns = dict(zip(FTS_COLUMNS, fields, strict=True))
        accented_words = " ".join(words.accented)
        checksum = zlib.crc32("\n".join((*fields, accented_words)).encode())
        total_words = sum(_count_words(field) for field in fields)
        own_words = total_words - _count_words(folded.file)
        return cls(columns, accented_words, packed, checksum, own_words, total_words)


def _mark_words(field: SearchField, words: str) -> str:
    return " ".join(FIELD_MARKS[field] + word for word in words.split())


@cache
def _common_words() -> bytes:
    return _COMMON_WORDS_FILE.read_bytes()


def _pack(words: str) -> bytes:
    compressor = zlib.compressobj(
        9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, _common_words()
    )
    return compressor.compress(words.encode()) + compressor.flush()


def unpack_words(packed: bytes) -> tuple[DocumentWords, str]:
    """Return the words of a document and its filter words, from the column search_words.words."""
    decompressor = zlib.decompressobj(zdict=_common_words())
    *fields, filter_words = decompressor.decompress(packed).decode().split("\n")
    return DocumentWords.from_exact(FieldWords(*fields)), filter_words


def _count_words(words: str) -> int:
    return words.count(" ") + 1 if words else 0


def row_id_range(date_range: DateRange | None) -> tuple[int, int]:
    """Return the first and last row id of a range of days."""
    if date_range is None:
        return 0, MAX_ROW_ID
    if date_range.undated:
        return 0, FIRST_DATED_ROW - 1
    first, last = date_range.first.toordinal(), date_range.last.toordinal()
    return FIRST_DATED_ROW + (first << DAY_BITS), FIRST_DATED_ROW + ((last + 1) << DAY_BITS) - 1


def row_day(row: int) -> date | None:
    """Return the day of a row id; the rows that spilled from a full day give the day before."""
    return date.fromordinal((row - FIRST_DATED_ROW) >> DAY_BITS) if row >= FIRST_DATED_ROW else None


def allocate_row_id(connection: Connection, day: date | None) -> int:
    """Return an unused row id after all of its day."""
    if day is None:
        return (_last_row_id(connection, 0, FIRST_DATED_ROW) or 0) + 1
    day_ordinal = day.toordinal()
    while True:
        first_id = FIRST_DATED_ROW + (day_ordinal << DAY_BITS)
        next_day_id = first_id + (1 << DAY_BITS)
        last_id = _last_row_id(connection, first_id, next_day_id)
        if last_id is None:
            return first_id
        if last_id + 1 < next_day_id:
            return last_id + 1
        day_ordinal -= 1  # a site that dated ten thousand articles on the day of its relaunch


def _last_row_id(connection: Connection, first_id: int, next_day_id: int) -> int | None:
    statement = text("SELECT max(id) FROM search_documents WHERE id >= :first_id AND id < :next_day_id")
    bounds = {"first_id": first_id, "next_day_id": next_day_id}
    last_id: int | None = connection.execute(statement, bounds).scalar_one()
    return last_id
