"""CSL-JSON items, which reference managers and citation processors read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson

from storage.citations.reference import Reference, printed_instant

LANGUAGE = "vi"  # without it, processors write titles with English capitals


def csl_item(reference: Reference) -> dict[str, Any]:
    """Return one item, after https://docs.citationstyles.org/en/stable/specification.html (1.0.2).

    Names are `literal`: a Vietnamese name is family, middle, given and is cited in full; processors leave
    a literal name as it is, where they would invert and shorten `family` and `given`.
    """
    csl_fields: dict[str, Any] = {
        "id": reference.key,
        "type": "article-newspaper",
        "title": reference.title,
        "author": [{"literal": csl_name} for csl_name in reference.credited],
        "container-title": reference.site,
        "issued": _csl_date(reference.day),
        "accessed": _csl_date(reference.captured_on),
        "URL": reference.url,
        "archive": reference.archive,
        "archive_location": reference.address or reference.path,
        "abstract": reference.lead,
        "keyword": ", ".join(reference.tags),
        "version": str(reference.revision) if reference.revision else None,
        "language": LANGUAGE,
    }
    if printed_at := printed_instant(reference.published):
        csl_fields["custom"] = {"issued-instant": printed_at.isoformat()}
    return {csl_name: csl_value for csl_name, csl_value in csl_fields.items() if csl_value}


def _csl_date(day: date | None) -> dict[str, Any] | None:
    return {"date-parts": [[day.year, day.month, day.day]]} if day else None


def csl_json(references: Iterable[Reference]) -> str:
    """Return a list of items as a JSON document, ended by a line break."""
    json_options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps([csl_item(reference) for reference in references], option=json_options).decode()
