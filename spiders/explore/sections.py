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


def _base_sections(graph: LinkGraph) -> list[ParsedPage]:
    """Visited listings, without further pages of each other."""
    urls = [section_page.url for section_page in graph.listings]
    return [
        section_page
        for section_page in graph.listings
        if not any(
            len(url) <= len(section_page.url) and _is_further_page_of(url, section_page.url) for url in urls
        )
        and not _is_no_section(graph, section_page.url)
    ]


def _is_further_page_of(url: str, other: str) -> bool:
    return is_further_page(url, other) and not is_further_page(other, url)


def _sections_by_form(graph: LinkGraph) -> dict[UrlShape, list[str]]:
    """URLs of visited listings by their form."""
    sections_by_form: dict[UrlShape, list[str]] = defaultdict(list)
    for section_page in _base_sections(graph):
        sections_by_form[_section_form(section_page.url)].append(section_page.url)
    return sections_by_form


def _section_form(url: str) -> UrlShape:
    """Shape with its last path segment generalized; a path of one segment stays as it is."""
    section_shape = url_shape(url)
    if section_shape.keys or len(section_shape.tokens) < 2:
        return section_shape
    return UrlShape((*section_shape.tokens[:-1], generalized_shape(section_shape).tokens[-1]), ())


def find_sections(graph: LinkGraph, requested_urls: frozenset[str]) -> tuple[ListingSection, ...]:
    """Return the visited listings, then URLs of the same form that pages link."""
    visited_sections = _base_sections(graph)
    sections = {
        section_page.url: ListingSection(
            section_page.url, graph.link_texts.get(section_page.url, "")[:80], True
        )
        for section_page in visited_sections
    }
    sections_by_form = _sections_by_form(graph)
    for url in graph.urls:
        section_form = _section_form(url)
        if (
            url in sections
            or url in requested_urls
            or section_form not in sections_by_form
            or graph.has_article_form(url)
        ):
            continue
        is_further_section_page = any(
            is_further_page(section_url, url, "1") for section_url in sections_by_form[section_form]
        ) or _is_no_section(graph, url)
        if not is_further_section_page and _is_likely_section(
            graph, section_form, sections_by_form[section_form], requested_urls
        ):
            sections[url] = ListingSection(url, graph.link_texts.get(url, "")[:80], False)
    return tuple(sections.values())


def _is_likely_section(
    graph: LinkGraph, section_form: UrlShape, visited_of_form: list[str], requested_urls: frozenset[str]
) -> bool:
    requested_of_form = sum(
        1 for url in requested_urls if _section_form(url) == section_form and not graph.is_article(url)
    )
    return (
        len(visited_of_form) >= min(MIN_LISTINGS_OF_FORM, 2)
        and len(visited_of_form) * 4 >= requested_of_form * 3
    )


def section_candidates(graph: LinkGraph, requested_urls: frozenset[str]) -> Iterator[str]:
    """Yield URLs that may be listings: those with the form of visited listings first, then by link count."""
    sections_by_form = _sections_by_form(graph)
    failed_by_form: dict[UrlShape, int] = defaultdict(int)
    section_urls = {section_page.url for section_page in graph.listings}
    for url in (url for url in requested_urls - section_urls if not graph.is_article(url)):
        failed_by_form[_section_form(url)] += 1
    ranked_sections = []
    for section_at, url in enumerate(graph.urls):
        section_form = _section_form(url)
        if graph.is_article(url) or _is_no_section(graph, url):
            continue
        section_count = len(sections_by_form.get(section_form, ()))
        is_form_known = section_count >= MIN_LISTINGS_OF_FORM and not graph.has_article_form(
            url
        )  # such a URL must be visited to decide
        if is_form_known or (failed_by_form[section_form] >= 3 and not section_count):
            continue
        if any(is_further_page(section_url, url, "1") for section_url in section_urls):
            continue
        ranked_sections.append(
            (
                -min(section_count, 1),
                -graph.link_counts[url] // 3,
                len(url_shape(url).tokens),
                section_at,
                url,
            )
        )
    yield from (ranked_section[-1] for ranked_section in sorted(ranked_sections))


