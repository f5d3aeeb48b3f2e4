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

MAX_FEED_ENTRIES = 50
MAX_SORTED_FEED_MATCHES = 5000  # of more, the newest are looked for along the change feed
CHANGES_PER_FEED_READ = 1000
NEWEST_FEED_READS = 5  # reads of the change feed before all matches of a search are asked for
ENTRY_SNIPPET_CHARS = 300  # of an article without a lead
EntryFilter = Callable[[Collection[int]], Container[int]]
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
    feed_head = FeedHead(
        _feed_address(archive, "/archive.atom"), _feed_address(archive, "/"), archive.name, archive.name, now
    )
    return feed_head, _feed_entries(connection, archive, _entry_ids_by_change(connection, set), None)


def site_feed(
    connection: Connection, archive: ArchiveIdentity, site: str, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """Return the feed of the articles that appear, or appeared, on a site."""
    named_archive = with_site_names(connection, archive)
    page_path = f"/site/{quote(site)}"
    feed_title = f"{named_archive.sites.get(site, site)} – {archive.name}"
    feed_head = FeedHead(
        _feed_address(archive, f"{page_path}.atom"),
        _feed_address(archive, page_path),
        feed_title,
        archive.name,
        now,
    )
    on_site = select(appearances.c.article_id).where(appearances.c.site == site)
    site_entries = select(articles.c.id).where(articles.c.id.in_(on_site)).limit(MAX_FEED_ENTRIES)
    entry_ids = connection.scalars(site_entries.order_by(articles.c.changed_at.desc(), articles.c.id.desc()))
    return feed_head, _feed_entries(connection, archive, list(entry_ids), None)


def search_feed(
    connection: Connection, archive: ArchiveIdentity, query_text: str, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """Return the feed of a search; raises QueryError."""
    query = parse(query_text)
    quoted_query = quote(query_text, safe="")
    feed_url = _feed_address(archive, f"/search.atom?q={quoted_query}")
    page_url = _feed_address(archive, f"/search?q={quoted_query}")
    feed_head = FeedHead(feed_url, page_url, f"{query_text} – {archive.name}", archive.name, now)
    return feed_head, _feed_entries(connection, archive, _search_entry_ids(connection, query), query)


def _search_entry_ids(connection: Connection, query: Query) -> list[int]:
    """Return the matches that changed last; most searches have enough of them among the newest changes."""
    engine = engine_for(connection)

    def entries_among(ids: Collection[int]) -> Container[int]:
        return engine.matching_day_keys(connection, query, ids)

    newest_entry_ids = _entry_ids_by_change(connection, entries_among, NEWEST_FEED_READS)
    if len(newest_entry_ids) == MAX_FEED_ENTRIES:
        return newest_entry_ids
    matching_ids = set(engine.matching_ids(connection, query))
    if len(matching_ids) <= MAX_SORTED_FEED_MATCHES:
        return _sort_entry_ids(connection, matching_ids)
    return _entry_ids_by_change(connection, matching_ids.intersection)


def _feed_address(archive: ArchiveIdentity, path: str) -> str:
    feed_address = archive.address(path)
    if feed_address is None:
        raise ValueError("a feed needs the address of the reading room: set public_url")
    return feed_address


def _sort_entry_ids(connection: Connection, matching_ids: set[int]) -> list[int]:
    entry_query = select(articles.c.id).where(articles.c.id.in_(_IDS_FROM_JSON[connection.dialect.name]))
    newest_entries = entry_query.order_by(articles.c.changed_at.desc(), articles.c.id.desc()).limit(
        MAX_FEED_ENTRIES
    )
    return list(connection.scalars(newest_entries, {"ids": json.dumps(list(matching_ids))}))


def _entry_ids_by_change(
    connection: Connection, entry_filter: EntryFilter, max_feed_reads: int | None = None
) -> list[int]:
    """Return the matching articles that changed last, along the change feed from its end backwards."""
    change_query = select(changes.c.seq, changes.c.article_id).where(changes.c.seq < bindparam("before"))
    change_query = change_query.order_by(changes.c.seq.desc()).limit(CHANGES_PER_FEED_READ)
    entry_ids: dict[int, None] = {}
    before_seq, feed_reads = 2**62, 0
    while len(entry_ids) < MAX_FEED_ENTRIES and feed_reads != max_feed_reads:
        change_rows = connection.execute(change_query, {"before": before_seq}).all()
        if not change_rows:
            break
        candidate_ids = [row.article_id for row in change_rows if row.article_id not in entry_ids]
        feed_ids = entry_filter(candidate_ids)
        entry_ids |= dict.fromkeys(article_id for article_id in candidate_ids if article_id in feed_ids)
        before_seq, feed_reads = change_rows[-1].seq, feed_reads + 1
    return list(entry_ids)[:MAX_FEED_ENTRIES]


def _feed_entries(
    connection: Connection, archive: ArchiveIdentity, entry_ids: Sequence[int], query: Query | None
) -> list[FeedEntry]:
    named_archive = with_site_names(connection, archive)
    revisions = catalogue.current_revisions(connection, entry_ids)
    entry_changes = select(articles.c.id, articles.c.changed_at).where(articles.c.id.in_(entry_ids))
    entry_changed_at = {row.id: row.changed_at for row in connection.execute(entry_changes)}
    return [
        feed_entry(
            reference_of_revision(named_archive, revisions[article_id], ReferenceKind.ARTICLE),
            revisions[article_id].article,
            entry_changed_at[article_id],
            query,
        )
        for article_id in entry_ids
    ]


def feed_entry(
    reference: Reference, article: Article, changed_at: datetime, query: Query | None
) -> FeedEntry:
    """Return the entry of an article: its lead, a snippet with the query's words in bold, and links."""
    assert reference.address
    entry_snippet = snippet(article.body, query or Query("", None, None), ENTRY_SNIPPET_CHARS)
    entry_day = f"{reference.day:%d/%m/%Y}" if reference.day else "không ghi ngày"
    entry_paragraphs = [f"<p>{escape(reference.lead)}</p>"] if reference.lead else []
    if query or not reference.lead:
        entry_paragraphs.append(f"<p>{_snippet_html(entry_snippet)}</p>")
    entry_paragraphs.append(
        f"<p>{escape(reference.site)}, {entry_day}. "
        f'<a href="{escape(reference.address)}">{escape(reference.archive)}</a>, '
        f'<a href="{escape(reference.url)}">{escape(reference.url)}</a></p>'
    )
    return FeedEntry(
        address=reference.address,
        title=reference.title,
        updated=changed_at,
        published=printed_instant(reference.published),
        authors=reference.credited,
        summary=reference.lead or entry_snippet.text,
        content="".join(entry_paragraphs),
        original=reference.url,
        tags=reference.tags,
    )


def _snippet_html(entry_snippet: Snippet) -> str:
    """Return a snippet as HTML, the query's words in bold."""
    snippet_html, position = "" if not entry_snippet.start else "… ", 0
    for start, end in entry_snippet.spans:
        snippet_html += (
            f"{escape(entry_snippet.text[position:start])}<b>{escape(entry_snippet.text[start:end])}</b>"
        )
        position = end
    return snippet_html + escape(entry_snippet.text[position:]) + ("" if entry_snippet.is_complete else " …")
