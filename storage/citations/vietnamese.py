"""The Vietnamese office form: how Vietnamese journals cite an article on the web.

Which parts, and in which order: TCVN 10256:2013 (the same as ISO 690:2010) - creator, title, host, day of
publication, availability, day of citation. How they are written is the practice of the country's journals:
a Vietnamese author in full, family name first, never inverted or shortened; the title in “…”; commas; days
as dd/mm/yyyy. The archived copy replaces the day of citation: it does not change after that day.
"""

from __future__ import annotations

from storage.citations.reference import Reference, ReferenceKind

VIETNAMESE_UNDATED = "không ghi ngày"


def vietnamese_reference(reference: Reference) -> str:
    """Return one reference, ended by a full stop."""
    vietnamese_day = f"ngày {reference.day:%d/%m/%Y}" if reference.day else VIETNAMESE_UNDATED
    host_site = (reference.site,) if reference.authors else ()
    vietnamese_parts = (
        ", ".join(reference.credited),
        f"“{inside_quotes(reference.title)}”",
        *host_site,
        vietnamese_day,
        reference.url,
        _vietnamese_archive_note(reference),
    )
    return ", ".join(vietnamese_parts) + "."


def _vietnamese_archive_note(reference: Reference) -> str:
    revision_note = f" (bản thứ {reference.revision})" if reference.kind is ReferenceKind.REVISION else ""
    archive_url = f": {reference.address}" if reference.address else ""
    return (
        f"bản lưu ngày {reference.captured_on:%d/%m/%Y}{revision_note} tại {reference.archive}{archive_url}"
    )


def inside_quotes(title: str) -> str:
    """Return the title with its double quotes as single ones, since it stands in double ones itself."""
    quoted_title = title.replace("“", "‘").replace("”", "’")
    before_quotes, *quoted_parts = quoted_title.split('"')
    return before_quotes + "".join(
        ("’" if quote_number % 2 else "‘") + quoted_part
        for quote_number, quoted_part in enumerate(quoted_parts)
    )
