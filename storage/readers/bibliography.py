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

BIBLIOGRAPHY_COLUMNS = (
    *("article", "revision", "title", "authors", "site", "day", "url"),
    *("address", "captured_at", "archive", "note"),
)


def annotated_references(
    connection: Connection, archive: ArchiveIdentity, collection: ReaderCollection
) -> AnnotatedReferences:
    """Return the references of a collection, each to the revision that was put in, with its note."""
    collection_items = items_of(connection, collection)
    references = cite_all(
        connection,
        archive,
        [(collection_item.article_id, collection_item.revision) for collection_item in collection_items],
    )
    return [
        (reference, collection_item.note)
        for reference, collection_item in zip(references, collection_items, strict=True)
    ]


def bibliography_csv(references: Iterable[tuple[Reference, str]], *, byte_order_mark: bool = False) -> str:
    """Return the references as CSV (RFC 4180) with a header row; `byte_order_mark` is for Excel."""
    csv_text = io.StringIO(newline="")
    csv_text.write(BYTE_ORDER_MARK * byte_order_mark)
    bibliography_writer = csv.writer(csv_text)
    bibliography_writer.writerow(BIBLIOGRAPHY_COLUMNS)
    bibliography_writer.writerows(
        [csv_cell(value) for value in _bibliography_cells(*annotated_reference)]
        for annotated_reference in references
    )
    return csv_text.getvalue()


def _bibliography_cells(reference: Reference, note: str) -> tuple[str | int | None, ...]:
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
    "csv": bibliography_csv,
    "ris": lambda references: ris.RIS_LINE_END.join(
        ris.ris_record(*annotated_reference) for annotated_reference in references
    ),
    "bib": lambda references: "\n".join(
        bibtex.bibtex_entry(*annotated_reference) for annotated_reference in references
    ),
}
