"""LinkGraph: explored pages and their links; which URL patterns are articles, which pages list them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from spiders.explore.ignorable_parameters import MIN_HEADLINE_CHARS, ignorable_parameters, without_parameters
from spiders.explore.page import ParsedPage, with_respelled_urls
from spiders.explore.page_numbers import is_pager_link
from spiders.explore.url_patterns import (
    UrlShape,
    generalized_shape,
    group_by_shape,
    join_shapes,
    path_and_query,
    url_pattern,
)
from spiders.profile.regex_safety import compile_pattern
from spiders.profile.site_profile import Urls
from spiders.urls.classify import ASSET_EXTENSIONS

MIN_ARTICLE_TEXT_CHARS = (
    450  # characters of text without a link in between: an article, not a list of excerpts
)
MIN_LISTING_ENTRIES = 3
MIN_UNVISITED_HEADLINES = 8  # for a family without a visited page to count as articles
SMALL_SITE_ARTICLES = 40  # articles linked; sections of fewer sites may hold one or two
ATTACHMENT_PATTERNS = tuple(compile_pattern(pattern) for pattern in Urls().attachment)
LOGIN_PATTERNS = tuple(compile_pattern(pattern) for pattern in Urls().login)


@dataclass(frozen=True, slots=True)
class UrlFamily:
    """URLs of one kind: their common shape, the members, and how many have links that read like headlines."""

    shape: UrlShape
    urls: tuple[str, ...]
    headlines: int  # members with at least one link that reads like a headline
    shape_groups: tuple[tuple[str, ...], ...] = ()  # the members grouped by exact shape

    @property
    def pattern(self) -> str:
        """The profile regex that matches the members."""
        return url_pattern(self.shape, self.urls)


@dataclass(frozen=True)
class LinkGraph:
    """Pages and links explored on one site; derived facts are computed once, on first use."""

    home: str
    pages: tuple[ParsedPage, ...]
    feed_urls: tuple[str, ...] = ()  # named by feeds and sitemaps
    titles: dict[str, str] = field(default_factory=dict)  # by URL, from feeds
    failed_urls: frozenset[str] = frozenset()  # requested, without getting a page
    ignorable_parameters: frozenset[str] = frozenset()  # names of query parameters that do not identify pages
    trust_links: bool = False  # take families without a visited page for articles, by their headlines

    @classmethod
    def build(
        cls,
        home: str,
        pages: Iterable[ParsedPage],
        feed_titles: Mapping[str, str | None],
        requested: Iterable[str] = (),
        *,
        trust_links: bool = False,
    ) -> LinkGraph:
        """Return the graph of explored pages and requested URLs, without ignorable query parameters.

        `feed_titles` has the URLs named by feeds and sitemaps, with titles where given.
        """
        pages = tuple(pages)
        titles = {url: title for url, title in feed_titles.items() if title}
        raw = cls(
            home,
            pages,
            tuple(feed_titles),
            titles,
            frozenset(requested) - _page_urls(pages),
            trust_links=trust_links,
        )
        ignorable = ignorable_parameters(raw.link_texts, {page.url: page.title for page in pages})
        if not ignorable:
            return raw
        page_by_url = {
            page.url: page
            for page in (
                with_respelled_urls(page, lambda url: without_parameters(url, ignorable))
                for page in reversed(pages)
            )
        }
        pages = tuple(reversed(page_by_url.values()))
        feed_urls = dict.fromkeys(without_parameters(url, ignorable) for url in feed_titles)
        titles = {without_parameters(url, ignorable): title for url, title in titles.items()}
        failed = frozenset(without_parameters(url, ignorable) for url in raw.failed_urls) - _page_urls(pages)
        return cls(home, pages, tuple(feed_urls), titles, failed, ignorable, trust_links)

    @cached_property
    def link_texts(self) -> dict[str, str]:
        """The longest link text of each URL."""
        link_texts: dict[str, str] = dict(self.titles)
        for linked_page in self.pages:
            for anchor in linked_page.site_links:
                if len(anchor.text) > len(link_texts.get(anchor.url, "")):
                    link_texts[anchor.url] = anchor.text[:400]
        return link_texts

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """Every known URL of a page of the site, without the front page."""
        linked_urls = dict.fromkeys(
            [anchor.url for linked_page in self.pages for anchor in linked_page.site_links]
            + list(self.feed_urls)
        )
        return tuple(url for url in linked_urls if url != self.home and may_be_page(url))

    @cached_property
    def page_by_url(self) -> dict[str, ParsedPage]:
        """Explored pages by requested and by final URL."""
        return {linked_page.url: linked_page for linked_page in self.pages} | {
            linked_page.source.url: linked_page for linked_page in self.pages
        }

    @cached_property
    def families(self) -> tuple[UrlFamily, ...]:
        """URL families, the one with most headlines first."""
        likely_articles = {
            shape: shape_urls
            for shape, shape_urls in self._article_candidates()
            if self._may_be_articles(shape_urls)
        }
        merged_shapes: dict[tuple[UrlShape, bool], list[UrlShape]] = defaultdict(list)
        for shape, shape_urls in likely_articles.items():
            merged_shapes[generalized_shape(shape), self._link_pages_only(shape_urls)].append(shape)
        families = []
        for shapes in merged_shapes.values():
            url_groups = sorted((tuple(likely_articles[shape]) for shape in shapes), key=len, reverse=True)
            family_urls = tuple(url for group_urls in url_groups for url in group_urls)
            families.append(
                UrlFamily(
                    join_shapes(shapes), family_urls, self._headline_count(family_urls), tuple(url_groups)
                )
            )
        return tuple(sorted(families, key=lambda family: -family.headlines))

    def _may_be_articles(self, family_urls: Sequence[str]) -> bool:
        """Whether headlines link to these URLs, and those requested gave pages."""
        failed_links = [url for url in family_urls if url in self.failed_urls]
        is_gone = len(failed_links) >= min(2, len(family_urls)) and not any(
            url in self.page_by_url for url in family_urls
        )
        return self._headline_count(family_urls) * 2 >= len(family_urls) and not is_gone

    def _article_candidates(self) -> Iterator[tuple[UrlShape, list[str]]]:
        """URLs by shape without section and pager URLs; a shape only seen on sections is left out."""
        for shape, shape_urls in group_by_shape(self.urls).items():
            article_urls = [
                url for url in shape_urls if url not in self.section_pages and url not in self.pager_urls
            ]
            if article_urls and (
                len(article_urls) == len(shape_urls) or any(url in self.page_by_url for url in article_urls)
            ):
                yield (
                    shape,
                    sorted(
                        article_urls, key=lambda url: len(self.link_texts.get(url, "")) < MIN_HEADLINE_CHARS
                    ),
                )

    @cached_property
    def section_pages(self) -> frozenset[str]:
        """URLs of explored pages that hold links rather than text and have a menu's link text: sections."""
        menu_link_count = len(self.pages) * 0.6
        section_urls = set()
        for linked_page in self.pages:
            is_named_by_menu = len(self.link_texts.get(linked_page.url, "")) < MIN_HEADLINE_CHARS
            is_in_menu = (
                self.link_counts[linked_page.url] > menu_link_count
                and longest_text_run(linked_page) < MIN_ARTICLE_TEXT_CHARS
            )
            if (is_named_by_menu or is_in_menu) and is_text_scattered(linked_page):
                section_urls |= (
                    {linked_page.url}
                    if self._headline_links_on(linked_page) >= MIN_LISTING_ENTRIES
                    else set()
                )
        return frozenset(section_urls)

    @cached_property
    def menu(self) -> frozenset[str]:
        """Unvisited URLs that nearly every page links with a short text."""
        menu_link_count = len(self.pages) * 0.6
        menu_urls = (
            url
            for url, link_count in self.link_counts.items()
            if link_count > menu_link_count and url not in self.page_by_url
        )
        return frozenset(
            url for url in menu_urls if 0 < len(self.link_texts.get(url, "")) < MIN_HEADLINE_CHARS
        )

    @cached_property
    def pager_urls(self) -> frozenset[str]:
        """URLs of pager links to further pages of the page they are printed on."""
        page_anchors = (
            (linked_page.url, anchor)
            for linked_page in self.pages
            for anchor in linked_page.site_links
            if len(anchor.text) < MIN_HEADLINE_CHARS
        )
        return frozenset(
            anchor.url for url, anchor in page_anchors if is_pager_link(url, anchor.url, anchor.text)
        )

    def _headline_links_on(self, linked_page: ParsedPage) -> int:
        """Number of headline links on the page that are not part of the template."""
        headline_urls = {
            anchor.url for anchor in linked_page.site_links if len(anchor.text) >= MIN_HEADLINE_CHARS
        }
        return sum(1 for url in headline_urls if not self.template_link_counts[url])

    def _link_pages_only(self, family_urls: Iterable[str]) -> bool:
        """Whether the explored pages of some URLs hold links rather than text."""
        run_chars = [
            longest_text_run(self.page_by_url[url]) for url in family_urls if url in self.page_by_url
        ]
        return bool(run_chars) and median(run_chars) < MIN_ARTICLE_TEXT_CHARS / 2

    def _headline_count(self, family_urls: Iterable[str]) -> int:
        return sum(
            len(self.link_texts.get(url, "")) >= MIN_HEADLINE_CHARS or url in self.feed_urls
            for url in family_urls
        )

    @cached_property
    def articles(self) -> UrlFamily | None:
        """The family of articles: the largest whose pages hold text rather than links."""
        return next(iter(self.article_families), None)

    @cached_property
    def article_families(self) -> tuple[UrlFamily, ...]:
        """Families whose explored pages hold text rather than links."""
        families = []
        for family in self.families:
            run_chars = [
                longest_text_run(self.page_by_url[url]) for url in family.urls if url in self.page_by_url
            ]
            run_chars = [run_length for run_length in run_chars if run_length]
            if (
                run_chars
                and median(run_chars) >= MIN_ARTICLE_TEXT_CHARS
                and family.headlines >= MIN_LISTING_ENTRIES
            ):
                families.append(family)
        families += self.unvisited_families if self.trust_links else ()
        families.sort(key=lambda family: -family.headlines)
        most_headlines = max((family.headlines for family in families), default=0)
        return tuple(family for family in families if family.headlines * 8 >= most_headlines)

    @cached_property
    def unvisited_families(self) -> tuple[UrlFamily, ...]:
        """Families with a number in their shape and many headline links, none of whose pages was visited."""
        unvisited = (
            family for family in self.families if not any(url in self.page_by_url for url in family.urls)
        )
        numbered = (family for family in unvisited if any(r"\d" in token for token in family.shape.tokens))
        return tuple(family for family in numbered if family.headlines >= MIN_UNVISITED_HEADLINES)

    @cached_property
    def article_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The compiled patterns of articles."""
        return tuple(re.compile(family.pattern) for family in self.article_families)

    def is_article(self, url: str) -> bool:
        """Return True when a URL has an article's form and is no section, menu or pager URL."""
        if url == self.home or url in self.section_pages or url in self.menu or url in self.pager_urls:
            return False
        return may_be_page(url) and self.has_article_form(url)

    def has_article_form(self, url: str) -> bool:
        """Return True when an article pattern matches; on some sites section URLs match, too."""
        url_text = path_and_query(url)
        return any(article_regex.search(url_text) for article_regex in self.article_patterns)

    @cached_property
    def article_pages(self) -> tuple[ParsedPage, ...]:
        """Explored article pages with at least 150 characters of text."""
        explored_articles = [
            linked_page
            for linked_page in self.pages
            if self.is_article(linked_page.url) or self.is_article(linked_page.source.url)
        ]
        return tuple(linked_page for linked_page in explored_articles if longest_text_run(linked_page) >= 150)

    @cached_property
    def link_counts(self) -> Counter[str]:
        """Number of pages that link each URL."""
        return Counter(
            url for linked_page in self.pages for url in {anchor.url for anchor in linked_page.site_links}
        )

    @cached_property
    def listings(self) -> tuple[ParsedPage, ...]:
        """Explored pages that list articles, without the front page."""
        return tuple(
            linked_page
            for linked_page in self.pages
            if linked_page.url != self.home and self._is_listing(linked_page)
        )

    def _is_listing(self, linked_page: ParsedPage) -> bool:
        if self.is_article(linked_page.url) or self.is_article(linked_page.source.url) or not self.articles:
            return False
        is_small_site = len(self.articles.urls) < SMALL_SITE_ARTICLES
        return len(self.listed_articles(linked_page)) >= (1 if is_small_site else MIN_LISTING_ENTRIES)

    def listed_articles(self, linked_page: ParsedPage) -> tuple[str, ...]:
        """Return the article URLs linked on a page more often than its template links them on every page."""
        article_links = Counter(
            anchor.url for anchor in linked_page.site_links if self.is_article(anchor.url)
        )
        return tuple(
            url for url, link_count in article_links.items() if link_count > self.template_link_counts[url]
        )

    @cached_property
    def template_link_counts(self) -> Counter[str]:
        """Links to each URL in the template: its fewest links on a page, if nearly every page links it."""
        link_counts_by_url: dict[str, list[int]] = defaultdict(list)
        for linked_page in self.pages:
            for url, link_count in Counter(anchor.url for anchor in linked_page.site_links).items():
                link_counts_by_url[url].append(link_count)
        template_page_count = len(self.pages) * 0.6
        return Counter(
            {
                url: min(page_counts)
                for url, page_counts in link_counts_by_url.items()
                if len(page_counts) > template_page_count
            }
        )


