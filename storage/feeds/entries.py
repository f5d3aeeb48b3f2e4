"""What is in a feed: the articles that changed last, of the archive, a site or a search."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Container, Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote

from sqlalchemy import Connection, bindparam, select, text

from storage.articles import queries as catalogue
from storage.citations.lookup import named
from storage.citations.reference import (
    ArchiveIdentity,
    Reference,
    ReferenceKind,
    instant,
    reference_of_revision,
)
from storage.database.schema import appearances, articles, changes
from storage.feeds.atom import FeedEntry, FeedHead
from storage.records import Article
from storage.search.engine import engine_for
from storage.search.query.parse import Query, parse
from storage.search.results.snippets import Snippet, snippet

MOST = 50  # entries of a feed
FEW = 5000  # matching articles that are sorted; of more, the newest are looked for along the changes
PAGE = 1000  # changes read at once
NEAR = 5  # such pages that are looked through before all that match is asked for
LEAD = 300  # characters of an article without a lead
Fitting = Callable[[Collection[int]], Container[int]]  # of these articles, those that belong into the feed
_AMONG = {
    "sqlite": text("SELECT value FROM json_each(:ids)").columns(articles.c.id),
    "postgresql": text(
        "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json))"
    ).columns(articles.c.id),
}


def archive_feed(
    connection: Connection, house: ArchiveIdentity, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """What is new in the whole archive. `house.base` must be an address here and below."""
    head = FeedHead(_at(house, "/archive.atom"), _at(house, "/"), house.name, house.name, now)
    return head, _entries(connection, house, _along(connection, set), None)


def site_feed(
    connection: Connection, house: ArchiveIdentity, site: str, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """What is new of what stands, or stood, on a site."""
    knowing = named(connection, house)
    page = f"/site/{quote(site)}"
    title = f"{knowing.sites.get(site, site)} – {house.name}"
    head = FeedHead(_at(house, f"{page}.atom"), _at(house, page), title, house.name, now)
    shown = select(appearances.c.article_id).where(appearances.c.site == site)
    chosen = select(articles.c.id).where(articles.c.id.in_(shown))
    ids = connection.scalars(chosen.order_by(articles.c.changed_at.desc(), articles.c.id.desc()).limit(MOST))
    return head, _entries(connection, house, list(ids), None)


def search_feed(
    connection: Connection, house: ArchiveIdentity, typed: str, now: datetime
) -> tuple[FeedHead, list[FeedEntry]]:
    """What is new of what a search finds; raises QueryError."""
    asked = parse(typed)
    words = quote(typed, safe="")
    title = f"{typed} – {house.name}"
    head = FeedHead(
        _at(house, f"/search.atom?q={words}"), _at(house, f"/search?q={words}"), title, house.name, now
    )
    return head, _entries(connection, house, _changed_last(connection, asked), asked)


def _changed_last(connection: Connection, asked: Query) -> list[int]:
    """What matches and changed last: most searches have enough among the newest changes."""
    engine = engine_for(connection)
    near = _along(connection, lambda ids: engine.matching_day_keys(connection, asked, ids), NEAR)
    if len(near) == MOST:
        return near
    found = set(engine.matching_ids(connection, asked))
    return _latest(connection, found) if len(found) <= FEW else _along(connection, found.intersection)


def _at(house: ArchiveIdentity, path: str) -> str:
    address = house.address(path)
    if address is None:
        raise ValueError("a feed needs the address of the reading room: set public_url")
    return address


def _latest(connection: Connection, found: set[int]) -> list[int]:
    chosen = select(articles.c.id).where(articles.c.id.in_(_AMONG[connection.dialect.name]))
    newest = chosen.order_by(articles.c.changed_at.desc(), articles.c.id.desc()).limit(MOST)
    return list(connection.scalars(newest, {"ids": json.dumps(list(found))}))


def _along(connection: Connection, fitting: Fitting, pages: int | None = None) -> list[int]:
    """The articles changed last that fit, read off the changes from the newest on, `pages` at most."""
    chosen = select(changes.c.seq, changes.c.article_id).where(changes.c.seq < bindparam("before"))
    page = chosen.order_by(changes.c.seq.desc()).limit(PAGE)
    ids: dict[int, None] = {}
    before, read = 2**62, 0
    while len(ids) < MOST and read != pages and (rows := connection.execute(page, {"before": before}).all()):
        new = [row.article_id for row in rows if row.article_id not in ids]
        fit = fitting(new)
        ids |= dict.fromkeys(each for each in new if each in fit)
        before, read = rows[-1].seq, read + 1
    return list(ids)[:MOST]


def _entries(
    connection: Connection, house: ArchiveIdentity, ids: Sequence[int], asked: Query | None
) -> list[FeedEntry]:
    knowing = named(connection, house)
    texts = catalogue.current_revisions(connection, ids)
    chosen = select(articles.c.id, articles.c.changed_at).where(articles.c.id.in_(ids))
    changed = {row.id: row.changed_at for row in connection.execute(chosen)}
    return [
        entry_of(
            reference_of_revision(knowing, texts[key], ReferenceKind.ARTICLE),
            texts[key].article,
            changed[key],
            asked,
        )
        for key in ids
    ]


def entry_of(cited: Reference, page: Article, changed: datetime, asked: Query | None) -> FeedEntry:
    """One article as an entry: its lead, a passage with what was asked for marked, and links."""
    assert cited.address
    passage = snippet(page.body, asked or Query("", None, None), LEAD)
    day = f"{cited.day:%d/%m/%Y}" if cited.day else "không ghi ngày"
    told = [f"<p>{escape(cited.lead)}</p>"] if cited.lead else []
    if asked or not cited.lead:
        told.append(f"<p>{_marked(passage)}</p>")
    told.append(
        f'<p>{escape(cited.site)}, {day}. <a href="{escape(cited.address)}">{escape(cited.archive)}</a>, '
        f'<a href="{escape(cited.url)}">{escape(cited.url)}</a></p>'
    )
    summary = cited.lead or passage.text
    return FeedEntry(
        address=cited.address,
        title=cited.title,
        updated=changed,
        published=instant(cited.published),
        authors=cited.credited,
        summary=summary,
        content="".join(told),
        original=cited.url,
        tags=cited.tags,
    )


def _marked(passage: Snippet) -> str:
    """A passage as HTML, what was asked for in bold."""
    told, at = "" if not passage.start else "… ", 0
    for start, end in passage.spans:
        told += f"{escape(passage.text[at:start])}<b>{escape(passage.text[start:end])}</b>"
        at = end
    return told + escape(passage.text[at:]) + ("" if passage.is_complete else " …")
