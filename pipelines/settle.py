"""Settle a visit: judge what was read, then write article, files, links and frontier row in one transaction.

Every page takes this way: those of the live crawl as `Page` or `FailedVisit`, those stored before and read
again (reprocessing, files read again, boilerplate removed) as `Reread`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeGuard

from sqlalchemy import Connection

from pipelines.duplicates.cluster import cluster_article
from pipelines.judge import StoredState, judge_article, judge_other, judge_reread, judge_status
from pipelines.read_page import ReadPage
from pipelines.settle_files import (
    FILE_KINDS,
    attachment_urls,
    link_files,
    record_missing_file,
    store_file,
)
from pipelines.settle_links import DISCOVERY_KINDS, SettleContext, record_outlinks, settle_links
from spiders.items import FailedVisit, Page, Visit
from storage.articles import files
from storage.articles import queries as article_queries
from storage.articles.store import ExtractedArticle, StoredAppearance, content_digest
from storage.frontier.queue import VisitRecord, url_key
from storage.frontier.url_rows import UrlRow, UrlRows
from storage.records import Article, FileReading, OfferedFile, Outcome, Reason, UrlKind, Verdict
from storage.stories.clusters import StoryClusters


@dataclass(frozen=True, slots=True)
class Reread:
    """A page stored before and read again: nothing was fetched, so no visit is recorded."""

    url: str
    at: datetime  # when it was read again
    page: Page | None = None  # its kept bytes; None: the stored text itself was read again


def needs_reading(visit: Visit, payload_digest: str | None) -> bool:
    """Return whether a visit brought a page to be read as an article; the same bytes are not read twice."""
    if not isinstance(visit, Page) or visit.kind != "article" or visit.status != 200:
        return False
    return visit.capture is None or visit.capture.payload_digest != payload_digest


def brings_file(visit: Visit) -> TypeGuard[Page]:
    """Return whether a visit brought the bytes of an attachment or image."""
    return isinstance(visit, Page) and visit.kind in FILE_KINDS and visit.status == 200


def settle(
    connection: Connection,
    context: SettleContext,
    visit: Visit | Reread,
    reading: ReadPage | FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """Store the outcome of a visit, or of reading again, in the caller's transaction; return the verdict."""
    if isinstance(visit, Reread):
        return _settle_reread(connection, context, visit, reading, capture_id)
    if isinstance(visit, FailedVisit):
        return _settle_failed(connection, context, visit)
    if visit.kind in FILE_KINDS:
        file_reading = reading if isinstance(reading, FileReading) else None
        return _settle_file(connection, context, visit, file_reading, capture_id)
    assert not isinstance(reading, FileReading), visit.url
    return _settle_page(connection, context, visit, reading, capture_id)


def _settle_page(
    connection: Connection,
    context: SettleContext,
    page: Page,
    reading: ReadPage | None,
    capture_id: int | None,
) -> Verdict:
    """Settle an article, or a page that links to articles."""
    links = (*page.links, *(reading.links if reading else ()))
    file_links = reading.file_links if reading else ()
    rows = context.frontier.read_rows(connection, (page.url, *(link.url for link in (*links, *file_links))))
    stored = None
    if page.kind not in DISCOVERY_KINDS:
        stored = context.store.appearance_at(connection, page.site, page.url)
    verdict = _judge(page, reading, _stored_state(connection, context, page, reading, stored, rows))
    outcome = settle_links(connection, context, page, links, rows)
    outlinks = (*page.outlinks, *(reading.outlinks if reading else ()))
    record_outlinks(connection, context, outlinks, page.fetched_at)
    extracted = _extracted(reading, capture_id, page.fetched_at)
    article_id = _store_article(connection, context, extracted, stored, verdict, page.fetched_at)
    if article_id is not None and reading is not None:
        _cluster(connection, context, article_id, reading, verdict.outcome, page.fetched_at)
        link_files(connection, context, page, article_id, file_links, rows)
        if verdict.outcome is Outcome.REVISED:  # who corrects a text may have corrected its files
            context.frontier.requeue(connection, attachment_urls(file_links))
    record = _visit_record(page, reading, verdict, capture_id, stored)
    record = replace(record, accounting=outcome.accounting, new_links=outcome.new_links)
    context.frontier.record_visit(connection, record, rows.get(url_key(page.url)))
    return verdict


def _settle_failed(connection: Connection, context: SettleContext, visit: FailedVisit) -> Verdict:
    reason = Reason(visit.reason)
    outcome = Outcome.REFUSED if reason is Reason.ROBOTS else Outcome.FAILED
    verdict = Verdict(outcome, reason, visit.detail)
    if visit.kind in FILE_KINDS:
        missing = OfferedFile(visit.url, UrlKind(visit.kind), "", reason)
        files.record_no_file(connection, visit.site, missing, outcome, visit.at)
    context.frontier.record_visit(connection, VisitRecord(visit.url, verdict, visit.at, status=visit.status))
    return verdict


