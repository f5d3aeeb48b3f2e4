"""CSL-JSON: the form reference managers and citation processors share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson

from storage.citations.reference import Reference, instant

LANGUAGE = "vi"  # without it, processors write titles with English capitals


def csl_item(cited: Reference) -> dict[str, Any]:
    """One item, after https://docs.citationstyles.org/en/stable/specification.html (1.0.2).

    Names are `literal`: a Vietnamese name is family, middle, given and is cited in full; processors leave
    a literal name as it is, where they would invert and shorten `family` and `given`.
    """
    told: dict[str, Any] = {
        "id": cited.key,
        "type": "article-newspaper",
        "title": cited.title,
        "author": [{"literal": name} for name in cited.credited],
        "container-title": cited.site,
        "issued": _date(cited.day),
        "accessed": _date(cited.captured_on),
        "URL": cited.url,
        "archive": cited.archive,
        "archive_location": cited.address or cited.path,
        "abstract": cited.lead,
        "keyword": ", ".join(cited.tags),
        "version": str(cited.revision) if cited.revision else None,
        "language": LANGUAGE,
    }
    if printed := instant(cited.published):
        told["custom"] = {"issued-instant": printed.isoformat()}
    return {name: value for name, value in told.items() if value}


def _date(day: date | None) -> dict[str, Any] | None:
    return {"date-parts": [[day.year, day.month, day.day]]} if day else None


def csl_json(cited: Iterable[Reference]) -> str:
    """A list of items as a JSON document, ended by a line break."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps([csl_item(each) for each in cited], option=options).decode()
