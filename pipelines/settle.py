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

from pipelines.attachments.text import READER_VERSION
from pipelines.duplicates.cluster import cluster_article
from pipelines.judge import Had, judge_article, judge_other, judge_status
from pipelines.reader_pool import Sheet
from spiders.items import Link, Lost, Page, Visit
from spiders.outlinks import Outlink
from storage.articles import files
from storage.articles.files import Arrival
from storage.articles.store import ArticleStore, Known, Sighting, content_digest
from storage.frontier.queue import Frontier, Settled
from storage.frontier.tasks import Added
from storage.records import FileReading, Found, Offer, Outcome, Reason, UrlKind, Verdict
from storage.runs import candidate_sites as candidates
from storage.runs.candidate_sites import CandidateSighting
from storage.runs.completeness import LinkAccounting
from storage.stories.clusters import StoryClusters

PAGED = {"listing", "seed"}
DISCOVERING = {"seed", "feed", "sitemap", "listing"}
FILES = {"attachment", "image"}
SURGE = 3  # new articles and no other on a page: it may not have had room for all that is new


@dataclass(frozen=True, slots=True)
class Desk:
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
    desk: Desk,
    visit: Visit,
    sheet: Sheet | FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """Store what a visit came to: links, article or file, frontier row; all in the caller's transaction."""
    if isinstance(visit, Lost):
        return _settle_lost(connection, desk, visit)
    if visit.kind in FILES:
        reading = sheet if isinstance(sheet, FileReading) else None
        return _settle_file(connection, desk, visit, reading, capture_id)
    assert not isinstance(sheet, FileReading), visit.url
    known = desk.store.known_at(connection, visit.site, visit.url)
    had = _had(connection, desk, visit, sheet, known)
    verdict = _judge(visit, sheet, had)
    spread = _spread(connection, desk, visit, (*visit.links, *(sheet.links if sheet else ())))
    _meet(connection, desk, (*visit.outlinks, *(sheet.outlinks if sheet else ())), visit.fetched_at)
    article_id = _store(connection, desk, visit, _sighting(visit, sheet, capture_id), known, verdict)
    if article_id is not None and sheet is not None:
        _relate(connection, desk, visit, article_id, sheet, verdict)
        offer(connection, desk, visit, article_id, sheet.offers)
        if verdict.outcome is Outcome.REVISED:  # who corrects a text may have corrected its files
            papers = [each.url for each in sheet.offers if each.kind == "attachment"]
            desk.frontier.again(connection, papers)
    end = _end(visit, sheet, verdict, capture_id, known)
    desk.frontier.settle(connection, replace(end, haul=spread.haul, fruits=spread.fruits))
    return verdict


def _settle_lost(connection: Connection, desk: Desk, visit: Lost) -> Verdict:
    reason = Reason(visit.reason)
    outcome = Outcome.REFUSED if reason is Reason.ROBOTS else Outcome.FAILED
    verdict = Verdict(outcome, reason, visit.detail)
    if visit.kind in FILES:
        asked = Offer(visit.url, UrlKind(visit.kind), "", reason)
        files.miss(connection, visit.site, asked, outcome, visit.at)
    desk.frontier.settle(connection, Settled(visit.url, verdict, visit.at, status=visit.status))
    return verdict


def _settle_file(
    connection: Connection, desk: Desk, page: Page, reading: FileReading | None, capture_id: int | None
) -> Verdict:
    """The end of a visit to a file: its bytes and text, its articles' index, its frontier row."""
    verdict = judge_status(page, Had())
    _spread(connection, desk, page, page.links)
    if brings_file(page):
        verdict = keep_file(connection, desk, page, reading, capture_id)
    elif verdict is not None:
        _without_file(connection, page, verdict)
    assert verdict is not None, page.url
    desk.frontier.settle(connection, _end(page, None, verdict, capture_id, None))
    return verdict


