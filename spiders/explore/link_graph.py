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
    kin: tuple[tuple[str, ...], ...] = ()  # the members by their shapes, which are joined in `shape`

    @property
    def pattern(self) -> str:
        """The regex of a profile."""
        return url_pattern(self.shape, self.urls)


@dataclass(frozen=True)
class LinkGraph:
    """Everything seen of a site; what follows from it is worked out once, when asked."""

    home: str
    looks: tuple[ParsedPage, ...]
    told: tuple[str, ...] = ()  # addresses that feeds and sitemaps name
    titles: dict[str, str] = field(default_factory=dict)  # that feeds tell
    failed: frozenset[str] = frozenset()  # asked, and no page
    droppable: frozenset[str] = frozenset()  # query parameters that do not tell pages apart
    trusting: bool = False  # articles none of which can be looked at are believed by the links to them

    @classmethod
    def drawn(
        cls,
        home: str,
        looks: Iterable[ParsedPage],
        named: Mapping[str, str | None],
        tried: Iterable[str] = (),
        *,
        trusting: bool = False,
    ) -> LinkGraph:
        """The map of what was seen and tried; addresses lose what does not tell pages apart.

        `named` has what feeds and sitemaps name, with titles where they tell them.
        """
        pages = tuple(looks)
        titles = {url: title for url, title in named.items() if title}
        raw = cls(home, pages, tuple(named), titles, frozenset(tried) - _addresses(pages), trusting=trusting)
        drop = ignorable_parameters(raw.texts, {look.url: look.title for look in pages})
        if not drop:
            return raw
        clean = {
            look.url: look
            for look in (
                with_respelled_urls(look, lambda url: without_parameters(url, drop))
                for look in reversed(pages)
            )
        }
        pages = tuple(reversed(clean.values()))
        told = dict.fromkeys(without_parameters(url, drop) for url in named)
        titles = {without_parameters(url, drop): title for url, title in titles.items()}
        failed = frozenset(without_parameters(url, drop) for url in raw.failed) - _addresses(pages)
        return cls(home, pages, tuple(told), titles, failed, drop, trusting)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The longest text of the links to each address."""
        found: dict[str, str] = dict(self.titles)
        for look in self.looks:
            for anchor in look.anchors:
                if len(anchor.text) > len(found.get(anchor.url, "")):
                    found[anchor.url] = anchor.text[:400]
        return found

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """Every address of a page of the site that is known, the front page apart."""
        known = dict.fromkeys([a.url for look in self.looks for a in look.anchors] + list(self.told))
        return tuple(url for url in known if url != self.home and may_be_page(url))

    @cached_property
    def seen(self) -> dict[str, ParsedPage]:
        """The pages by address, as asked and as answered."""
        return {look.url: look for look in self.looks} | {look.page.url: look for look in self.looks}

    @cached_property
    def families(self) -> tuple[UrlFamily, ...]:
        """Families of addresses, the one with most headlines first."""
        likely = {shape: urls for shape, urls in self._parts() if self._may_be_articles(urls)}
        merged: dict[tuple[UrlShape, bool], list[UrlShape]] = defaultdict(list)
        for shape, urls in likely.items():
            merged[generalized_shape(shape), self._hold_links(urls)].append(shape)
        found = []
        for kin in merged.values():
            rows = sorted((tuple(likely[shape]) for shape in kin), key=len, reverse=True)
            members = tuple(url for row in rows for url in row)
            found.append(UrlFamily(join_shapes(kin), members, self._headlines(members), tuple(rows)))
        return tuple(sorted(found, key=lambda family: -family.headlines))

    def _may_be_articles(self, urls: Sequence[str]) -> bool:
        """Whether headlines lead there, and what was asked of them, if anything, was a page."""
        asked = [url for url in urls if url in self.failed]
        gone = len(asked) >= min(2, len(urls)) and not any(url in self.seen for url in urls)
        return self._headlines(urls) * 2 >= len(urls) and not gone

    def _parts(self) -> Iterator[tuple[UrlShape, list[str]]]:
        """Addresses by shape, sections apart: a shape of which nothing but sections was seen is theirs."""
        for shape, urls in group_by_shape(self.urls).items():
            rest = [url for url in urls if url not in self.sheets and url not in self.further]
            if rest and (len(rest) == len(urls) or any(url in self.seen for url in rest)):
                yield shape, sorted(rest, key=lambda url: len(self.texts.get(url, "")) < MIN_HEADLINE_CHARS)

    @cached_property
    def sheets(self) -> frozenset[str]:
        """Pages seen to hold links rather than text that menus name: sections, whatever their address."""
        often = len(self.looks) * 0.6
        found = set()
        for look in self.looks:
            named = len(self.texts.get(look.url, "")) < MIN_HEADLINE_CHARS
            menued = self.everywhere[look.url] > often and longest_text_run(look) < MIN_ARTICLE_TEXT_CHARS
            if (named or menued) and is_text_scattered(look):
                found |= {look.url} if self._headlines_on(look) >= MIN_LISTING_ENTRIES else set()
        return frozenset(found)

    @cached_property
    def menu(self) -> frozenset[str]:
        """Addresses not looked at that nearly every page links with a short text."""
        often = len(self.looks) * 0.6
        named = (url for url, count in self.everywhere.items() if count > often and url not in self.seen)
        return frozenset(url for url in named if 0 < len(self.texts.get(url, "")) < MIN_HEADLINE_CHARS)

    @cached_property
    def further(self) -> frozenset[str]:
        """Addresses that a pager's link names, and that continue the page it stands on."""
        links = (
            (look.url, a) for look in self.looks for a in look.anchors if len(a.text) < MIN_HEADLINE_CHARS
        )
        return frozenset(a.url for url, a in links if is_pager_link(url, a.url, a.text))

    def _headlines_on(self, look: ParsedPage) -> int:
        """Headlines the page links that its surroundings do not."""
        told = {anchor.url for anchor in look.anchors if len(anchor.text) >= MIN_HEADLINE_CHARS}
        return sum(1 for url in told if not self.surroundings[url])

    def _hold_links(self, urls: Iterable[str]) -> bool:
        """Whether the pages seen of some addresses hold links rather than text."""
        text_runs = [longest_text_run(self.seen[url]) for url in urls if url in self.seen]
        return bool(text_runs) and median(text_runs) < MIN_ARTICLE_TEXT_CHARS / 2

    def _headlines(self, urls: Iterable[str]) -> int:
        return sum(len(self.texts.get(url, "")) >= MIN_HEADLINE_CHARS or url in self.told for url in urls)

    @cached_property
    def articles(self) -> UrlFamily | None:
        """The family of articles: the largest whose pages hold text rather than links."""
        return next(iter(self.article_families), None)

    @cached_property
    def article_families(self) -> tuple[UrlFamily, ...]:
        """Families whose pages, as far as seen, hold text rather than links."""
        found = []
        for family in self.families:
            text_runs = [longest_text_run(self.seen[url]) for url in family.urls if url in self.seen]
            text_runs = [length for length in text_runs if length]
            if (
                text_runs
                and median(text_runs) >= MIN_ARTICLE_TEXT_CHARS
                and family.headlines >= MIN_LISTING_ENTRIES
            ):
                found.append(family)
        found += self.unseen if self.trusting else ()
        found.sort(key=lambda family: -family.headlines)
        most = max((family.headlines for family in found), default=0)
        return tuple(family for family in found if family.headlines * 8 >= most)

    @cached_property
    def unseen(self) -> tuple[UrlFamily, ...]:
        """Families with a number in their form that many headlines lead to, and of which no page was seen."""
        dark = (one for one in self.families if not any(url in self.seen for url in one.urls))
        formed = (one for one in dark if any(r"\d" in token for token in one.shape.tokens))
        return tuple(one for one in formed if one.headlines >= MIN_UNVISITED_HEADLINES)

    @cached_property
    def article_pattern(self) -> tuple[re.Pattern[str], ...]:
        """The compiled patterns of articles."""
        return tuple(re.compile(family.pattern) for family in self.article_families)

    def is_article(self, url: str) -> bool:
        """Whether an address has the form of an article's."""
        if url == self.home or url in self.sheets or url in self.menu or url in self.further:
            return False
        return may_be_page(url) and self.is_formed(url)

    def is_formed(self, url: str) -> bool:
        """Whether the article patterns match, which on some sites they do on sections, too."""
        text = path_and_query(url)
        return any(pattern.search(text) for pattern in self.article_pattern)

    @cached_property
    def article_looks(self) -> tuple[ParsedPage, ...]:
        """The article pages seen, those with hardly any text apart."""
        own = [look for look in self.looks if self.is_article(look.url) or self.is_article(look.page.url)]
        return tuple(look for look in own if longest_text_run(look) >= 150)

    @cached_property
    def everywhere(self) -> Counter[str]:
        """On how many pages each address is linked."""
        return Counter(url for look in self.looks for url in {anchor.url for anchor in look.anchors})

    @cached_property
    def listings(self) -> tuple[ParsedPage, ...]:
        """The pages that list articles, the front page apart."""
        return tuple(look for look in self.looks if look.url != self.home and self._lists(look))

    def _lists(self, look: ParsedPage) -> bool:
        if self.is_article(look.url) or self.is_article(look.page.url) or not self.articles:
            return False
        small = len(self.articles.urls) < SMALL_SITE_ARTICLES
        return len(self.entries(look)) >= (1 if small else MIN_LISTING_ENTRIES)

    def entries(self, look: ParsedPage) -> tuple[str, ...]:
        """The articles a page lists: linked on it more often than its surroundings link them everywhere."""
        found = Counter(a.url for a in look.anchors if self.is_article(a.url))
        return tuple(url for url, count in found.items() if count > self.surroundings[url])

    @cached_property
    def surroundings(self) -> Counter[str]:
        """How often each address is linked on nearly every page."""
        counts: dict[str, list[int]] = defaultdict(list)
        for look in self.looks:
            for url, count in Counter(anchor.url for anchor in look.anchors).items():
                counts[url].append(count)
        most = len(self.looks) * 0.6
        return Counter({url: min(seen) for url, seen in counts.items() if len(seen) > most})


def _addresses(looks: Iterable[ParsedPage]) -> set[str]:
    return {url for look in looks for url in (look.url, look.page.url)}


def longest_text_run(look: ParsedPage) -> int:
    """Characters of the longest run of lines without a headline link between them."""
    return max(text_runs(look))


def text_runs(look: ParsedPage) -> list[int]:
    """Characters of each run of lines without a headline link between them."""
    found = [0]
    for line in look.lines:
        if line.is_link and len(line.text) >= 12:
            found.append(0)
        elif len(line.text) >= 40:
            found[-1] += len(line.text) - line.linked
    return found


def is_text_scattered(look: ParsedPage) -> bool:
    """Whether a page's text stands in several pieces between links, or there is hardly any."""
    longest = sorted(text_runs(look), reverse=True)
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
