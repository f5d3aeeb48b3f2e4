"""BibTeX: entries that BibTeX and biber read alike, whatever a title holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from storage.citations.reference import Reference, line

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# BibTeX counts braces even behind a backslash, so a single one has to be spelled.
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)
IN_URL = ":/?#[]@!$&'()*+,;=%-._~"  # everything else is written as %XX


def entry(cited: Reference, note: str = "") -> str:
    """One `@misc` entry, ended by a line break.

    Names and title are in braces of their own: no style takes a Vietnamese name apart, or lowers a
    capital. `note` is a reader's own.
    """
    told = "".join(f"  {name} = {value},\n" for name, value in _fields(cited, line(note)))
    return f"@misc{{{cited.key},\n{told}}}\n"


def entries(cited: Iterable[Reference]) -> str:
    """A file of entries."""
    return "\n".join(map(entry, cited))


def _fields(cited: Reference, note: str) -> Iterator[tuple[str, str]]:
    yield "author", "{" + " and ".join(f"{{{escaped(name)}}}" for name in cited.credited) + "}"
    yield "title", f"{{{{{escaped(cited.title)}}}}}"
    yield "howpublished", f"{{{escaped(cited.site)}}}"
    if cited.day:
        yield "year", f"{{{cited.day.year}}}"
        yield "month", MONTHS[cited.day.month - 1]
        yield "day", f"{{{cited.day.day}}}"
    yield "url", f"{{{address(cited.url)}}}"
    yield "urldate", f"{{{cited.captured_on.isoformat()}}}"
    yield "note", f"{{{_kept(cited)}}}"
    yield "langid", "{vietnamese}"
    if note:
        yield "annote", f"{{{escaped(note)}}}"


def _kept(cited: Reference) -> str:
    where = rf"\url{{{address(cited.address)}}}" if cited.address else escaped(cited.path)
    return f"{escaped(cited.archive)}, {where}"


def escaped(text: str) -> str:
    """The text as LaTeX prints it."""
    return text.translate(ESCAPES)


def address(url: str) -> str:
    """A URL without any character that TeX or a brace count would stumble over."""
    return quote(url, safe=IN_URL)
