"""Bibliography: a collection as a file, its notes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from storage.citations import bibtex, ris
from storage.citations.lookup import cite_all
from storage.citations.reference import ArchiveIdentity, Reference
from storage.readers.collections import ReaderCollection, items_of
from storage.readers.csv import table

Noted = Sequence[tuple[Reference, str]]
FORMS: Mapping[str, Callable[[Noted], str]] = {
    "csv": table,
    "ris": lambda rows: ris.END.join(ris.record(cited, note) for cited, note in rows),
    "bib": lambda rows: "\n".join(bibtex.entry(cited, note) for cited, note in rows),
}


def noted(connection: Connection, house: ArchiveIdentity, within: ReaderCollection) -> Noted:
    """What is in a collection as citations of the very texts that were put in, with their notes."""
    inside = items_of(connection, within)
    cited = cite_all(connection, house, [(item.article_id, item.revision) for item in inside])
    return [(each, item.note) for each, item in zip(cited, inside, strict=True)]
