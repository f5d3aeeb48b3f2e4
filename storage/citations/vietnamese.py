"""The Vietnamese office form: how Vietnamese journals cite an article on the web.

Which parts, and in which order: TCVN 10256:2013 (the same as ISO 690:2010) - creator, title, host, day of
publication, availability, day of citation. How they are written is the practice of the country's journals:
a Vietnamese author in full, family name first, never inverted or shortened; the title in “…”; commas; days
as dd/mm/yyyy. What stands in the archive replaces the day of citation: a kept copy does not change after it.
"""

from __future__ import annotations

from storage.citations.reference import Reference, ReferenceKind

UNDATED = "không ghi ngày"


def office(cited: Reference) -> str:
    """One reference, ended by a full stop."""
    day = f"ngày {cited.day:%d/%m/%Y}" if cited.day else UNDATED
    host = (cited.site,) if cited.authors else ()
    parts = (
        ", ".join(cited.credited),
        f"“{inside_quotes(cited.title)}”",
        *host,
        day,
        cited.url,
        _kept(cited),
    )
    return ", ".join(parts) + "."


def _kept(cited: Reference) -> str:
    text = f" (bản thứ {cited.revision})" if cited.kind is ReferenceKind.REVISION else ""
    where = f": {cited.address}" if cited.address else ""
    return f"bản lưu ngày {cited.captured_on:%d/%m/%Y}{text} tại {cited.archive}{where}"


def inside_quotes(title: str) -> str:
    """A title's own double quotes as single ones: it stands between double ones itself."""
    told = title.replace("“", "‘").replace("”", "’")
    first, *rest = told.split('"')
    return first + "".join(("’" if number % 2 else "‘") + part for number, part in enumerate(rest))
