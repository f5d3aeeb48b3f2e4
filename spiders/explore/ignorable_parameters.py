"""Ignorable query parameters: names that do not identify pages, found by comparing link texts and titles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

MIN_HEADLINE_CHARS = 28  # characters; a link text this long is more likely a headline than a menu word
NOT_IGNORABLE_VOTE = -1000  # titles of visited pages differ


def ignorable_parameters(texts: Mapping[str, str], titles: Mapping[str, str]) -> frozenset[str]:
    """Return the names of query parameters that do not identify pages.

    `texts` has the longest link text of each URL, `titles` the <title> of visited pages. A
    parameter is ignorable where addresses that differ in it alone bear the same headline, and none that
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
    for (key, url_without_key), urls in groups.items():
        differing_urls = urls | ({url_without_key} if url_without_key in url_without else set())
        if len(differing_urls) > 1:
            votes[key] += _vote(
                [texts[url_without[url]] for url in differing_urls],
                [titles.get(url_without[url]) for url in differing_urls],
            )
    best = max(votes, key=lambda key: (votes[key], key), default=None)
    return frozenset((best,)) if best is not None and votes[best] > 0 else frozenset()


def _vote(texts: Iterable[str], titles: Iterable[str | None]) -> int:
    """Vote of URLs that differ in one parameter alone: positive when it can be ignored."""
    link_texts = [text.strip(" .…") for text in texts]
    headlines = [text for text in link_texts if len(text) >= MIN_HEADLINE_CHARS]
    menu_words = {text for text in link_texts if 2 < len(text) < MIN_HEADLINE_CHARS and not text.isdigit()}
    page_titles = {title for title in titles if title}
    if len(page_titles) > 1:
        return NOT_IGNORABLE_VOTE
    differences = max(len(_different_headlines(headlines)), len(menu_words)) - 1
    return -3 * differences if differences > 0 else int(len(headlines) > 1)


def _different_headlines(texts: Iterable[str]) -> set[str]:
    """Texts of which none begins another (links cut headlines short)."""
    different: set[str] = set()
    for text in sorted(texts, key=len, reverse=True):
        if not any(other.startswith(text[: MIN_HEADLINE_CHARS - 4]) for other in different):
            different.add(text)
    return different


def parameter_names(url: str) -> tuple[str, ...]:
    """Return the names of a URL's query parameters."""
    query = url.partition("?")[2]
    return tuple(piece.partition("=")[0] for piece in query.split("&")) if query else ()


def without_parameters(url: str, keys: frozenset[str]) -> str:
    """Return the URL without the query parameters in `keys`."""
    address, _, query = url.partition("?")
    if not query or not keys:
        return url
    query_left = "&".join(piece for piece in query.split("&") if piece.partition("=")[0] not in keys)
    return f"{address}?{query_left}" if query_left else address
