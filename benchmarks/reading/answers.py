"""What one reader makes of one page, however it spells its dates and names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
TEXTS = ("title", "lead", "author", "unit", "photographer", "error")
INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Answer:
    """One reader's fields of one page; what it does not know is None or empty."""

    ident: str
    cpu_ms: float
    article: bool = True  # False: it says that the page shows no article
    error: str | None = None
    title: str | None = None
    lead: str | None = None
    body: str = ""
    day: str | None = None  # ISO
    time: str | None = None  # HH:MM
    offset: int | None = None  # minutes east of UTC
    updated: str | None = None  # ISO day
    author: str | None = None
    unit: str | None = None
    photographer: str | None = None
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    captions: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


def answer_of(told: Mapping[str, Any]) -> Answer:
    """An answer from a reader's JSON; `date` is any ISO 8601 date or time, other dates count as none."""
    day, time, offset = _moment(told.get("date"))
    lists: dict[str, Any] = {key: tuple(told.get(key) or ()) for key in ("section", "tags", "files")}
    texts: dict[str, Any] = {key: told.get(key) for key in TEXTS}
    return Answer(
        ident=told["ident"],
        cpu_ms=told["cpu_ms"],
        article=told.get("article", True),
        body=told.get("body") or "",
        day=day,
        time=time,
        offset=offset,
        updated=_moment(told.get("updated"))[0],
        captions=tuple((url, text) for url, text in told.get("captions") or ()),
        **texts,
        **lists,
    )


def _moment(told: str | None) -> tuple[str | None, str | None, int | None]:
    found = ISO.match(told or "")
    if not found:
        return None, None, None
    year, month, day, hour, minute, zone = found.groups()
    return f"{year}-{month}-{day}", f"{hour}:{minute}" if hour else None, _offset(zone)


def _offset(zone: str | None) -> int | None:
    if zone is None or zone == "Z":
        return None if zone is None else 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return minutes if zone[0] == "+" else -minutes


def plain(text: str | None) -> str:
    """A text as it is compared: NFC, lower case, one space, nothing invisible."""
    kept = INVISIBLE.sub("", unicodedata.normalize("NFC", text or ""))
    return " ".join(kept.split()).casefold()
