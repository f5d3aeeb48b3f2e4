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


def escape_literal(literal_text: str) -> str:
    """Return the regex of a literal text; hyphens stay unescaped, since people read profiles."""
    return re.escape(literal_text).replace(r"\-", "-")


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
    url_path, _, url_query = path_and_query(url).partition("?")
    tokens = (
        tuple(_segment_regex(segment) for segment in url_path.strip("/").split("/"))
        if url_path != "/"
        else ()
    )
    # pagers in the path of some systems: `/section&page=2`
    query_pairs = {
        query_pair for query_pair in parse_qsl(url_query, keep_blank_values=True) if len(query_pair[0]) < 40
    }
    parameter_keys = tuple(
        sorted(
            f"{parameter}={parameter_value}" if WORD.fullmatch(parameter_value) else parameter
            for parameter, parameter_value in query_pairs
        )
    )
    route_pairs = sorted(query_pair for query_pair in query_pairs if ROUTE.fullmatch(query_pair[1]))
    route_tokens = (
        (route_pairs[0][0], *map(_segment_regex, route_pairs[0][1].split("/"))) if route_pairs else ()
    )
    if (
        parameter_keys or sum(r"\d" in token for token in tokens) > 1
    ):  # the key is elsewhere: "-2023" is the slug's
        tokens = (*tokens[:-1], SLUG_NUMBER.sub("[^/]+", tokens[-1])) if tokens else tokens
    return UrlShape(tokens, parameter_keys, route_tokens)


def _segment_regex(segment: str) -> str:
    segment_match = EXTENSION.fullmatch(segment)
    segment_stem, segment_extension = (
        (segment_match[1], escape_literal(segment_match[2])) if segment_match else (segment, "")
    )
    return _stem_regex(segment_stem) + segment_extension


def _stem_regex(segment_stem: str) -> str:
    if segment_stem.isdigit():
        return r"\d{4}" if len(segment_stem) == 4 and segment_stem[:2] in ("19", "20") else r"\d+"
    if NUMBER_FIRST.fullmatch(segment_stem):
        return r"\d+-[^/]+"
    if number_match := NUMBER_LAST.fullmatch(segment_stem):
        return _numbered_regex(number_match[1])
    if (
        segment_stem.count("-") >= MIN_SLUG_HYPHENS
        or len(segment_stem) > LONG_SEGMENT_CHARS
        or "%" in segment_stem
    ):
        return "[^/]+"
    return escape_literal(segment_stem)


def _numbered_regex(segment_before_number: str) -> str:
    """A segment that ends in a number: a slug with a key, or a word with a count."""
    if "-" not in segment_before_number.rstrip("-"):
        return escape_literal(segment_before_number) + r"\d+"
    url_slug, _, key_prefix = segment_before_number.rpartition("-")
    return r"[^/]+-" + (escape_literal(key_prefix) if url_slug and len(key_prefix) <= 3 else "") + r"\d+"


def generalized_shape(shape: UrlShape) -> UrlShape:
    """Return the shape with every literal path segment replaced by `[^/]+`."""
    parameter_names = tuple(sorted({parameter_key.partition("=")[0] for parameter_key in shape.keys}))
    route_tokens = (*shape.inner[:1], *map(_open_token, shape.inner[1:]))
    return UrlShape(tuple(map(_open_token, shape.tokens)), parameter_names, route_tokens)


def _open_token(token: str) -> str:
    return token if _is_open(token) else "[^/]+"


def _is_open(token: str) -> bool:
    return "[^/]+" in token or r"\d" in token


def join_shapes(shapes: Iterable[UrlShape]) -> UrlShape:
    """Return one shape for several of one length: segments they do not share match anything."""
    shape_list = list(shapes)
    tokens = _join_tokens(shape.tokens for shape in shape_list)
    shared_parameters = set(shape_list[0].keys).intersection(*(shape.keys for shape in shape_list))
    parameter_names = set(generalized_shape(shape_list[0]).keys).intersection(
        *(generalized_shape(shape).keys for shape in shape_list)
    )
    open_parameters = parameter_names - {
        parameter_key.partition("=")[0] for parameter_key in shared_parameters
    }
    return UrlShape(
        tokens,
        tuple(sorted(shared_parameters | open_parameters)),
        _join_tokens(shape.inner for shape in shape_list),
    )


