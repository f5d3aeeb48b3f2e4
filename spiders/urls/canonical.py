"""Canonical URLs: one spelling per address, without fragments, session ids and trackers."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote

from w3lib.url import _PATH_SAFEST_CHARS, _SPECIAL_QUERY_SAFEST_CHARS, RFC3986_UNRESERVED

from spiders.profile.regex_safety import PatternTimeoutError, ProfilePattern

MAX_URL_CHARS = 8192  # characters; no server we know takes more
# What surrounds a pasted link: white space, byte order marks, zero-width and bidi marks.
STRIPPED_CHARS = (
    "".join(map(chr, range(33))) + "\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\u3000\ufeff"
)
_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
_PLAIN = rf"/(?:{_SEGMENT}/)*(?:{_SEGMENT})?"
PLAIN_PATH = re.compile(_PLAIN)
PLAIN_URL = re.compile(rf"https?://[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}})*{_PLAIN}")
MAX_PLAIN_URL_CHARS = 250  # characters; so a plain URL's host cannot be too long for DNS
URL_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?")
HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
DEFAULT_PORTS = {"http": 80, "https": 443}
# The characters Scrapy sends as they are (w3lib.url.safe_url_string): whatever we keep, it keeps.
UNSAFE_CHARS = r"%([0-9A-Fa-f]{{2}})|%|[^{}]+"
UNSAFE_IN_PATH = re.compile(UNSAFE_CHARS.format(re.escape(_PATH_SAFEST_CHARS.decode("ascii"))))
UNSAFE_IN_QUERY = re.compile(UNSAFE_CHARS.format(re.escape(_SPECIAL_QUERY_SAFEST_CHARS.decode("ascii"))))
UNRESERVED = frozenset(RFC3986_UNRESERVED.decode("ascii"))
DOUBLED_SLASH = re.compile(r"(?<!:)/{2,}")  # but `/web/https://…` names another address
PATH_SESSION = re.compile(r"(?i);(?:jsessionid|phpsessid|sid)=[^/;]*")
COOKIELESS_SESSION = re.compile(r"/\((?:[A-Z]\([^()/]*\))+\)(?=/)")  # ASP.NET without cookies: /(S(…))/
TRACKING_PARAMETER = re.compile(
    r"(?i)utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_g[al]|zarsrc|gidzl"
    r"|jsessionid|phpsessid|aspsessionid\w*|session_?id|oscsid|cfid|cftoken"
)
PERCENT_ESCAPE = re.compile(r"%[0-9a-f]{2}")
# PHP-Nuke and old NukeViet key their stories by `sid=45`: only a long mix of letters and digits is a session.
SESSION_VALUE = re.compile(r"(?=[0-9]*[A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{20,}")


class BadUrl(ValueError):  # noqa: N818 - it names the thing that is bad, as the closed list of reasons does
    """A link that is no web address: carries the link and what is wrong with it."""

    reason = "bad_url"  # a storage.records.Reason value

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url[:200]!r}: {why}")
        self.url = url
        self.why = why


class UndecidedUrl(BadUrl):
    """An address whose spelling cannot be decided: a `drop_params` pattern takes too long on it."""

    reason = "pattern_timeout"


def canonical(url: str, base: str | None = None, *, drop: Sequence[ProfilePattern] = ()) -> str:
    """Return the canonical spelling of a URL: absolute, ASCII, without fragment, session id or tracker.

    `base` is the address of the page the link stands on; `drop` are patterns, searched in
    the decoded names of query parameters, of those that are not identity. Path bytes already percent-encoded
    stay the bytes they are; raw ones become UTF-8 of their NFC form. Raises BadUrl, nothing else.
    """
    text = url.strip(STRIPPED_CHARS)
    if len(text) <= MAX_PLAIN_URL_CHARS:
        if PLAIN_URL.fullmatch(text):
            return text
        if base is not None and PLAIN_PATH.fullmatch(text):
            return _origin(base) + text
    if len(text) > MAX_URL_CHARS:
        raise BadUrl(url, f"longer than {MAX_URL_CHARS} characters")
    try:
        canonical_url = _canonical_spelling(text, url, base, drop)
    except PatternTimeoutError as error:
        raise UndecidedUrl(url, str(error)) from error
    if len(canonical_url) > MAX_URL_CHARS:
        raise BadUrl(url, f"longer than {MAX_URL_CHARS} characters once encoded")
    return canonical_url


def fold_url(url: str, *, case: bool = False, order: bool = False) -> str:
    """Return a canonical URL folded for a server that ignores case or the order of parameters (IIS).

    `case`: path and parameters' names in lower case, never their values (a file's ticket is base64).
    `order`: parameters sorted by name; those of one name keep their order.
    """
    start = url.index("/", 8)
    subject, hash_mark, fragment = url[start:].partition("#")
    path, question_mark, query = subject.partition("?")
    pieces = [piece.partition("=") for piece in query.split("&")]
    if case:
        path = _lower(path)
        pieces = [(_lower(name), equals, value) for name, equals, value in pieces]
    if order:
        pieces.sort(key=lambda piece: piece[0])
    query = "&".join("".join(piece) for piece in pieces)
    return f"{url[:start]}{path}{question_mark}{query}{hash_mark}{fragment}"


def _lower(text: str) -> str:
    return PERCENT_ESCAPE.sub(lambda match: match[0].upper(), text.lower())


def _canonical_spelling(text: str, url: str, base: str | None, drop: Sequence[ProfilePattern]) -> str:
    for blank in "\t\r\n":
        text = text.replace(blank, "")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    match = URL_PARTS.fullmatch(text)
    assert match, "every string has parts"
    scheme, hierarchy, query, fragment = match.groups()
    hierarchy = hierarchy.replace("\\", "/")
    origin, path, query = _resolve(scheme, hierarchy, query, url, base)
    tail = _query(query, drop) if query else ""
    hashbang = f"#{UNSAFE_IN_QUERY.sub(_escape, fragment)}" if fragment and fragment.startswith("!") else ""
    return f"{origin}{_path(path)}{tail}{hashbang}"


def _resolve(
    scheme: str | None, hierarchy: str, query: str | None, url: str, base: str | None
) -> tuple[str, str, str | None]:
    if scheme:
        if scheme.lower() not in DEFAULT_PORTS:
            raise BadUrl(url, f"a {scheme.lower()[:20]}: link, not http or https")
        return *_authority(scheme.lower(), hierarchy.lstrip("/"), url), query
    if base is None:
        raise BadUrl(url, "a relative link without the address of its page")
    origin, base_path, base_query = _base_parts(base)
    if hierarchy.startswith("//"):
        return *_authority(origin.partition(":")[0], hierarchy.lstrip("/"), url), query
    if hierarchy.startswith("/"):
        return origin, hierarchy, query
    if hierarchy:
        return origin, base_path[: base_path.rindex("/") + 1] + hierarchy, query
    return origin, base_path, base_query if query is None else query


@lru_cache(maxsize=1024)
def _base_parts(base: str) -> tuple[str, str, str | None]:
    base_url = canonical(base).partition("#")[0]
    before, question_mark, query = base_url.partition("?")
    slash = before.index("/", before.index("//") + 2)
    return before[:slash], before[slash:], query if question_mark else None


def _origin(base: str) -> str:
    return _base_parts(base)[0]


def _authority(scheme: str, hierarchy: str, url: str) -> tuple[str, str]:
    authority, slash, path = hierarchy.partition("/")
    match = AUTHORITY.fullmatch(authority.rpartition("@")[2])
    if not match:
        raise BadUrl(url, "its host and port cannot be told apart")
    host = _host(match[1], url)
    port = int(match[2][-7:]) if match[2] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise BadUrl(url, f"no such port: {port}")
    port_suffix = "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{host}{port_suffix}", slash + path


def _host(raw: str, url: str) -> str:
    if raw.startswith("["):
        return _ipv6(raw, url)
    host = unquote(raw).rstrip(".").lower()
    try:
        host = host if host.isascii() else host[:253].encode("idna").decode("ascii").rstrip(".").lower()
    except UnicodeError as error:
        raise BadUrl(url, f"its host is no domain name: {raw[:80]}") from error
    if len(host) > 253 or not HOST.fullmatch(host):
        raise BadUrl(url, f"its host is no domain name: {raw[:80] or '(empty)'}")
    return host


def _ipv6(raw: str, url: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(raw[1:-1].partition('%')[0])}]"
    except ValueError as error:
        raise BadUrl(url, f"its host is no IPv6 address: {raw[:80]}") from error


def _escape(match: re.Match[str]) -> str:
    if match[1]:
        char = chr(int(match[1], 16))
        return char if char in UNRESERVED else f"%{match[1].upper()}"
    # Half a surrogate pair cannot be encoded: it becomes U+FFFD, as in browsers.
    raw = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in match[0])
    return "".join(f"%{byte:02X}" for byte in raw.encode("utf-8"))


def _path(raw: str) -> str:
    path = COOKIELESS_SESSION.sub("", PATH_SESSION.sub("", UNSAFE_IN_PATH.sub(_escape, raw)))
    if "/." in path:
        path = _without_dots(path)
    return DOUBLED_SLASH.sub("/", path) or "/"


def _without_dots(path: str) -> str:
    segments_left: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del segments_left[-1:]
        elif segment != ".":
            segments_left.append(segment)
    if segments[-1] in (".", ".."):
        segments_left.append("")
    return "/" + "/".join(segments_left)


def _query(raw: str, drop: Sequence[ProfilePattern]) -> str:
    pieces = (_without_amp(piece) for piece in UNSAFE_IN_QUERY.sub(_escape, raw).split("&"))
    pieces_left = [piece for piece in pieces if piece and not _is_noise(piece, drop)]
    return "?" + "&".join(pieces_left) if pieces_left else ""


def _without_amp(piece: str) -> str:
    while piece.startswith("amp;"):  # `&amp;amp;`: a link escaped twice
        piece = piece[4:]
    return piece


def _is_noise(piece: str, drop: Sequence[ProfilePattern]) -> bool:
    name, _, value = piece.partition("=")
    if "%" in name:
        name = unquote(name)
    if TRACKING_PARAMETER.fullmatch(name) or (name.lower() == "sid" and SESSION_VALUE.fullmatch(value)):
        return True
    return any(pattern.search(name) for pattern in drop)
