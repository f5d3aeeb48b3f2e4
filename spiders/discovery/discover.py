"""Link discovery: choose the reader for a page (feed, sitemap, listing, article), return its links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from spiders.discovery.feeds import from_feed
from spiders.discovery.json_listings import from_json_listing, is_json_listing
from spiders.discovery.link_collector import NO_HINTS, LinkCollector
from spiders.discovery.link_collector import DiscoveredLinks as DiscoveredLinks
from spiders.discovery.listings import from_article, from_listing
from spiders.discovery.sitemaps import from_sitemap
from spiders.items import Hints, Link, LinkKind, Page
from spiders.profile.site_profile import SiteProfile

READERS: Mapping[LinkKind, Callable[[Page, SiteProfile], DiscoveredLinks]] = {
    "seed": from_listing,
    "listing": from_listing,
    "feed": from_feed,
    "sitemap": from_sitemap,
    "article": from_article,
}


def discover(page: Page, profile: SiteProfile) -> DiscoveredLinks:
    """Return the links of a page; what cannot be read becomes a line of `trouble`, nothing is raised."""
    if is_json_listing(page, profile):
        return from_json_listing(page, profile)
    reader = READERS.get(page.kind)
    return reader(page, profile) if reader else DiscoveredLinks()


def article_file_links(
    files: Iterable[tuple[str, str]], images: Iterable[tuple[str, str]], page: Page, profile: SiteProfile
) -> tuple[Link, ...]:
    """Return links to the files and images an article offers, given as (href, name) pairs, once each by URL.

    Images only when the profile has `[fetch] images`; refused addresses are included with their reason.
    """
    collector = LinkCollector(page, profile)
    for href, name in files:
        collector.add(href, Hints(title=name), kind="attachment")
    if profile.fetch.images:
        for href, name in images:
            collector.add_image(href, Hints(title=name or None))
    return collector.collected().links


def links_from_pairs(pairs: Iterable[tuple[str, str]], page: Page, profile: SiteProfile) -> DiscoveredLinks:
    """Return the discovered links of an article whose (href, link text) pairs were already extracted.

    A relative href is resolved against the page's final URL; `<base href>` is the reader's to apply.
    """
    collector = LinkCollector(page, profile)
    for href, text in pairs:
        collector.note_outlink(href, text)
        resolved = collector.resolve(href)
        named = resolved is not None and resolved[1].kind == "attachment"
        collector.add(href, Hints(title=" ".join(text.split()) or None) if named else NO_HINTS)
    return collector.collected()