def _join_tokens(token_rows: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    token_columns = (set(tokens) for tokens in zip(*token_rows, strict=True))
    return tuple(
        next(iter(token_column)) if len(token_column) == 1 else _common_ending(token_column)
        for token_column in token_columns
    )


def _common_ending(tokens: set[str]) -> str:
    """Regex of several tokens: their common ending (`.html`, a number) after `[^/]+`."""
    ending_regex = re.compile(r"((?:-(?:[a-z]{0,3})?\\d\+)?(?:\\\.[A-Za-z0-9]+)?)$")
    common_endings = {ending_match[1] for token in tokens if (ending_match := ending_regex.search(token))}
    return "[^/]+" + (common_endings.pop() if len(common_endings) == 1 else "")


def url_pattern(shape: UrlShape, urls: Sequence[str]) -> str:
    """Return the profile regex of a shape; its key is the query parameter with most values."""
    if not shape.keys:
        return f"^/{'/'.join(_limited_tokens(shape, urls))}{_optional_slash(urls)}$"
    values_by_parameter: dict[str, set[str]] = defaultdict(set)
    for url in urls:
        for parameter, parameter_value in parse_qsl(
            path_and_query(url).partition("?")[2], keep_blank_values=True
        ):
            values_by_parameter[parameter].add(parameter_value)
    word_parameters = [parameter for parameter in shape.keys if "=" in parameter]
    parameter = max(
        (parameter_name for parameter_name in shape.keys if parameter_name not in word_parameters),
        key=lambda parameter_name: len(values_by_parameter[parameter_name]),
        default=word_parameters[0].partition("=")[0] if word_parameters else "",
    )
    required_words = word_parameters if len(word_parameters) <= MAX_WORD_PARAMETERS else []
    ahead = "".join(rf"(?=.*[?&]{escape_literal(word_parameter)}(&|$))" for word_parameter in required_words)
    value_regex = (
        r"\d+"
        if all(parameter_value.isdigit() for parameter_value in values_by_parameter[parameter])
        else "[^&]+"
    )
    if shape.inner:
        parameter, value_regex = shape.inner[0], "/".join(shape.inner[1:]).replace("[^/]", "[^/&]") + "(&|$)"
    slash = "/?" if shape.tokens and any("/?" in url for url in urls) else ""
    return rf"^{ahead}/{'/'.join(shape.tokens)}{slash}\?(.*&)?{escape_literal(parameter)}={value_regex}"


def _optional_slash(urls: Sequence[str]) -> str:
    return "/?" if any(path_and_query(url).endswith("/") for url in urls) else ""


def _limited_tokens(shape: UrlShape, urls: Sequence[str]) -> tuple[str, ...]:
    """Tokens of a shape; a slug without a number must have as many hyphens as the fewest in `urls`."""
    if any(r"\d" in token for token in shape.tokens) or not shape.tokens[-1].startswith("[^/]+"):
        return shape.tokens
    url_slugs = [path_and_query(url).strip("/").rpartition("/")[2] for url in urls]
    fewest_hyphens = min(url_slug.count("-") for url_slug in url_slugs)
    has_literal_segment = (
        any(not _is_open(token) for token in shape.tokens[:-1]) or shape.tokens[-1] != "[^/]+"
    )
    if has_literal_segment or fewest_hyphens < 2:
        return shape.tokens
    return (*shape.tokens[:-1], rf"[^/-]+(-[^/-]+){{{fewest_hyphens},}}")


def group_by_shape(urls: Iterable[str]) -> dict[UrlShape, list[str]]:
    """Return the URLs by shape, once each, in the order given."""
    urls_by_shape: dict[UrlShape, list[str]] = defaultdict(list)
    for url in dict.fromkeys(urls):
        urls_by_shape[url_shape(url)].append(url)
    return urls_by_shape
