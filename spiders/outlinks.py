"""Unknown sites that look like unions: what an outlink's host and text say (pure)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

# How trade unions name their hosts, and how links to them are worded (without marks, lower case).
HOST = re.compile(
    r"congdoan|cong-doan|ldld|lien-?doan-?lao-?dong|(^|\.)cd[a-z]*(vn)?\.(org|com|gov)\.vn$|laodong"
)
TEXT = re.compile(r"\b(cong doan|lien doan lao dong|ldld|tong lien doan|cdcs)\b")
# Hosts that everybody links to under such words and that are no union's site.
COMMON = re.compile(r"(^|\.)(facebook|youtube|google|zalo|tiktok|twitter|x|instagram|vnexpress)\.[a-z.]+$")
LONGEST = 200  # characters of a link text kept as evidence


@dataclass(frozen=True, slots=True)
class Outlink:
    """A link to another site that looks like a union's, with what makes it look so."""

    host: str
    url: str
    text: str
    found_on: str
    reason: str  # `host` or `text`: what looked like a union


def plain(text: str) -> str:
    """The text without marks, in lower case."""
    spread = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(c for c in spread if not unicodedata.combining(c)).split())


def outlink(url: str, text: str, found_on: str) -> Outlink | None:
    """What a link to another site says, when it looks like a union's; None otherwise."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if not host or COMMON.search(host):
        return None
    words = " ".join(text.split())[:LONGEST]
    if HOST.search(host):
        return Outlink(host, url, words, found_on, "host")
    return Outlink(host, url, words, found_on, "text") if TEXT.search(plain(words)) else None
