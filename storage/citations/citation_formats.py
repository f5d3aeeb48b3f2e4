"""Forms: a citation in the form asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.citations import bibtex, ris
from storage.citations.apa_chicago import Style, styled
from storage.citations.csl import csl_json
from storage.citations.reference import Cited
from storage.citations.vietnamese import office


@dataclass(frozen=True, slots=True)
class Form:
    """One form of citation."""

    name: str  # as asked for
    suffix: str  # of its files, with the dot
    media_type: str
    write: Callable[[Iterable[Cited]], str]  # a document of any number of citations


def _lines(one: Callable[[Cited], str]) -> Callable[[Iterable[Cited]], str]:
    return lambda cited: "".join(f"{one(each)}\n" for each in cited)


TEXT = "text/plain; charset=utf-8"
_ALL = (
    Form("vn", ".txt", TEXT, _lines(office)),
    Form("apa", ".txt", TEXT, _lines(lambda cited: styled(cited, Style.APA))),
    Form("chicago", ".txt", TEXT, _lines(lambda cited: styled(cited, Style.CHICAGO))),
    Form("bibtex", ".bib", "application/x-bibtex; charset=utf-8", bibtex.entries),
    Form("ris", ".ris", "application/x-research-info-systems; charset=utf-8", ris.records),
    Form("csl", ".csl.json", "application/vnd.citationstyles.csl+json", csl_json),
)
FORMS = {form.name: form for form in _ALL}


def citation(cited: Cited, form: str) -> str:
    """One citation; raises KeyError for a form that is none."""
    return FORMS[form].write([cited]).rstrip("\r\n")
