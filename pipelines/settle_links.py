"""Settle the links of a page: into the frontier, the pager and the list of candidate sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from spiders.items import Link, Page
from spiders.outlinks import Outlink
from storage.articles.store import ArticleStore
from storage.frontier.queue import Frontier
from storage.frontier.tasks import AddedUrls
from storage.frontier.url_rows import UrlRows
from storage.records import DiscoveredUrl, Reason, UrlKind
from storage.runs import candidate_sites
from storage.runs.candidate_sites import CandidateSighting
from storage.runs.completeness import LinkAccounting

PAGED_KINDS = {"listing", "seed"}
DISCOVERY_KINDS = {"seed", "feed", "sitemap", "listing"}
MIN_SURGE_ARTICLES = 3  # all new on one page: it may not have had room for all that is new


@dataclass(frozen=True, slots=True)
class SettleContext:
    """Where the pages of one run are settled: the site's frontier and the article store."""

    frontier: Frontier
    store: ArticleStore


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What became of a discovery page's links; nothing on other pages."""

    accounting: Mapping[str, Any] | None = None  # LinkAccounting as JSON
    new_links: int | None = None  # articles it was the first to link, or whose change or removal it told


def discovered_urls(links: Iterable[Link]) -> list[DiscoveredUrl]:
    """Return links of pages as URLs for the frontier."""
    return [
        DiscoveredUrl(
            url=link.url,
            kind=UrlKind(link.kind),
            found_on=link.found_on,
            title_hint=link.hints.title,
            date_hint=link.hints.date,
            hint_source=link.hints.source,
            hint_form=link.hints.form,
            lastmod=link.hints.lastmod,
            next_page=link.next_page,
            refused=Reason(link.refused) if link.refused else None,
        )
        for link in links
    ]


def settle_links(
    connection: Connection, context: SettleContext, page: Page, links: Sequence[Link], rows: UrlRows
) -> LinkOutcome:
    """Add a page's links to the frontier and turn its listing's page; `rows`: theirs and the page's own."""
    frontier, backlog = context.frontier, context.frontier.is_backlog(page.url)
    entries = discovered_urls(link for link in links if not link.next_page)
    added = frontier.add(connection, entries, page.fetched_at, backlog=backlog, rows=rows)
    new_links = added.woken + added.telling
    paged = page.kind in PAGED_KINDS
    new_entries = frontier.pager.count_new_entries(page.url, entries, rows) if paged else 0
    further = _further_pages(context, page, links, added, new_entries)
    added_pages = frontier.add(connection, further, page.fetched_at, backlog=backlog, rows=rows)
    paging = "none"
    if paged:
        turned = frontier.pager.turn_page(connection, page.url, further, rows, new_entries)
        paging = "turned" if turned else "known" if any(link.next_page for link in links) else "end"
    if page.kind == "sitemap" and page.status == 200 and entries:
        new_links += frontier.drop_from_sitemap(connection, page.url)
    if page.kind not in DISCOVERY_KINDS:
        return LinkOutcome()
    if page.status != 200:
        return LinkOutcome(new_links=0 if page.status == 304 else None)
    if _shows_only_news(entries, new_links):
        frontier.wake_roots(connection)
    return LinkOutcome(_account(links, added, added_pages, len(further), paging), new_links)


def _account(
    links: Sequence[Link], added: AddedUrls, added_pages: AddedUrls, further: int, paging: str
) -> Mapping[str, Any]:
    refused = Counter(link.refused for link in links if link.refused)
    new_refused = added.refused + added_pages.refused
    accounting = LinkAccounting(
        links=len(links),
        new_links=added.new + added_pages.new - new_refused,
        known_links=added.existing + added_pages.existing - (refused.total() - new_refused),
        refused=dict(sorted(refused.items())),
        not_followed=sum(link.next_page for link in links) - further,
        paging=paging,
    )
    return accounting.as_json()


def _further_pages(
    context: SettleContext, page: Page, links: Iterable[Link], added: AddedUrls, new_entries: int
) -> list[DiscoveredUrl]:
    """Return the further pages that a listing's page links to, unless its pager loops.

    A page number that only our counting says there is counts when the page led to new URLs.
    """
    pager_links = [link for link in links if link.next_page]
    if not pager_links or not context.frontier.pager.leads_on(page.url, new_entries):
        return []
    return discovered_urls(link for link in pager_links if added.new or not link.counted)


def _shows_only_news(entries: list[DiscoveredUrl], new_links: int) -> bool:
    """Whether a page shows articles and none that was known: there may be more than it shows."""
    articles = sum(entry.kind is UrlKind.ARTICLE and not entry.refused for entry in entries)
    return articles >= MIN_SURGE_ARTICLES and new_links >= articles


def record_outlinks(
    connection: Connection, context: SettleContext, outlinks: Iterable[Outlink], at: datetime
) -> None:
    """Keep links to sites that look like unions and have no profile yet."""
    sightings = [
        CandidateSighting(link.host, link.url, link.text, link.found_on, link.reason) for link in outlinks
    ]
    candidate_sites.record_sightings(connection, context.frontier.site, sightings, at)
