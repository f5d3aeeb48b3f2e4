"""Atlas: the pages seen so far and what their links say: which addresses are articles, which list them."""

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
MIN_UNVISITED_HEADLINES = (
    8  # headlines to pages of one form that were not had before these are taken for articles
)
SMALL_SITE_ARTICLES = 40  # articles linked; sections of fewer sites may hold one or two
ATTACHMENT_PATTERNS = tuple(compile_pattern(pattern) for pattern in Urls().attachment)
LOGIN_PATTERNS = tuple(compile_pattern(pattern) for pattern in Urls().login)


@dataclass(frozen=True, slots=True)
class UrlFamily:
    """The addresses of one kind: their shape, members, and texts of the links to them."""

    shape: UrlShape
    urls: tuple[str, ...]
    headlines: int  # members some link to which reads like a headline
    shape_groups: tuple[tuple[str, ...], ...] = ()  # the members by their shapes, which are joined in `shape`

    @property
    def pattern(self) -> str:
        """The regex of a profile."""
        return url_pattern(self.shape, self.urls)


@dataclass(frozen=True)
class LinkGraph:
    """Everything seen of a site; what follows from it is worked out once, when asked."""

    home: str
    pages: tuple[ParsedPage, ...]
    feed_urls: tuple[str, ...] = ()  # addresses that feeds and sitemaps name
    titles: dict[str, str] = field(default_factory=dict)  # that feeds tell
    failed_urls: frozenset[str] = frozenset()  # asked, and no page
    ignorable_parameters: frozenset[str] = frozenset()  # query parameters that do not tell pages apart
    trust_links: bool = False  # articles none of which can be looked at are believed by the links to them

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
        """The map of what was seen and tried; addresses lose what does not tell pages apart.

        `named` has what feeds and sitemaps name, with titles where they tell them.
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
        """The longest text of the links to each address."""
        texts: dict[str, str] = dict(self.titles)
        for page in self.pages:
            for anchor in page.site_links:
                if len(anchor.text) > len(texts.get(anchor.url, "")):
                    texts[anchor.url] = anchor.text[:400]
        return texts

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """Every address of a page of the site that is known, the front page apart."""
        linked_urls = dict.fromkeys(
            [a.url for page in self.pages for a in page.site_links] + list(self.feed_urls)
        )
        return tuple(url for url in linked_urls if url != self.home and may_be_page(url))

    @cached_property
    def page_by_url(self) -> dict[str, ParsedPage]:
        """The pages by address, as asked and as answered."""
        return {page.url: page for page in self.pages} | {page.source.url: page for page in self.pages}

    @cached_property
    def families(self) -> tuple[UrlFamily, ...]:
        """Families of addresses, the one with most headlines first."""
        likely = {shape: urls for shape, urls in self._article_candidates() if self._may_be_articles(urls)}
        merged: dict[tuple[UrlShape, bool], list[UrlShape]] = defaultdict(list)
        for shape, urls in likely.items():
            merged[generalized_shape(shape), self._hold_links(urls)].append(shape)
        families = []
        for shapes in merged.values():
            rows = sorted((tuple(likely[shape]) for shape in shapes), key=len, reverse=True)
            members = tuple(url for row in rows for url in row)
            families.append(UrlFamily(join_shapes(shapes), members, self._headlines(members), tuple(rows)))
        return tuple(sorted(families, key=lambda family: -family.headlines))

    def _may_be_articles(self, urls: Sequence[str]) -> bool:
        """Whether headlines lead there, and what was asked of them, if anything, was a page."""
        failed = [url for url in urls if url in self.failed_urls]
        gone = len(failed) >= min(2, len(urls)) and not any(url in self.page_by_url for url in urls)
        return self._headlines(urls) * 2 >= len(urls) and not gone

    def _article_candidates(self) -> Iterator[tuple[UrlShape, list[str]]]:
        """Addresses by shape, sections apart: a shape of which nothing but sections was seen is theirs."""
        for shape, urls in group_by_shape(self.urls).items():
            rest = [url for url in urls if url not in self.section_pages and url not in self.pager_urls]
            if rest and (len(rest) == len(urls) or any(url in self.page_by_url for url in rest)):
                yield (
                    shape,
                    sorted(rest, key=lambda url: len(self.link_texts.get(url, "")) < MIN_HEADLINE_CHARS),
                )

    @cached_property
    def section_pages(self) -> frozenset[str]:
        """Pages seen to hold links rather than text that menus name: sections, whatever their address."""
        often = len(self.pages) * 0.6
        sections = set()
        for page in self.pages:
            named = len(self.link_texts.get(page.url, "")) < MIN_HEADLINE_CHARS
            menued = self.link_counts[page.url] > often and longest_text_run(page) < MIN_ARTICLE_TEXT_CHARS
            if (named or menued) and is_text_scattered(page):
                sections |= {page.url} if self._headlines_on(page) >= MIN_LISTING_ENTRIES else set()
        return frozenset(sections)

    @cached_property
    def menu(self) -> frozenset[str]:
        """Addresses not looked at that nearly every page links with a short text."""
        often = len(self.pages) * 0.6
        named = (
            url for url, count in self.link_counts.items() if count > often and url not in self.page_by_url
        )
        return frozenset(url for url in named if 0 < len(self.link_texts.get(url, "")) < MIN_HEADLINE_CHARS)

    @cached_property
    def pager_urls(self) -> frozenset[str]:
        """Addresses that a pager's link names, and that continue the page it stands on."""
        links = (
            (page.url, a) for page in self.pages for a in page.site_links if len(a.text) < MIN_HEADLINE_CHARS
        )
        return frozenset(a.url for url, a in links if is_pager_link(url, a.url, a.text))

    def _headlines_on(self, page: ParsedPage) -> int:
        """Headlines the page links that its surroundings do not."""
        headline_urls = {anchor.url for anchor in page.site_links if len(anchor.text) >= MIN_HEADLINE_CHARS}
        return sum(1 for url in headline_urls if not self.template_link_counts[url])

    def _hold_links(self, urls: Iterable[str]) -> bool:
        """Whether the pages seen of some addresses hold links rather than text."""
        run_chars = [longest_text_run(self.page_by_url[url]) for url in urls if url in self.page_by_url]
        return bool(run_chars) and median(run_chars) < MIN_ARTICLE_TEXT_CHARS / 2

    def _headlines(self, urls: Iterable[str]) -> int:
        return sum(
            len(self.link_texts.get(url, "")) >= MIN_HEADLINE_CHARS or url in self.feed_urls for url in urls
        )

    @cached_property
    def articles(self) -> UrlFamily | None:
        """The family of articles: the largest whose pages hold text rather than links."""
        return next(iter(self.article_families), None)

    @cached_property
    def article_families(self) -> tuple[UrlFamily, ...]:
        """Families whose pages, as far as seen, hold text rather than links."""
        families = []
        for family in self.families:
            run_chars = [
                longest_text_run(self.page_by_url[url]) for url in family.urls if url in self.page_by_url
            ]
            run_chars = [length for length in run_chars if length]
            if (
                run_chars
                and median(run_chars) >= MIN_ARTICLE_TEXT_CHARS
                and family.headlines >= MIN_LISTING_ENTRIES
            ):
                families.append(family)
        families += self.unvisited_families if self.trust_links else ()
        families.sort(key=lambda family: -family.headlines)
        most = max((family.headlines for family in families), default=0)
        return tuple(family for family in families if family.headlines * 8 >= most)

    @cached_property
    def unvisited_families(self) -> tuple[UrlFamily, ...]:
        """Families with a number in their form that many headlines lead to, and of which no page was seen."""
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
        """Whether an address has the form of an article's."""
        if url == self.home or url in self.section_pages or url in self.menu or url in self.pager_urls:
            return False
        return may_be_page(url) and self.has_article_form(url)

    def has_article_form(self, url: str) -> bool:
        """Whether the article patterns match, which on some sites they do on sections, too."""
        text = path_and_query(url)
        return any(pattern.search(text) for pattern in self.article_patterns)

    @cached_property
    def article_pages(self) -> tuple[ParsedPage, ...]:
        """The article pages seen, those with hardly any text apart."""
        own = [page for page in self.pages if self.is_article(page.url) or self.is_article(page.source.url)]
        return tuple(page for page in own if longest_text_run(page) >= 150)

    @cached_property
    def link_counts(self) -> Counter[str]:
        """On how many pages each address is linked."""
        return Counter(url for page in self.pages for url in {anchor.url for anchor in page.site_links})

    @cached_property
    def listings(self) -> tuple[ParsedPage, ...]:
        """The pages that list articles, the front page apart."""
        return tuple(page for page in self.pages if page.url != self.home and self._is_listing(page))

    def _is_listing(self, page: ParsedPage) -> bool:
        if self.is_article(page.url) or self.is_article(page.source.url) or not self.articles:
            return False
        small = len(self.articles.urls) < SMALL_SITE_ARTICLES
        return len(self.listed_articles(page)) >= (1 if small else MIN_LISTING_ENTRIES)

    def listed_articles(self, page: ParsedPage) -> tuple[str, ...]:
        """The articles a page lists: linked on it more often than its surroundings link them everywhere."""
        article_links = Counter(a.url for a in page.site_links if self.is_article(a.url))
        return tuple(url for url, count in article_links.items() if count > self.template_link_counts[url])

    @cached_property
    def template_link_counts(self) -> Counter[str]:
        """How often each address is linked on nearly every page."""
        counts: dict[str, list[int]] = defaultdict(list)
        for page in self.pages:
            for url, count in Counter(anchor.url for anchor in page.site_links).items():
                counts[url].append(count)
        most = len(self.pages) * 0.6
        return Counter(
            {url: min(page_counts) for url, page_counts in counts.items() if len(page_counts) > most}
        )


