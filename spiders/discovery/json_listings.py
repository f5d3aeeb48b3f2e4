"""Links of JSON listings: entries and the next page in an API's answer, by the profile's `[listing.json]`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from spiders.discovery.link_collector import DiscoveredLinks, LinkCollector
from spiders.items import Hints, Page
from spiders.markup.json import fill_template, is_json, parse_json, value_at, value_text, value_time
from spiders.profile.site_profile import JsonListing, SiteProfile

PAGE_PLACEHOLDER = "{page}"


def is_json_listing(page: Page, profile: SiteProfile) -> bool:
    """Return True when the page is JSON and the profile has `[listing.json]`."""
    return profile.listing.as_json is not None and page.kind in {"seed", "listing"} and is_json(page.body)


def is_guessed_page(page: Page, profile: SiteProfile) -> bool:
    """Return True for a further page whose address was made by counting on: the API may answer 400 or 404."""
    rule = profile.listing.as_json
    if rule is None or rule.next is None or PAGE_PLACEHOLDER not in rule.next or page.kind != "listing":
        return False
    return rule.pages is None and _listing_page_number(page.url, rule.next) > 1


def from_json_listing(page: Page, profile: SiteProfile) -> DiscoveredLinks:
    """Return the links of the entries, with titles and dates, and of the next page."""
    rule = profile.listing.as_json
    assert rule
    collector = LinkCollector(page, profile)
    try:
        document = parse_json(page.body, page.header("content-type"))
    except ValueError as error:
        collector.note_trouble(f"unreadable JSON: {error}")
        return collector.collected()
    entries = _entries(document, rule, collector)
    missing = sum(not _take_entry(entry, rule, collector) for entry in entries)
    if missing:
        collector.note_trouble(f"{missing} of {len(entries)} entries have no address like {rule.url}")
    if missing == len(entries):  # an empty page is the end; one we cannot read says nothing of a next one
        return collector.collected()
    uncertain = _take_next_page(document, rule, collector)
    discovered = collector.collected()
    links = tuple(
        replace(link, counted=True) if uncertain and link.next_page else link for link in discovered.links
    )
    return replace(discovered, links=links)


def _entries(document: Any, rule: JsonListing, collector: LinkCollector) -> list[Any]:  # noqa: ANN401 - JSON is anything
    entries = value_at(document, rule.items)
    if isinstance(entries, dict):
        return list(entries.values())
    if not isinstance(entries, list):
        collector.note_trouble(f"no list of entries at `{rule.items or 'the top'}`")
        return []
    return entries


def _take_entry(entry: object, rule: JsonListing, collector: LinkCollector) -> bool:
    href = fill_template(rule.url, entry)
    hints = Hints(
        title=" ".join(value_text(value_at(entry, rule.title)).split()) or None if rule.title else None,
        date=value_time(value_at(entry, rule.date)) or None if rule.date else None,
        source="listing",
        form=rule.form,
    )
    if href is None or collector.resolve(href) is None:
        return False
    collector.add(href, hints, presumed="article")
    return True


def _take_next_page(document: object, rule: JsonListing, collector: LinkCollector) -> bool:
    """Add the next page; return True when its address was made by counting on."""
    if rule.next is None:
        return False
    number = _listing_page_number(collector.page.url, rule.next)
    pages = value_text(value_at(document, rule.pages)) if rule.pages else ""
    if PAGE_PLACEHOLDER in rule.next and pages.isdecimal() and number >= int(pages):
        return False
    href = fill_template(rule.next.replace(PAGE_PLACEHOLDER, str(number + 1)), document)
    if href:
        collector.add(href, kind="listing", next_page=True)
    return PAGE_PLACEHOLDER in rule.next and not pages.isdecimal() and number > 1


def _listing_page_number(url: str, template: str) -> int:
    """Number of this page, read where the template puts it; 1 when the address has none."""
    before = template.partition(PAGE_PLACEHOLDER)[0]
    parameter = re.search(r"[^/?&]+/?$", before)  # `page=`, or the part of a path before the number's
    page_match = re.search(rf"[/?&]{re.escape(parameter[0])}(\d+)", url) if parameter else None
    return int(page_match[1]) if page_match else 1
