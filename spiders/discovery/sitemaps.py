"""Links of sitemaps: indexes, URL sets with lastmod and news extension, plain lists of addresses."""

from __future__ import annotations

import re

from lxml import etree

from spiders.discovery.feeds import from_feed
from spiders.discovery.link_collector import DiscoveredLinks, LinkCollector
from spiders.items import Hints, Page
from spiders.markup.html import Element
from spiders.markup.xml import gunzip, xml_text
from spiders.profile.site_profile import SiteProfile

FEED_ROOTS = frozenset({"rss", "feed", "RDF"})  # the protocol allows a feed as a sitemap
ADDRESS_LINE = re.compile(r"(?m)^\s*(https?://\S+)\s*$")


def from_sitemap(page: Page, profile: SiteProfile) -> DiscoveredLinks:
    """Return the links of a sitemap: further sitemaps, or pages with lastmod, news title and date."""
    collector = LinkCollector(page, profile)
    body, gzip_trouble = gunzip(page.body)
    if gzip_trouble:
        collector.note_trouble(gzip_trouble)
    text = xml_text(body, page.header("content-type"))
    if "<" not in text:
        _take_address_lines(text, collector)
        return collector.collected()
    root = _sitemap_root(text, collector)
    if root is not None and _local_name(root) in FEED_ROOTS:
        return from_feed(page, profile)
    if root is not None:
        _take_entries(root, collector)
    return collector.collected()


def _sitemap_root(text: str, collector: LinkCollector) -> Element | None:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        collector.note_trouble(f"unreadable sitemap: {error}")
        return None
    if root is None:
        collector.note_trouble("unreadable sitemap: no element in it")
        return None
    worst = next(iter(parser.error_log), None)
    if worst is not None and _local_name(root) in ("urlset", "sitemapindex"):
        collector.note_trouble(f"malformed sitemap, line {worst.line}: {worst.message}")
    return root


def _local_name(node: Element) -> str:
    return str(node.tag).rpartition("}")[2].rpartition(":")[2]


def _take_entries(root: Element, collector: LinkCollector) -> None:
    entries = [node for node in root.iter("{*}url", "{*}sitemap") if _local_name(node) in ("url", "sitemap")]
    if _local_name(root) not in ("urlset", "sitemapindex") and not entries:
        collector.note_trouble(f"not a sitemap: its root is <{_local_name(root)[:40]}>")
        return
    missing = sum(not _take_entry(node, collector) for node in entries)
    if missing:
        collector.note_trouble(f"{missing} of {len(entries)} sitemap entries lead to no page")


def _take_entry(node: Element, collector: LinkCollector) -> bool:
    fields = _entry_fields(node)
    href = fields.get("loc", "")
    if _local_name(node) == "sitemap":
        collector.add(href, Hints(source="sitemap", lastmod=fields.get("lastmod")), kind="sitemap")
    else:
        hints = Hints(
            fields.get("title"), fields.get("publication_date"), "sitemap", None, fields.get("lastmod")
        )
        collector.add(href, hints, presumed=collector.unpatterned)
    return collector.resolve(href) is not None


def _entry_fields(node: Element) -> dict[str, str]:
    """First text of each child element by local name; images and videos have titles of their own."""
    fields: dict[str, str] = {}
    for child in node:
        for part in child.iter() if _local_name(child) == "news" else (child,):
            text = " ".join((part.text or "").split())
            if text:
                fields.setdefault(_local_name(part), text)
    return fields


def _take_address_lines(text: str, collector: LinkCollector) -> None:
    addresses = ADDRESS_LINE.findall(text)
    for href in addresses:
        collector.add(href, Hints(source="sitemap"), presumed=collector.unpatterned)
    if not addresses:
        collector.note_trouble("unreadable sitemap: neither markup nor addresses")
