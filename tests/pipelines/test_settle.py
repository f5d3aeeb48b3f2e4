"""The settling half of the chain: what each kind of visit leaves in frontier, store and feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from pipelines.duplicates.fingerprint import fingerprint
from pipelines.read import ReadResult
from pipelines.read_page import ReadPage
from pipelines.settle import brings_file, needs_reading, settle
from pipelines.settle_files import payload_digest
from pipelines.settle_links import SettleContext
from spiders.items import FailedVisit, Hints, Link, Page
from storage.articles import changes, files
from storage.articles.store import ArticleStore
from storage.database.schema import urls
from storage.frontier.queue import Frontier, url_key
from storage.records import (
    Article,
    Attachment,
    Capture,
    DiscoveredUrl,
    FileReading,
    FileStatus,
    Outcome,
    PrintedTime,
    Reason,
    UrlKind,
)
from storage.runs import runs
from storage.search.engine import engine_for
from storage.search.query.parse import parse

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
URL = "https://huyen.example/bai-1.html"
ARTICLE = Article("huyen", URL, "Tiêu đề", "Sapô.", "Thân bài.", published=PrintedTime(date(2026, 2, 27)))


@pytest.fixture
def context(archive: Engine) -> SettleContext:
    with archive.begin() as connection:
        run = runs.begin_run(
            connection, runs.Run(0, "huyen", "n", NOW, NOW, None, 1, False, None, None, None)
        )
        frontier = Frontier("huyen", run.id, NOW)
        frontier.add(connection, [DiscoveredUrl(URL, UrlKind.ARTICLE, "x")], NOW)
    return SettleContext(frontier, ArticleStore(run.id, engine_for(archive.dialect.name)))


def capture(digest: str = "sha1:A", **more: Any) -> Capture:
    return Capture("<urn:uuid:1>", URL, NOW, 200, "text/html", digest, "a.warc.gz", 0, 9, **more)


def page(status: int = 200, **more: Any) -> Page:
    tally = {"kind": "article", "headers": (("etag", '"a"'),), "capture": capture(), **more}
    return Page(site="huyen", url=URL, final_url=URL, status=status, body=b"x", fetched_at=NOW, **tally)


def sheet(article: Article | None = ARTICLE, reason: Reason | None = None, **more: Any) -> ReadPage:
    text = fingerprint(article) if article else None
    return ReadPage(ReadResult(article, text, reason, "", (), 0.0), **more)


def row(connection: Connection, url: str = URL) -> Any:
    return connection.execute(select(urls).where(urls.c.key == url_key(url))).one()


def kinds(connection: Connection) -> list[str]:
    return [change.kind.value for change in changes.read(connection)]


def test_a_new_article_then_the_same_bytes_then_a_304(archive: Engine, context: SettleContext) -> None:
    with archive.begin() as connection:
        assert settle(connection, context, page(), sheet(), None).outcome is Outcome.NEW
        assert not needs_reading(page(), row(connection).payload_digest)
        again = settle(connection, context, page(), None, None)
        assert (again.outcome, again.reason) == (Outcome.SAME, Reason.SAME_BYTES)
        unmodified = settle(connection, context, page(304, capture=capture("sha1:B")), None, None)
        assert (unmodified.outcome, unmodified.reason) == (Outcome.SAME, Reason.NOT_MODIFIED)
        assert kinds(connection) == ["added"]


def test_a_young_article_is_asked_soon_again_also_after_a_304(
    archive: Engine, context: SettleContext
) -> None:
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(), None)
        first = row(connection).next_visit
        assert NOW + timedelta(days=1) <= first <= NOW + timedelta(days=3)
        settle(connection, context, page(304), None, None)
        assert row(connection).next_visit == first


def test_a_changed_page_with_the_same_article_is_no_revision(archive: Engine, context: SettleContext) -> None:
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(), None)
        other = page(capture=capture("sha1:B"))
        assert needs_reading(other, row(connection).payload_digest)
        verdict = settle(connection, context, other, sheet(replace(ARTICLE, author="Ai đó")), None)
        assert (verdict.outcome, verdict.reason) == (Outcome.SAME, Reason.SAME_TEXT)
        third = page(capture=capture("sha1:C"))
        changed = settle(connection, context, third, sheet(replace(ARTICLE, body="Khác.")), None)
        assert changed.outcome is Outcome.REVISED
        assert kinds(connection) == ["added", "revised"]


def test_the_same_text_on_another_site_is_a_copy(archive: Engine, context: SettleContext) -> None:
    other_url = "https://tinh.example/9"
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(), None)
        there = SettleContext(Frontier("tinh", context.store.run, NOW), context.store)
        there.frontier.add(connection, [DiscoveredUrl(other_url, UrlKind.ARTICLE, "x")], NOW)
        copy = replace(ARTICLE, site="tinh", url=other_url, author="Theo LĐLĐ huyện")
        visit = replace(page(), site="tinh", url=other_url)
        assert settle(connection, there, visit, sheet(copy), None).outcome is Outcome.COPY
        assert kinds(connection) == ["added", "appeared"]


def test_a_copy_that_differs_in_a_comma_is_no_revision_when_it_is_read_again(
    archive: Engine, context: SettleContext
) -> None:
    other_url = "https://tinh.example/9"
    file = Attachment("https://tinh.example/a.pdf", "a")
    copy = replace(ARTICLE, site="tinh", url=other_url, title="TIÊU ĐỀ", attachments=(file,))
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(), None)
        there = SettleContext(Frontier("tinh", context.store.run, NOW), context.store)
        there.frontier.add(connection, [DiscoveredUrl(other_url, UrlKind.ARTICLE, "x")], NOW)
        visit = replace(page(), site="tinh", url=other_url)
        assert settle(connection, there, visit, sheet(copy), None).outcome is Outcome.COPY
        original = page(capture=capture("sha1:B"))
        assert (
            settle(connection, context, original, sheet(replace(ARTICLE, body="Khác.")), None).outcome
            is Outcome.REVISED
        )
        again = settle(connection, there, replace(visit, capture=capture("sha1:C")), sheet(copy), None)
        assert (again.outcome, again.reason) == (Outcome.SAME, Reason.SAME_TEXT)
        assert kinds(connection) == ["added", "appeared", "revised"]


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (404, Outcome.GONE, Reason.HTTP_404),
        (410, Outcome.GONE, Reason.HTTP_410),
        (403, Outcome.FAILED, Reason.WALL),
        (429, Outcome.FAILED, Reason.HTTP_429),
        (418, Outcome.FAILED, Reason.HTTP_4XX),
        (503, Outcome.FAILED, Reason.HTTP_5XX),
        (302, Outcome.MOVED, Reason.REDIRECT_LOOP),
    ],
)
def test_every_status_has_its_verdict(
    archive: Engine, context: SettleContext, status: int, outcome: Outcome, reason: Reason
) -> None:
    with archive.begin() as connection:
        verdict = settle(connection, context, page(status), None, None)
        assert (verdict.outcome, verdict.reason) == (outcome, reason)
        assert (row(connection).outcome, row(connection).reason) == (outcome, reason)


def test_a_redirect_hands_its_hints_to_the_target(archive: Engine, context: SettleContext) -> None:
    target = "https://huyen.example/moi-1.html"
    link = Link(target, "article", URL, Hints(date="27/02/2026", source="listing"))
    with archive.begin() as connection:
        verdict = settle(connection, context, page(301, links=(link,)), None, None)
        assert (verdict.outcome, verdict.reason) == (Outcome.MOVED, Reason.REDIRECT)
        assert row(connection, target).date_hint == "27/02/2026"


def test_a_not_found_page_where_an_article_was_means_it_is_gone(
    archive: Engine, context: SettleContext
) -> None:
    missing = sheet(None, Reason.SOFT_404)
    with archive.begin() as connection:
        assert settle(connection, context, page(), missing, None).outcome is Outcome.NOT_AN_ARTICLE
        settle(connection, context, page(capture=capture("sha1:B")), sheet(), None)
        gone = settle(connection, context, page(capture=capture("sha1:C")), missing, None)
        assert (gone.outcome, gone.reason) == (Outcome.GONE, Reason.SOFT_404)
        assert kinds(connection) == ["added", "removed"]


@pytest.mark.parametrize(
    ("reason", "outcome"), [("timeout", Outcome.FAILED), ("dns", Outcome.FAILED), ("robots", Outcome.REFUSED)]
)
def test_a_visit_without_a_page_has_its_reason(
    archive: Engine, context: SettleContext, reason: str, outcome: Outcome
) -> None:
    with archive.begin() as connection:
        verdict = settle(
            connection, context, FailedVisit("huyen", URL, "article", reason, "why", NOW), None, None
        )
        assert (verdict.outcome, verdict.reason) == (outcome, Reason(reason))
        assert row(connection).detail == "why"


def test_a_revisit_record_does_not_become_what_the_next_one_refers_to(
    archive: Engine, context: SettleContext
) -> None:
    with archive.begin() as connection:
        first = context.store.capture(connection, "huyen", capture())
        settle(connection, context, page(), sheet(), first)
        repeated = replace(capture(revisit=True), record_id="<urn:uuid:2>")
        second = context.store.capture(connection, "huyen", repeated)
        settle(connection, context, page(capture=repeated), None, second)
        assert row(connection).capture_id == first


def test_a_feed_that_stood_still_keeps_what_it_showed(archive: Engine, context: SettleContext) -> None:
    feed = "https://huyen.example/rss"
    links = (
        Link(URL, "article", feed),
        Link("https://huyen.example/x", "listing", feed, refused="unmatched"),
    )
    with archive.begin() as connection:
        context.frontier.add(connection, [DiscoveredUrl(feed, UrlKind.FEED, "profile")], NOW)
        read = replace(page(kind="feed", links=links), url=feed)
        assert settle(connection, context, read, None, None).outcome is Outcome.DISCOVERED
        settle(connection, context, replace(read, status=304, links=()), None, None)
        assert (row(connection, feed).outcome, row(connection, feed).links) == ("same", 1)


PAPER, PHOTO = "https://huyen.example/tep/kh-27.pdf", "https://huyen.example/anh/1.jpg"
OFFERS = (
    Link(PAPER, "attachment", URL, Hints(title="Kế hoạch số 27")),
    Link(PHOTO, "image", URL, Hints(title="Lễ phát động")),
    Link("https://cdn.example/2.jpg", "image", URL, refused="offsite"),
)
READ = FileReading(FileStatus.READ, "pdf", "Ban Tuyên giáo chủ trì.", pages=1)


def file(url: str = PAPER, status: int = 200, digest: str = "sha1:F", **more: Any) -> Page:
    kind = "image" if url == PHOTO else "attachment"
    return replace(page(status, kind=kind, capture=capture(digest), **more), url=url, final_url=url)


def found_with(connection: Connection, context: SettleContext, query: str) -> int:
    return context.store.search.search(connection, parse(query)).total


def test_a_new_article_asks_for_its_files_and_a_file_is_kept_with_its_text(
    archive: Engine, context: SettleContext
) -> None:
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(file_links=OFFERS), None)
        assert [row(connection, link.url).state for link in OFFERS] == ["pending", "pending", "refused"]
        assert row(connection, OFFERS[2].url).reason == "offsite"
        kept = settle(connection, context, file(), READ, None)
        assert (kept.outcome, kept.detail) == (Outcome.KEPT, "read")
        image = FileReading(FileStatus.READ, "png", width=48, height=32)
        assert settle(connection, context, file(PHOTO), image, None).outcome is Outcome.KEPT
        assert row(connection, PHOTO).next_visit is None  # a photograph is not asked again
        assert found_with(connection, context, '"tuyên giáo"') == 1
        assert [tally.status.value for tally in files.tallies(connection, "huyen", context.store.run)] == [
            "read",
            "offsite",
            "read",
        ]
        assert kinds(connection) == ["added"]


def test_the_same_bytes_again_are_the_same_and_others_are_told_in_the_feed(
    archive: Engine, context: SettleContext
) -> None:
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(file_links=OFFERS), None)
        settle(connection, context, file(), READ, None)
        again = settle(connection, context, file(), None, None)
        assert (again.outcome, again.reason) == (Outcome.SAME, Reason.SAME_BYTES)
        unmodified = settle(connection, context, file(status=304), None, None)
        assert (unmodified.outcome, unmodified.reason) == (Outcome.SAME, Reason.NOT_MODIFIED)
        changed = replace(READ, text="Bản sửa đổi.")
        assert settle(connection, context, file(digest="sha1:G"), changed, None).outcome is Outcome.KEPT
        assert kinds(connection) == ["added", "refiled"]
        assert (found_with(connection, context, "tuyên"), found_with(connection, context, "sửa")) == (0, 1)


def test_an_article_that_stood_still_asks_for_nothing_and_a_revised_one_for_its_papers(
    archive: Engine, context: SettleContext
) -> None:
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(file_links=OFFERS), None)
        settle(connection, context, file(), READ, None)
        later = SettleContext(replace(context.frontier, run=context.frontier.run + 1), context.store)
        settle(connection, later, page(capture=capture("sha1:B")), sheet(file_links=OFFERS), None)
        assert row(connection, PAPER).state == "done"
        third, text = page(capture=capture("sha1:C")), replace(ARTICLE, body="Khác.")
        settle(connection, later, third, sheet(text, file_links=OFFERS), None)
        assert row(connection, PAPER).state == "pending"
        assert found_with(connection, context, "tuyên khác") == 1  # the new text with the file known before


@pytest.mark.parametrize(
    ("visit", "outcome", "status"),
    [
        (file(status=404), Outcome.GONE, FileStatus.GONE),
        (file(status=500), Outcome.FAILED, FileStatus.FAILED),
        (file(status=302), Outcome.MOVED, FileStatus.MOVED),
        (file(status=302, headers=(("location", "x"),), offsite=1), Outcome.MOVED, FileStatus.OFFSITE),
        (
            FailedVisit("huyen", PAPER, "attachment", "too_large", "x", NOW),
            Outcome.FAILED,
            FileStatus.TOO_LARGE,
        ),
        (FailedVisit("huyen", PAPER, "attachment", "robots", "x", NOW), Outcome.REFUSED, FileStatus.REFUSED),
    ],
)
def test_a_file_that_cannot_be_had_is_told_and_its_article_stands(
    archive: Engine, context: SettleContext, visit: Any, outcome: Outcome, status: FileStatus
) -> None:
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(file_links=OFFERS), None)
        assert settle(connection, context, visit, None, None).outcome is outcome
        paper = files.files_of(connection, 1)[0]
        assert (paper.url, paper.status) == (PAPER, status)
        assert found_with(connection, context, "thân bài") == 1


def test_a_file_that_moved_is_tied_to_the_article_where_it_is_now(
    archive: Engine, context: SettleContext
) -> None:
    target = "https://huyen.example/kho/27.pdf"
    with archive.begin() as connection:
        settle(connection, context, page(), sheet(file_links=OFFERS), None)
        moved = file(status=301, links=(Link(target, "attachment", PAPER),))
        assert settle(connection, context, moved, None, None).reason is Reason.REDIRECT
        settle(connection, context, file(target), READ, None)
        assert found_with(connection, context, '"tuyên giáo"') == 1


def test_bytes_without_a_capture_have_a_digest_of_their_own() -> None:
    assert payload_digest(file()) == "sha1:F"
    empty = replace(file(), capture=None, body=b"")
    assert (
        payload_digest(empty) == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    )  # of no bytes, as every WARC has it
    assert brings_file(file())
    assert not brings_file(file(status=304))
    assert not brings_file(page())