def keep_file(
    connection: Connection, desk: Desk, page: Page, reading: FileReading | None, capture_id: int | None
) -> Verdict:
    """Keep the bytes of a file and what was read of them; its articles' index and the feed follow."""
    digest = payload_digest(page)
    before = desk.frontier.payload_digest(connection, page.url)
    size, told = len(page.body), page.header("content-type")
    kind = UrlKind(page.kind)
    came = Arrival(page.site, page.url, kind, digest, size, told, capture_id, page.fetched_at)
    kept = files.keep(connection, came, reading, READER_VERSION)
    if kept.fresh and kind is UrlKind.ATTACHMENT:
        for article_id in kept.articles:
            desk.store.reindex(connection, article_id)
    if kept.changed:
        for article_id in kept.articles:
            desk.store.refiled(connection, article_id, (page.site, page.url), page.fetched_at)
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
        files.still(connection, page.site, page.url, page.fetched_at)
        return
    target = next((link for link in page.links if link.kind in FILES), None)
    kind = UrlKind(page.kind)
    if target is not None:
        refused = Reason(target.refused) if target.refused else None
        moved_to = Offer(target.url, UrlKind(target.kind), "", refused)
        files.move(connection, page.site, page.url, moved_to, page.fetched_at)
    offsite = verdict.reason is Reason.REDIRECT_OFFSITE
    asked = Offer(page.url, kind, "", Reason.OFFSITE if offsite else verdict.reason)
    files.miss(connection, page.site, asked, verdict.outcome, page.fetched_at)


def _had(connection: Connection, desk: Desk, page: Page, sheet: Sheet | None, known: Known | None) -> Had:
    text = sheet.result.fingerprint if sheet else None
    elsewhere = known is None and text is not None and desk.store.article_with(connection, text) is not None
    digest = desk.frontier.payload_digest(connection, page.url)
    return Had(digest, known.content if known else None, elsewhere)


def _judge(page: Page, sheet: Sheet | None, had: Had) -> Verdict:
    verdict = judge_status(page, had)
    if verdict is not None:
        return verdict
    if sheet is None:
        return Verdict(Outcome.SAME, Reason.SAME_BYTES)
    result = sheet.result
    if result.article is None:
        return judge_other(result.reason or Reason.UNREADABLE, result.detail, had)
    return judge_article(content_digest(result.article), had)