def _page_urls(linked_pages: Iterable[ParsedPage]) -> set[str]:
    return {url for linked_page in linked_pages for url in (linked_page.url, linked_page.source.url)}


def longest_text_run(linked_page: ParsedPage) -> int:
    """Return the characters of the longest run of lines without a headline link between them."""
    return max(text_runs(linked_page))


def text_runs(linked_page: ParsedPage) -> list[int]:
    """Return the characters of each run of lines without a headline link between them."""
    run_chars = [0]
    for text_line in linked_page.lines:
        if text_line.is_link and len(text_line.text) >= 12:
            run_chars.append(0)
        elif len(text_line.text) >= 40:
            run_chars[-1] += len(text_line.text) - text_line.linked_chars
    return run_chars


def is_text_scattered(linked_page: ParsedPage) -> bool:
    """Return True when a page's text is in several pieces between links, or there is hardly any."""
    longest_runs = sorted(text_runs(linked_page), reverse=True)
    return longest_runs[0] < MIN_ARTICLE_TEXT_CHARS / 2 or (
        len(longest_runs) > 2 and longest_runs[2] > 0.4 * longest_runs[0]
    )


def may_be_page(url: str) -> bool:
    """Return True when a URL may be a page of text: no attachment, asset or login."""
    url_text = path_and_query(url)
    url_path = url_text.partition("?")[0]
    if url_path.rpartition(".")[2].lower() in ASSET_EXTENSIONS or any(
        url_regex.search_or_skip(url_path) for url_regex in ATTACHMENT_PATTERNS
    ):
        return False
    return not any(url_regex.search_or_skip(url_text) for url_regex in LOGIN_PATTERNS)
