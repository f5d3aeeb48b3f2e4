"""Survey: the state of one exploration; takes fetched pages and says which URL to request next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from spiders.discovery.feeds import from_feed
from spiders.discovery.sitemaps import from_sitemap
from spiders.explore.ignorable_parameters import without_parameters
from spiders.explore.link_graph import LinkGraph
from spiders.explore.page import SLUG_PIECE, FrontPage, ParsedPage, parse_page, with_respelled_urls
from spiders.explore.pagers import pager_links
from spiders.explore.sections import ListingSection, find_sections, section_candidates
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from spiders.responses.js_shell import is_js_shell
from spiders.urls.canonical import fold_url
from spiders.urls.classify import BadUrl, canonical

SITEMAP_LINE = re.compile(r"(?im)^\s*sitemap\s*:\s*(\S+)")
FEED_TYPE = re.compile(r"(?i)application/(?:rss|atom)\+xml")
FEED_ADDRESS = re.compile(r"(?i)(?:^|[/._-])(?:rss|feed|atom)(?:$|[/._?-])")
XML_START = re.compile(rb"(?i)^(?:\xef\xbb\xbf)?\s*<(?:\?xml|rss|feed|urlset|sitemapindex|rdf)")
SITEMAP_ROOT = re.compile(rb"<(?:urlset|sitemapindex)")
MOVED = {301, 302, 303, 307, 308}
MAX_ARTICLE_PAGES = 10
MAX_SECTION_PAGES = 16
MAX_UNVISITED_SHAPES = 6
COMMON_FEEDS = ("/rss", "/feed")


@dataclass(frozen=True, slots=True)
class FeedCount:
    """A feed or sitemap that was read, with the number of the site's pages it names."""

    url: str
    pages: int


