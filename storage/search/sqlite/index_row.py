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
from storage.search.sqlite.fts_query import FTS_FIELD_MARKS, fts_filter_word

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
        row_words = doc.words()
        filter_words = " ".join(fts_filter_word(kind, value) for kind, value in doc.filter_values)
        packed_row_words = _pack("\n".join((*row_words.exact.fields, filter_words)))
        return cls._of_words(row_words, filter_words, packed_row_words)

    @classmethod
    def from_packed(cls, packed_row_words: bytes) -> IndexRow:
        """Make the row again of what search_words stores, by today's rules of folding."""
        row_words, filter_words = unpack_words(packed_row_words)
        return cls._of_words(row_words, filter_words, packed_row_words)

    @classmethod
    def _of_words(cls, row_words: DocumentWords, filter_words: str, packed_row_words: bytes) -> IndexRow:
        folded_row_words = row_words.folded
        row_section = _mark_words(SearchField.SECTION, folded_row_words.section)
        doc_numbers = _mark_words(SearchField.DOC, folded_row_words.doc)
        row_fields = (*folded_row_words.fields[:4], row_section, doc_numbers, filter_words)
        row_columns = dict(zip(FTS_COLUMNS, row_fields, strict=True))
        accented_words = " ".join(row_words.accented)
        checksum = zlib.crc32("\n".join((*row_fields, accented_words)).encode())
        total_words = sum(_count_words(row_field) for row_field in row_fields)
        own_words = total_words - _count_words(folded_row_words.file)
        return cls(row_columns, accented_words, packed_row_words, checksum, own_words, total_words)


def _mark_words(row_field: SearchField, row_words: str) -> str:
    return " ".join(FTS_FIELD_MARKS[row_field] + word for word in row_words.split())


@cache
def _common_words() -> bytes:
    return _COMMON_WORDS_FILE.read_bytes()


def _pack(row_words: str) -> bytes:
    row_compressor = zlib.compressobj(
        9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, _common_words()
    )
    return row_compressor.compress(row_words.encode()) + row_compressor.flush()


def unpack_words(packed_row_words: bytes) -> tuple[DocumentWords, str]:
    """Return the words of a document and its filter words, from the column search_words.words."""
    row_decompressor = zlib.decompressobj(zdict=_common_words())
    *row_fields, filter_words = row_decompressor.decompress(packed_row_words).decode().split("\n")
    return DocumentWords.from_exact(FieldWords(*row_fields)), filter_words


def _count_words(row_words: str) -> int:
    return row_words.count(" ") + 1 if row_words else 0


def row_id_range(date_range: DateRange | None) -> tuple[int, int]:
    """Return the first and last row id of a range of days."""
    if date_range is None:
        return 0, MAX_ROW_ID
    if date_range.undated:
        return 0, FIRST_DATED_ROW - 1
    first_row_day, last_row_day = date_range.first.toordinal(), date_range.last.toordinal()
    return FIRST_DATED_ROW + (first_row_day << DAY_BITS), FIRST_DATED_ROW + (
        (last_row_day + 1) << DAY_BITS
    ) - 1


def row_day(row_id: int) -> date | None:
    """Return the day of a row id; the rows that spilled from a full day give the day before."""
    return date.fromordinal((row_id - FIRST_DATED_ROW) >> DAY_BITS) if row_id >= FIRST_DATED_ROW else None


def allocate_row_id(connection: Connection, day: date | None) -> int:
    """Return an unused row id after all of its day."""
    if day is None:
        return (_last_row_id(connection, 0, FIRST_DATED_ROW) or 0) + 1
    row_day_ordinal = day.toordinal()
    while True:
        first_row_id = FIRST_DATED_ROW + (row_day_ordinal << DAY_BITS)
        next_day_row_id = first_row_id + (1 << DAY_BITS)
        last_row_id = _last_row_id(connection, first_row_id, next_day_row_id)
        if last_row_id is None:
            return first_row_id
        if last_row_id + 1 < next_day_row_id:
            return last_row_id + 1
        row_day_ordinal -= 1  # a site that dated ten thousand articles on the day of its relaunch


def _last_row_id(connection: Connection, first_row_id: int, next_day_row_id: int) -> int | None:
    last_row_statement = text(
        "SELECT max(id) FROM search_documents WHERE id >= :first_id AND id < :next_day_id"
    )
    row_id_bounds = {"first_id": first_row_id, "next_day_id": next_day_row_id}
    last_row_id: int | None = connection.execute(last_row_statement, row_id_bounds).scalar_one()
    return last_row_id
