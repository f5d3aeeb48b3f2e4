"""Bibliography: writes a reader's collection with its notes as CSV, RIS or BibTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from storage.citations import bibtex, ris
from storage.citations.lookup import cite_all
from storage.citations.reference import ArchiveIdentity, Reference
from storage.export.csv import BYTE_ORDER_MARK, csv_cell
from storage.readers.collections import ReaderCollection, items_of

AnnotatedReferences = Sequence[tuple[Reference, str]]
"""References with the reader's note on each."""

CSV_COLUMNS = (
    *("article", "revision", "title", "authors", "site", "day", "url"),
    *("address", "captured_at", "archive", "note"),
)


def annotated_references(
    connection: Connection, archive: ArchiveIdentity, collection: ReaderCollection
) -> AnnotatedReferences:
    """Return the references of a collection, each to the revision that was put in, with its note."""
    items = items_of(connection, collection)
    references = cite_all(connection, archive, [(item.article_id, item.revision) for item in items])
    return [(reference, item.note) for reference, item in zip(references, items, strict=True)]


def csv_table(references: Iterable[tuple[Reference, str]], *, byte_order_mark: bool = False) -> str:
    """Return the references as CSV (RFC 4180) with a header row; `byte_order_mark` is for Excel."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK * byte_order_mark)
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    writer.writerows([csv_cell(value) for value in _csv_values(*row)] for row in references)
    return text.getvalue()


def _csv_values(reference: Reference, note: str) -> tuple[str | int | None, ...]:
    return (
        reference.number,
        reference.revision,
        reference.title,
        ", ".join(reference.authors),
        reference.site,
        reference.day.isoformat() if reference.day else None,
        reference.url,
        reference.address or reference.path,
        reference.captured.isoformat(timespec="seconds"),
        reference.archive,
        note,
    )


BIBLIOGRAPHY_FORMATS: Mapping[str, Callable[[AnnotatedReferences], str]] = {
    "csv": csv_table,
    "ris": lambda references: ris.RIS_LINE_END.join(ris.ris_record(*row) for row in references),
    "bib": lambda references: "\n".join(bibtex.bibtex_entry(*row) for row in references),
}
