"""Authors in a byline: splits it into names, each in full and in the printed order."""

from __future__ import annotations

import re

_SEPARATOR = r"\s*[;,/&+]\s*|\s+(?:và|-|–|—)\s+|\s*[–—]\s*"
SEPARATOR = re.compile(_SEPARATOR)
# `Thu Hà-Minh Quân`: a hyphen without blanks separates two names of at least two words each.
TIGHT_HYPHEN = re.compile(r"(?<=\w\s)(\w+)-(?=\w+\s\w)")
# Offices whose every word may have a capital; others have words without one (`Phòng Tuyên giáo`).
OFFICE_NAME = re.compile(
    r"(?:ban|báo|bch|bộ|cđ\w*|công đoàn|liên đoàn|lđlđ|phòng|sở|tạp chí|trung tâm|ttxvn|ubnd|văn phòng)\b",
    re.IGNORECASE,
)
MAX_NAME_WORDS = 5  # Công Tằng Tôn Nữ Hương


def authors_of(byline: str | None) -> tuple[str, ...]:
    """Return the names in a byline; the whole byline as one name where a part is no person's name."""
    one_line = " ".join((byline or "").split())
    if not one_line:
        return ()
    parts = [part for part in SEPARATOR.split(TIGHT_HYPHEN.sub(r"\1 - ", one_line)) if part]
    if len(parts) > 1 and all(_is_person(part) for part in parts):
        return tuple(dict.fromkeys(parts))
    return (one_line,)


def _is_person(part: str) -> bool:
    """True for a person's name: few words, each with a capital, no office, no abbreviation alone."""
    words = part.split()
    initials = len(words) == 1 and "." not in part and part.isupper() and len(part) > 2
    capital = all(word[0].isupper() for word in words)
    return len(words) <= MAX_NAME_WORDS and capital and not initials and not OFFICE_NAME.match(part)
