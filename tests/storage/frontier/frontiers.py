"""A frontier to try, and what settles its URLs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from storage.database.schema import urls
from storage.frontier.queue import Frontier, VisitRecord, url_key
from storage.records import DiscoveredUrl, Outcome, Reason, UrlKind, Verdict

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
HOME = "https://cong-doan.example/"
LISTING = HOME + "tin-tuc"
SITEMAP = HOME + "sitemap.xml"


def frontier(run: int = 1, as_of: datetime = NOW) -> Frontier:
    return Frontier("cong_doan", run, as_of)


def article(number: int, **more: Any) -> DiscoveredUrl:
    return DiscoveredUrl(f"{HOME}bai-{number}.html", UrlKind.ARTICLE, more.pop("found_on", LISTING), **more)


def listing(number: int) -> DiscoveredUrl:
    return DiscoveredUrl(f"{LISTING}?page={number}", UrlKind.LISTING, LISTING, next_page=True)


def row(connection: Connection, url: str) -> Any:
    return connection.execute(select(urls).where(urls.c.key == url_key(url))).one()


def ends(url: str, outcome: Outcome, reason: Reason | None = None, **more: Any) -> VisitRecord:
    return VisitRecord(url, Verdict(outcome, reason), NOW, **more)


def settle_all(
    connection: Connection, run: Frontier, outcome: Outcome = Outcome.NEW, **more: Any
) -> list[str]:
    asked: list[str] = []
    while tasks := run.lease(connection, 10):
        for task in tasks:
            run.record_visit(connection, ends(task.url, outcome, **more))
            asked.append(task.url)
    return asked
