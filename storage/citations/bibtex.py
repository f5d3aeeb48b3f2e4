"""BibTeX entries that BibTeX and biber read alike, whatever characters a title has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from storage.citations.reference import Reference, one_line

BIBTEX_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# BibTeX counts braces even behind a backslash, so a single one has to be spelled.
TEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)
TEX_URL_CHARS = ":/?#[]@!$&'()*+,;=%-._~"  # everything else is written as %XX


def bibtex_entry(reference: Reference, note: str = "") -> str:
    """Return one `@misc` entry, ended by a line break.

    Names and title have their own braces, so that no style splits a Vietnamese name or lowers a capital.
    `note` is the reader's.
    """
    bibtex_fields = "".join(
        f"  {bibtex_field} = {bibtex_value},\n"
        for bibtex_field, bibtex_value in _bibtex_fields(reference, one_line(note))
    )
    return f"@misc{{{reference.key},\n{bibtex_fields}}}\n"


def bibtex_file(references: Iterable[Reference]) -> str:
    """Return a file of entries."""
    return "\n".join(map(bibtex_entry, references))


def _bibtex_fields(reference: Reference, annote: str) -> Iterator[tuple[str, str]]:
    yield "author", "{" + " and ".join(f"{{{tex_escaped(author)}}}" for author in reference.credited) + "}"
    yield "title", f"{{{{{tex_escaped(reference.title)}}}}}"
    yield "howpublished", f"{{{tex_escaped(reference.site)}}}"
    if reference.day:
        yield "year", f"{{{reference.day.year}}}"
        yield "month", BIBTEX_MONTHS[reference.day.month - 1]
        yield "day", f"{{{reference.day.day}}}"
    yield "url", f"{{{tex_url(reference.url)}}}"
    yield "urldate", f"{{{reference.captured_on.isoformat()}}}"
    yield "note", f"{{{_bibtex_note(reference)}}}"
    yield "langid", "{vietnamese}"
    if annote:
        yield "annote", f"{{{tex_escaped(annote)}}}"


def _bibtex_note(reference: Reference) -> str:
    tex_location = (
        rf"\url{{{tex_url(reference.address)}}}" if reference.address else tex_escaped(reference.path)
    )
    return f"{tex_escaped(reference.archive)}, {tex_location}"


def tex_escaped(text: str) -> str:
    """Return the text with LaTeX's special characters escaped."""
    return text.translate(TEX_ESCAPES)


def tex_url(url: str) -> str:
    """Return the URL with characters that TeX or BibTeX would misread as %XX."""
    return quote(url, safe=TEX_URL_CHARS)
