"""Ignorable query parameters: names that do not identify pages, found by comparing link texts and titles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

MIN_HEADLINE_CHARS = 28  # characters; a link text this long is more likely a headline than a menu word
NOT_IGNORABLE_VOTE = -1000  # titles of visited pages differ


def ignorable_parameters(
    headline_by_url: Mapping[str, str], title_by_url: Mapping[str, str]
) -> frozenset[str]:
    """Return the names of query parameters that do not identify pages.

    `texts` has the longest link text of each URL, `titles` the <title> of visited pages. A
    parameter is ignorable where addresses that differ in it alone bear the same headline, and none that
    differ in it alone bear different ones.
    """
    ignorable: frozenset[str] = frozenset()
    while newly_ignorable := _best_parameter(headline_by_url, title_by_url, ignorable):
        ignorable |= newly_ignorable
    return ignorable


def _best_parameter(
    headline_by_url: Mapping[str, str], title_by_url: Mapping[str, str], ignorable: frozenset[str]
) -> frozenset[str]:
    urls_by_parameter: dict[tuple[str, str], set[str]] = defaultdict(set)  # (parameter, the rest) → addresses
    url_without_ignorable = {without_parameters(url, ignorable): url for url in headline_by_url}
    for url in url_without_ignorable:
        for parameter in parameter_names(url):
            urls_by_parameter[parameter, without_parameters(url, frozenset((parameter,)))].add(url)
    parameter_votes: Counter[str] = Counter()
    for (parameter, url_without_parameter), urls in urls_by_parameter.items():
        differing_urls = urls | (
            {url_without_parameter} if url_without_parameter in url_without_ignorable else set()
        )
        if len(differing_urls) > 1:
            parameter_votes[parameter] += _parameter_vote(
                [headline_by_url[url_without_ignorable[url]] for url in differing_urls],
                [title_by_url.get(url_without_ignorable[url]) for url in differing_urls],
            )
    best_parameter = max(
        parameter_votes, key=lambda parameter: (parameter_votes[parameter], parameter), default=None
    )
    return (
        frozenset((best_parameter,))
        if best_parameter is not None and parameter_votes[best_parameter] > 0
        else frozenset()
    )


def _parameter_vote(parameter_texts: Iterable[str], parameter_titles: Iterable[str | None]) -> int:
    """Vote of URLs that differ in one parameter alone: positive when it can be ignored."""
    link_texts = [headline.strip(" .…") for headline in parameter_texts]
    headlines = [headline for headline in link_texts if len(headline) >= MIN_HEADLINE_CHARS]
    menu_words = {
        headline
        for headline in link_texts
        if 2 < len(headline) < MIN_HEADLINE_CHARS and not headline.isdigit()
    }
    page_titles = {title for title in parameter_titles if title}
    if len(page_titles) > 1:
        return NOT_IGNORABLE_VOTE
    vote_against = max(len(_different_headlines(headlines)), len(menu_words)) - 1
    return -3 * vote_against if vote_against > 0 else int(len(headlines) > 1)


def _different_headlines(headlines: Iterable[str]) -> set[str]:
    """Texts of which none begins another (links cut headlines short)."""
    different_headlines: set[str] = set()
    for headline in sorted(headlines, key=len, reverse=True):
        if not any(
            other_headline.startswith(headline[: MIN_HEADLINE_CHARS - 4])
            for other_headline in different_headlines
        ):
            different_headlines.add(headline)
    return different_headlines


def parameter_names(url: str) -> tuple[str, ...]:
    """Return the names of a URL's query parameters."""
    url_query = url.partition("?")[2]
    return (
        tuple(parameter_pair.partition("=")[0] for parameter_pair in url_query.split("&"))
        if url_query
        else ()
    )


def without_parameters(url: str, ignored_names: frozenset[str]) -> str:
    """Return the URL without the query parameters in `ignored_names`."""
    url_address, _, url_query = url.partition("?")
    if not url_query or not ignored_names:
        return url
    other_parameters = "&".join(
        parameter_pair
        for parameter_pair in url_query.split("&")
        if parameter_pair.partition("=")[0] not in ignored_names
    )
    return f"{url_address}?{other_parameters}" if other_parameters else url_address
