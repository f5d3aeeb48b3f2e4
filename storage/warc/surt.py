"""SURT: the sort key of a URL in web archives, with the host reversed and a canonical path and query."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

_URL = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?")
_WWW = re.compile(rb"www\d*\.")
_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_DEFAULT_PORTS = {b"http": b"80", b"https": b"443"}
_PATH_SESSIONS = (
    re.compile(rb"^(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)$"),
    re.compile(rb"^(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)$"),
)
_QUERY_SESSIONS = tuple(
    re.compile(rb"^(.*)(?:" + form + rb")(?:&(.*))?$", re.IGNORECASE)
    for form in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)


def surt(url: str) -> str:
    """Return `vn,org,vi-du)/tin?a=1` for `https://www.vi-du.org.vn/Tin/?a=1`, as the `surt` tool does.

    Returns a string that is no URL with a host unchanged.
    """
    match = _URL.match(url.strip().encode("utf-8", "replace"))
    if match is None or not match[2]:
        return url
    host = _host(match[1].lower(), match[2].rpartition(b"@")[2])
    query = _query(match[4] or b"")
    return (host + b")" + _path(match[3]) + (b"?" + query if query else b"")).decode("ascii")


def _host(scheme: bytes, netloc: bytes) -> bytes:
    name, colon, port = netloc.partition(b":")
    name = _unescape(name)
    name = _ascii_host(name).replace(b"..", b".").strip(b".").lower()
    www = _WWW.match(name)
    name = _escape(name[www.end() :] if www else name)
    port_part = colon + port if port and port != _DEFAULT_PORTS.get(scheme) else b""
    return b",".join(reversed(name.split(b"."))) + port_part


def _ascii_host(name: bytes) -> bytes:
    try:
        return name if name.isascii() else name.decode("utf-8", "ignore").encode("idna")
    except UnicodeError:
        return name  # no host name at all: escaped like any other text


def _path(path: bytes) -> bytes:
    segments: list[bytes] = []
    parts = _unescape(path).split(b"/")[1:]
    for part in parts:
        if part == b"..":
            segments = segments[:-1]
        elif part != b".":
            segments.append(part)
    joined = b"/" + b"/".join([part for part in segments[:-1] if part] + segments[-1:])
    lowered = _escape(joined).lower()
    for session in _PATH_SESSIONS:
        lowered = session.sub(rb"\1\2", lowered)
    return lowered[:-1] if lowered.endswith(b"/") and len(lowered) > 1 else lowered


def _query(query: bytes) -> bytes:
    query = _escape(_unescape(query))
    for session in _QUERY_SESSIONS:
        query = session.sub(rb"\1\2", query)
    pairs = [tuple(pair.split(b"=", 1)) for pair in query.lower().split(b"&")]
    return b"&".join(b"=".join(pair) for pair in sorted(pairs))


def _unescape(text: bytes) -> bytes:
    while (plain := unquote_to_bytes(text)) != text:
        text = plain
    return text


def _escape(text: bytes) -> bytes:
    return quote_from_bytes(text, safe=_SAFE).encode("ascii")
