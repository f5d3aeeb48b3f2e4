"""BibTeX entries that BibTeX and biber read alike, whatever characters a title has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from storage.citations.reference import Reference, one_line

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


def bibtex_entry(reference: Reference, note: str = "") -> str:
    """Return one `@misc` entry, ended by a line break.

    Names and title have their own braces, so that no style splits a Vietnamese name or lowers a capital.
    `note` is the reader's.
    """
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(reference, one_line(note)))
    return f"@misc{{{reference.key},\n{fields}}}\n"


def bibtex_file(reference: Iterable[Reference]) -> str:
    """Return a file of entries."""
    return "\n".join(map(bibtex_entry, reference))


def _fields(reference: Reference, note: str) -> Iterator[tuple[str, str]]:
    yield "author", "{" + " and ".join(f"{{{tex_escaped(name)}}}" for name in reference.credited) + "}"
    yield "title", f"{{{{{tex_escaped(reference.title)}}}}}"
    yield "howpublished", f"{{{tex_escaped(reference.site)}}}"
    if reference.day:
        yield "year", f"{{{reference.day.year}}}"
        yield "month", MONTHS[reference.day.month - 1]
        yield "day", f"{{{reference.day.day}}}"
    yield "url", f"{{{tex_url(reference.url)}}}"
    yield "urldate", f"{{{reference.captured_on.isoformat()}}}"
    yield "note", f"{{{_archive_note(reference)}}}"
    yield "langid", "{vietnamese}"
    if note:
        yield "annote", f"{{{tex_escaped(note)}}}"


def _archive_note(reference: Reference) -> str:
    where = rf"\url{{{tex_url(reference.address)}}}" if reference.address else tex_escaped(reference.path)
    return f"{tex_escaped(reference.archive)}, {where}"


def tex_escaped(text: str) -> str:
    """Return the text with LaTeX's special characters escaped."""
    return text.translate(ESCAPES)


def tex_url(url: str) -> str:
    """Return the URL with characters that TeX or BibTeX would misread as %XX."""
    return quote(url, safe=IN_URL)