@dataclass(slots=True)
class Survey:
    """State of one site's exploration: `add_page` takes a fetched page, `next_url` gives the next request."""

    home: FrontPage
    robots: str = ""
    pages: dict[str, ParsedPage] = field(default_factory=dict)
    requested_urls: list[str] = field(default_factory=list)
    feeds: list[FeedCount] = field(default_factory=list)
    sitemaps: list[FeedCount] = field(default_factory=list)
    feed_pages: list[Page] = field(default_factory=list)  # feeds and sitemaps as they came
    failures: list[str] = field(default_factory=list)  # one line for each failed request
    js_shells: list[str] = field(default_factory=list)  # URLs of pages that only scripts would fill
    requests_stopped: bool = False  # no more pages can be requested
    folds_case: bool | None = None  # whether the server ignores case (IIS); none = not tried
    _lower_case_probe: tuple[str, str] | None = None  # an article's address in lower case, and its title
    _feed_titles: dict[str, str | None] = field(
        default_factory=dict
    )  # by feeds and sitemaps: address → title
    _indexed_sitemaps: list[str] = field(default_factory=list)  # sitemaps named by an index
    _graph: LinkGraph | None = None

    @property
    def indexed(self) -> frozenset[str]:
        """URLs of sitemaps named by a sitemap index."""
        return frozenset(self._indexed_sitemaps)

    @property
    def graph(self) -> LinkGraph:
        """The link graph of the pages so far."""
        if self._graph is None:
            spell = _in_lower_case if self.folds_case else str
            parsed_pages = [with_respelled_urls(parsed, spell) for parsed in self.pages.values()]
            named = {spell(url): title for url, title in self._feed_titles.items()}
            tried = map(spell, self.requested_urls)
            self._graph = LinkGraph.build(
                spell(self.home.url), parsed_pages, named, tried, trust_links=self.requests_stopped
            )
        return self._graph

    def next_url(self) -> str | None:
        """Return the next URL to request; None when enough pages were explored."""
        if self.folds_case is not None:
            return None  # the last request of an exploration was made
        drop = self.graph.ignorable_parameters
        requested = {*self.requested_urls, *self.pages} | {
            without_parameters(url, drop) for url in self.requested_urls
        }
        return next((url for url in self._wanted_urls() if url not in requested), None)

    def stop_requests(self) -> None:
        """Stop requesting pages: the input is a fixed set of saved pages."""
        self.requests_stopped, self._graph = True, None
        for url, parsed in list(self.pages.items()):
            lower = _in_lower_case(url)
            if lower != url and lower in self.requested_urls:  # a recorded exploration tried it
                self.folds_case = lower in self.pages and self.pages[lower].title == parsed.title
                if self.folds_case:
                    del self.pages[lower]

    def record_failure(self, url: str, why: str) -> None:
        """Record a request that gave no page."""
        self.requested_urls.append(url)
        self.failures.append(f"{url}: {why}")

    def add_page(self, page: Page) -> None:
        """Take a fetched page: robots.txt, a feed or sitemap, a redirect, a page of text."""
        self.requested_urls.append(page.url)
        self._graph = None
        if page.url.endswith("/robots.txt"):
            self.robots += page.body.decode("utf-8", "replace") if page.status == 200 else ""
        elif self._lower_case_probe and page.url == self._lower_case_probe[0]:
            parsed = parse_page(page, self.home) if page.status == 200 else None
            self.folds_case = parsed is not None and parsed.title == self._lower_case_probe[1]
        elif page.status in MOVED:
            self._follow(page)
        elif page.status != 200:
            self.failures.append(f"{page.url}: HTTP {page.status}")
        elif XML_START.match(page.body[:200]):
            self._read_xml(page)
        elif is_js_shell(page.body):
            self.js_shells.append(page.url)
        elif parsed := parse_page(page, self.home):
            self.pages[parsed.url] = parsed
        else:
            self.failures.append(f"{page.url}: no page of text ({page.header('content-type') or 'empty'})")

    def _follow(self, page: Page) -> None:
        try:
            target = canonical(page.header("location") or "", page.url)
        except BadUrl as error:
            self.failures.append(str(error))
            return
        if page.url == self.home.url and (own := FrontPage(target, self.home.hosts).own_spelling(target)):
            self.home = FrontPage(own, self.home.hosts)
        else:
            self.failures.append(f"{page.url}: leads to {target}")

    def _read_xml(self, page: Page) -> None:
        placeholder_profile = SiteProfile(
            key="new",
            name="new",
            domain=self.home.url.split("/")[2].partition(":")[0].removeprefix("www."),
            level="office",
            verified="",
            seeds=(self.home.url,),
        )
        is_map = bool(SITEMAP_ROOT.search(page.body[:4000]))
        discovered = (from_sitemap if is_map else from_feed)(page, placeholder_profile)
        self._indexed_sitemaps += [link.url for link in discovered.links if link.kind == "sitemap"]
        named = {link.url: link.hints.title for link in discovered.links if link.kind != "sitemap"}
        self._feed_titles |= {url: title for url, title in named.items() if not self._feed_titles.get(url)}
        if discovered.links:
            self.feed_pages.append(page)
            (self.sitemaps if is_map else self.feeds).append(FeedCount(page.url, len(named)))

    def _wanted_urls(self) -> Iterator[str]:
        yield self.home.url
        yield from self._sitemap_urls()
        yield from self.feed_addresses()[:3]
        if not self.feed_addresses():
            yield from (urljoin(self.home.url, path) for path in COMMON_FEEDS)
        yield from self._family_probe_urls()
        yield from self._article_urls(4)
        yield from self._section_urls()
        yield from self._pager_urls()
        yield from self._shape_probe_urls()
        yield from self._article_urls(MAX_ARTICLE_PAGES)
        yield from self._lower_case_urls()

    def _sitemap_urls(self) -> Iterator[str]:
        named = SITEMAP_LINE.findall(self.robots)
        yield from (named or [urljoin(self.home.url, "/sitemap.xml")])[:2]
        yield from self._indexed_sitemaps[:1]
        yield from self._indexed_sitemaps[-1:]

    def feed_addresses(self) -> list[str]:
        """Return the URLs that pages offer as feeds."""
        addresses: dict[str, None] = {}
        for parsed in self.pages.values():
            for node in parsed.root.iter("link"):
                if FEED_TYPE.search(node.get("type") or "") and node.get("href"):
                    addresses[urljoin(parsed.url, node.get("href") or "")] = None
            urls = (anchor.url for anchor in parsed.site_links)
            addresses |= dict.fromkeys(url for url in urls if FEED_ADDRESS.search(url[url.index("/", 8) :]))
        own = (self.home.own_spelling(url) for url in addresses if url.startswith("http"))
        return [url for url in dict.fromkeys(own) if url and not self.graph.is_article(url)]

    def _family_probe_urls(self) -> Iterator[str]:
        """Yield one or two URLs of each large family, until the article family is known."""
        for family in self.graph.families[:5]:
            if family.headlines >= 3 and not self.graph.articles:
                yield from family.urls[:2]
        if not self.graph.articles:  # a bare front page: look behind the menu
            yield from [anchor.url for parsed in self.pages.values() for anchor in parsed.site_links][:8]

    def _article_urls(self, enough: int) -> Iterator[str]:
        """Yield article URLs: one from each listing in turn, then those of the front page."""
        if len(self.graph.article_pages) >= enough:
            return
        rows = [self.graph.listed_articles(parsed) for parsed in self.graph.listings]
        family = self.graph.articles
        rows += [tuple(url for url in family.urls if url not in self._feed_titles)] if family else []
        for at in range(0, 12, 2):
            yield from (row[at] for row in rows if len(row) > at)
        yield from family.urls if family else ()

    def _shape_probe_urls(self) -> Iterator[str]:
        """Yield a URL of each article shape without a visited page: files can look like articles."""
        for row in [row for family in self.graph.article_families for row in family.shape_groups][
            :MAX_UNVISITED_SHAPES
        ]:
            if not any(url in self.graph.page_by_url for url in row):
                yield from row[:2]

    def _lower_case_urls(self) -> Iterator[str]:
        """Yield an article's URL in lower case, to learn whether the server ignores case."""
        for parsed in self.graph.article_pages:
            if (lower := _in_lower_case(parsed.url)) != parsed.url and parsed.title:
                self._lower_case_probe = (lower, parsed.title)
                yield lower
                return

    def _section_urls(self) -> Iterator[str]:
        requested = [
            url
            for url in self.requested_urls
            if url not in self._feed_titles and not self.graph.is_article(url)
        ]
        if len(requested) < MAX_SECTION_PAGES + 6:
            yield from section_candidates(self.graph, frozenset(self.requested_urls))

    def _pager_urls(self) -> Iterator[str]:
        paged = [parsed for parsed in self.graph.listings if pager_links(parsed, self.graph)]
        further = {anchor.url for parsed in paged for anchor in pager_links(parsed, self.graph)}
        if not further & set(self.pages):
            yield from (pager_links(parsed, self.graph)[0].url for parsed in paged[:2])

    @property
    def has_slug_pieces(self) -> bool:
        """Return True when queries carry titles beside the key: such parameters identify nothing."""
        hrefs = (
            anchor.node.get("href") or "" for parsed in self.pages.values() for anchor in parsed.site_links
        )
        return any(
            SLUG_PIECE.fullmatch(piece) for href in hrefs for piece in href.partition("?")[2].split("&")
        )

    def find_sections(self) -> tuple[ListingSection, ...]:
        """Return the listing sections found so far."""
        return find_sections(self.graph, frozenset(self.requested_urls))


def _in_lower_case(url: str) -> str:
    """URL as a server that ignores case takes it."""
    return fold_url(url, case=True)
