"""Queries for the health of a site: publication days, links of the profile's addresses, responses of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from storage.articles.queries import as_capture
from storage.database.schema import appearances, articles, captures, sites, urls
from storage.records import Capture, Outcome, Reason, UrlKind
from storage.warc.exchange import RENDERED

READ_OUTCOMES = (Outcome.DISCOVERED, Outcome.SAME)
ARTICLE_OUTCOMES = (Outcome.NEW, Outcome.SAME, Outcome.COPY, Outcome.REVISED)


def publication_days(connection: Connection, site: str, since: date) -> dict[date, int]:
    """Count the articles a site shows by day of publication; if none has one, by the day first seen."""
    dated = (
        select(articles.c.day, func.count())
        .join(appearances, appearances.c.article_id == articles.c.id)
        .where(appearances.c.site == site, articles.c.day >= since)
    )
    articles_by_day = {
        publication_day: int(article_count)
        for publication_day, article_count in connection.execute(dated.group_by(articles.c.day))
    }
    if articles_by_day:
        return articles_by_day
    since_instant = datetime.combine(since, datetime.min.time(), UTC)
    undated = select(appearances.c.first_seen).where(
        appearances.c.site == site, appearances.c.first_seen >= since_instant
    )
    return dict(Counter(first_seen.date() for first_seen in connection.scalars(undated)))


def root_links(connection: Connection, run: int) -> dict[str, int]:
    """Return the profile's own addresses that a run read, with the number of article links on each."""
    root_select = select(urls.c.url, urls.c.links).where(
        urls.c.last_run == run,
        urls.c.root.is_(True),
        urls.c.outcome.in_(READ_OUTCOMES),
        urls.c.links.is_not(None),
    )
    return {url: int(links) for url, links in connection.execute(root_select.order_by(urls.c.id))}


def root_addresses(connection: Connection, run: int) -> tuple[str, ...]:
    """Return the seeds and listings of the profile that a run requested, in its order."""
    kinds = (UrlKind.SEED, UrlKind.LISTING)
    root_select = select(urls.c.url).where(
        urls.c.last_run == run, urls.c.root.is_(True), urls.c.kind.in_(kinds)
    )
    return tuple(connection.scalars(root_select.order_by(urls.c.id)))


def responses_at(
    connection: Connection, runs: Sequence[int], address: str, limit: int
) -> tuple[tuple[Capture, int], ...]:
    """Return `(capture, run)` of the full responses of an address in some runs, newest first.

    Each payload once, in its newest capture.
    """
    response_select = _full_responses(runs).where(captures.c.url == address).order_by(captures.c.id.desc())
    by_payload: dict[str, tuple[Capture, int]] = {}
    for response_row in connection.execute(response_select.limit(limit * 4)):
        by_payload.setdefault(response_row.payload_digest, (as_capture(response_row), response_row.run_id))
    return tuple(by_payload.values())[:limit]


def article_responses(
    connection: Connection, runs: Sequence[int], limit: int, *, articles_only: bool
) -> tuple[tuple[Capture, int], ...]:
    """Return `(capture, run)` of article pages fetched in some runs, newest first.

    With `articles_only` those that were articles in these runs. Otherwise also pages that were an article
    once or were discovered in these runs, without soft 404s, which say nothing of how articles are built.
    """
    article_url = and_(urls.c.capture_id == captures.c.id, urls.c.kind == UrlKind.ARTICLE)
    response_select = _full_responses(runs).join(urls, article_url)
    if articles_only:
        response_select = response_select.where(urls.c.outcome.in_(ARTICLE_OUTCOMES))
    else:
        once_an_article = exists().where(appearances.c.site == urls.c.site, appearances.c.url == urls.c.url)
        response_select = response_select.where(or_(once_an_article, urls.c.found_run.in_(list(runs))))
        response_select = response_select.where(urls.c.reason.is_distinct_from(Reason.SOFT_404))
    response_rows = connection.execute(response_select.order_by(captures.c.id.desc()).limit(limit))
    return tuple((as_capture(response_row), response_row.run_id) for response_row in response_rows)


def addresses_of_articles(connection: Connection, site: str, addresses: Collection[str]) -> frozenset[str]:
    """Return those of some addresses at which the site shows, or showed, an article."""
    shown_addresses = select(appearances.c.url).where(
        appearances.c.site == site, appearances.c.url.in_(addresses)
    )
    return frozenset(connection.scalars(shown_addresses))


def _full_responses(runs: Sequence[int]) -> Select[Any]:
    return select(captures).where(
        captures.c.run_id.in_(list(runs)),
        captures.c.status == 200,
        captures.c.revisit.is_(False),
        captures.c.content_type.is_distinct_from(RENDERED),
    )


def site_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return `(name, status)` of every site in the archive, by key."""
    return {
        response_row.key: (response_row.name, response_row.status)
        for response_row in connection.execute(select(sites))
    }
