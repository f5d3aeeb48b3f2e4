"""What comes first among the articles a query finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text

from storage.search.postgres import tsvector_engine as postgres
from storage.search.ranking import rank as ranking
from storage.search.sqlite import fts_matches, fts_rank
from storage.search.sqlite.term_weights import collection_statistics
from tests.storage.search.corpus import EmptyDatabase, corpus, created, doc, found, put, results


def test_accents_as_typed_come_first_and_others_are_found_too(engine: Engine) -> None:
    bodies = ["bán hàng", "bản hạng", "bạn hãng", "ban hang"]
    put(engine, created(engine), *(doc(i, "Tin", b, date(2020, 1, i)) for i, b in enumerate(bodies, 1)))
    assert found(engine, "bán hàng") == [1, 4, 3, 2]
    assert found(engine, "bản hạng")[0] == 2
    assert found(engine, '"bạn hãng"')[0] == 3
    assert found(engine, "ban hang") == [4, 3, 2, 1]  # nothing preferred: the newest first


def test_a_whole_number_comes_before_a_longer_one(engine: Engine) -> None:
    docs = [
        doc(1, "Quà", "15.500 suất"),
        doc(2, "Quà", "15.500.000 đồng", date(2024, 1, 1)),
        doc(3, "Quà", "500"),
    ]
    put(engine, created(engine), *docs)
    assert found(engine, "15.500") == [1, 2]
    assert found(engine, "500") == [3, 2, 1]


def test_a_sentence_finds_the_text_it_stands_in(empty_database: EmptyDatabase) -> None:
    words = ["công", "đoàn", "trao", "quà", "cho", "công", "nhân", "khu", "công", "nghiệp", "Thụy", "Vân"]
    with empty_database("sqlite") as engine:
        turned = " ".join((*words[5:], *words[:5]))
        docs = [doc(number, "Tin", f"{turned} nay {turned} {number}.") for number in range(2, 6)]
        put(engine, created(engine), doc(1, "Tin", " ".join(words) + " " + "và tin khác " * 40), *docs)
        assert found(engine, " ".join(words))[0] == 1


def test_title_counts_more_than_text(engine: Engine) -> None:
    filler = [doc(i, f"Tin số {i}", "Hội nghị tổng kết cuối năm.") for i in range(3, 30)]
    docs = [doc(1, "Bàn giao nhà", "mái ấm"), doc(2, "Trao mái ấm", "bàn giao nhà", date(2019, 1, 1))]
    put(engine, created(engine), *docs, *filler)
    assert found(engine, "mái ấm") == [2, 1]


def test_words_in_most_documents_leave_the_day_to_decide(engine: Engine) -> None:
    docs = [
        doc(i, f"Tin {i}", "công đoàn " * (1 + i % 3), date(2020, 1, 1) + timedelta(days=i * 37 % 101))
        for i in range(1, 20)
    ]
    put(engine, created(engine), *docs, doc(50, "Công đoàn", "tin", date(2000, 1, 1)))
    if engine.dialect.name == "sqlite":
        newest = sorted(docs, key=lambda one: one.day or date.min, reverse=True)
        assert found(engine, "công") == [50, *(one.article_id for one in newest)]
    assert found(engine, "công")[0] == 50  # the only one with it in the title


def test_many_hits_are_counted_and_only_the_newest_ranked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (fts_matches, fts_rank, postgres):
        monkeypatch.setattr(module, "MAX_RANKED_HITS", 10)
    docs = [doc(i, "Tin", "cơm ca", date(2020, 1, 1) + timedelta(days=(i * 37) % 101)) for i in range(100)]
    put(engine, created(engine), *docs)
    answer = results(engine, "cơm")
    newest = sorted(docs, key=lambda one: one.day or date.min, reverse=True)[:10]
    assert (answer.total, answer.is_capped) == (100, True)
    assert [hit.article_id for hit in answer.hits] == [one.article_id for one in newest]
    assert results(engine, "cơm", 5, 20).hits == ()
    assert not results(engine, "title:tin -cơm").is_capped


def test_rounded_scores_let_title_and_day_decide() -> None:
    new, old = (2, 0), (1, 0)
    candidates = [
        ranking.RankCandidate(old, 1, 1.0001),
        ranking.RankCandidate(new, 2, 1.0),
        ranking.RankCandidate(old, 3, 1.0, all_in_title=True),
        ranking.RankCandidate(new, 4, 9.0, has_typed_accents=False),
    ]
    assert [one.article_id for one in ranking.sort_by_rank(candidates)] == [3, 2, 1, 4]


def test_a_long_file_does_not_bury_the_article_that_offers_it(engine: Engine) -> None:
    search = created(engine)
    report = " ".join(f"số liệu {number} của đơn vị" for number in range(4000))
    others = [doc(at, f"Tin hoạt động {at}", "Hội nghị tổng kết. " * 40) for at in range(10, 60)]
    mentions = doc(2, "Tin vắn", "Đại biểu thảo luận về nhà trẻ. " + "Nội dung khác. " * 60)
    put(
        engine,
        search,
        *others,
        mentions,
        replace(doc(1, "Xây nhà trẻ", "Khởi công."), attachment_text=report),
    )
    assert found(engine, "nhà trẻ") == [1, 2]
    assert found(engine, "trẻ") == [1, 2]


def test_the_mean_length_is_that_of_the_rows(empty_database: EmptyDatabase) -> None:
    with empty_database("sqlite") as engine:
        put(
            engine,
            created(engine),
            *corpus(40),
            replace(doc(99, "Tệp", "x"), attachment_text="một hai ba " * 900),
        )
        with engine.connect() as connection:
            kept = connection.execute(text("SELECT avg(length) FROM search_documents")).scalar_one()
            assert collection_statistics(connection).mean_words == pytest.approx(kept)


@pytest.mark.parametrize("length", [1_000, 20_000, 100_000])
def test_a_score_is_set_right_for_a_word_of_the_title_and_never_too_high(length: int) -> None:
    def bm25(frequency: float, words: int) -> float:
        return ranking.bm25(frequency, words, 1_000)

    title = ranking.score_without_files(bm25(ranking.TITLE_WEIGHT, length), length, 800, 1_000)
    assert title == pytest.approx(bm25(ranking.TITLE_WEIGHT, 800))
    for frequency in (1, 3, 7):
        assert (
            ranking.score_without_files(bm25(frequency, length), length, 800, 1_000)
            <= bm25(frequency, 800) + 1e-9
        )


def test_an_author_counts_in_the_order(engine: Engine) -> None:
    named = replace(doc(1, "Tin một", "Nội dung."), author="Hoàng Minh")
    others = [doc(at, f"Tin số {at}", "Nội dung khác.") for at in range(10, 20)]
    put(engine, created(engine), *others, named, doc(2, "Tin hai", "Nội dung của Hoàng Minh."))
    assert found(engine, "hoàng") == [1, 2]
