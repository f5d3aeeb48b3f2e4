"""Frames: a stored page made fit to be looked at, its pictures out of the archive (pure).

What keeps it from acting is the policy it is served under; here it is only mended for the eye.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

# On bytes: tags are ASCII in every charset such pages use, and what stands between them is left as it is.
# No pattern runs past the next tag: a page of nothing but `<a` takes no longer than another of its size.
UNSEEN = re.compile(
    rb"<script\b.*?(?:</script\s*>|\Z)|<noscript\b[^<>]*>|</noscript\s*>"
    rb"|</?(?:base|link|iframe|frame|embed|object)\b[^<>]*>"
    rb"|<meta\b[^<>]*http-equiv\s*=\s*[\"']?\s*(?:refresh|content-security)[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
BASE = re.compile(rb"<base\b[^<>]*?href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
IMAGE = re.compile(rb"<img\b[^<>]*>", re.IGNORECASE)
LINK = re.compile(rb"(<a\b[^<>]*?\s)href(\s*=)", re.IGNORECASE)
SOURCE = re.compile(
    rb"\s(src|data-src|data-original|srcset)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)


def pictures_of(page: bytes, url: str) -> tuple[str, ...]:
    """Absolute addresses of the pictures a page shows, each once, in order."""
    base = _base(page, url)
    found = (address for tag in IMAGE.findall(page) for address in _sources(tag, base) if _is_web(address))
    return tuple(dict.fromkeys(found))


def mended(page: bytes, url: str, pictures: Mapping[str, str]) -> bytes:
    """The page without scripts, and without what asks other machines; `pictures` are ours by address.

    Links keep their address as something to read (`data-href`), and lead nowhere.
    """
    base = _base(page, url)

    def picture(match: re.Match[bytes]) -> bytes:
        tag = match[0]
        ours = next((pictures[each] for each in _sources(tag, base) if each in pictures), None)
        bare = SOURCE.sub(b"", tag)
        return bare if ours is None else bare[:4] + b' src="' + escape(ours).encode() + b'"' + bare[4:]

    return LINK.sub(rb"\1data-href\2", IMAGE.sub(picture, UNSEEN.sub(b"", page)))


def content_type(told: str | None) -> str:
    """`text/html` with the charset a server told, when it told one; else the page's own word counts."""
    named = CHARSET.search(told or "")
    return f"text/html; charset={named[1]}" if named else "text/html"


def _base(page: bytes, url: str) -> str:
    named = BASE.search(page)
    return urljoin(url, _text(named[1])) if named else url


def _sources(tag: bytes, base: str) -> list[str]:
    """Where a picture may be had from, what lazy pages load late first."""
    told = {name.lower(): one or other or bare for name, one, other, bare in SOURCE.findall(tag)}
    names = (b"data-src", b"data-original", b"src")
    found = []
    for name in names:
        try:
            found.append(urljoin(base, _text(told[name]).strip()))
        except (KeyError, ValueError):
            continue
    return found


def _text(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"))


def _is_web(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("http", "https")
    except ValueError:
        return False
