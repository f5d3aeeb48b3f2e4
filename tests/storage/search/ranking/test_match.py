"""What a query finds in a corpus: the same on both engines, and what the words themselves say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import Engine

from storage.search.documents import DatedHit
from storage.search.engine import engine_for
from storage.search.postgres import tsvector_engine as postgres
from storage.search.query.parse import QueryError, parse
from storage.search.ranking.match import matches_query
from storage.search.sqlite import fts_matches, fts_rank
from tests.storage.search.corpus import EmptyDatabase, corpus, created, found, put, results

QUERIES = (
    "công đoàn", "cong doan", "LĐLĐ", "ldld", "liên đoàn lao động", '"liên đoàn lao động tỉnh phú thọ"',
    "CĐCS", "công đoàn cơ sở", "NLĐ", "GTVT", '"mái ấm công đoàn"', '"mai am cong doan"', "khám sức khoẻ",
    "bán hàng", "ban hang", "bữa cơm OR nhà trẻ", "tháng công nhân -quà", 'hội nghị NOT "ban chấp hành"',
    "thoả ước*", "doanh ngh*", "title:quà", "title:CĐCS hội nghị", "author:hoa", 'author:"trần đức hòa"',
    "site:ldld_phutho quà", "site:ldld* OR site:laodong", "quà -site:laodong", "12/6/2021", "02-NQ/TW",
    "6/2021",
    "20.500", "QĐ-LĐLĐ", '"quyết định"', "hòa giải OR tập huấn -author:hoa", "không có chữ này",
    "title:công* -title:nghị", '"lao động tập*"', "NOT quà hội nghị", "công an",
    "(quà OR khám) -(tết OR phú)", "quà (tết OR (khó khăn -tết))", "title:(quà OR khám)",
    "NEAR(quà tết, 0)", "NEAR(tết quà, 3)", 'NEAR("suất quà" "khó khăn", 4)', "title:NEAR(hội hành, 5)",
    "NEAR(hợp đồng)",
    "=hòa", "=hoà giải", "=hoa", '="tổ chức"', '="to chuc"', "hội nghị -=phú", "=589", "title:=quà",
    "=qu OR =khám",
    "section:tin", 'section:"hoạt động"', "section:“tin tuc”", "-section:tin quà", "doc:02-NQ/TW",
    "doc:NQ/TW",
    "place:bac_kan", "place:thái nguyên", "place:=thai_nguyen", "place:ba bể quà", "-place:bac_kan lao động",
    "has:file", "has:image quà", "has:file -has:image", "site:laodong (place:bac_kan OR has:file)",
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def filled(request: pytest.FixtureRequest, empty_database: EmptyDatabase) -> Iterator[Engine]:
    """The shared corpus in one engine."""
    with empty_database(request.param) as engine:
        put(engine, created(engine), *corpus())
        yield engine


def by_chance(count: int) -> list[str]:
    """Queries nobody would write, out of words and phrases of the corpus."""
    rng = random.Random(7)
    texts = corpus()

    def item(words: list[str]) -> str:
        at = rng.randrange(len(words) - 3)
        phrase = " ".join(words[at : at + rng.randint(2, 3)])
        return rng.choice([words[at], words[at], f'"{phrase}"', f"title:{words[at]}"])

    def query() -> str:
        one, other = rng.choice(texts), rng.choice(texts)
        words = [word.strip(".,") for word in f"{one.title} {other.body}".split()]
        joints = rng.choices([" ", " OR ", " -"], [5, 2, 1], k=rng.randint(0, 4))
        return "".join([item(words), *(joint + item(words) for joint in joints)])

    return [query() for _ in range(count)]


def understood(query: str) -> bool:
    try:
        return bool(parse(query))
    except QueryError:
        return False  # an exclusion beside OR


@pytest.mark.postgresql
def test_both_engines_find_the_same(empty_database: EmptyDatabase) -> None:
    chance = [query for query in by_chance(150) if understood(query)]
    with empty_database("sqlite") as one, empty_database("postgresql") as other:
        for engine in (one, other):
            put(engine, created(engine), *corpus())
        answers = {query: (set(found(one, query)), set(found(other, query))) for query in (*QUERIES, *chance)}
    assert {query: pair for query, pair in answers.items() if pair[0] != pair[1]} == {}
    empty = [query for query in QUERIES if not answers[query][0]]
    assert empty == ["không có chữ này", '="to chuc"', "=589"]  # the rest compare something
    assert sum(bool(answers[query][0]) for query in chance) > 60


def test_the_engines_find_what_the_words_themselves_say(filled: Engine) -> None:
    chance = [query for query in by_chance(150) if understood(query)]
    docs = [(each, each.words(), frozenset(each.filter_values)) for each in corpus()]
    for query in (*QUERIES, *chance):
        root = parse(query).root
        assert root is not None
        true = {each.article_id for each, words, facts in docs if matches_query(root, words, facts)}
        assert set(found(filled, query)) == true, query


def test_all_that_matches_is_listed_by_day_and_counted_by_year(filled: Engine) -> None:
    by_id = {each.article_id: each for each in corpus()}
    search = engine_for(filled.dialect.name)
    for query in ("quà", "undated", "quà 2021..2022", "=hòa", "2021..2021", "không có chữ này"):
        with filled.connect() as connection:
            asked = parse(query)
            true = set(search.matching_ids(connection, asked))
            for oldest_first in (False, True):
                row: list[DatedHit] = []
                while page := search.list_by_day(
                    connection, asked, limit=7, after=row[-1].key if row else None, oldest_first=oldest_first
                ):
                    row += page
                keys = [each.key for each in row]
                assert keys == sorted(keys, reverse=not oldest_first)
                assert {each.article_id for each in row} == true
                assert len(row) == len(true)
                days = [by_id[each.article_id].day or date.min for each in row]
                assert days == sorted(days, reverse=not oldest_first)
            among = search.matching_day_keys(connection, asked, range(1, 60))
            assert among == {each.article_id: each.key for each in row if each.article_id < 60}
            ranked = search.rank_matches(connection, asked)
        years = Counter(day.year if (day := by_id[number].day) else None for number in true)
        assert {hit.article_id for hit in ranked.hits} == true
        assert (dict(ranked.years), ranked.total) == (dict(years), len(true))
        assert ranked.oldest_key == (min(keys) if keys else None)


def test_shelves_and_words(filled: Engine) -> None:
    with filled.connect() as connection:
        search = engine_for(connection)
        undated = search.rank_matches(connection, parse("undated")).facet_rows
        assert {each.article_id for each in undated} == {each.article_id for each in corpus() if not each.day}
        shelf = {
            each.article_id: each for each in search.rank_matches(connection, parse("lao động")).facet_rows
        }
        assert set(shelf) == set(search.matching_ids(connection, parse("lao động")))
        assert (shelf[10].place, shelf[10].section) == ("thai_nguyen", "Văn bản")
        assert (shelf[10].has_files, shelf[10].has_images, shelf[1].has_files) == (True, True, False)
        assert search.indexed_words(connection, ["cong", "doan", "xyz", "c*", 'a"b', "nq"]) >= {
            "cong",
            "doan",
        }
        assert "xyz" not in search.indexed_words(connection, ["xyz"])
        together = search.count_word_pairs(connection, [("cong", "doan"), ("doan", "xyz")], 50)
        assert together == {("cong", "doan"): 50, ("doan", "xyz"): 0}


def test_all_ways_of_typing_find_the_same(
    filled: Engine, ways_of_typing: Callable[[str], dict[str, str]]
) -> None:
    for query in ('"Hòa Bình" công đoàn', "thỏa ước lao động", "Thụy Vân", '"Quyết định" LĐLĐ', "sức khỏe"):
        answers = {way: set(found(filled, typed)) for way, typed in ways_of_typing(query).items()}
        assert len(set(map(frozenset, answers.values()))) == 1, (query, answers)
        assert answers["accents"], query


def test_what_a_word_finds_its_exclusion_takes_away(filled: Engine) -> None:
    everything = set(found(filled, "công đoàn"))
    for word in ("bán", "quà", '"nhà trẻ"', "author:hoa", "site:laodong", "LĐLĐ"):
        with_word = set(found(filled, f"công đoàn {word}"))
        assert set(found(filled, f"công đoàn -{word}")) == everything - with_word
        assert with_word


def test_days_narrow_what_is_found(filled: Engine) -> None:
    by_id = {each.article_id: each for each in corpus()}

    def days(query: str) -> list[date | None]:
        return [by_id[number].day for number in found(filled, query)]

    undated = {number for number, each in by_id.items() if each.day is None}
    assert set(found(filled, "undated")) == undated != set()
    assert set(found(filled, "quà undated")) == undated & set(found(filled, "quà"))
    year = days("quà 2021..2022-06")
    assert year and all(day and date(2021, 1, 1) <= day <= date(2022, 6, 30) for day in year)
    in_all = [day for day in days("quà") if day and date(2021, 1, 1) <= day <= date(2022, 6, 30)]
    assert len(year) == len(in_all)
    alone = days("2021..2021")
    assert len(alone) == sum(1 for each in by_id.values() if each.day and each.day.year == 2021)
    assert alone == sorted(alone, key=str, reverse=True), "without words the newest come first"
    assert results(filled, "2021..2021", limit=2, offset=2).hits == results(filled, "2021..2021").hits[2:4]
    assert days("date:1999") == []


def test_pages_follow_each_other(filled: Engine) -> None:
    whole = found(filled, "lao động")
    pages = [found(filled, "lao động", 7, offset) for offset in range(0, len(whole), 7)]
    assert [number for page in pages for number in page] == whole
    assert results(filled, "lao động", 1).total == len(whole) == len(set(whole))
    assert found(filled, "lao động", 7, 10_000) == []


def test_a_title_finds_its_article_first(filled: Engine) -> None:
    sample = random.Random(3).sample(corpus(), 30)
    same_title = {one.title for one in corpus() if sum(one.title == two.title for two in corpus()) > 1}
    for one in sample:
        if one.title not in same_title:
            assert found(filled, one.title, 1) == [one.article_id], one.title


def test_the_index_is_sound(filled: Engine) -> None:
    with filled.begin() as connection:
        assert engine_for(connection).verify(connection) == ()


@pytest.mark.parametrize(
    "query", ["công*", "lao* động", "công đoàn", '"công đoàn"', "công đoàn -section:văn", "đoàn OR quà"]
)
def test_the_newest_are_ranked_and_every_year_is_counted(
    filled: Engine, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for module in (postgres, fts_matches, fts_rank):
        monkeypatch.setattr(module, "MAX_RANKED_HITS", 10)
    search, asked = engine_for(filled.dialect.name), parse(query)
    with filled.connect() as connection:
        true = set(search.matching_ids(connection, asked))
        newest = search.list_by_day(connection, asked, limit=10)
        ranked = search.rank_matches(connection, asked)
    days = {each.article_id: each.day for each in corpus()}
    years = Counter(day.year if (day := days[number]) else None for number in true)
    assert ranked.is_capped
    assert {hit.article_id for hit in ranked.hits} == {each.article_id for each in newest}
    assert (dict(ranked.years), ranked.total) == (dict(years), len(true))