def _settle_file(
    connection: Connection,
    context: SettleContext,
    page: Page,
    reading: FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """Settle a visit to a file: its bytes and text, its articles' index, its frontier row."""
    rows = context.frontier.read_rows(connection, (page.url, *(link.url for link in page.links)))
    row = rows.get(url_key(page.url))
    verdict = judge_status(page, StoredState())
    settle_links(connection, context, page, page.links, rows)
    if brings_file(page):
        verdict = store_file(connection, context, page, reading, capture_id, _last_digest(row))
    elif verdict is not None:
        record_missing_file(connection, page, verdict)
    assert verdict is not None, page.url
    record = _visit_record(page, None, verdict, capture_id, None)
    context.frontier.record_visit(connection, record, row)
    return verdict


def _settle_reread(
    connection: Connection,
    context: SettleContext,
    reread: Reread,
    reading: ReadPage | FileReading | None,
    capture_id: int | None,
) -> Verdict:
    """Store what reading again changed; without a reading, a file whose bytes were read at another URL."""
    if isinstance(reading, ReadPage):
        return _settle_reread_article(connection, context, reread, reading)
    assert reread.page is not None, reread.url
    rows = context.frontier.read_rows(connection, [reread.url])
    last_digest = _last_digest(rows.get(url_key(reread.url)))
    return store_file(connection, context, reread.page, reading, capture_id, last_digest)


def _settle_reread_article(
    connection: Connection, context: SettleContext, reread: Reread, reading: ReadPage
) -> Verdict:
    """Store an article that is read otherwise now; one that was no article is fetched in the next run."""
    site, article = context.frontier.site, reading.result.article
    stored_article = article_queries.article_on_site_at(connection, site, reread.url)
    if article is None:
        return judge_reread(reading.result.reason, stored_article, None)
    if stored_article is None:
        context.frontier.clear_validators(connection, reread.url)
        return judge_reread(None, None, article)
    changed = article != stored_article and _re_extract(connection, context, article, reading, reread.at)
    if reread.page is not None:
        article_id = article_queries.article_id_on_site(connection, site, reread.url)
        if article_id is not None:
            link_files(connection, context, reread.page, article_id, reading.file_links)
    return judge_reread(None, stored_article, article if changed else stored_article)


def _re_extract(
    connection: Connection, context: SettleContext, article: Article, reading: ReadPage, at: datetime
) -> bool:
    """Store an article as it is read now, where the site shows it; return whether that changed anything."""
    stored = context.store.appearance_at(connection, article.site, article.url)
    if stored is None:
        return False
    extracted = _extracted(reading, stored.appearance.capture_id, at)
    if extracted is None or not context.store.re_extract(connection, extracted, stored):
        return False
    if stored.appearance.primary:
        clusters = StoryClusters(connection, context.store.run, at)
        cluster_article(clusters, stored.appearance.article_id, article, reading.sample, new=False)
    return True


def _last_digest(row: UrlRow | None) -> str | None:
    return row.payload_digest if row else None


def _stored_state(
    connection: Connection,
    context: SettleContext,
    page: Page,
    reading: ReadPage | None,
    stored: StoredAppearance | None,
    rows: UrlRows,
) -> StoredState:
    text = reading.result.fingerprint if reading and stored is None else None
    twin = context.store.article_with_text(connection, text) if text is not None else None
    digest = _last_digest(rows.get(url_key(page.url)))
    return StoredState(digest, stored.content if stored else None, twin)


def _judge(page: Page, reading: ReadPage | None, state: StoredState) -> Verdict:
    verdict = judge_status(page, state)
    if verdict is not None:
        return verdict
    if reading is None:
        return Verdict(Outcome.SAME, Reason.SAME_BYTES)
    result = reading.result
    if result.article is None:
        return judge_other(result.reason or Reason.UNREADABLE, result.detail, state)
    return judge_article(content_digest(result.article), state)


def _store_article(
    connection: Connection,
    context: SettleContext,
    extracted: ExtractedArticle | None,
    stored: StoredAppearance | None,
    verdict: Verdict,
    at: datetime,
) -> int | None:
    """Write what the page shows; return the article's id when it shows another text than before."""
    store, outcome = context.store, verdict.outcome
    if outcome is Outcome.GONE and stored:
        store.mark_gone(connection, stored, at)
    elif outcome is Outcome.SAME and stored:
        store.mark_unchanged(connection, stored, at)
    elif extracted and outcome is Outcome.REVISED and stored:
        return store.revise(connection, extracted, stored)
    elif extracted and outcome is Outcome.COPY:
        twin = store.article_with_text(connection, extracted.fingerprint)
        assert twin is not None, extracted.article.url
        return store.copy(connection, extracted, twin)
    elif extracted and outcome is Outcome.NEW:
        return store.add(connection, extracted)
    return None


def _cluster(
    connection: Connection,
    context: SettleContext,
    article_id: int,
    reading: ReadPage,
    outcome: Outcome,
    at: datetime,
) -> None:
    """Put a text that is new into its story; an exact copy is in its article's story already."""
    if reading.result.article and outcome is not Outcome.COPY:
        clusters = StoryClusters(connection, context.store.run, at)
        new = outcome is Outcome.NEW
        cluster_article(clusters, article_id, reading.result.article, reading.sample, new=new)


def _extracted(reading: ReadPage | None, capture_id: int | None, at: datetime) -> ExtractedArticle | None:
    result = reading.result if reading else None
    if reading is None or result is None or result.article is None or result.fingerprint is None:
        return None
    return ExtractedArticle(result.article, result.fingerprint, capture_id, at, reading.prepared)


def _visit_record(
    page: Page,
    reading: ReadPage | None,
    verdict: Verdict,
    capture_id: int | None,
    stored: StoredAppearance | None,
) -> VisitRecord:
    article = reading.result.article if reading else None
    published = article.published if article else stored.appearance.published if stored else None
    has_body = page.status == 200 and page.capture is not None
    article_links = sum(link.kind == "article" and not link.refused for link in page.links)
    return VisitRecord(
        url=page.url,
        verdict=verdict,
        visited_at=page.fetched_at,
        status=page.status,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        payload_digest=page.capture.payload_digest if has_body and page.capture else None,
        # a revisit record has no body: the next one refers to the capture that has
        capture_id=None if getattr(page.capture, "revisit", False) else capture_id,
        day=published.day if published else None,
        links=article_links if verdict.outcome is Outcome.DISCOVERED else None,
    )
