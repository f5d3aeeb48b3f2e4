"""Walks the replicas' listings, feeds and sitemaps by discover() alone, without a socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from crawler.demo.ground_truth import SEED, TruthArticle, build_ground_truth
from crawler.demo.pages import SitePages
from crawler.demo.second_night import replica_night
from crawler.demo.site_systems import SYSTEMS
from spiders.discovery.discover import discover, links_from_pairs
from spiders.items import Link, LinkKind, Page, unique
from spiders.markup.html import decode_markup, parse_html, text_of
from spiders.profile.site_profile import SiteProfile, load_profiles

SCALE = 0.4
WALKED: tuple[LinkKind, ...] = ("seed", "feed", "sitemap", "listing")
PROFILES = load_profiles()
MakePage = Callable[..., Page]
Starts = tuple[tuple[LinkKind, tuple[str, ...]], ...]


@dataclass
class Walk:
    """All that discovery said on the way, and the pages it came by."""

    links: list[Link] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def articles(self) -> dict[str, Link]:
        wanted = (link for link in self.links if link.kind == "article" and link.refused is None)
        return {link.url: link for link in unique(wanted)}


class Walker:
    """Asks one replica as the spider would, every page once."""

    def __init__(self, site: str, make_page: MakePage) -> None:
        self.profile: SiteProfile = PROFILES[site]
        self._pages = SitePages(SYSTEMS[site], replica_night(1, SEED, SCALE))
        self._make_page = make_page

    def page(self, url: str, kind: LinkKind) -> Page:
        path = url.removeprefix(f"https://{self.profile.domain}")
        assert path.startswith("/"), f"{url} is not on the site"
        reply = self._pages.reply(path)
        assert reply.status == 200, url
        return self._make_page(reply.body, kind, url, reply.content_type)

    def walk(self, starts: Starts, kinds: tuple[LinkKind, ...] = WALKED) -> Walk:
        queue = deque((url, kind) for kind, urls in starts for url in urls)
        seen = {url for url, _ in queue}
        walk = Walk()
        while queue:
            page = self.page(*queue.popleft())
            found = discover(page, self.profile)
            walk.pages.append(page)
            walk.links += found.links
            walk.trouble += found.trouble
            for link in found.links:
                wanted = link.refused is None and link.kind in kinds and "/tim-kiem" not in link.url
                if wanted and link.url not in seen:
                    seen.add(link.url)
                    queue.append((link.url, link.kind))
        return walk

    def everything(self) -> Walk:
        told = self.profile.discover
        return self.walk(
            (
                ("seed", self.profile.seeds),
                ("feed", told.feeds),
                ("sitemap", told.sitemaps),
                ("listing", told.listings),
            )
        )


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def walked(request: pytest.FixtureRequest, make_page: MakePage) -> tuple[str, Walker, Walk]:
    walker = Walker(request.param, make_page)
    return request.param, walker, walker.everything()


def _truth(site: str) -> tuple[TruthArticle, ...]:
    return next(told.articles for told in build_ground_truth(1, scale=SCALE).sites if told.key == site)


def test_every_article_is_found_and_nothing_else(walked: tuple[str, Walker, Walk]) -> None:
    site, _, walk = walked
    system = SYSTEMS[site]
    truth = {article.url for article in _truth(site)}
    found = set(walk.articles())
    assert len(truth) >= 80
    assert truth - found == set()
    assert found - truth <= {system.home.rstrip("/") + path for path in (system.soft_404, system.dead)}
    assert walk.trouble == []


def test_articles_carry_the_date_their_listing_or_feed_shows(walked: tuple[str, Walker, Walk]) -> None:
    site, walker, walk = walked
    rule = walker.profile.listing.date
    if rule is None:
        assert SYSTEMS[site].dates.startswith("page")  # its articles print their own
        return
    found = walk.articles()
    dated = [article for article in _truth(site) if article.published]
    assert len(dated) >= 80
    for article in dated:
        hints, day = found[article.url].hints, article.published.day  # type: ignore[union-attr]
        assert hints.title == " ".join(article.title.split())
        if hints.source == "listing":
            assert f"{day:%d/%m/%Y}" in (hints.date or ""), article.url
            assert hints.form == rule.form
        else:
            assert hints.source == "feed"
            assert f"{day:%d %b %Y}" in (hints.date or ""), article.url


def test_undated_articles_get_no_date(walked: tuple[str, Walker, Walk]) -> None:
    site, _, walk = walked
    found = walk.articles()
    assert [a.url for a in _truth(site) if a.published is None and found[a.url].hints.date] == []


def test_feeds_alone_date_what_they_hold(make_page: MakePage) -> None:
    for site in sorted(SYSTEMS):
        walker = Walker(site, make_page)
        links = walker.walk((("feed", walker.profile.discover.feeds),)).links
        assert all(link.hints.date and link.hints.source == "feed" for link in links)
        assert bool(links) == bool(walker.profile.discover.feeds)


def test_sitemaps_alone_find_every_article(make_page: MakePage) -> None:
    mapped = [site for site in sorted(SYSTEMS) if PROFILES[site].discover.sitemaps]
    assert len(mapped) >= 2
    for site in mapped:
        walker = Walker(site, make_page)
        walk = walker.walk((("sitemap", walker.profile.discover.sitemaps),), kinds=("sitemap",))
        found = walk.articles()
        assert all(found[article.url].hints.lastmod for article in _truth(site))


def test_article_pages_lead_to_their_attachments(walked: tuple[str, Walker, Walk]) -> None:
    site, walker, _ = walked
    papers = [article for article in _truth(site) if article.attachments]
    assert papers
    for article in papers[:20]:
        page = walker.page(article.url, "article")
        links = {link.url: link for link in discover(page, walker.profile).links}
        for file in article.attachments:
            assert links[file.url].kind == "attachment"
            assert links[file.url].hints.title


def test_links_read_elsewhere_give_the_same(walked: tuple[str, Walker, Walk]) -> None:
    site, walker, _ = walked
    page = walker.page(_truth(site)[-1].url, "article")
    root, _ = parse_html(decode_markup(page.body))
    assert root is not None
    pairs = [(node.get("href") or "", text_of(node)) for node in root.iter("a")]
    assert links_from_pairs(pairs, page, walker.profile) == discover(page, walker.profile)


def test_every_pager_leads_to_the_end(walked: tuple[str, Walker, Walk]) -> None:
    site, _, walk = walked
    system = SYSTEMS[site]
    pagers = {link.url for link in walk.links if link.next_page}
    visited = {page.url for page in walk.pages}
    assert len(pagers) >= 4
    assert {url for url in pagers if url.startswith(system.home)} <= visited
