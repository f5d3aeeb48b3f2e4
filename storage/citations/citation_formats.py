"""Forms: a citation in the form asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.citations import bibtex, ris
from storage.citations.apa_chicago import CslStyle, styled
from storage.citations.csl import csl_json
from storage.citations.reference import Reference
from storage.citations.vietnamese import office


@dataclass(frozen=True, slots=True)
class CitationFormat:
    """One form of citation."""

    name: str  # as asked for
    suffix: str  # of its files, with the dot
    media_type: str
    write: Callable[[Iterable[Reference]], str]  # a document of any number of citations


def _lines(one: Callable[[Reference], str]) -> Callable[[Iterable[Reference]], str]:
    return lambda cited: "".join(f"{one(each)}\n" for each in cited)


TEXT = "text/plain; charset=utf-8"
_ALL = (
    CitationFormat("vn", ".txt", TEXT, _lines(office)),
    CitationFormat("apa", ".txt", TEXT, _lines(lambda cited: styled(cited, CslStyle.APA))),
    CitationFormat("chicago", ".txt", TEXT, _lines(lambda cited: styled(cited, CslStyle.CHICAGO))),
    CitationFormat("bibtex", ".bib", "application/x-bibtex; charset=utf-8", bibtex.entries),
    CitationFormat("ris", ".ris", "application/x-research-info-systems; charset=utf-8", ris.records),
    CitationFormat("csl", ".csl.json", "application/vnd.citationstyles.csl+json", csl_json),
)
FORMS = {form.name: form for form in _ALL}


def citation(cited: Reference, form: str) -> str:
    """One citation; raises KeyError for a form that is none."""
    return FORMS[form].write([cited]).rstrip("\r\n")
