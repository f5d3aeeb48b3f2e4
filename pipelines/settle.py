"""The stages of a page in order: read (CPU, a process pool), then settle (one writer, one transaction)."""

from __future__ import annotations

from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha1
from typing import Any, TypeGuard

from sqlalchemy import Connection

from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.duplicates.cluster import cluster_article
from pipelines.judge import StoredState, judge_article, judge_other, judge_status
from pipelines.read_page import ReadPage
from spiders.items import FailedVisit, Link, Page, Visit
from spiders.outlinks import Outlink
from storage.articles import files
from storage.articles.files import DownloadedFile
from storage.articles.store import ArticleStore, ExtractedArticle, StoredAppearance, content_digest
from storage.frontier.queue import Frontier, VisitRecord
from storage.frontier.tasks import AddedUrls
from storage.records import DiscoveredUrl, FileReading, OfferedFile, Outcome, Reason, UrlKind, Verdict
from storage.runs import candidate_sites as candidates
from storage.runs.candidate_sites import CandidateSighting
from storage.runs.completeness import LinkAccounting
from storage.stories.clusters import StoryClusters

PAGED = {"listing", "seed"}
DISCOVERING = {"seed", "feed", "sitemap", "listing"}
FILES = {"attachment", "image"}
SURGE = 3  # new articles and no other on a page: it may not have had room for all that is new


@dataclass(frozen=True, slots=True)
class SettleContext:
    """Where the pages of one run are settled."""

    frontier: Frontier
    store: ArticleStore


def needs_reading(visit: Visit, payload_digest: str | None) -> bool:
    """Whether a visit brought a page whose article must be read; same bytes are never read twice."""
    if not isinstance(visit, Page) or visit.kind != "article" or visit.status != 200:
        return False
    return visit.capture is None or visit.capture.payload_digest != payload_digest


def brings_file(visit: Visit) -> TypeGuard[Page]:
    """Whether a visit brought the bytes of an attachment or image."""
    return isinstance(visit, Page) and visit.kind in FILES and visit.status == 200


