"""Listing sections of a site: visited listings, and unvisited URLs of the same form; URL patterns of both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from spiders.explore.ignorable_parameters import MIN_HEADLINE_CHARS, parameter_names
from spiders.explore.link_graph import LinkGraph, may_be_page
from spiders.explore.page import ParsedPage
from spiders.explore.page_numbers import is_further_page
from spiders.explore.url_patterns import (
    UrlShape,
    escape_literal,
    generalized_shape,
    join_shapes,
    path_and_query,
    url_pattern,
    url_shape,
)

SEARCH = re.compile(r"(?i)[?&](?:q|s|k|key|keyword|search|query|tukhoa)=|/(?:search|tim-kiem)(?:[/.?]|$)")
MIN_LISTINGS_OF_FORM = 3  # visited listings of one form before unvisited ones of it are skipped


@dataclass(frozen=True, slots=True)
class ListingSection:
    """One listing of the site."""

    url: str
    name: str
    visited: bool  # False: taken for a listing by the form of its URL alone


def _base_listings(graph: LinkGraph) -> list[ParsedPage]:
    """Visited listings, without further pages of each other."""
    urls = [page.url for page in graph.listings]
    return [
        page
        for page in graph.listings
        if not any(len(url) <= len(page.url) and _is_further_page_of(url, page.url) for url in urls)
        and not _is_no_section(graph, page.url)
    ]


def _is_further_page_of(url: str, other: str) -> bool:
    return is_further_page(url, other) and not is_further_page(other, url)


def _listings_by_form(graph: LinkGraph) -> dict[UrlShape, list[str]]:
    """URLs of visited listings by their form."""
    listings_by_form: dict[UrlShape, list[str]] = defaultdict(list)
    for page in _base_listings(graph):
        listings_by_form[_listing_form(page.url)].append(page.url)
    return listings_by_form


def _listing_form(url: str) -> UrlShape:
    """Shape with its last path segment generalized; a path of one segment stays as it is."""
    shape = url_shape(url)
    if shape.keys or len(shape.tokens) < 2:
        return shape
    return UrlShape((*shape.tokens[:-1], generalized_shape(shape).tokens[-1]), ())


def find_sections(graph: LinkGraph, tried: frozenset[str]) -> tuple[ListingSection, ...]:
    """Return the visited listings, then URLs of the same form that pages link."""
    listings = _base_listings(graph)
    sections = {
        page.url: ListingSection(page.url, graph.link_texts.get(page.url, "")[:80], True) for page in listings
    }
    listings_by_form = _listings_by_form(graph)
    for url in graph.urls:
        form = _listing_form(url)
        if url in sections or url in tried or form not in listings_by_form or graph.has_article_form(url):
            continue
        further = any(
            is_further_page(listing, url, "1") for listing in listings_by_form[form]
        ) or _is_no_section(graph, url)
        if not further and _is_believed(graph, form, listings_by_form[form], tried):
            sections[url] = ListingSection(url, graph.link_texts.get(url, "")[:80], False)
    return tuple(sections.values())


def _is_believed(graph: LinkGraph, form: UrlShape, listings: list[str], tried: frozenset[str]) -> bool:
    requested = sum(1 for url in tried if _listing_form(url) == form and not graph.is_article(url))
    return len(listings) >= min(MIN_LISTINGS_OF_FORM, 2) and len(listings) * 4 >= requested * 3


def section_candidates(graph: LinkGraph, tried: frozenset[str]) -> Iterator[str]:
    """Yield URLs that may be listings: those with the form of visited listings first, then by link count."""
    listings_by_form = _listings_by_form(graph)
    failed: dict[UrlShape, int] = defaultdict(int)
    listing_urls = {page.url for page in graph.listings}
    for url in (url for url in tried - listing_urls if not graph.is_article(url)):
        failed[_listing_form(url)] += 1
    ranked = []
    for at, url in enumerate(graph.urls):
        form = _listing_form(url)
        if graph.is_article(url) or _is_no_section(graph, url):
            continue
        listing_count = len(listings_by_form.get(form, ()))
        enough = listing_count >= MIN_LISTINGS_OF_FORM and not graph.has_article_form(
            url
        )  # such a URL must be visited to decide
        if enough or (failed[form] >= 3 and not listing_count):
            continue
        if any(is_further_page(listing, url, "1") for listing in listing_urls):
            continue
        ranked.append(
            (-min(listing_count, 1), -graph.link_counts[url] // 3, len(url_shape(url).tokens), at, url)
        )
    yield from (row[-1] for row in sorted(ranked))


def _is_no_section(graph: LinkGraph, url: str) -> bool:
    """Whether a URL is a search, a variant of an article or of the front page, or named by sitemaps alone."""
    url_without_query = url.partition("?")[0]
    if url_without_query != url and graph.is_article(url_without_query):
        return True  # a share or reply link of an article
    if SEARCH.search(url) or (url in graph.feed_urls and not graph.link_counts[url]):
        return True
    root = graph.home.partition("?")[0]
    routed = graph.articles is not None and graph.articles.urls[0].partition("?")[0] == root
    return url_without_query == root and "page" not in url and not routed


def listing_patterns(graph: LinkGraph, sections: tuple[ListingSection, ...]) -> tuple[str, ...]:
    """Return regexes of listing URLs that match no article.

    Further pages need none: a pager's target is a listing anyway.
    """
    groups: dict[UrlShape, list[str]] = defaultdict(list)
    for section in sections:
        groups[_listing_form(section.url)].append(section.url)
    patterns = [_listing_pattern(urls) for urls in groups.values()]
    listing_patterns_left = [p for p in dict.fromkeys(patterns) if p and not _matches_articles(p, graph)]
    return tuple(listing_patterns_left)[:6]


def _listing_pattern(urls: list[str]) -> str | None:
    shape = join_shapes({url_shape(url) for url in urls})
    named = any(r"[^/]+" not in token and re.search("[a-z]", token) for token in shape.tokens[:-1])
    return url_pattern(shape, urls) if shape.keys or (named and len(urls) > 1) else None


def _matches_articles(pattern: str, graph: LinkGraph) -> bool:
    regex = re.compile(pattern)
    urls = graph.articles.urls if graph.articles else ()
    titled = (url for url in urls if len(graph.link_texts.get(url, "")) >= MIN_HEADLINE_CHARS)
    return any(regex.search(path_and_query(url)) for url in titled)


def twin_patterns(graph: LinkGraph) -> tuple[str, ...]:
    """Return regexes of print and mail twins: linked on most articles, with the article's key in the URL."""
    groups: dict[str, list[str]] = defaultdict(list)
    for page in graph.article_pages:
        key = _article_key(page.url)
        for url in dict.fromkeys(anchor.url for anchor in page.site_links):
            if key and url != page.url and _has_key(key, url) and _may_be_twin(graph, url):
                groups[url_pattern(url_shape(url), [url])].append(url)
                for name in set(parameter_names(url)) - set(
                    parameter_names(page.url)
                ):  # the article with `&print=1`
                    groups[rf"[?&]{escape_literal(name)}="].append(url)
                if "?" in url:  # `/in-bai.htm?id=12`: one page prints them all
                    groups[rf"^{escape_literal(path_and_query(url).partition('?')[0])}\?"].append(url)
    frequent = {p: urls for p, urls in groups.items() if len(urls) * 2 >= len(graph.article_pages)}
    twin_regexes = [
        p for p, urls in frequent.items() if len(set(urls)) > 1 and not _matches_articles(p, graph)
    ]
    return tuple(
        p
        for p in twin_regexes
        if not any(p != q and set(frequent[p]) < set(frequent[q]) for q in twin_regexes)
    )[:4]


def _may_be_twin(graph: LinkGraph, url: str) -> bool:
    titled = len(graph.link_texts.get(url, "")) >= MIN_HEADLINE_CHARS
    return may_be_page(url) and not titled


def _article_key(url: str) -> str:
    """The identifying part of an article's URL: its longest number, else its slug."""
    numbers = re.findall(r"\d+", path_and_query(url))
    longest = max(numbers, key=len, default="")
    return (
        longest if len(longest) >= 2 else path_and_query(url).strip("/").rpartition("/")[2].partition(".")[0]
    )


def _has_key(key: str, url: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(key)}(?!\d)", path_and_query(url)) is not None
