"""The rows behind the SQLite index: what is kept of a document, and under which row id."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from storage.search.documents import Streams, Words
from storage.search.sqlite_match import site_word

COLUMNS = ("title", "words", "author", "title_exact", "words_exact", "author_exact", "site")
# Row ids follow the publication day, so that "the newest 5,000" is a walk down the row ids. 4,096 ids a day
# keep the steps between ids short (they are stored as differences); a fuller day spills to the one before.
DAY_BITS = 12
DATED = 1 << 31  # undated documents live below


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as search_documents keeps it."""

    row: int
    site: str
    words: Words

    @classmethod
    def read(cls, row: int, site: str, words: bytes) -> Kept:
        """From the columns id, site, words."""
        return cls(row, site, Words.folding(Streams(*zlib.decompress(words).decode().split("\n"))))

    def packed(self) -> bytes:
        """The exact streams, compressed; the folded ones follow from them."""
        return zlib.compress("\n".join(self.words.exact.fields).encode(), 9)

    def columns(self) -> dict[str, str]:
        """The words of every FTS5 column."""
        fields = (*self.words.fold.fields, *self.words.exact.fields, site_word(self.site))
        return dict(zip(COLUMNS, fields, strict=True))


def checksum(columns: dict[str, str]) -> int:
    """Of everything given to FTS5 for one document."""
    return zlib.crc32("\n".join(columns[name] for name in COLUMNS).encode())


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
