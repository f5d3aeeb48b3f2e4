"""What stands as it was typed comes first, however old; what answers better without a word does, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.database.engine import open_database, upgrade
from storage.search.documents import FieldWords, SearchDoc
from storage.search.engine import engine_for, recreate_index
from storage.search.query.parse import parse
from storage.search.ranking.proximity import (
    ALL_PAIRS_POINTS,
    PAIR_POINTS,
    VERBATIM_RUN_POINTS,
    VERBATIM_RUN_WORDS,
    ProximityScorer,
    typed_orders,
)
from storage.search.results.result_page import SearchRequest, SearchResult, search_archive
from storage.search.sqlite import fts_matches, fts_rank, term_weights
from storage.search.sqlite.fts_query import fts_score_expression, scored_words
from tests.storage.copied_articles import DAY, Press

OLD = date(2001, 5, 1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """SQLite: its engine alone reads the words of the best."""
    opened = open_database(f"sqlite:///{tmp_path}/archive.db")
    upgrade(opened)
    yield opened
    opened.dispose()


def ways_of(typed: str) -> tuple[str, ...]:
    root = parse(typed).root
    assert root is not None
    return tuple(" ".join(row) for row in typed_orders(root))


def test_an_abbreviation_is_read_in_each_of_its_forms() -> None:
    assert ways_of("Quảng Trị trao quà") == ("quang tri trao qua",)
    assert {"ldld quang tri", "lien doan lao dong quang tri"} <= set(ways_of("LĐLĐ Quảng Trị"))
    assert len(ways_of("LĐLĐ CĐCS BCH UBND HĐND")) <= 6
    assert ways_of("trao site:babe quà") == ("trao qua",)


def judge(typed: str) -> ProximityScorer:
    root = parse(typed).root
    assert root is not None
    return ProximityScorer(dict.fromkeys(scored_words(root), 1.0), 100.0, typed_orders(root))


def streams(title: str, text: str = "") -> FieldWords:
    return FieldWords(title, text, "")


def test_words_that_stand_together_count_and_more_in_the_title() -> None:
    asked = judge("bữa cơm ca")
    apart = asked.pair_points(streams("com cua ca bua"))
    in_text, in_title = (
        asked.pair_points(streams("tin", "bua com ca")),
        asked.pair_points(streams("bua com ca")),
    )
    assert apart == 0.0
    assert 0 < in_text < in_title == pytest.approx(ALL_PAIRS_POINTS * 2 / 3)


def test_a_long_run_counts_beside_its_pairs() -> None:
    typed = " ".join(f"tu{n}" for n in range(VERBATIM_RUN_WORDS))
    asked = judge(typed)
    run = asked.pair_points(streams("", f"dau {typed} cuoi"))
    parted = asked.pair_points(streams("", f"dau {typed.replace('tu2 tu3', 'tu2 x tu2 tu3')} cuoi"))
    pairs = VERBATIM_RUN_WORDS - 1
    assert parted == pytest.approx(max(ALL_PAIRS_POINTS / pairs, PAIR_POINTS) * pairs / 3)
    assert run == pytest.approx(parted + VERBATIM_RUN_POINTS)


def test_the_long_form_stands_together_with_what_follows_its_abbreviation() -> None:
    asked = judge("trụ sở UBND huyện Ba Bể")
    long = asked.pair_points(streams("tru so uy ban nhan dan huyen ba be"))
    assert long == pytest.approx(asked.pair_points(streams("tru so ubnd huyen ba be")), rel=0.4)
    assert long > VERBATIM_RUN_POINTS


def test_scoring_asks_for_what_weighs_alone() -> None:
    def asked(typed: str, *heavy: str) -> str | None:
        root = parse(typed).root
        assert root is not None
        return fts_score_expression(root, set(heavy))

    assert asked("công đoàn cơm", "com", "doan") == '("doan") AND ("com")'
    assert asked("công đoàn") is None
    assert asked('"công đoàn" site:babe -cơm', "doan", "com") == '("doan")'
    assert asked("title:cơm", "com") == '{title} : "com"'
    assert asked("công OR cơm", "com") is None, "those with the other word alone would not be scored"
    assert asked("công* cơm", "com", "cong") == '("com")', "nothing is scored by a beginning"


def told(engine: Engine, asked: SearchRequest) -> SearchResult:
    with engine.connect() as connection:
        return search_archive(connection, engine_for(connection), asked)


def test_what_stands_as_typed_is_ranked_however_old(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fts_matches, fts_rank):
        monkeypatch.setattr(module, "MAX_RANKED_HITS", 10, raising=False)
    monkeypatch.setattr(fts_rank, "MAX_READ_CANDIDATES", 3)
    with engine.begin() as connection:
        press = Press.opened(connection)
        verbatim = press.prints("babe", OLD, "Trao quà Tết cho công nhân")
        for n in range(30):
            words = f"Tin số {n}: Tết này công nhân trao nhau nhiều lời chúc và quà cho nhau"
            press.prints("backan", DAY + timedelta(days=n), words)
    asked = SearchRequest(parse("trao quà tết cho công nhân"), limit=7)
    hits: list[int] = []
    while True:
        page = told(engine, asked)
        assert (page.article_count, page.ranked_count) == (31, 10)
        hits += [hit.article_id for hit in page.hits]
        if page.next_cursor is None:
            break
        asked = replace(asked, after=page.next_cursor)
    assert hits[0] == verbatim
    assert len(hits) == len(set(hits)) == 31, "on no page twice"


def test_what_answers_better_without_a_word_is_told_first(engine: Engine) -> None:
    long = "Chuyện vùng cao\nChợ họp sáng sớm. " + "Nội dung khác hẳn. " * 60
    with engine.begin() as connection:
        press = Press.opened(connection)
        for n in range(30):
            press.prints("backan", DAY, f"Tin chung số {n}: phong trào thi đua lao động giỏi")
        near = press.prints("babe", DAY, "Tin vui\nMười nữ công nhân nuôi tằm ở Chợ Rã được khen.")
        words = "Ông Rã kể chuyện nuôi cá. Con tằm. Mười nữ sinh. Công ty. Nhân dân mừng ở đó."
        far = press.prints("thudo", DAY, long + words)
    page = told(engine, SearchRequest(parse("mười nữ công nhân nuôi tằm ở Chợ Rã mừng")))
    assert [hit.article_id for hit in page.hits] == [far]
    assert [hit.article_id for hit in page.closer_hits] == [near]
    assert [hit.article_id for hit in page.all_hits][:2] == [near, far]
    assert near not in {hit.article_id for hit in page.relaxed_hits}


def test_a_word_is_counted_anew_when_the_index_has_grown(engine: Engine) -> None:
    search = engine_for("sqlite")
    with engine.begin() as connection:
        recreate_index(connection)

    def add(first: int, count: int) -> None:
        with engine.begin() as connection:
            for n in range(first, first + count):
                search.index_document(connection, SearchDoc(n, "Bữa cơm", None, "x", None, "s", None))

    def counted() -> int:
        with engine.connect() as connection:
            whole = term_weights.collection_statistics(connection)
            return term_weights.document_frequencies(connection, ["com"], whole)["com"]

    add(1, 50)
    assert counted() == 50
    add(51, 3)
    assert counted() == 50, "about as many: not counted again"
    add(54, 10)
    assert counted() == 63
