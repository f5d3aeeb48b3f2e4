"""Entries of a feed: the articles that changed last, of the archive, a site or a search."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Container, Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote

from sqlalchemy import Connection, bindparam, select, text

from storage.articles import queries as catalogue
from storage.citations.lookup import with_site_names
from storage.citations.reference import (
    ArchiveIdentity,
    Reference,
    ReferenceKind,
    printed_instant,
    reference_of_revision,
)
from storage.database.schema import appearances, articles, changes
from storage.feeds.atom import FeedEntry, FeedHead
from storage.records import Article
from storage.search.engine import engine_for
from storage.search.query.parse import Query, parse
from storage.search.results.snippets import Snippet, snippet

MAX_ENTRIES = 50
MAX_SORTED_MATCHES = 5000  # of more, the newest are looked for along the change feed
CHANGES_PER_READ = 1000
NEWEST_READS = 5  # reads of the change feed before all matches of a search are asked for
SNIPPET_CHARS = 300  # of an article without a lead
MatchFilter = Callable[[Collection[int]], Container[int]]
"""Returns which of these article ids belong into the feed."""
_IDS_FROM_JSON = {
    "sqlite": text("SELECT value FROM json_each(:ids)").columns(articles.c.id),
    "postgresql": text(
        "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json))"
    ).columns(articles.c.id),
}


def archive_feed(
    connection: Connection, archive: ArchiveIdentity, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """Return the feed of the whole archive; ValueError, here and below, when it has no base URL."""
    head = FeedHead(_url(archive, "/archive.atom"), _url(archive, "/"), archive.name, archive.name, now)
    return head, _entries(connection, archive, _last_changed(connection, set), None)


def site_feed(
    connection: Connection, archive: ArchiveIdentity, site: str, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """Return the feed of the articles that appear, or appeared, on a site."""
    named_archive = with_site_names(connection, archive)
    page = f"/site/{quote(site)}"
    title = f"{named_archive.sites.get(site, site)} – {archive.name}"
    head = FeedHead(_url(archive, f"{page}.atom"), _url(archive, page), title, archive.name, now)
    on_site = select(appearances.c.article_id).where(appearances.c.site == site)
    query = select(articles.c.id).where(articles.c.id.in_(on_site)).limit(MAX_ENTRIES)
    ids = connection.scalars(query.order_by(articles.c.changed_at.desc(), articles.c.id.desc()))
    return head, _entries(connection, archive, list(ids), None)


def search_feed(
    connection: Connection, archive: ArchiveIdentity, query_text: str, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """Return the feed of a search; raises QueryError."""
    query = parse(query_text)
    quoted_query = quote(query_text, safe="")
    feed_url = _url(archive, f"/search.atom?q={quoted_query}")
    page_url = _url(archive, f"/search?q={quoted_query}")
    head = FeedHead(feed_url, page_url, f"{query_text} – {archive.name}", archive.name, now)
    return head, _entries(connection, archive, _last_changed_matches(connection, query), query)


def _last_changed_matches(connection: Connection, query: Query) -> list[int]:
    """Return the matches that changed last; most searches have enough of them among the newest changes."""
    engine = engine_for(connection)

    def matches_among(ids: Collection[int]) -> Container[int]:
        return engine.matching_day_keys(connection, query, ids)

    newest = _last_changed(connection, matches_among, NEWEST_READS)
    if len(newest) == MAX_ENTRIES:
        return newest
    matching_ids = set(engine.matching_ids(connection, query))
    if len(matching_ids) <= MAX_SORTED_MATCHES:
        return _sorted_by_change(connection, matching_ids)
    return _last_changed(connection, matching_ids.intersection)


def _url(archive: ArchiveIdentity, path: str) -> str:
    url = archive.address(path)
    if url is None:
        raise ValueError("a feed needs the address of the reading room: set public_url")
    return url


def _sorted_by_change(connection: Connection, matching_ids: set[int]) -> list[int]:
    query = select(articles.c.id).where(articles.c.id.in_(_IDS_FROM_JSON[connection.dialect.name]))
    newest = query.order_by(articles.c.changed_at.desc(), articles.c.id.desc()).limit(MAX_ENTRIES)
    return list(connection.scalars(newest, {"ids": json.dumps(list(matching_ids))}))


def _last_changed(connection: Connection, matching: MatchFilter, max_reads: int | None = None) -> list[int]:
    """Return the matching articles that changed last, along the change feed from its end backwards."""
    query = select(changes.c.seq, changes.c.article_id).where(changes.c.seq < bindparam("before"))
    query = query.order_by(changes.c.seq.desc()).limit(CHANGES_PER_READ)
    ids: dict[int, None] = {}
    before, reads = 2**62, 0
    while len(ids) < MAX_ENTRIES and reads != max_reads:
        rows = connection.execute(query, {"before": before}).all()
        if not rows:
            break
        candidates = [row.article_id for row in rows if row.article_id not in ids]
        matching_ids = matching(candidates)
        ids |= dict.fromkeys(article_id for article_id in candidates if article_id in matching_ids)
        before, reads = rows[-1].seq, reads + 1
    return list(ids)[:MAX_ENTRIES]


def _entries(
    connection: Connection, archive: ArchiveIdentity, ids: Sequence[int], query: Query | None
) -> list[FeedEntry]:
    named_archive = with_site_names(connection, archive)
    revisions = catalogue.current_revisions(connection, ids)
    changed = select(articles.c.id, articles.c.changed_at).where(articles.c.id.in_(ids))
    changed_at = {row.id: row.changed_at for row in connection.execute(changed)}
    return [
        feed_entry(
            reference_of_revision(named_archive, revisions[article_id], ReferenceKind.ARTICLE),
            revisions[article_id].article,
            changed_at[article_id],
            query,
        )
        for article_id in ids
    ]


def feed_entry(
    reference: Reference, article: Article, changed_at: datetime, query: Query | None
) -> FeedEntry:
    """Return the entry of an article: its lead, a snippet with the query's words in bold, and links."""
    assert reference.address
    body_snippet = snippet(article.body, query or Query("", None, None), SNIPPET_CHARS)
    day = f"{reference.day:%d/%m/%Y}" if reference.day else "không ghi ngày"
    paragraphs = [f"<p>{escape(reference.lead)}</p>"] if reference.lead else []
    if query or not reference.lead:
        paragraphs.append(f"<p>{_snippet_html(body_snippet)}</p>")
    paragraphs.append(
        f"<p>{escape(reference.site)}, {day}. "
        f'<a href="{escape(reference.address)}">{escape(reference.archive)}</a>, '
        f'<a href="{escape(reference.url)}">{escape(reference.url)}</a></p>'
    )
    return FeedEntry(
        address=reference.address,
        title=reference.title,
        updated=changed_at,
        published=printed_instant(reference.published),
        authors=reference.credited,
        summary=reference.lead or body_snippet.text,
        content="".join(paragraphs),
        original=reference.url,
        tags=reference.tags,
    )


def _snippet_html(body_snippet: Snippet) -> str:
    """Return a snippet as HTML, the query's words in bold."""
    html, position = "" if not body_snippet.start else "… ", 0
    for start, end in body_snippet.spans:
        html += f"{escape(body_snippet.text[position:start])}<b>{escape(body_snippet.text[start:end])}</b>"
        position = end
    return html + escape(body_snippet.text[position:]) + ("" if body_snippet.is_complete else " …")
