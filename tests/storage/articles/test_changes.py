"""The feed, whole and compacted: what its readers may lean on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from storage.articles.changes import Change, newest, read
from storage.database.engine import open_database, snapshot, upgrade
from storage.database.schema import articles
from storage.export.export_row import JsonRow
from storage.export.json_rows import read_rows
from storage.records import ChangeKind
from storage.stories import clusters as stories
from storage.stories.clusters import StoryClusters
from storage.stories.relations import RelationKind, TextRelation
from tests.paths import ROOT
from tests.storage.random_archive import Scribe

DOCS = ROOT / "docs"


def cluster(engine: Engine, scribe: Scribe, rng: Random) -> None:
    """A random article is akin to random others from now on, or to none."""
    with engine.begin() as connection:
        ids = list(connection.scalars(select(articles.c.id)))
        one = rng.choice(ids)
        others = rng.sample(ids, min(len(ids), rng.randrange(3)))
        akin = TextRelation(RelationKind.COPY, 0.9, 0.9, 0.9, 0.9, 1.0)
        stories.save_relations(connection, one, {other: akin for other in others if other != one})
        StoryClusters(connection, scribe.run, scribe.at).assign(one)


@dataclass
class Mirror:
    """Keeps what is told, as the article is when it is told."""

    compact: bool
    limit: int
    cursor: int = 0
    rows: dict[int, JsonRow] = field(default_factory=dict)
    last: dict[int, Change] = field(default_factory=dict)

    def page(self, connection: Connection) -> bool:
        """Read one page; False when there was nothing."""
        told = list(read(connection, self.cursor, self.limit, compact=self.compact))
        for row in read_rows(connection, sorted({change.article_id for change in told})):
            self.rows[row["id"]] = row
        self.last |= {change.article_id: change for change in told}
        self.cursor = told[-1].seq if told else self.cursor
        return bool(told)


def settled(mirror: Mirror) -> dict[int, JsonRow]:
    return {
        key: {**row, "appearances": [{**place, "last_seen": None} for place in row["appearances"]]}
        for key, row in mirror.rows.items()
    }


def replayed(engine: Engine, seed: int, steps: list[tuple[int, bool]], limit: int) -> tuple[Mirror, Mirror]:
    """Two mirrors that read now and then while the archive is written, and to the end afterwards."""
    rng, scribe = Random(seed), Scribe(engine, Random(seed))
    whole, compacted = Mirror(compact=False, limit=3), Mirror(compact=True, limit=limit)
    for count, reads in steps:
        scribe.write(count)
        cluster(engine, scribe, rng)
        with snapshot(engine) as connection:
            whole.page(connection)
            if reads:
                compacted.page(connection)
    with snapshot(engine) as connection:
        while whole.page(connection):
            continue
        while compacted.page(connection):
            continue
        assert whole.cursor == compacted.cursor == newest(connection)
    return whole, compacted


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    steps=st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=6),
    limit=st.integers(1, 9),
)
def test_the_compacted_feed_comes_to_the_same_mirror(
    seed: int, steps: list[tuple[int, bool]], limit: int
) -> None:
    engine = open_database("sqlite://")
    upgrade(engine)
    whole, compacted = replayed(engine, seed, steps, limit)
    assert settled(whole) == settled(compacted)
    assert whole.last == compacted.last
    engine.dispose()


def test_it_does_on_both_databases(archive: Engine) -> None:
    whole, compacted = replayed(archive, 7, [(15, True), (10, False), (20, True), (3, True)], 4)
    assert settled(whole) == settled(compacted)
    assert whole.last == compacted.last


@pytest.fixture
def written(archive: Engine) -> Iterator[Connection]:
    scribe = Scribe(archive)
    scribe.write(60)
    with snapshot(archive) as connection:
        yield connection


def test_only_the_last_row_of_each_article_is_told(written: Connection) -> None:
    whole = list(read(written))
    assert [change.seq for change in whole] == list(range(1, len(whole) + 1))
    last = {change.article_id: change for change in whole}
    compacted = list(read(written, compact=True))
    assert compacted == sorted(last.values(), key=lambda change: change.seq)
    assert len(compacted) < len(whole)


def test_it_may_be_entered_anywhere(written: Connection) -> None:
    whole = list(read(written, compact=True))
    for after in range(0, newest(written) + 1, 5):
        assert list(read(written, after, compact=True)) == [row for row in whole if row.seq > after]
    assert list(read(written, whole[0].seq, 2, compact=True)) == whole[1:3]


def test_every_kind_of_change_is_documented() -> None:
    document = (DOCS / "reference" / "feed.md").read_text(encoding="utf-8")
    table = document.partition("## Kinds")[2].partition("## Rules")[0]
    named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(named) == sorted(kind.value for kind in ChangeKind)