def _page_urls(pages: Iterable[ParsedPage]) -> set[str]:
    return {url for page in pages for url in (page.url, page.source.url)}


def longest_text_run(page: ParsedPage) -> int:
    """Characters of the longest run of lines without a headline link between them."""
    return max(text_runs(page))


def text_runs(page: ParsedPage) -> list[int]:
    """Characters of each run of lines without a headline link between them."""
    run_chars = [0]
    for line in page.lines:
        if line.is_link and len(line.text) >= 12:
            run_chars.append(0)
        elif len(line.text) >= 40:
            run_chars[-1] += len(line.text) - line.linked_chars
    return run_chars


def is_text_scattered(page: ParsedPage) -> bool:
    """Whether a page's text stands in several pieces between links, or there is hardly any."""
    longest = sorted(text_runs(page), reverse=True)
    return longest[0] < MIN_ARTICLE_TEXT_CHARS / 2 or (len(longest) > 2 and longest[2] > 0.4 * longest[0])


def may_be_page(url: str) -> bool:
    """Whether an address may be a page of text: no file, picture or login."""
    text = path_and_query(url)
    path = text.partition("?")[0]
    if path.rpartition(".")[2].lower() in ASSET_EXTENSIONS or any(
        p.search_or_skip(path) for p in ATTACHMENT_PATTERNS
    ):
        return False
    return not any(p.search_or_skip(text) for p in LOGIN_PATTERNS)