def _is_no_section(graph: LinkGraph, url: str) -> bool:
    """Whether a URL is a search, a variant of an article or of the front page, or named by sitemaps alone."""
    section_address = url.partition("?")[0]
    if section_address != url and graph.is_article(section_address):
        return True  # a share or reply link of an article
    if SEARCH.search(url) or (url in graph.feed_urls and not graph.link_counts[url]):
        return True
    front_page_url = graph.home.partition("?")[0]
    is_routed_by_query = (
        graph.articles is not None and graph.articles.urls[0].partition("?")[0] == front_page_url
    )
    return section_address == front_page_url and "page" not in url and not is_routed_by_query


def listing_patterns(graph: LinkGraph, sections: tuple[ListingSection, ...]) -> tuple[str, ...]:
    """Return regexes of listing URLs that match no article.

    Further pages need none: a pager's target is a listing anyway.
    """
    section_urls_by_form: dict[UrlShape, list[str]] = defaultdict(list)
    for section in sections:
        section_urls_by_form[_section_form(section.url)].append(section.url)
    section_patterns = [_listing_pattern(urls) for urls in section_urls_by_form.values()]
    listing_regexes = [
        twin_regex
        for twin_regex in dict.fromkeys(section_patterns)
        if twin_regex and not _matches_articles(twin_regex, graph)
    ]
    return tuple(listing_regexes)[:6]


def _listing_pattern(section_urls: list[str]) -> str | None:
    section_shape = join_shapes({url_shape(url) for url in section_urls})
    has_section_name = any(
        r"[^/]+" not in section_token and re.search("[a-z]", section_token)
        for section_token in section_shape.tokens[:-1]
    )
    return (
        url_pattern(section_shape, section_urls)
        if section_shape.keys or (has_section_name and len(section_urls) > 1)
        else None
    )


def _matches_articles(pattern: str, graph: LinkGraph) -> bool:
    section_regex = re.compile(pattern)
    article_urls = graph.articles.urls if graph.articles else ()
    titled_articles = (
        url for url in article_urls if len(graph.link_texts.get(url, "")) >= MIN_HEADLINE_CHARS
    )
    return any(section_regex.search(path_and_query(url)) for url in titled_articles)


def twin_patterns(graph: LinkGraph) -> tuple[str, ...]:
    """Return regexes of print and mail twins: linked on most articles, with the article's key in the URL."""
    twin_urls_by_regex: dict[str, list[str]] = defaultdict(list)
    for section_page in graph.article_pages:
        article_key = _article_key(section_page.url)
        for twin_url in dict.fromkeys(anchor.url for anchor in section_page.site_links):
            if (
                article_key
                and twin_url != section_page.url
                and _has_key(article_key, twin_url)
                and _may_be_twin(graph, twin_url)
            ):
                twin_urls_by_regex[url_pattern(url_shape(twin_url), [twin_url])].append(twin_url)
                for twin_parameter in set(parameter_names(twin_url)) - set(
                    parameter_names(section_page.url)
                ):  # the article with `&print=1`
                    twin_urls_by_regex[rf"[?&]{escape_literal(twin_parameter)}="].append(twin_url)
                if "?" in twin_url:  # `/in-bai.htm?id=12`: one page prints them all
                    twin_urls_by_regex[
                        rf"^{escape_literal(path_and_query(twin_url).partition('?')[0])}\?"
                    ].append(twin_url)
    frequent_twins = {
        twin_regex: twin_urls
        for twin_regex, twin_urls in twin_urls_by_regex.items()
        if len(twin_urls) * 2 >= len(graph.article_pages)
    }
    twin_regexes = [
        twin_regex
        for twin_regex, twin_urls in frequent_twins.items()
        if len(set(twin_urls)) > 1 and not _matches_articles(twin_regex, graph)
    ]
    return tuple(
        twin_regex
        for twin_regex in twin_regexes
        if not any(
            twin_regex != other_twin and set(frequent_twins[twin_regex]) < set(frequent_twins[other_twin])
            for other_twin in twin_regexes
        )
    )[:4]


def _may_be_twin(graph: LinkGraph, url: str) -> bool:
    is_titled = len(graph.link_texts.get(url, "")) >= MIN_HEADLINE_CHARS
    return may_be_page(url) and not is_titled


def _article_key(url: str) -> str:
    """The identifying part of an article's URL: its longest number, else its slug."""
    numbers = re.findall(r"\d+", path_and_query(url))
    longest = max(numbers, key=len, default="")
    return (
        longest if len(longest) >= 2 else path_and_query(url).strip("/").rpartition("/")[2].partition(".")[0]
    )


def _has_key(key: str, url: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(key)}(?!\d)", path_and_query(url)) is not None
