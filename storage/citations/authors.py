"""Names: the people a byline signs for, each in full and in the order they are written in."""

from __future__ import annotations

import re

_MARK = r"\s*[;,/&+]\s*|\s+(?:và|-|–|—)\s+|\s*[–—]\s*"
PARTED = re.compile(_MARK)
# `Thu Hà-Minh Quân`: a hyphen without blanks parts two names of at least two words each.
CLOSE = re.compile(r"(?<=\w\s)(\w+)-(?=\w+\s\w)")
# Offices whose every word may have a capital; others have words without one (`Phòng Tuyên giáo`).
OFFICE = re.compile(
    r"(?:ban|báo|bch|bộ|cđ\w*|công đoàn|liên đoàn|lđlđ|phòng|sở|tạp chí|trung tâm|ttxvn|ubnd|văn phòng)\b",
    re.IGNORECASE,
)
MOST_WORDS = 5  # of a name: Công Tằng Tôn Nữ Hương


def authors_of(byline: str | None) -> tuple[str, ...]:
    """The names in a byline; the whole of it as one name where a part of it is nobody's."""
    line = " ".join((byline or "").split())
    if not line:
        return ()
    parts = [part for part in PARTED.split(CLOSE.sub(r"\1 - ", line)) if part]
    if len(parts) > 1 and all(_is_person(part) for part in parts):
        return tuple(dict.fromkeys(parts))
    return (line,)


def _is_person(part: str) -> bool:
    """Whether it reads as a name: few words, each with a capital, no office, no abbreviation alone."""
    words = part.split()
    initials = len(words) == 1 and "." not in part and part.isupper() and len(part) > 2
    capital = all(word[0].isupper() for word in words)
    return len(words) <= MOST_WORDS and capital and not initials and not OFFICE.match(part)
