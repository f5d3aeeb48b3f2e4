"""Taking furniture out: what a site's articles were stored with before it was learned."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from pipelines.duplicates.cluster import cluster_article
from pipelines.duplicates.fingerprint import fingerprint
from pipelines.duplicates.shingles import sample_article
from pipelines.extract.boilerplate import LineCounts, without_boilerplate
from storage.articles import boilerplate_lines
from storage.articles import queries as catalogue
from storage.articles.store import ArticleStore, ExtractedArticle
from storage.records import Article
from storage.stories.clusters import StoryClusters

BATCH = 100  # articles in memory at once


def learn_and_take_out(
    connection: Connection, store: ArticleStore, site: str, counts: LineCounts, known: frozenset[str]
) -> tuple[frozenset[str], int]:
    """Learn furniture and take it out of a site's stored articles, with what was `known`: one transaction.

    A process killed amid it has learned nothing: else articles still stored with a line that reading leaves
    out would look edited for ever. Returns the keys that are new, and how many articles changed.
    """
    new = boilerplate_lines.add_learned(
        connection, site, counts.boilerplate_lines(), counts.articles, datetime.now(UTC)
    )
    last, changed, more = 0, 0, bool(new)
    while more:
        start = last
        last, done = _take_out(connection, store, site, known | new, start)
        changed += done
        more = last > start
    return new, changed


def _take_out(
    connection: Connection, store: ArticleStore, site: str, keys: frozenset[str], after: int
) -> tuple[int, int]:
    changed = 0
    for number, url in catalogue.appearance_urls(connection, site, after, BATCH):
        after = number
        article = catalogue.article_on_site_at(connection, site, url)
        if article and (left := without_boilerplate(article, keys)) is not article:
            changed += keep(connection, store, left)
    return after, changed


def keep(connection: Connection, store: ArticleStore, article: Article) -> bool:
    """Store an article as it is read now, where a site shows it; False when that changes nothing."""
    known = store.appearance_at(connection, article.site, article.url)
    if known is None:
        return False
    seen = ExtractedArticle(article, fingerprint(article), known.appearance.capture_id, datetime.now(UTC))
    if not store.re_extract(connection, seen, known):
        return False
    if known.appearance.primary:
        placing = StoryClusters(connection, store.run, seen.at)
        cluster_article(placing, known.appearance.article_id, article, sample_article(article), new=False)
    return True
