"""Settle attachments and images: their bytes and texts, the articles that offer them, the search index."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from hashlib import sha1

from sqlalchemy import Connection

from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.settle_links import SettleContext, discovered_urls
from spiders.items import Link, Page
from storage.articles import file_links, files
from storage.articles.files import DownloadedFile
from storage.frontier.url_rows import UrlRows
from storage.records import FileReading, OfferedFile, Outcome, Reason, UrlKind, Verdict

FILE_KINDS = {"attachment", "image"}


def payload_digest(page: Page) -> str:
    """Return the digest of a page's payload; of its body where it has no capture (a replay without one)."""
    if page.capture is not None:
        return page.capture.payload_digest
    return f"sha1:{b32encode(sha1(page.body, usedforsecurity=False).digest()).decode()}"


def store_file(
    connection: Connection,
    context: SettleContext,
    page: Page,
    reading: FileReading | None,
    capture_id: int | None,
    last_digest: str | None,
) -> Verdict:
    """Store the bytes of a file and its reading; its articles' index and the change feed follow.

    `last_digest` is that of the last response at this URL. Without a `reading` the bytes were read before.
    """
    digest, kind, at = payload_digest(page), UrlKind(page.kind), page.fetched_at
    media_type = page.header("content-type")
    download = DownloadedFile(page.site, page.url, kind, digest, len(page.body), media_type, capture_id, at)
    stored = files.store_file(connection, download, reading, FILE_READER_VERSION)
    if stored.fresh and kind is UrlKind.ATTACHMENT:
        for article_id in stored.articles:
            context.store.reindex(connection, article_id)
    if stored.changed:
        for article_id in stored.articles:
            context.store.record_file_change(connection, article_id, (page.site, page.url), at)
    if last_digest == digest and not stored.changed:
        return Verdict(Outcome.SAME, Reason.SAME_BYTES, stored.status.value)
    return Verdict(Outcome.KEPT, None, stored.status.value)


def record_missing_file(connection: Connection, page: Page, verdict: Verdict) -> None:
    """Record a visit to a file that brought no bytes: unchanged, redirected, gone or failed."""
    if verdict.outcome is Outcome.SAME:
        files.mark_unchanged(connection, page.site, page.url, page.fetched_at)
        return
    target = next((link for link in page.links if link.kind in FILE_KINDS), None)
    if target is not None:
        file_links.record_redirect(
            connection, page.site, page.url, _offered_file(target, ""), page.fetched_at
        )
    reason = Reason.OFFSITE if verdict.reason is Reason.REDIRECT_OFFSITE else verdict.reason
    missing = OfferedFile(page.url, UrlKind(page.kind), "", reason)
    files.record_no_file(connection, page.site, missing, verdict.outcome, page.fetched_at)


def link_files(
    connection: Connection,
    context: SettleContext,
    page: Page,
    article_id: int,
    links: tuple[Link, ...],
    rows: UrlRows | None = None,
) -> None:
    """Link the files a page offers to its article; those the frontier does not know are fetched next."""
    context.frontier.add(connection, discovered_urls(links), page.fetched_at, rows=rows)
    offered = [_offered_file(link, link.hints.title or "") for link in links]
    changed = file_links.link_to_article(
        connection, page.site, page.url, article_id, offered, page.fetched_at
    )
    for changed_id in changed:
        context.store.reindex(connection, changed_id)


def _offered_file(link: Link, name: str) -> OfferedFile:
    return OfferedFile(link.url, UrlKind(link.kind), name, Reason(link.refused) if link.refused else None)


def attachment_urls(links: Iterable[Link]) -> list[str]:
    """Return the URLs of the documents among an article's files."""
    return [link.url for link in links if link.kind == "attachment"]
