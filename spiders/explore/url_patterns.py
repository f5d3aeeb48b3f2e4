"""URL shapes: URLs that differ only in numbers and slugs share one, and each shape gives a profile regex."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

EXTENSION = re.compile(r"(.+?)(\.[A-Za-z][A-Za-z0-9]{1,4})")
NUMBER_LAST = re.compile(r"(.*?[^\d])(\d+)")
NUMBER_FIRST = re.compile(r"(\d+)(-.+)")
SLUG_NUMBER = re.compile(r"^\[\^/\]\+-\\d\+")
ROUTE = re.compile(r"[\w.-]+(?:/[\w.-]+)+")  # a parameter's value that is a path: `op=tin-tuc/dai-hoi-12`
WORD = re.compile(r"[A-Za-z_]{2,20}")  # a parameter's value that names a kind of page: `view=article`
MAX_WORD_PARAMETERS = 3  # such parameters in a pattern
MIN_SLUG_HYPHENS = 3  # a segment with so many hyphens is a title's slug, not a name
LONG_SEGMENT_CHARS = 30  # characters


def escape_literal(text: str) -> str:
    """Return the regex of a literal text; hyphens stay unescaped, since people read profiles."""
    return re.escape(text).replace(r"\-", "-")


@dataclass(frozen=True, slots=True)
class UrlShape:
    """What URLs of one kind share: a regex per path segment, and the names of query parameters."""

    tokens: tuple[str, ...]  # a regex for each path segment
    keys: tuple[str, ...]  # names of the query parameters, sorted; `name=word` where the value is a word
    inner: tuple[str, ...] = ()  # a parameter whose value is a path, and a regex for each segment of it


def path_and_query(url: str) -> str:
    """Return path and query of a canonical URL: the text that profile patterns are searched in."""
    return url[url.index("/", 8) :].partition("#")[0]


def url_shape(url: str) -> UrlShape:
    """Return the shape of one URL."""
    path, _, query = path_and_query(url).partition("?")
    tokens = tuple(_segment_regex(segment) for segment in path.strip("/").split("/")) if path != "/" else ()
    # pagers in the path of some systems: `/section&page=2`
    pairs = {pair for pair in parse_qsl(query, keep_blank_values=True) if len(pair[0]) < 40}
    keys = tuple(sorted(f"{key}={value}" if WORD.fullmatch(value) else key for key, value in pairs))
    routes = sorted(pair for pair in pairs if ROUTE.fullmatch(pair[1]))
    inner = (routes[0][0], *map(_segment_regex, routes[0][1].split("/"))) if routes else ()
    if keys or sum(r"\d" in token for token in tokens) > 1:  # the key is elsewhere: "-2023" is the slug's
        tokens = (*tokens[:-1], SLUG_NUMBER.sub("[^/]+", tokens[-1])) if tokens else tokens
    return UrlShape(tokens, keys, inner)


def _segment_regex(segment: str) -> str:
    match = EXTENSION.fullmatch(segment)
    stem, tail = (match[1], escape_literal(match[2])) if match else (segment, "")
    return _stem_regex(stem) + tail


def _stem_regex(stem: str) -> str:
    if stem.isdigit():
        return r"\d{4}" if len(stem) == 4 and stem[:2] in ("19", "20") else r"\d+"
    if NUMBER_FIRST.fullmatch(stem):
        return r"\d+-[^/]+"
    if match := NUMBER_LAST.fullmatch(stem):
        return _numbered_regex(match[1])
    if stem.count("-") >= MIN_SLUG_HYPHENS or len(stem) > LONG_SEGMENT_CHARS or "%" in stem:
        return "[^/]+"
    return escape_literal(stem)


def _numbered_regex(before: str) -> str:
    """A segment that ends in a number: a slug with a key, or a word with a count."""
    if "-" not in before.rstrip("-"):
        return escape_literal(before) + r"\d+"
    slug, _, key_prefix = before.rpartition("-")
    return r"[^/]+-" + (escape_literal(key_prefix) if slug and len(key_prefix) <= 3 else "") + r"\d+"


def generalized_shape(shape: UrlShape) -> UrlShape:
    """Return the shape with every literal path segment replaced by `[^/]+`."""
    names = tuple(sorted({key.partition("=")[0] for key in shape.keys}))
    inner = (*shape.inner[:1], *map(_open_token, shape.inner[1:]))
    return UrlShape(tuple(map(_open_token, shape.tokens)), names, inner)


def _open_token(token: str) -> str:
    return token if _is_open(token) else "[^/]+"


def _is_open(token: str) -> bool:
    return "[^/]+" in token or r"\d" in token


def join_shapes(shapes: Iterable[UrlShape]) -> UrlShape:
    """Return one shape for several of one length: segments they do not share match anything."""
    shape_list = list(shapes)
    tokens = _join_tokens(shape.tokens for shape in shape_list)
    shared = set(shape_list[0].keys).intersection(*(shape.keys for shape in shape_list))
    names = set(generalized_shape(shape_list[0]).keys).intersection(
        *(generalized_shape(shape).keys for shape in shape_list)
    )
    open_names = names - {key.partition("=")[0] for key in shared}
    return UrlShape(
        tokens, tuple(sorted(shared | open_names)), _join_tokens(shape.inner for shape in shape_list)
    )


def _join_tokens(rows: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    columns = (set(tokens) for tokens in zip(*rows, strict=True))
    return tuple(next(iter(column)) if len(column) == 1 else _common_ending(column) for column in columns)


def _common_ending(tokens: set[str]) -> str:
    """Regex of several tokens: their common ending (`.html`, a number) after `[^/]+`."""
    tail = re.compile(r"((?:-(?:[a-z]{0,3})?\\d\+)?(?:\\\.[A-Za-z0-9]+)?)$")
    ends = {match[1] for token in tokens if (match := tail.search(token))}
    return "[^/]+" + (ends.pop() if len(ends) == 1 else "")


def url_pattern(shape: UrlShape, urls: Sequence[str]) -> str:
    """Return the profile regex of a shape; its key is the query parameter with most values."""
    if not shape.keys:
        return f"^/{'/'.join(_limited_tokens(shape, urls))}{_optional_slash(urls)}$"
    values: dict[str, set[str]] = defaultdict(set)
    for url in urls:
        for key, value in parse_qsl(path_and_query(url).partition("?")[2], keep_blank_values=True):
            values[key].add(value)
    words = [key for key in shape.keys if "=" in key]
    key = max(
        (name for name in shape.keys if name not in words),
        key=lambda name: len(values[name]),
        default=words[0].partition("=")[0] if words else "",
    )
    required_words = words if len(words) <= MAX_WORD_PARAMETERS else []
    ahead = "".join(rf"(?=.*[?&]{escape_literal(word)}(&|$))" for word in required_words)
    form = r"\d+" if all(value.isdigit() for value in values[key]) else "[^&]+"
    if shape.inner:
        key, form = shape.inner[0], "/".join(shape.inner[1:]).replace("[^/]", "[^/&]") + "(&|$)"
    slash = "/?" if shape.tokens and any("/?" in url for url in urls) else ""
    return rf"^{ahead}/{'/'.join(shape.tokens)}{slash}\?(.*&)?{escape_literal(key)}={form}"


def _optional_slash(urls: Sequence[str]) -> str:
    return "/?" if any(path_and_query(url).endswith("/") for url in urls) else ""


def _limited_tokens(shape: UrlShape, urls: Sequence[str]) -> tuple[str, ...]:
    """Tokens of a shape; a slug without a number must have as many hyphens as the fewest in `urls`."""
    if any(r"\d" in token for token in shape.tokens) or not shape.tokens[-1].startswith("[^/]+"):
        return shape.tokens
    slugs = [path_and_query(url).strip("/").rpartition("/")[2] for url in urls]
    fewest = min(slug.count("-") for slug in slugs)
    named = any(not _is_open(token) for token in shape.tokens[:-1]) or shape.tokens[-1] != "[^/]+"
    if named or fewest < 2:
        return shape.tokens
    return (*shape.tokens[:-1], rf"[^/-]+(-[^/-]+){{{fewest},}}")


def group_by_shape(urls: Iterable[str]) -> dict[UrlShape, list[str]]:
    """Return the URLs by shape, once each, in the order given."""
    groups: dict[UrlShape, list[str]] = defaultdict(list)
    for url in dict.fromkeys(urls):
        groups[url_shape(url)].append(url)
    return groups
