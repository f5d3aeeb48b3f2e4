"""The Vietnamese office form: how Vietnamese journals cite an article on the web.

Which parts, and in which order: TCVN 10256:2013 (the same as ISO 690:2010) - creator, title, host, day of
publication, availability, day of citation. How they are written is the practice of the country's journals:
a Vietnamese author in full, family name first, never inverted or shortened; the title in “…”; commas; days
as dd/mm/yyyy. The archived copy replaces the day of citation: it does not change after that day.
"""

from __future__ import annotations

from storage.citations.reference import Reference, ReferenceKind

UNDATED_TEXT = "không ghi ngày"


def vietnamese_reference(reference: Reference) -> str:
    """Return one reference, ended by a full stop."""
    day = f"ngày {reference.day:%d/%m/%Y}" if reference.day else UNDATED_TEXT
    host = (reference.site,) if reference.authors else ()
    parts = (
        ", ".join(reference.credited),
        f"“{inside_quotes(reference.title)}”",
        *host,
        day,
        reference.url,
        _archive_note(reference),
    )
    return ", ".join(parts) + "."


def _archive_note(reference: Reference) -> str:
    text = f" (bản thứ {reference.revision})" if reference.kind is ReferenceKind.REVISION else ""
    where = f": {reference.address}" if reference.address else ""
    return f"bản lưu ngày {reference.captured_on:%d/%m/%Y}{text} tại {reference.archive}{where}"


def inside_quotes(title: str) -> str:
    """Return the title with its double quotes as single ones, since it stands in double ones itself."""
    quoted = title.replace("“", "‘").replace("”", "’")
    first, *rest = quoted.split('"')
    return first + "".join(("’" if number % 2 else "‘") + part for number, part in enumerate(rest))
