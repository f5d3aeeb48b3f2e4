"""The stages of a page in order: read (CPU, a process pool), then settle (one writer, one transaction)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from pipelines.judge import Had, judge_article, judge_other, judge_status
from pipelines.reader import Sheet
from pipelines.syndicate import syndicate
from spiders.candidates import Outlink
from spiders.items import Link, Lost, Page, Visit
from storage import candidates
from storage.candidates import Evidence
from storage.frontier import Frontier, Settled
from storage.records import Found, Outcome, Reason, UrlKind, Verdict
from storage.store import ArticleStore, Known, Sighting, content_digest
from storage.stories import Placing

PAGED = {"listing", "seed"}


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


def settle(
    connection: Connection, desk: Desk, visit: Visit, sheet: Sheet | None, capture_id: int | None
) -> Verdict:
    """Store what a visit came to: links, article, frontier row; all in the caller's transaction."""
    if isinstance(visit, Lost):
        return _settle_lost(connection, desk, visit)
    known = desk.store.known_at(connection, visit.site, visit.url)
    had = _had(connection, desk, visit, sheet, known)
    verdict = _judge(visit, sheet, had)
    _spread(connection, desk, visit, (*visit.links, *(sheet.links if sheet else ())))
    _meet(connection, desk, (*visit.outlinks, *(sheet.outlinks if sheet else ())), visit.fetched_at)
    article_id = _store(connection, desk, visit, _sighting(visit, sheet, capture_id), known, verdict)
    if article_id and sheet and sheet.result.article:
        placing = Placing(connection, desk.store.run, visit.fetched_at)
        new = verdict.outcome is Outcome.NEW
        syndicate(placing, article_id, sheet.result.article, sheet.sample, new=new)
    desk.frontier.settle(connection, _end(visit, sheet, verdict, capture_id, known))
    return verdict


def _settle_lost(connection: Connection, desk: Desk, visit: Lost) -> Verdict:
    reason = Reason(visit.reason)
    outcome = Outcome.REFUSED if reason is Reason.ROBOTS else Outcome.FAILED
    verdict = Verdict(outcome, reason, visit.detail)
    desk.frontier.settle(connection, Settled(visit.url, verdict, visit.at, status=visit.status))
    return verdict


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


def _spread(connection: Connection, desk: Desk, page: Page, links: Iterable[Link]) -> None:
    links = tuple(links)
    sightings, counted = found(links), found(link for link in links if link.counted)
    if sightings:
        told = [each for each in sightings if each not in counted]
        added = desk.frontier.add(connection, told, page.fetched_at)
        if counted and added.new:  # else a server that repeats its last page would be paged through for ever
            desk.frontier.add(connection, counted, page.fetched_at)
    if page.kind in PAGED:
        desk.frontier.turn_page(connection, page.url, sightings)
    if page.kind == "sitemap" and page.status == 200 and sightings:
        desk.frontier.miss(connection, page.url)


def _meet(connection: Connection, desk: Desk, outlinks: Iterable[Outlink], at: datetime) -> None:
    seen = [Evidence(link.host, link.url, link.text, link.found_on, link.reason) for link in outlinks]
    candidates.note(connection, desk.frontier.site, seen, at)


def _store(
    connection: Connection,
    desk: Desk,
    page: Page,
    sighting: Sighting | None,
    known: Known | None,
    verdict: Verdict,
) -> int | None:
    """Store what the visit came to; returns the article whose text is new."""
    if verdict.outcome is Outcome.GONE and known:
        desk.store.gone(connection, known, page.fetched_at)
    elif verdict.outcome is Outcome.SAME and known:
        desk.store.still(connection, known, page.fetched_at)
    elif sighting:
        return _keep(connection, desk, sighting, known, verdict)
    return None


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
        desk.store.copy(connection, seen, twin)
    elif verdict.outcome is Outcome.NEW:
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