def settle(
    connection: Connection,
    context: SettleContext,
    visit: Visit,
    sheet: ReadPage | FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """Store what a visit came to: links, article or file, frontier row; all in the caller's transaction."""
    if isinstance(visit, FailedVisit):
        return _settle_lost(connection, context, visit)
    if visit.kind in FILES:
        reading = sheet if isinstance(sheet, FileReading) else None
        return _settle_file(connection, context, visit, reading, capture_id)
    assert not isinstance(sheet, FileReading), visit.url
    known = context.store.appearance_at(connection, visit.site, visit.url)
    had = _had(connection, context, visit, sheet, known)
    verdict = _judge(visit, sheet, had)
    spread = _spread(connection, context, visit, (*visit.links, *(sheet.links if sheet else ())))
    _meet(connection, context, (*visit.outlinks, *(sheet.outlinks if sheet else ())), visit.fetched_at)
    article_id = _store(connection, context, visit, _sighting(visit, sheet, capture_id), known, verdict)
    if article_id is not None and sheet is not None:
        _relate(connection, context, visit, article_id, sheet, verdict)
        offer(connection, context, visit, article_id, sheet.offers)
        if verdict.outcome is Outcome.REVISED:  # who corrects a text may have corrected its files
            papers = [each.url for each in sheet.offers if each.kind == "attachment"]
            context.frontier.requeue(connection, papers)
    end = _end(visit, sheet, verdict, capture_id, known)
    context.frontier.record_visit(
        connection, replace(end, accounting=spread.accounting, new_links=spread.new_links)
    )
    return verdict


def _settle_lost(connection: Connection, context: SettleContext, visit: FailedVisit) -> Verdict:
    reason = Reason(visit.reason)
    outcome = Outcome.REFUSED if reason is Reason.ROBOTS else Outcome.FAILED
    verdict = Verdict(outcome, reason, visit.detail)
    if visit.kind in FILES:
        asked = OfferedFile(visit.url, UrlKind(visit.kind), "", reason)
        files.record_no_file(connection, visit.site, asked, outcome, visit.at)
    context.frontier.record_visit(connection, VisitRecord(visit.url, verdict, visit.at, status=visit.status))
    return verdict


def _settle_file(
    connection: Connection,
    context: SettleContext,
    page: Page,
    reading: FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """The end of a visit to a file: its bytes and text, its articles' index, its frontier row."""
    verdict = judge_status(page, StoredState())
    _spread(connection, context, page, page.links)
    if brings_file(page):
        verdict = keep_file(connection, context, page, reading, capture_id)
    elif verdict is not None:
        _without_file(connection, page, verdict)
    assert verdict is not None, page.url
    context.frontier.record_visit(connection, _end(page, None, verdict, capture_id, None))
    return verdict


def keep_file(
    connection: Connection,
    context: SettleContext,
    page: Page,
    reading: FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """Keep the bytes of a file and what was read of them; its articles' index and the feed follow."""
    digest = payload_digest(page)
    before = context.frontier.payload_digest(connection, page.url)
    size, told = len(page.body), page.header("content-type")
    kind = UrlKind(page.kind)
    came = DownloadedFile(page.site, page.url, kind, digest, size, told, capture_id, page.fetched_at)
    kept = files.store_file(connection, came, reading, FILE_READER_VERSION)
    if kept.fresh and kind is UrlKind.ATTACHMENT:
        for article_id in kept.articles:
            context.store.reindex(connection, article_id)
    if kept.changed:
        for article_id in kept.articles:
            context.store.record_file_change(connection, article_id, (page.site, page.url), page.fetched_at)
    if before == digest and not kept.changed:
        return Verdict(Outcome.SAME, Reason.SAME_BYTES, kept.status.value)
    return Verdict(Outcome.KEPT, None, kept.status.value)


def payload_digest(page: Page) -> str:
    """The digest of a page's payload; of its body where no capture tells it (a replay without one)."""
    if page.capture is not None:
        return page.capture.payload_digest
    return f"sha1:{b32encode(sha1(page.body, usedforsecurity=False).digest()).decode()}"


def _without_file(connection: Connection, page: Page, verdict: Verdict) -> None:
    if verdict.outcome is Outcome.SAME:
        files.mark_unchanged(connection, page.site, page.url, page.fetched_at)
        return
    target = next((link for link in page.links if link.kind in FILES), None)
    kind = UrlKind(page.kind)
    if target is not None:
        refused = Reason(target.refused) if target.refused else None
        moved_to = OfferedFile(target.url, UrlKind(target.kind), "", refused)
        files.record_redirect(connection, page.site, page.url, moved_to, page.fetched_at)
    offsite = verdict.reason is Reason.REDIRECT_OFFSITE
    asked = OfferedFile(page.url, kind, "", Reason.OFFSITE if offsite else verdict.reason)
    files.record_no_file(connection, page.site, asked, verdict.outcome, page.fetched_at)


def _had(
    connection: Connection,
    context: SettleContext,
    page: Page,
    sheet: ReadPage | None,
    known: StoredAppearance | None,
) -> StoredState:
    text = sheet.result.fingerprint if sheet else None
    elsewhere = (
        known is None and text is not None and context.store.article_with_text(connection, text) is not None
    )
    digest = context.frontier.payload_digest(connection, page.url)
    return StoredState(digest, known.content if known else None, elsewhere)


def _judge(page: Page, sheet: ReadPage | None, had: StoredState) -> Verdict:
    verdict = judge_status(page, had)
    if verdict is not None:
        return verdict
    if sheet is None:
        return Verdict(Outcome.SAME, Reason.SAME_BYTES)
    result = sheet.result
    if result.article is None:
        return judge_other(result.reason or Reason.UNREADABLE, result.detail, had)
    return judge_article(content_digest(result.article), had)


def discovered_urls(links: Iterable[Link]) -> list[DiscoveredUrl]:
    """Links in the frontier's words."""
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


@dataclass(frozen=True, slots=True)
class Spread:
    """What became of a discovery page's links; nothing on other pages."""

    accounting: Mapping[str, Any] | None = None
    new_links: int | None = None  # articles it was the first to tell of, or told to be changed or gone


def _spread(connection: Connection, context: SettleContext, page: Page, links: Iterable[Link]) -> Spread:
    links = tuple(links)
    frontier, behind = context.frontier, context.frontier.is_backlog(page.url)
    told = discovered_urls(link for link in links if not link.next_page)
    added = frontier.add(connection, told, page.fetched_at, behind=behind)
    new_links = added.woken + added.telling
    further = _further(connection, context, page, links, added)
    paged = frontier.add(connection, further, page.fetched_at, behind=behind)
    paging = "none"
    if page.kind in PAGED:
        sightings = [*told, *further]
        turned = frontier.pager.turn_page(connection, page.url, sightings)
        paging = "turned" if turned else "known" if any(link.next_page for link in links) else "end"
    if page.kind == "sitemap" and page.status == 200 and told:
        new_links += frontier.drop_from_sitemap(connection, page.url)
    if page.kind not in DISCOVERING:
        return Spread()
    if page.status != 200:
        return Spread(new_links=0 if page.status == 304 else None)
    if _knows_nothing(told, new_links):
        frontier.wake_roots(connection)
    refused = Counter(link.refused for link in links if link.refused)
    sieved = added.refused + paged.refused
    accounting = LinkAccounting(
        seen=len(links),
        new=added.new + paged.new - sieved,
        known=added.known + paged.known - (refused.total() - sieved),
        refused=dict(sorted(refused.items())),
        unbelieved=sum(link.next_page for link in links) - len(further),
        paging=paging,
    )
    return Spread(accounting.as_json(), new_links)


def _further(
    connection: Connection, context: SettleContext, page: Page, links: Iterable[Link], added: AddedUrls
) -> list[DiscoveredUrl]:
    """The further pages that a listing's page tells of, as far as they are believed.

    A page that shows nothing its listing has not shown before leads no further: a server may repeat its
    last page for ever, or offer a next one without an end.
    """
    pagers = [link for link in links if link.next_page]
    if not pagers:
        return []
    pager = context.frontier.pager
    fresh = pager.fresh(connection, page.url, discovered_urls(link for link in links if not link.next_page))
    if not pager.leads_on(connection, page.url, fresh):
        return []
    return discovered_urls(link for link in pagers if added.new or not link.counted)


def _knows_nothing(told: list[DiscoveredUrl], new_links: int) -> bool:
    """Whether a page shows articles and none that was known: there may be more than it shows."""
    articles = sum(each.kind is UrlKind.ARTICLE and not each.refused for each in told)
    return articles >= SURGE and new_links >= articles


def _meet(connection: Connection, context: SettleContext, outlinks: Iterable[Outlink], at: datetime) -> None:
    seen = [
        CandidateSighting(link.host, link.url, link.text, link.found_on, link.reason) for link in outlinks
    ]
    candidates.record_sightings(connection, context.frontier.site, seen, at)


def _store(
    connection: Connection,
    context: SettleContext,
    page: Page,
    sighting: ExtractedArticle | None,
    known: StoredAppearance | None,
    verdict: Verdict,
) -> int | None:
    """Write what the page shows; the id of the article when it shows another text than before."""
    if verdict.outcome is Outcome.GONE and known:
        context.store.mark_gone(connection, known, page.fetched_at)
    elif verdict.outcome is Outcome.SAME and known:
        context.store.mark_unchanged(connection, known, page.fetched_at)
    elif sighting:
        return _keep(connection, context, sighting, known, verdict)
    return None


def _relate(
    connection: Connection,
    context: SettleContext,
    page: Page,
    article_id: int,
    sheet: ReadPage,
    verdict: Verdict,
) -> None:
    """Put a text that is new into its story; of an exact copy the article is in it already."""
    if sheet.result.article and verdict.outcome is not Outcome.COPY:
        placing = StoryClusters(connection, context.store.run, page.fetched_at)
        new = verdict.outcome is Outcome.NEW
        cluster_article(placing, article_id, sheet.result.article, sheet.sample, new=new)


def offer(
    connection: Connection, context: SettleContext, page: Page, article_id: int, offers: tuple[Link, ...]
) -> None:
    """Tie the article's files to it; its images are asked for now that it is new or changed."""
    told = [
        OfferedFile(
            each.url,
            UrlKind(each.kind),
            each.hints.title or "",
            Reason(each.refused) if each.refused else None,
        )
        for each in offers
    ]
    context.frontier.add(connection, discovered_urls(offers), page.fetched_at)
    for number in files.link_to_article(connection, page.site, page.url, article_id, told, page.fetched_at):
        context.store.reindex(connection, number)


def _sighting(page: Page, sheet: ReadPage | None, capture_id: int | None) -> ExtractedArticle | None:
    result = sheet.result if sheet else None
    if sheet is None or result is None or result.article is None or result.fingerprint is None:
        return None
    return ExtractedArticle(result.article, result.fingerprint, capture_id, page.fetched_at, sheet.prepared)


def _keep(
    connection: Connection,
    context: SettleContext,
    seen: ExtractedArticle,
    known: StoredAppearance | None,
    verdict: Verdict,
) -> int | None:
    if verdict.outcome is Outcome.REVISED and known:
        return context.store.revise(connection, seen, known)
    if verdict.outcome is Outcome.COPY:
        twin = context.store.article_with_text(connection, seen.fingerprint)
        assert twin is not None, seen.article.url
        return context.store.copy(connection, seen, twin)
    if verdict.outcome is Outcome.NEW:
        return context.store.add(connection, seen)
    return None


def _end(
    page: Page,
    sheet: ReadPage | None,
    verdict: Verdict,
    capture_id: int | None,
    known: StoredAppearance | None,
) -> VisitRecord:
    article = sheet.result.article if sheet else None
    published = article.published if article else known.appearance.published if known else None
    bodied = page.status == 200 and page.capture is not None
    return VisitRecord(
        url=page.url,
        verdict=verdict,
        visited_at=page.fetched_at,
        status=page.status,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        payload_digest=page.capture.payload_digest if bodied and page.capture else None,
        # a revisit record has no body: the next one refers to the capture that has
        capture_id=None if getattr(page.capture, "revisit", False) else capture_id,
        day=published.day if published else None,
        links=_article_links(page) if verdict.outcome is Outcome.DISCOVERED else None,
    )


def _article_links(page: Page) -> int:
    return sum(link.kind == "article" and not link.refused for link in page.links)
