"""CSV: citations as rows with what was noted on them, safe for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from storage.citations.reference import Reference
from storage.export.csv import BYTE_ORDER_MARK, csv_cell

COLUMNS = (
    *("article", "revision", "title", "authors", "site", "day", "url"),
    *("address", "captured_at", "archive", "note"),
)


def table(rows: Iterable[tuple[Reference, str]], *, mark: bool = False) -> str:
    """(citation, note) pairs as RFC 4180 has them, below a line of names; `mark`: as Excel wants it."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK * mark)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(value) for value in _values(cited, note)] for cited, note in rows)
    return text.getvalue()


def _values(cited: Reference, note: str) -> tuple[str | int | None, ...]:
    day = cited.day.isoformat() if cited.day else None
    captured = cited.captured.isoformat(timespec="seconds")
    about = (cited.number, cited.revision, cited.title, ", ".join(cited.authors), cited.site, day, cited.url)
    return (*about, cited.address or cited.path, captured, cited.archive, note)
