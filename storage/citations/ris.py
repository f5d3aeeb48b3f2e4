"""RIS: the tagged lines that EndNote, Zotero and Mendeley take in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.citations.csl import LANGUAGE
from storage.citations.reference import Reference, line

END = "\r\n"  # as the format's description has it


def record(cited: Reference, note: str = "") -> str:
    """One reference of type NEWS.

    A name without a comma is one field: importers do not take it apart. `UR` is where the article stood, `AV`
    where the archive keeps it, `Y2` the day it was captured, `N1` what a reader noted.
    """
    return "".join(f"{tag}  - {value}{END}" for tag, value in _lines(cited, line(note)))


def records(cited: Iterable[Reference]) -> str:
    """A file of references, an empty line between them."""
    return END.join(map(record, cited))


def _lines(cited: Reference, note: str) -> Iterator[tuple[str, str]]:
    yield "TY", "NEWS"
    yield "ID", cited.key
    for name in cited.credited:
        yield "AU", name.replace(", ", " - ").replace(",", "-")  # a comma would invert it; RIS has no escape
    yield "TI", cited.title
    yield "T2", cited.site
    if cited.day:
        yield "PY", f"{cited.day.year:04}"
        yield "DA", f"{cited.day:%Y/%m/%d}"
    yield "UR", cited.url
    yield "Y2", f"{cited.captured_on:%Y/%m/%d}"
    yield "DB", cited.archive
    yield "AV", cited.address or cited.path
    if cited.lead:
        yield "AB", cited.lead
    for tag in cited.tags:
        yield "KW", tag
    if note:
        yield "N1", note
    yield "LA", LANGUAGE
    yield "ER", ""
