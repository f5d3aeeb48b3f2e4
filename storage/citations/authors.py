"""Authors in a byline: splits it into names, each in full and in the printed order."""

from __future__ import annotations

import re

AUTHOR_SEPARATOR = re.compile(r"\s*[;,/&+]\s*|\s+(?:và|-|–|—)\s+|\s*[–—]\s*")
# `Thu Hà-Minh Quân`: a hyphen without blanks separates two names of at least two words each.
HYPHEN_OF_TWO_AUTHORS = re.compile(r"(?<=\w\s)(\w+)-(?=\w+\s\w)")
# Offices whose every word may have a capital; others have words without one (`Phòng Tuyên giáo`).
OFFICE_AS_AUTHOR = re.compile(
    r"(?:ban|báo|bch|bộ|cđ\w*|công đoàn|liên đoàn|lđlđ|phòng|sở|tạp chí|trung tâm|ttxvn|ubnd|văn phòng)\b",
    re.IGNORECASE,
)
MAX_AUTHOR_NAME_WORDS = 5  # Công Tằng Tôn Nữ Hương


def authors_of(byline: str | None) -> tuple[str, ...]:
    """Return the names in a byline; the whole byline as one name where a part is no person's name."""
    byline_text = " ".join((byline or "").split())
    if not byline_text:
        return ()
    author_names = [
        author_name
        for author_name in AUTHOR_SEPARATOR.split(HYPHEN_OF_TWO_AUTHORS.sub(r"\1 - ", byline_text))
        if author_name
    ]
    if len(author_names) > 1 and all(_is_author_name(author_name) for author_name in author_names):
        return tuple(dict.fromkeys(author_names))
    return (byline_text,)


def _is_author_name(author_name: str) -> bool:
    """True for a person's name: few words, each with a capital, no office, no abbreviation alone."""
    name_words = author_name.split()
    is_initials = (
        len(name_words) == 1 and "." not in author_name and author_name.isupper() and len(author_name) > 2
    )
    is_capitalised_name = all(name_word[0].isupper() for name_word in name_words)
    return (
        len(name_words) <= MAX_AUTHOR_NAME_WORDS
        and is_capitalised_name
        and not is_initials
        and not OFFICE_AS_AUTHOR.match(author_name)
    )
