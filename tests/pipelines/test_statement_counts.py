"""Rows already read are passed on: SQL statements that settling one page takes, counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, event

from pipelines.duplicates.shingles import sample_article
from pipelines.settle import settle
from pipelines.settle_links import SettleContext
from spiders.items import Hints, Link, Page
from storage.records import Attachment, DiscoveredUrl, Image, Outcome, UrlKind
from tests.pipelines.test_settle import ARTICLE, NOW, URL, capture, sheet
from tests.pipelines.test_settle import context as context
from tests.pipelines.test_settle import page as article_page

LISTING = "https://huyen.example/tin"
MAX_LISTING_STATEMENTS = 7  # of 20 links; the capture, and the shingle look-ups of an article, apart
MAX_ARTICLE_STATEMENTS = 24
SHINGLE_TABLE = "shingle"


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """The statements run meanwhile, but for savepoints and shingle look-ups."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")) and SHINGLE_TABLE not in statement:
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def listing_page(numbers: range) -> Page:
    hints = Hints(title="Tin", date="01/03/2026", source="listing")
    entries = [Link(f"https://huyen.example/tin-{n}.html", "article", LISTING, hints) for n in numbers]
    further = Link(f"{LISTING}?page=2", "listing", LISTING, next_page=True)
    page = article_page(kind="listing", capture=capture("sha1:L"))
    return replace(page, url=LISTING, final_url=LISTING, links=(*entries, further))


@pytest.mark.parametrize(("first", "second"), [(range(20), range(20)), (range(20), range(10, 30))])
def test_a_listing_page_of_twenty_links(
    archive: Engine, context: SettleContext, first: range, second: range
) -> None:
    with archive.begin() as connection:
        context.frontier.seed(connection, [DiscoveredUrl(LISTING, UrlKind.LISTING, "profile")], NOW)
        with counted(connection) as statements:
            verdict = settle(connection, context, listing_page(first), None, None)
        assert verdict.outcome is Outcome.DISCOVERED
        assert len(statements) <= MAX_LISTING_STATEMENTS, "\n".join(statements)
        with counted(connection) as statements:
            settle(connection, context, listing_page(second), None, None)
        assert len(statements) <= MAX_LISTING_STATEMENTS, "\n".join(statements)


def test_a_new_article_with_a_picture_and_a_document(archive: Engine, context: SettleContext) -> None:
    paper = Attachment("https://huyen.example/ke-hoach.pdf", "Kế hoạch")
    image = Image("https://huyen.example/anh.jpg")
    body = "\n".join(f"Đoạn {n} kể về hoạt động của công đoàn cơ sở trong tháng {n}." for n in range(12))
    article = replace(ARTICLE, body=body, images=(image,), attachments=(paper,))
    links = tuple(Link(f"https://huyen.example/tin-{n}.html", "article", URL) for n in range(8))
    files = (Link(paper.url, "attachment", URL, Hints(title=paper.name)), Link(image.url, "image", URL))
    reading = sheet(article, links=links, file_links=files, sample=sample_article(article))
    with archive.begin() as connection:
        with counted(connection) as statements:
            verdict = settle(connection, context, article_page(), reading, None)
        assert verdict.outcome is Outcome.NEW
        assert len(statements) <= MAX_ARTICLE_STATEMENTS, "\n".join(statements)
