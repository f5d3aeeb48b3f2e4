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
    surt_url_match = _URL.match(url.strip().encode("utf-8", "replace"))
    if surt_url_match is None or not surt_url_match[2]:
        return url
    surt_host_part = _host(surt_url_match[1].lower(), surt_url_match[2].rpartition(b"@")[2])
    surt_query = _query(surt_url_match[4] or b"")
    return (
        surt_host_part + b")" + _path(surt_url_match[3]) + (b"?" + surt_query if surt_query else b"")
    ).decode("ascii")


def _host(scheme: bytes, netloc: bytes) -> bytes:
    surt_host, colon, surt_port = netloc.partition(b":")
    surt_host = _unescape(surt_host)
    surt_host = _ascii_host(surt_host).replace(b"..", b".").strip(b".").lower()
    www_prefix = _WWW.match(surt_host)
    surt_host = _escape(surt_host[www_prefix.end() :] if www_prefix else surt_host)
    surt_port_part = colon + surt_port if surt_port and surt_port != _DEFAULT_PORTS.get(scheme) else b""
    return b",".join(reversed(surt_host.split(b"."))) + surt_port_part


def _ascii_host(surt_host: bytes) -> bytes:
    try:
        return surt_host if surt_host.isascii() else surt_host.decode("utf-8", "ignore").encode("idna")
    except UnicodeError:
        return surt_host  # no host name at all: escaped like any other text


def _path(surt_path: bytes) -> bytes:
    surt_segments: list[bytes] = []
    path_parts = _unescape(surt_path).split(b"/")[1:]
    for path_part in path_parts:
        if path_part == b"..":
            surt_segments = surt_segments[:-1]
        elif path_part != b".":
            surt_segments.append(path_part)
    joined_surt_path = b"/" + b"/".join(
        [path_part for path_part in surt_segments[:-1] if path_part] + surt_segments[-1:]
    )
    lowered_surt_path = _escape(joined_surt_path).lower()
    for session_pattern in _PATH_SESSIONS:
        lowered_surt_path = session_pattern.sub(rb"\1\2", lowered_surt_path)
    return (
        lowered_surt_path[:-1]
        if lowered_surt_path.endswith(b"/") and len(lowered_surt_path) > 1
        else lowered_surt_path
    )


def _query(surt_query: bytes) -> bytes:
    surt_query = _escape(_unescape(surt_query))
    for session_pattern in _QUERY_SESSIONS:
        surt_query = session_pattern.sub(rb"\1\2", surt_query)
    surt_query_pairs = [
        tuple(surt_query_pair.split(b"=", 1)) for surt_query_pair in surt_query.lower().split(b"&")
    ]
    return b"&".join(b"=".join(surt_query_pair) for surt_query_pair in sorted(surt_query_pairs))


def _unescape(surt_text: bytes) -> bytes:
    while (unescaped_surt := unquote_to_bytes(surt_text)) != surt_text:
        surt_text = unescaped_surt
    return surt_text


def _escape(surt_text: bytes) -> bytes:
    return quote_from_bytes(surt_text, safe=_SAFE).encode("ascii")
