"""Taking furniture out: what a site's articles were stored with before it was learned."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from pipelines.fingerprint import fingerprint
from pipelines.furniture import bare
from storage import catalogue
from storage.records import Article
from storage.store import ArticleStore, Sighting
from storage.writer import Writer

BATCH = 100  # articles a transaction


def take_out(writer: Writer, store: ArticleStore, site: str, keys: frozenset[str]) -> int:
    """Take lines learned to be furniture out of a site's stored articles; returns how many it changed."""
    last, changed = 0, 0
    while True:
        start = last
        last, done = writer.submit(lambda c: _take_out(c, store, site, keys, start), urgent=True).result()  # noqa: B023 - awaited here
        changed += done
        if last == start:
            return changed


def _take_out(
    connection: Connection, store: ArticleStore, site: str, keys: frozenset[str], after: int
) -> tuple[int, int]:
    changed = 0
    for number, url in catalogue.shown_urls(connection, site, after, BATCH):
        after = number
        article = catalogue.shown_at(connection, site, url)
        if article and (left := bare(article, keys)) is not article:
            changed += keep(connection, store, left)
    return after, changed


def keep(connection: Connection, store: ArticleStore, article: Article) -> bool:
    """Store an article as it is read now, where a site shows it; False when that changes nothing."""
    known = store.known_at(connection, article.site, article.url)
    if known is None:
        return False
    seen = Sighting(article, fingerprint(article), known.appearance.capture_id, datetime.now(UTC))
    return store.reread(connection, seen, known)
