"""Stories in place of their copies: one hit each, counted once, on pages that never tell one twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, update

from storage.database import open_database, upgrade
from storage.schema import articles
from storage.search.documents import Hit, Prepared, Results, SearchDoc, Words
from storage.search.engine import engine_for
from storage.search.folding import Folded, search_folded, search_unfolded
from storage.search.query import parse
from storage.search.tree import Query
from tests.storage.press import DAY, Press

ASKED = parse("hội nghị")


@pytest.fixture
def press(archive: Engine) -> Iterator[Press]:
    with archive.begin() as connection:
        yield Press.opened(connection)


def found(press: Press, typed: str, **page: int) -> Folded:
    return search_folded(press.connection, engine_for(press.connection), parse(typed), **page)


def test_a_story_is_one_hit_with_its_copies_named(press: Press) -> None:
    one = press.prints("backan", DAY, "Hội nghị công đoàn về an toàn")
    two = press.prints(
        "babe", DAY + timedelta(days=9), "Hội nghị công đoàn bàn về an toàn lao động và nhiều việc khác"
    )
    alone = press.prints("thudo", DAY, "Hội nghị khác")
    press.prints("lao_dong", DAY, "Hội nghị công đoàn về an toàn")
    number = press.akin(two, one)
    answer = found(press, "hội nghị")
    assert (answer.total, answer.articles, answer.at_least, answer.capped) == (2, 3, False, False)
    by_story = {hit.story: hit for hit in answer.hits}
    assert set(by_story) == {number, None}
    assert by_story[None].article_id == alone
    story = by_story[number]
    best = search_unfolded(press.connection, engine_for(press.connection), parse("hội nghị")).hits
    assert story.article_id == next(hit.article_id for hit in best if hit.story == number)
    assert {copy.url for copy in story.copies} == {
        f"https://{site}.example/{n}"
        for site, n, article in (("backan", 1, one), ("babe", 2, two), ("lao_dong", 4, one))
        if (article, n) != (story.article_id, {one: 1, two: 2}[story.article_id])
    }
    assert [hit.story for hit in best] == [number if hit.article_id in {one, two} else None for hit in best]


def test_what_matches_of_a_story_answers_for_it(press: Press) -> None:
    one, two = press.prints("backan", DAY, "Hội nghị gốc"), press.prints("babe", DAY, "Hội nghị chép")
    press.akin(two, one)
    for site, article in (("backan", one), ("babe", two)):
        answer = found(press, f"hội nghị site:{site}")
        assert [(hit.article_id, len(hit.copies)) for hit in answer.hits] == [(article, 1)]
        assert answer.total == answer.articles == 1


@pytest.mark.parametrize("typed", ["hội nghị", "2021..2022"])
def test_pages_of_stories_go_on_where_the_last_ended(press: Press, typed: str) -> None:
    ids = [press.prints("backan", DAY, f"Hội nghị lần thứ {n}") for n in range(12)]
    for one, two in ((0, 5), (5, 11), (3, 4)):
        press.akin(ids[two], ids[one])
    whole = found(press, typed)
    assert whole.total == 9
    pages = [found(press, typed, limit=2, offset=at).hits for at in range(0, 12, 2)]
    assert [hit for page in pages for hit in page] == list(whole.hits)


@dataclass
class Ranks:
    """An engine that finds what it is told, in that order."""

    ids: list[int]
    cap: int | None = None
    calls: list[tuple[int, int]] = field(default_factory=list)

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> Results:
        self.calls.append((limit, offset))
        ranked = self.ids[: self.cap]
        hits = tuple(Hit(one, 1.0) for one in ranked[offset : offset + limit])
        return Results(hits, len(self.ids), self.cap is not None)

    def matching(self, connection: Connection, query: Query) -> Iterable[int]:
        return self.ids

    def prepare(self, site: str, words: Words) -> Prepared:
        return words

    def put(self, connection: Connection, doc: SearchDoc, prepared: Any = None) -> None:
        raise AssertionError(doc)

    def remove(self, connection: Connection, article_id: int) -> None:
        raise AssertionError(article_id)

    def verify(self, connection: Connection) -> tuple[str, ...]:
        return ()


@pytest.fixture(scope="module")
def many() -> Iterator[Connection]:
    """6,000 articles, every two neighbours one story."""
    engine = open_database("sqlite://")
    upgrade(engine)
    with engine.begin() as connection:
        press = Press.opened(connection)
        at = {"site": "babe", "title": "Bài", "first_seen": press.placing.at, "changed_at": press.placing.at}
        rows = [{**at, "url": f"https://babe.example/{n}", "story_id": n // 2 + 1} for n in range(6000)]
        connection.execute(articles.insert(), rows)
        yield connection
    engine.dispose()


def test_a_capped_answer_says_at_least(many: Connection) -> None:
    answer = search_folded(many, Ranks(list(range(1, 6001)), cap=5000), ASKED, limit=3, offset=2499)
    assert (len(answer.hits), answer.total, answer.articles) == (1, 2500, 6000)
    assert answer.at_least
    assert answer.capped


def test_a_long_list_is_read_only_as_far_as_the_page_needs(many: Connection) -> None:
    listing = Ranks(list(range(1, 6001)))
    assert search_folded(many, listing, ASKED, limit=3).at_least
    assert listing.calls == [(5000, 0)]
    whole = search_folded(many, listing, ASKED, limit=3, offset=2998)
    assert (len(whole.hits), whole.total, whole.at_least) == (2, 3000, False)


def test_folding_five_thousand_candidates_costs_milliseconds(many: Connection) -> None:
    engine = Ranks(list(range(5000, 0, -1)))
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        found = engine.search(many, ASKED, limit=5000)
        ranked = time.perf_counter()
        search_folded(many, replace(engine), ASKED, limit=10)
        spent.append(time.perf_counter() - ranked - (ranked - began))
    assert len(found.hits) == 5000
    assert min(spent) < 0.05, "about 6 ms on an idle machine"


@settings(max_examples=30, deadline=None)
@given(
    ids=st.permutations(range(1, 13)),
    told=st.lists(st.sampled_from([None, 1, 2, 3]), min_size=12, max_size=12),
    limit=st.integers(1, 5),
)
def test_every_story_is_told_once_by_its_best(
    many: Connection, ids: list[int], told: list[int | None], limit: int
) -> None:
    with many.begin_nested() as nested:
        many.execute(update(articles).values(story_id=None).where(articles.c.id <= 12))
        for article, story in enumerate(told, 1):
            if story:
                many.execute(update(articles).values(story_id=9000 + story).where(articles.c.id == article))
        engine, hits = Ranks(ids), list[int]()
        while page := search_folded(many, engine, ASKED, limit=limit, offset=len(hits)).hits:
            hits += [hit.article_id for hit in page]
        nested.rollback()
    best: dict[int, int] = {}
    for article in ids:
        best.setdefault(told[article - 1] or -article, article)
    assert hits == list(best.values())
