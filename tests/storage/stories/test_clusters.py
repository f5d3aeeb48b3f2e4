from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from storage.articles import changes
from storage.articles.store import ArticleStore, ExtractedArticle
from storage.database.engine import open_database, upgrade
from storage.database.schema import articles, kinships
from storage.records import Article, ChangeKind, Fingerprint
from storage.runs import runs
from storage.search.engine import engine_for
from storage.stories import clusters as stories
from storage.stories import near_duplicates as near
from storage.stories.clusters import StoryClusters
from storage.stories.relations import RelationKind, TextRelation

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
RUN = runs.Run(0, "huyen", "n1", NOW, NOW, None, 1, False, None, None, None)


@pytest.fixture
def placing(archive: Engine) -> Iterator[StoryClusters]:
    with archive.begin() as connection:
        run = runs.begin_run(connection, RUN)
        yield StoryClusters(connection, run.id, NOW)


def added(placing: StoryClusters, number: int) -> int:
    """One more article, of its own text."""
    page = Article("huyen", f"https://huyen.example/{number}", f"Bài {number}", None, f"Thân bài {number}")
    store = ArticleStore(placing.run, engine_for(placing.connection.dialect.name))
    return store.add(placing.connection, ExtractedArticle(page, Fingerprint(f"{number:064x}", 1), None, NOW))


def akin(kind: RelationKind = RelationKind.COPY) -> TextRelation:
    return TextRelation(kind, 0.9, 0.95, 0.9, 0.95, 1.0)


def joined(
    placing: StoryClusters, article: int, *others: int, kind: RelationKind = RelationKind.COPY
) -> int | None:
    stories.save_relations(placing.connection, article, dict.fromkeys(others, akin(kind)))
    return placing.assign(article)


def story_of(connection: Connection) -> dict[int, int | None]:
    rows = connection.execute(select(articles.c.id, articles.c.story_id))
    return {row.id: row.story_id for row in rows}


def told(connection: Connection) -> list[tuple[int, int | None]]:
    rows = changes.read(connection)
    return [(row.article_id, row.story_id) for row in rows if row.kind is ChangeKind.CLUSTERED]


def test_copies_are_one_story_and_follow_ups_are_not(placing: StoryClusters) -> None:
    one, two, three, four = (added(placing, n) for n in range(4))
    assert joined(placing, one) is None
    story = joined(placing, two, one)
    assert joined(placing, three, one, kind=RelationKind.FOLLOW_UP) is None
    assert joined(placing, four, two, kind=RelationKind.SHORTENED) == story
    assert story_of(placing.connection) == {one: story, two: story, three: None, four: story}
    assert told(placing.connection) == [(one, story), (two, story), (four, story)]


def test_an_article_akin_to_two_stories_makes_them_one_under_the_older_number(placing: StoryClusters) -> None:
    ids = [added(placing, n) for n in range(5)]
    first = joined(placing, ids[1], ids[0])
    second = joined(placing, ids[3], ids[2])
    assert first and second and first < second
    assert joined(placing, ids[4], ids[3], ids[0]) == first
    assert set(story_of(placing.connection).values()) == {first}
    assert told(placing.connection)[4:] == [(ids[2], first), (ids[3], first), (ids[4], first)]


def test_an_edited_article_leaves_its_story(placing: StoryClusters) -> None:
    one, two, three = (added(placing, n) for n in range(3))
    story = joined(placing, two, one)
    joined(placing, three, one)
    assert joined(placing, three) is None
    assert story_of(placing.connection) == {one: story, two: story, three: None}
    assert joined(placing, two) is None
    assert set(story_of(placing.connection).values()) == {None}, "one article alone is no story"
    assert told(placing.connection)[-2:] == [(two, None), (one, None)]


def test_a_story_whose_bridge_goes_is_split_and_the_oldest_keep_the_number(placing: StoryClusters) -> None:
    ids = [added(placing, n) for n in range(5)]
    story = joined(placing, ids[1], ids[0])
    joined(placing, ids[3], ids[2])
    joined(placing, ids[4], ids[1], ids[3])
    stories.save_relations(placing.connection, ids[4], {ids[3]: akin()})
    other = placing.assign(ids[4])
    assert other is not None
    now = story_of(placing.connection)
    assert now[ids[0]] == now[ids[1]] == story
    assert now[ids[2]] == now[ids[3]] == now[ids[4]] != story


def test_an_edited_article_may_move_to_another_story_without_making_them_one(placing: StoryClusters) -> None:
    ids = [added(placing, n) for n in range(6)]
    first = joined(placing, ids[1], ids[0])
    joined(placing, ids[4], ids[0])
    second = joined(placing, ids[3], ids[2])
    assert joined(placing, ids[4], ids[2]) == second
    now = story_of(placing.connection)
    assert (now[ids[0]], now[ids[1]], now[ids[4]]) == (first, first, second)


def test_the_kinship_is_kept_from_the_newer_to_the_older(placing: StoryClusters) -> None:
    one, two = added(placing, 1), added(placing, 2)
    stories.save_relations(
        placing.connection, one, {two: TextRelation(RelationKind.SHORTENED, 0.4, 1.0, 0.5, 0.6, 1.0)}
    )
    assert placing.connection.execute(select(kinships)).all() == [
        (two, one, "lengthened", 0.4, 0.5, 1.0, 0.6, 1.0)
    ]


