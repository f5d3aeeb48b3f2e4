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
    _survey_graph: LinkGraph | None = None

    @property
    def indexed(self) -> frozenset[str]:
        """URLs of sitemaps named by a sitemap index."""
        return frozenset(self._indexed_sitemaps)

    @property
    def graph(self) -> LinkGraph:
        """The link graph of the pages so far."""
        if self._survey_graph is None:
            survey_spelling = _in_lower_case if self.folds_case else str
            surveyed_pages = [
                with_respelled_urls(surveyed_page, survey_spelling) for surveyed_page in self.pages.values()
            ]
            surveyed_titles = {survey_spelling(url): title for url, title in self._feed_titles.items()}
            surveyed_urls = map(survey_spelling, self.requested_urls)
            self._survey_graph = LinkGraph.build(
                survey_spelling(self.home.url),
                surveyed_pages,
                surveyed_titles,
                surveyed_urls,
                trust_links=self.requests_stopped,
            )
        return self._survey_graph

    def next_url(self) -> str | None:
        """Return the next URL to request; None when enough pages were explored."""
        if self.folds_case is not None:
            return None  # the last request of an exploration was made
        ignorable_parameters = self.graph.ignorable_parameters
        surveyed_urls = {*self.requested_urls, *self.pages} | {
            without_parameters(url, ignorable_parameters) for url in self.requested_urls
        }
        return next((url for url in self._urls_to_survey() if url not in surveyed_urls), None)

    def stop_requests(self) -> None:
        """Stop requesting pages: the input is a fixed set of saved pages."""
        self.requests_stopped, self._survey_graph = True, None
        for url, surveyed_page in list(self.pages.items()):
            lower_case_url = _in_lower_case(url)
            if (
                lower_case_url != url and lower_case_url in self.requested_urls
            ):  # a recorded exploration tried it
                self.folds_case = (
                    lower_case_url in self.pages and self.pages[lower_case_url].title == surveyed_page.title
                )
                if self.folds_case:
                    del self.pages[lower_case_url]

    def record_failure(self, url: str, failure_reason: str) -> None:
        """Record a request that gave no page."""
        self.requested_urls.append(url)
        self.failures.append(f"{url}: {failure_reason}")

    def add_page(self, fetched_page: Page) -> None:
        """Take a fetched page: robots.txt, a feed or sitemap, a redirect, a page of text."""
        self.requested_urls.append(fetched_page.url)
        self._survey_graph = None
        if fetched_page.url.endswith("/robots.txt"):
            self.robots += fetched_page.body.decode("utf-8", "replace") if fetched_page.status == 200 else ""
        elif self._lower_case_probe and fetched_page.url == self._lower_case_probe[0]:
            surveyed_page = parse_page(fetched_page, self.home) if fetched_page.status == 200 else None
            self.folds_case = surveyed_page is not None and surveyed_page.title == self._lower_case_probe[1]
        elif fetched_page.status in MOVED:
            self._follow_redirect(fetched_page)
        elif fetched_page.status != 200:
            self.failures.append(f"{fetched_page.url}: HTTP {fetched_page.status}")
        elif XML_START.match(fetched_page.body[:200]):
            self._read_feed_or_sitemap(fetched_page)
        elif is_js_shell(fetched_page.body):
            self.js_shells.append(fetched_page.url)
        elif surveyed_page := parse_page(fetched_page, self.home):
            self.pages[surveyed_page.url] = surveyed_page
        else:
            self.failures.append(
                f"{fetched_page.url}: no page of text ({fetched_page.header('content-type') or 'empty'})"
            )

    def _follow_redirect(self, fetched_page: Page) -> None:
        try:
            redirect_target = canonical(fetched_page.header("location") or "", fetched_page.url)
        except BadUrl as error:
            self.failures.append(str(error))
            return
        if fetched_page.url == self.home.url and (
            own_home_url := FrontPage(redirect_target, self.home.hosts).own_spelling(redirect_target)
        ):
            self.home = FrontPage(own_home_url, self.home.hosts)
        else:
            self.failures.append(f"{fetched_page.url}: leads to {redirect_target}")

    def _read_feed_or_sitemap(self, fetched_page: Page) -> None:
        placeholder_profile = SiteProfile(
            key="new",
            name="new",
            domain=self.home.url.split("/")[2].partition(":")[0].removeprefix("www."),
            level="office",
            verified="",
            seeds=(self.home.url,),
        )
        is_sitemap = bool(SITEMAP_ROOT.search(fetched_page.body[:4000]))
        feed_links = (from_sitemap if is_sitemap else from_feed)(fetched_page, placeholder_profile)
        self._indexed_sitemaps += [link.url for link in feed_links.links if link.kind == "sitemap"]
        feed_titles = {link.url: link.hints.title for link in feed_links.links if link.kind != "sitemap"}
        self._feed_titles |= {
            url: title for url, title in feed_titles.items() if not self._feed_titles.get(url)
        }
        if feed_links.links:
            self.feed_pages.append(fetched_page)
            (self.sitemaps if is_sitemap else self.feeds).append(
                FeedCount(fetched_page.url, len(feed_titles))
            )

    def _urls_to_survey(self) -> Iterator[str]:
        yield self.home.url
        yield from self._sitemap_urls()
        yield from self.feed_addresses()[:3]
        if not self.feed_addresses():
            yield from (urljoin(self.home.url, feed_path) for feed_path in COMMON_FEEDS)
        yield from self._family_probe_urls()
        yield from self._article_urls(4)
        yield from self._section_urls()
        yield from self._pager_urls()
        yield from self._shape_probe_urls()
        yield from self._article_urls(MAX_ARTICLE_PAGES)
        yield from self._lower_case_urls()

    def _sitemap_urls(self) -> Iterator[str]:
        robots_sitemaps = SITEMAP_LINE.findall(self.robots)
        yield from (robots_sitemaps or [urljoin(self.home.url, "/sitemap.xml")])[:2]
        yield from self._indexed_sitemaps[:1]
        yield from self._indexed_sitemaps[-1:]

    def feed_addresses(self) -> list[str]:
        """Return the URLs that pages offer as feeds."""
        feed_urls: dict[str, None] = {}
        for surveyed_page in self.pages.values():
            for feed_link in surveyed_page.root.iter("link"):
                if FEED_TYPE.search(feed_link.get("type") or "") and feed_link.get("href"):
                    feed_urls[urljoin(surveyed_page.url, feed_link.get("href") or "")] = None
            linked_urls = (anchor.url for anchor in surveyed_page.site_links)
            feed_urls |= dict.fromkeys(
                url for url in linked_urls if FEED_ADDRESS.search(url[url.index("/", 8) :])
            )
        surveyed_url = (self.home.own_spelling(url) for url in feed_urls if url.startswith("http"))
        return [url for url in dict.fromkeys(surveyed_url) if url and not self.graph.is_article(url)]

    def _family_probe_urls(self) -> Iterator[str]:
        """Yield one or two URLs of each large family, until the article family is known."""
        for family in self.graph.families[:5]:
            if family.headlines >= 3 and not self.graph.articles:
                yield from family.urls[:2]
        if not self.graph.articles:  # a bare front page: look behind the menu
            yield from [
                anchor.url for surveyed_page in self.pages.values() for anchor in surveyed_page.site_links
            ][:8]

    def _article_urls(self, enough_pages: int) -> Iterator[str]:
        """Yield article URLs: one from each listing in turn, then those of the front page."""
        if len(self.graph.article_pages) >= enough_pages:
            return
        article_url_rows = [
            self.graph.listed_articles(surveyed_page) for surveyed_page in self.graph.listings
        ]
        family = self.graph.articles
        article_url_rows += (
            [tuple(url for url in family.urls if url not in self._feed_titles)] if family else []
        )
        for at in range(0, 12, 2):
            yield from (article_urls[at] for article_urls in article_url_rows if len(article_urls) > at)
        yield from family.urls if family else ()

    def _shape_probe_urls(self) -> Iterator[str]:
        """Yield a URL of each article shape without a visited page: files can look like articles."""
        for shape_urls in [
            shape_urls for family in self.graph.article_families for shape_urls in family.shape_groups
        ][:MAX_UNVISITED_SHAPES]:
            if not any(url in self.graph.page_by_url for url in shape_urls):
                yield from shape_urls[:2]

    def _lower_case_urls(self) -> Iterator[str]:
        """Yield an article's URL in lower case, to learn whether the server ignores case."""
        for surveyed_page in self.graph.article_pages:
            if (
                lower_case_url := _in_lower_case(surveyed_page.url)
            ) != surveyed_page.url and surveyed_page.title:
                self._lower_case_probe = (lower_case_url, surveyed_page.title)
                yield lower_case_url
                return

    def _section_urls(self) -> Iterator[str]:
        surveyed_sections = [
            url
            for url in self.requested_urls
            if url not in self._feed_titles and not self.graph.is_article(url)
        ]
        if len(surveyed_sections) < MAX_SECTION_PAGES + 6:
            yield from section_candidates(self.graph, frozenset(self.requested_urls))

    def _pager_urls(self) -> Iterator[str]:
        listings_with_pager = [
            surveyed_page for surveyed_page in self.graph.listings if pager_links(surveyed_page, self.graph)
        ]
        pager_urls = {
            anchor.url
            for surveyed_page in listings_with_pager
            for anchor in pager_links(surveyed_page, self.graph)
        }
        if not pager_urls & set(self.pages):
            yield from (
                pager_links(surveyed_page, self.graph)[0].url for surveyed_page in listings_with_pager[:2]
            )

    @property
    def has_slug_pieces(self) -> bool:
        """Return True when queries carry titles beside the key: such parameters identify nothing."""
        surveyed_hrefs = (
            anchor.node.get("href") or ""
            for surveyed_page in self.pages.values()
            for anchor in surveyed_page.site_links
        )
        return any(
            SLUG_PIECE.fullmatch(query_piece)
            for href in surveyed_hrefs
            for query_piece in href.partition("?")[2].split("&")
        )

    def find_sections(self) -> tuple[ListingSection, ...]:
        """Return the listing sections found so far."""
        return find_sections(self.graph, frozenset(self.requested_urls))


def _in_lower_case(url: str) -> str:
    """URL as a server that ignores case takes it."""
    return fold_url(url, case=True)
