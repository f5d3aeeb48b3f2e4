"""Decoration: query parameters that do not tell pages apart, by what the links with and without them say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

MIN_HEADLINE_CHARS = 28  # characters; a link text this long is more likely a headline than a menu word
NOT_IGNORABLE_VOTE = -1000  # pages were seen to differ


def ignorable_parameters(texts: Mapping[str, str], titles: Mapping[str, str]) -> frozenset[str]:
    """Names of parameters that addresses can do without.

    `texts` has the longest link text of each address, `titles` that of <title> for the pages seen. A
    parameter is decoration where addresses that differ in it alone bear the same headline, and none that
    differ in it alone bear different ones.
    """
    ignorable: frozenset[str] = frozenset()
    while newly_ignorable := _best_parameter(texts, titles, ignorable):
        ignorable |= newly_ignorable
    return ignorable


def _best_parameter(
    texts: Mapping[str, str], titles: Mapping[str, str], ignorable: frozenset[str]
) -> frozenset[str]:
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)  # (parameter, the rest) → addresses
    url_without = {without_parameters(url, ignorable): url for url in texts}
    for url in url_without:
        for key in parameter_names(url):
            groups[key, without_parameters(url, frozenset((key,)))].add(url)
    votes: Counter[str] = Counter()
    for (key, rest), urls in groups.items():
        several = urls | ({rest} if rest in url_without else set())
        if len(several) > 1:
            votes[key] += _vote(
                [texts[url_without[url]] for url in several],
                [titles.get(url_without[url]) for url in several],
            )
    best = max(votes, key=lambda key: (votes[key], key), default=None)
    return frozenset((best,)) if best is not None and votes[best] > 0 else frozenset()


def _vote(texts: Iterable[str], titles: Iterable[str | None]) -> int:
    """How addresses that differ in one parameter speak for its being decoration."""
    link_texts = [text.strip(" .…") for text in texts]
    headlines = [text for text in link_texts if len(text) >= MIN_HEADLINE_CHARS]
    menu_words = {text for text in link_texts if 2 < len(text) < MIN_HEADLINE_CHARS and not text.isdigit()}
    page_titles = {title for title in titles if title}
    if len(page_titles) > 1:
        return NOT_IGNORABLE_VOTE
    differences = max(len(_different_headlines(headlines)), len(menu_words)) - 1
    return -3 * differences if differences > 0 else int(len(headlines) > 1)


def _different_headlines(texts: Iterable[str]) -> set[str]:
    """The texts of which none begins another: links cut their headlines short."""
    different: set[str] = set()
    for text in sorted(texts, key=len, reverse=True):
        if not any(other.startswith(text[: MIN_HEADLINE_CHARS - 4]) for other in different):
            different.add(text)
    return different


def parameter_names(url: str) -> tuple[str, ...]:
    """The names of an address's parameters."""
    query = url.partition("?")[2]
    return tuple(piece.partition("=")[0] for piece in query.split("&")) if query else ()


def without_parameters(url: str, keys: frozenset[str]) -> str:
    """The address without some of its parameters."""
    address, _, query = url.partition("?")
    if not query or not keys:
        return url
    query_left = "&".join(piece for piece in query.split("&") if piece.partition("=")[0] not in keys)
    return f"{address}?{query_left}" if query_left else address