def test_one_among_formulae_is_found_by_its_rare_shingles(placing: StoryClusters) -> None:
    """Five shingles stand in everything, three in one article, which is the oldest."""
    connection, formula = placing.connection, [1, 2, 3, 4, 5]
    sought = added(placing, 0)
    near.add_signature(connection, sought, 1, 100, [*formula, 70, 80, 90])
    for n in range(1, near.POSTINGS_READ[0] + near.MAX_SAMPLES_READ):
        near.add_signature(
            connection, added(placing, n), 1, 100, [*formula, 10 * n + 5, 10 * n + 6, 10 * n + 7]
        )
    assert near.near_duplicate_candidates(connection, [*formula, 70, 80, 90], 0)[0] == sought
    assert sought in near.near_duplicate_candidates(connection, [*formula, 70, 80], 0)
    assert len(near.near_duplicate_candidates(connection, formula, 0)) == near.MAX_CANDIDATES


def test_samples_are_held_against_each_other_where_both_reach() -> None:
    assert near.sample_similarity([1, 2, 3, 4], [1, 2, 3, 4]) == 1.0
    assert (
        near.sample_similarity([1, 2, 3, 4], [1, 2, 30, 400]) == 1.0
    )  # a short text's sample reaches further
    assert near.sample_similarity([1, 2, 3, 4], [1, 5, 6, 7]) == 1.0
    assert near.sample_similarity([1, 2, 3, 7], [1, 5, 6, 7]) == 0.5
    assert near.sample_similarity([5, 6], [7, 8]) == 0.0


def test_those_who_share_most_shingles_are_looked_at_first(placing: StoryClusters) -> None:
    connection = placing.connection
    ids = [added(placing, n) for n in range(4)]
    for at, shingles in enumerate(([1, 2, 3, 4, 5], [1, 2, 3, -9], [1, 2, 77], [5, 6, 7, 8])):
        near.add_signature(connection, ids[at], 1, 100, shingles)
    assert near.near_duplicate_candidates(connection, [1, 2, 3, 4, 5], ids[3]) == [ids[0], ids[1]]
    assert near.near_duplicate_candidates(connection, [1, 2, 3, 4, 5], ids[0]) == [ids[1]]
    near.remove_signature(connection, ids[1])
    near.remove_signature(connection, ids[1])
    assert near.near_duplicate_candidates(connection, [1, 2, 3], 0) == [ids[0]]
    assert near.near_duplicate_candidates(connection, [], 0) == []


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_shingles_are_kept_as_they_are(shingles: list[int]) -> None:
    assert near.unpack_shingles(near.pack_shingles(shingles)) == tuple(shingles)


def test_what_hung_by_an_article_alone_leaves_when_its_story_is_merged(placing: StoryClusters) -> None:
    ids = [added(placing, n) for n in range(5)]
    joined(placing, ids[3], ids[0])
    joined(placing, ids[1], ids[2], ids[4])
    joined(placing, ids[1], ids[0], ids[2])  # no longer akin to the last one
    now = story_of(placing.connection)
    assert now[ids[4]] is None
    assert now[ids[0]] == now[ids[1]] == now[ids[2]] == now[ids[3]] is not None


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_stories_are_always_the_groups_that_hang_together(data: st.DataObject, memory: Engine) -> None:
    """Whatever joins, leaves and is edited: an article's story is exactly its connected group."""
    with memory.connect() as connection:
        transaction = connection.begin()
        placing = StoryClusters(connection, runs.begin_run(connection, RUN).id, NOW)
        ids = [added(placing, n) for n in range(7)]
        links: set[frozenset[int]] = set()
        for _ in range(data.draw(st.integers(1, 12))):
            one = data.draw(st.sampled_from(ids))
            others = data.draw(st.sets(st.sampled_from([each for each in ids if each != one]), max_size=3))
            links = {link for link in links if one not in link} | {frozenset((one, each)) for each in others}
            joined(placing, one, *others)
            check(connection, ids, links)
        transaction.rollback()


def check(connection: Connection, ids: list[int], links: set[frozenset[int]]) -> None:
    group = {each: {each} for each in ids}
    for link in links:
        one, other = link
        whole = group[one] | group[other]
        for each in whole:
            group[each] = whole
    now = story_of(connection)
    for one in ids:
        assert (now[one] is None) == (len(group[one]) == 1)
        for other in ids:
            if now[one] is not None:
                assert (now[one] == now[other]) == (other in group[one])


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    engine = open_database("sqlite://")
    upgrade(engine)
    yield engine
    engine.dispose()


def test_a_text_with_more_shingles_than_a_statement_takes_is_looked_up(placing: StoryClusters) -> None:
    one, two = added(placing, 1), added(placing, 2)
    shingles = range(2000)
    near.add_signature(placing.connection, one, 1, 64_000, shingles)
    assert near.near_duplicate_candidates(placing.connection, shingles, two) == [one]
