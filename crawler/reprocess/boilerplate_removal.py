"""Remove learned boilerplate from what a site's articles were stored with before it was learned."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from pipelines.extract.boilerplate import LineCounts
from pipelines.read_page import reread_article
from pipelines.settle import Reread, settle
from pipelines.settle_links import SettleContext
from storage.articles import boilerplate_lines
from storage.articles import queries as article_queries
from storage.records import Outcome

ARTICLES_PER_BATCH = 100  # in memory at once


def remove_learned_boilerplate(
    connection: Connection, context: SettleContext, counts: LineCounts, known_keys: frozenset[str]
) -> tuple[frozenset[str], int]:
    """Learn a site's boilerplate lines and remove them from its stored articles, in one transaction.

    `known_keys` are those learned before. A process killed meanwhile has learned nothing: else articles
    still stored with a line that reading leaves out would look edited for ever. Return the new keys, and how
    many articles changed.
    """
    site = context.frontier.site
    new_keys = boilerplate_lines.add_learned(
        connection, site, counts.boilerplate_lines(), counts.counted_articles, datetime.now(UTC)
    )
    last_id, changed, more = 0, 0, bool(new_keys)
    while more:
        after = last_id
        last_id, changed_here = _remove_lines(connection, context, known_keys | new_keys, after)
        changed += changed_here
        more = last_id > after
    return new_keys, changed


def _remove_lines(
    connection: Connection, context: SettleContext, keys: frozenset[str], after: int
) -> tuple[int, int]:
    """Remove lines from one batch of articles; return the last appearance id, and how many changed."""
    site, changed = context.frontier.site, 0
    for appearance_id, url in article_queries.appearance_urls(connection, site, after, ARTICLES_PER_BATCH):
        after = appearance_id
        article = article_queries.article_on_site_at(connection, site, url)
        if article and (reading := reread_article(article, keys)):
            verdict = settle(connection, context, Reread(url, datetime.now(UTC)), reading, None)
            changed += verdict.outcome is Outcome.REVISED
    return after, changed
