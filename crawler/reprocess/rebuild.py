"""Rebuild stories (near-duplicates compared again) and the search index from the stored articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, Engine

from pipelines.duplicates.cluster import relate_article
from pipelines.duplicates.shingles import SHINGLE_VERSION, sample_article
from storage.articles import changes
from storage.articles.store import ArticleStore
from storage.frontier import leases
from storage.frontier.leases import SiteBusyError
from storage.runs import runs
from storage.search.engine import engine_for, recreate_index
from storage.stories import rebuild_state as rebuilding
from storage.stories.clusters import StoryClusters
from storage.stories.rebuild_state import REBUILD_RULES, REMOVING_SIGNATURES, SEARCH_REBUILD, STORIES_REBUILD

BATCH = 50  # articles a transaction: a crawl that begins meanwhile waits for a second at most
MOST_COUNTED = 1000  # unsigned articles; an archive without any is not read to its end to say so

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """Counts of comparing all articles again."""

    articles: int
    moves: int  # rows of the feed: articles that joined, changed or left a story


def rebuild_stories(engine: Engine, tell: Tell, *, fresh: bool = False) -> RebuildResult:
    """Sign and compare all articles again in their order, then put them into stories.

    Each text is held against the older ones alone, as on the night it came; a story keeps its number
    where its articles still hang together. Interrupted, it goes on where it stopped, unless `fresh`. Raises
    SiteBusyError while a site is being visited; a crawl that begins later is not held up.
    """
    with _alone(engine) as work:
        with work.transaction() as connection:
            run, before = runs.last_run_id(connection), changes.newest(connection)
            started = rebuilding.rebuild_position(connection, STORIES_REBUILD) is not None
            if (
                fresh
                or not started
                or rebuilding.rebuild_position(connection, REBUILD_RULES) != SHINGLE_VERSION
            ):
                rebuilding.save_rebuild_position(connection, STORIES_REBUILD, REMOVING_SIGNATURES)
                rebuilding.save_rebuild_position(connection, REBUILD_RULES, SHINGLE_VERSION)
        _forget(work)
        count = _compare(work, tell)
        if run is not None:  # else nothing was ever crawled
            _place(work, run)
        with work.transaction() as connection:
            rebuilding.finish_rebuild(connection, STORIES_REBUILD)
            rebuilding.finish_rebuild(connection, REBUILD_RULES)
            return RebuildResult(count, changes.newest(connection) - before)


def _forget(work: _Work) -> None:
    """Take all signatures out: who is compared first must not be held against those who came later."""
    while True:
        with work.transaction() as connection:
            if rebuilding.rebuild_position(connection, STORIES_REBUILD) != REMOVING_SIGNATURES:
                return
            if not rebuilding.remove_signatures(connection, 4 * BATCH):
                rebuilding.save_rebuild_position(connection, STORIES_REBUILD, 0)


def _compare(work: _Work, tell: Tell) -> int:
    count = 0
    while True:
        with work.transaction() as connection:
            after = rebuilding.rebuild_position(connection, STORIES_REBUILD) or 0
            texts = rebuilding.next_articles(connection, after, BATCH)
            if not texts:
                return count
            for article_id, article in texts:
                relate_article(connection, article_id, article, sample_article(article), new=False)
            rebuilding.save_rebuild_position(connection, STORIES_REBUILD, texts[-1][0])
        count += len(texts)
        _progress(tell, count, "compared")


def _place(work: _Work, run: int) -> None:
    """Put every article where its kin are; then no story is left that does not hang together."""
    last = 0
    while True:
        with work.transaction() as connection:
            ids = rebuilding.next_article_ids(connection, last, BATCH)
            for article_id in ids:
                StoryClusters(connection, run, datetime.now(UTC)).assign(article_id)
        if not ids:
            break
        last = ids[-1]
    last = 0
    while True:
        with work.transaction() as connection:
            ids = rebuilding.next_stories(connection, last, BATCH)
            for story in ids:
                StoryClusters(connection, run, datetime.now(UTC)).split(story)
        if not ids:
            return
        last = ids[-1]


def rebuild_search(engine: Engine, tell: Tell, *, fresh: bool = False) -> int:
    """Make the search index anew; returns how many articles were indexed now.

    Until it is done searches find what is indexed so far. Interrupted, it goes on where it stopped,
    unless `fresh`. Raises SiteBusyError while a site is being visited.
    """
    store = ArticleStore(0, engine_for(engine.dialect.name))
    count = 0
    with _alone(engine) as work:
        with work.transaction() as connection:
            if fresh or rebuilding.rebuild_position(connection, SEARCH_REBUILD) is None:
                recreate_index(connection)
                rebuilding.save_rebuild_position(connection, SEARCH_REBUILD, 0)
        while True:
            with work.transaction() as connection:
                ids = rebuilding.next_article_ids(
                    connection, rebuilding.rebuild_position(connection, SEARCH_REBUILD) or 0, BATCH
                )
                if not ids:
                    rebuilding.finish_rebuild(connection, SEARCH_REBUILD)
                    return count
                for article_id in ids:
                    store.reindex(connection, article_id)
                rebuilding.save_rebuild_position(connection, SEARCH_REBUILD, ids[-1])
            count += len(ids)
            _progress(tell, count, "indexed")


def _progress(tell: Tell, count: int, what: str) -> None:
    if count % (20 * BATCH) == 0:
        tell(f"{count} articles {what}")


def problems(connection: Connection) -> Iterator[str]:
    """What of the stories and of a rebuilding is not as it should be, one line each with the remedy."""
    for name, option in ((STORIES_REBUILD, "--stories"), (SEARCH_REBUILD, "--search")):
        if rebuilding.rebuild_position(connection, name) is not None:
            yield f"a rebuilding was interrupted: `congdoan db rebuild {option}` goes on with it"
    again = "`congdoan db rebuild --stories` compares all articles again"
    other = rebuilding.count_outdated_signatures(connection, SHINGLE_VERSION)
    if other:
        yield f"{other} articles are signed by other rules than version {SHINGLE_VERSION}: {again}"
    unsigned = (
        number
        for number, article in rebuilding.articles_without_signature(connection, SHINGLE_VERSION)
        if sample_article(article)
    )
    missing = sum(1 for _ in islice(unsigned, MOST_COUNTED)) - other
    if missing > 0:
        least = "at least " if missing + other == MOST_COUNTED else ""
        yield f"{least}{missing} articles were never held against others for near-duplicates: {again}"


@dataclass(frozen=True, slots=True)
class _Work:
    """The one rebuilding there may be at a time."""

    engine: Engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction of its own, which renews the lease."""
        with self.engine.begin() as connection:
            leases.acquire(connection, rebuilding.REBUILD_LEASE, datetime.now(UTC))
            yield connection


@contextmanager
def _alone(engine: Engine) -> Iterator[_Work]:
    with engine.begin() as connection:
        busy = leases.leased_sites(connection, datetime.now(UTC))
        if busy:
            raise SiteBusyError(
                f"{', '.join(busy)}: another process is at work on the archive; "
                "wait for it to end, then rebuild (what was rebuilt before is kept)"
            )
        leases.acquire(connection, rebuilding.REBUILD_LEASE, datetime.now(UTC))
    try:
        yield _Work(engine)
    finally:
        with engine.begin() as connection:
            leases.release(connection, rebuilding.REBUILD_LEASE)
