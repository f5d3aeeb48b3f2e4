"""Outlinks to unknown sites that look like trade unions, by host name and link text (pure)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

# How trade unions name their hosts, and how links to them are worded (without marks, lower case).
UNION_HOST = re.compile(
    r"congdoan|cong-doan|ldld|lien-?doan-?lao-?dong|(^|\.)cd[a-z]*(vn)?\.(org|com|gov)\.vn$|laodong"
)
UNION_WORDS = re.compile(r"\b(cong doan|lien doan lao dong|ldld|tong lien doan|cdcs)\b")
# Hosts that everybody links to under such words and that are no union's site.
COMMON_HOST = re.compile(
    r"(^|\.)(facebook|youtube|google|zalo|tiktok|twitter|x|instagram|vnexpress)\.[a-z.]+$"
)
MAX_LINK_TEXT_CHARS = 200  # characters of a link text kept as evidence


@dataclass(frozen=True, slots=True)
class Outlink:
    """A link to another site that looks like a union's, with the reason."""

    host: str
    url: str
    text: str
    found_on: str
    reason: str  # `host` or `text`: what looked like a union


def without_marks(text: str) -> str:
    """Return the text without tone marks, in lower case."""
    spread = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(c for c in spread if not unicodedata.combining(c)).split())


def union_outlink(url: str, text: str, found_on: str) -> Outlink | None:
    """Return a link to another site as an outlink when it looks like a union's; None otherwise."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if not host or COMMON_HOST.search(host):
        return None
    words = " ".join(text.split())[:MAX_LINK_TEXT_CHARS]
    if UNION_HOST.search(host):
        return Outlink(host, url, words, found_on, "host")
    return Outlink(host, url, words, found_on, "text") if UNION_WORDS.search(without_marks(words)) else None
