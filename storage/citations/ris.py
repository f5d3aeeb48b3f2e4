"""RIS records, which EndNote, Zotero and Mendeley import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.citations.csl import LANGUAGE
from storage.citations.reference import Reference, one_line

RIS_LINE_END = "\r\n"  # as the format's specification wants


def ris_record(reference: Reference, note: str = "") -> str:
    """Return one record of type NEWS.

    A name without a comma is one field: importers do not split it. `UR` is the URL on the site, `AV` the
    URL in the archive, `Y2` the day of the capture, `N1` the reader's note.
    """
    return "".join(
        f"{ris_tag}  - {ris_value}{RIS_LINE_END}"
        for ris_tag, ris_value in _ris_fields(reference, one_line(note))
    )


def ris_file(references: Iterable[Reference]) -> str:
    """Return a file of records, an empty line between them."""
    return RIS_LINE_END.join(map(ris_record, references))


def _ris_fields(reference: Reference, note: str) -> Iterator[tuple[str, str]]:
    yield "TY", "NEWS"
    yield "ID", reference.key
    for author in reference.credited:
        # A comma would invert it; RIS has no escape.
        yield "AU", author.replace(", ", " - ").replace(",", "-")
    yield "TI", reference.title
    yield "T2", reference.site
    if reference.day:
        yield "PY", f"{reference.day.year:04}"
        yield "DA", f"{reference.day:%Y/%m/%d}"
    yield "UR", reference.url
    yield "Y2", f"{reference.captured_on:%Y/%m/%d}"
    yield "DB", reference.archive
    yield "AV", reference.address or reference.path
    if reference.lead:
        yield "AB", reference.lead
    for keyword in reference.tags:
        yield "KW", keyword
    if note:
        yield "N1", note
    yield "LA", LANGUAGE
    yield "ER", ""
