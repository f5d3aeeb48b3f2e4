"""Citation formats by name: vn, apa, chicago, bibtex, ris, csl."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.citations import bibtex, ris
from storage.citations.apa_chicago import CslStyle, apa_chicago_reference
from storage.citations.csl import csl_json
from storage.citations.reference import Reference
from storage.citations.vietnamese import vietnamese_reference


@dataclass(frozen=True, slots=True)
class CitationFormat:
    """One format of citations."""

    name: str  # in URLs and on the command line
    suffix: str  # of its files, with the dot
    media_type: str
    write: Callable[[Iterable[Reference]], str]  # a document of any number of citations


def _one_citation_per_line(
    write_citation: Callable[[Reference], str],
) -> Callable[[Iterable[Reference]], str]:
    return lambda references: "".join(f"{write_citation(reference)}\n" for reference in references)


TEXT_CITATION_TYPE = "text/plain; charset=utf-8"
ALL_CITATION_FORMATS = (
    CitationFormat("vn", ".txt", TEXT_CITATION_TYPE, _one_citation_per_line(vietnamese_reference)),
    CitationFormat(
        "apa",
        ".txt",
        TEXT_CITATION_TYPE,
        _one_citation_per_line(lambda reference: apa_chicago_reference(reference, CslStyle.APA)),
    ),
    CitationFormat(
        "chicago",
        ".txt",
        TEXT_CITATION_TYPE,
        _one_citation_per_line(lambda reference: apa_chicago_reference(reference, CslStyle.CHICAGO)),
    ),
    CitationFormat("bibtex", ".bib", "application/x-bibtex; charset=utf-8", bibtex.bibtex_file),
    CitationFormat("ris", ".ris", "application/x-research-info-systems; charset=utf-8", ris.ris_file),
    CitationFormat("csl", ".csl.json", "application/vnd.citationstyles.csl+json", csl_json),
)
CITATION_FORMATS = {citation_format.name: citation_format for citation_format in ALL_CITATION_FORMATS}


def format_citation(reference: Reference, citation_format: str) -> str:
    """Return one citation in the format of that name; raises KeyError for an unknown one."""
    return CITATION_FORMATS[citation_format].write([reference]).rstrip("\r\n")