def found(links: Iterable[Link]) -> list[Found]:
    """Links in the frontier's words."""
    return [
        Found(
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

    haul: Mapping[str, Any] | None = None
    fruits: int | None = None  # articles it was the first to tell of, or told to be changed or gone


def _spread(connection: Connection, desk: Desk, page: Page, links: Iterable[Link]) -> Spread:
    links = tuple(links)
    frontier, behind = desk.frontier, desk.frontier.is_behind(page.url)
    told = found(link for link in links if not link.next_page)
    added = frontier.add(connection, told, page.fetched_at, behind=behind)
    fruits = added.woken + added.telling
    further = _further(connection, desk, page, links, added)
    paged = frontier.add(connection, further, page.fetched_at, behind=behind)
    paging = "none"
    if page.kind in PAGED:
        sightings = [*told, *further]
        turned = frontier.pager.turn_page(connection, page.url, sightings)
        paging = "turned" if turned else "known" if any(link.next_page for link in links) else "end"
    if page.kind == "sitemap" and page.status == 200 and told:
        fruits += frontier.miss(connection, page.url)
    if page.kind not in DISCOVERING:
        return Spread()
    if page.status != 200:
        return Spread(fruits=0 if page.status == 304 else None)
    if _knows_nothing(told, fruits):
        frontier.rouse(connection)
    refused = Counter(link.refused for link in links if link.refused)
    sieved = added.refused + paged.refused
    haul = LinkAccounting(
        seen=len(links),
        new=added.new + paged.new - sieved,
        known=added.known + paged.known - (refused.total() - sieved),
        refused=dict(sorted(refused.items())),
        unbelieved=sum(link.next_page for link in links) - len(further),
        paging=paging,
    )
    return Spread(haul.as_json(), fruits)


def _further(
    connection: Connection, desk: Desk, page: Page, links: Iterable[Link], added: Added
) -> list[Found]:
    """The further pages that a listing's page tells of, as far as they are believed.

    A page that shows nothing its listing has not shown before leads no further: a server may repeat its
    last page for ever, or offer a next one without an end.
    """
    pagers = [link for link in links if link.next_page]
    if not pagers:
        return []
    pager = desk.frontier.pager
    fresh = pager.fresh(connection, page.url, found(link for link in links if not link.next_page))
    if not pager.leads_on(connection, page.url, fresh):
        return []
    return found(link for link in pagers if added.new or not link.counted)


def _knows_nothing(told: list[Found], fruits: int) -> bool:
    """Whether a page shows articles and none that was known: there may be more than it shows."""
    articles = sum(each.kind is UrlKind.ARTICLE and not each.refused for each in told)
    return articles >= SURGE and fruits >= articles


def _meet(connection: Connection, desk: Desk, outlinks: Iterable[Outlink], at: datetime) -> None:
    seen = [
        CandidateSighting(link.host, link.url, link.text, link.found_on, link.reason) for link in outlinks
    ]
    candidates.record_sightings(connection, desk.frontier.site, seen, at)


def _store(
    connection: Connection,
    desk: Desk,
    page: Page,
    sighting: Sighting | None,
    known: Known | None,
    verdict: Verdict,
) -> int | None:
    """Write what the page shows; the id of the article when it shows another text than before."""
    if verdict.outcome is Outcome.GONE and known:
        desk.store.gone(connection, known, page.fetched_at)
    elif verdict.outcome is Outcome.SAME and known:
        desk.store.still(connection, known, page.fetched_at)
    elif sighting:
        return _keep(connection, desk, sighting, known, verdict)
    return None


def _relate(
    connection: Connection, desk: Desk, page: Page, article_id: int, sheet: Sheet, verdict: Verdict
) -> None:
    """Put a text that is new into its story; of an exact copy the article is in it already."""
    if sheet.result.article and verdict.outcome is not Outcome.COPY:
        placing = StoryClusters(connection, desk.store.run, page.fetched_at)
        new = verdict.outcome is Outcome.NEW
        cluster_article(placing, article_id, sheet.result.article, sheet.sample, new=new)


def offer(connection: Connection, desk: Desk, page: Page, article_id: int, offers: tuple[Link, ...]) -> None:
    """Tie the article's files to it; its images are asked for now that it is new or changed."""
    told = [
        Offer(
            each.url,
            UrlKind(each.kind),
            each.hints.title or "",
            Reason(each.refused) if each.refused else None,
        )
        for each in offers
    ]
    desk.frontier.add(connection, found(offers), page.fetched_at)
    for number in files.offer(connection, page.site, page.url, article_id, told, page.fetched_at):
        desk.store.reindex(connection, number)


def _sighting(page: Page, sheet: Sheet | None, capture_id: int | None) -> Sighting | None:
    result = sheet.result if sheet else None
    if sheet is None or result is None or result.article is None or result.fingerprint is None:
        return None
    return Sighting(result.article, result.fingerprint, capture_id, page.fetched_at, sheet.prepared)


def _keep(
    connection: Connection, desk: Desk, seen: Sighting, known: Known | None, verdict: Verdict
) -> int | None:
    if verdict.outcome is Outcome.REVISED and known:
        return desk.store.revise(connection, seen, known)
    if verdict.outcome is Outcome.COPY:
        twin = desk.store.article_with(connection, seen.fingerprint)
        assert twin is not None, seen.article.url
        return desk.store.copy(connection, seen, twin)
    if verdict.outcome is Outcome.NEW:
        return desk.store.add(connection, seen)
    return None


def _end(
    page: Page, sheet: Sheet | None, verdict: Verdict, capture_id: int | None, known: Known | None
) -> Settled:
    article = sheet.result.article if sheet else None
    published = article.published if article else known.appearance.published if known else None
    bodied = page.status == 200 and page.capture is not None
    return Settled(
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
