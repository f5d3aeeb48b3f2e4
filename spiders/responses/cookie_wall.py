"""Cookie walls: tiny pages that set a cookie by script and reload, instead of the requested page."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_WALL_BYTES = 8192  # bytes; the walls seen have 150 to 3,000, and a page with text in it has more
MAX_WALL_TEXT_CHARS = 200  # characters outside of scripts, e.g. "Vui lòng bật JavaScript"
SCRIPT = re.compile(r"(?is)<script\b[^>]*>(.*?)</script\s*>")
INVISIBLE_MARKUP = re.compile(r"(?is)<(title|style|noscript)\b[^>]*>.*?</\1\s*>|<!--.*?-->|<[^>]*>")
CONTENT = re.compile(r"(?i)<(?:a|area|img|iframe|frame|form|input|link|rss|feed|urlset)\b")
RELOAD = re.compile(r"\blocation\s*\.\s*reload\s*\(")
REDIRECT = re.compile(r"\blocation(?:\s*\.\s*href)?\s*=(?!=)|\blocation\s*\.\s*(?:replace|assign)\s*\(")
_STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
# The whole right side, when it is nothing but strings put together; else only where it begins.
COOKIE_ASSIGNMENT = re.compile(
    r"\bdocument\s*\.\s*cookie\s*=(?!=)"
    rf"(?:\s*((?:{_STRING})(?:\s*\+\s*(?:{_STRING}))*)(?=\s*[;,}}]|\s*$|\s*\n\s*[^+\s]))?"
)
STRING_LITERAL = re.compile(_STRING)
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))")
# RFC 6265, 4.1.1, and a little more, as servers do: no blanks, no quotes that end early, no separators.
COOKIE_PAIR = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+=[!-+\--:<-~]+")


@dataclass(frozen=True, slots=True)
class CookieWall:
    """A cookie wall, with the cookie written in its script (`name=value`, `; ` between several)."""

    cookie: str | None  # None: computed by the script, or the script redirects


def detect_cookie_wall(status: int, body: bytes) -> CookieWall | None:
    """Return the cookie wall a response is, or None for any other response; scripts are read, not run."""
    if status != 200 or len(body) > MAX_WALL_BYTES or b"cookie" not in body:
        return None
    text = body.decode("utf-8", "replace")
    script = "\n".join(SCRIPT.findall(text))
    assignments = list(COOKIE_ASSIGNMENT.finditer(script))
    reloads = RELOAD.search(script)
    if not assignments or not (reloads or REDIRECT.search(script)):
        return None
    markup = SCRIPT.sub(" ", text)
    if CONTENT.search(markup) or len(INVISIBLE_MARKUP.sub(" ", markup).strip()) > MAX_WALL_TEXT_CHARS:
        return None
    return CookieWall(_assigned_cookies(assignments) if reloads else None)


def _assigned_cookies(assignments: list[re.Match[str]]) -> str | None:
    """The cookies assigned as literals; None when one is computed."""
    pairs: dict[str, str] = {}
    for match in assignments:
        if match[1] is None:  # a variable or a call: computed
            return None
        pair = (
            "".join(_unescape_string(piece) for piece in STRING_LITERAL.findall(match[1]))
            .partition(";")[0]
            .strip()
        )
        if not COOKIE_PAIR.fullmatch(pair):
            return None
        pairs[pair.partition("=")[0]] = pair
    return "; ".join(pairs.values())


def _unescape_string(literal: str) -> str:
    return ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], literal[1:-1])
