from __future__ import annotations

import pickle
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, inspect, text

from storage.search import postgres, ranking, sqlite, sqlite_find, sqlite_rank
from storage.search.documents import Listed
from storage.search.engine import Results, SearchDoc, SearchEngine, SearchIndexError, engine_for
from storage.search.match import matches
from storage.search.query import QueryError, parse
from storage.search.sqlite_weights import collection

MODULES = {"sqlite": sqlite, "postgresql": postgres}
EmptyDatabase = Callable[[str], AbstractContextManager[Engine]]

UNITS = (
    "LĐLĐ tỉnh Phú Thọ",
    "Liên đoàn Lao động huyện Thanh Ba",
    "Công đoàn ngành Giao thông vận tải",
    "CĐCS Công ty May Sông Hồng",
    "công đoàn cơ sở Trường THPT Hùng Vương",
    "Công đoàn Viên chức tỉnh Hòa Bình",
)
DEEDS = (
    "tổ chức hội nghị Ban Chấp hành lần thứ {n}",
    "trao {k}.500 suất quà Tết cho đoàn viên khó khăn",
    "ký thỏa ước lao động tập thể với người sử dụng lao động",
    "khám sức khỏe miễn phí cho nữ công nhân",
    "triển khai Quyết định {k}/QĐ-LĐLĐ về thi đua",
    "bàn giao nhà Mái ấm công đoàn tại xã Yên Lập",
    "tập huấn an toàn vệ sinh lao động tại khu công nghiệp Thụy Vân",
    "phát động Tháng Công nhân năm {y}",
)
ENDS = (
    "Dự buổi lễ có đại diện UBND tỉnh và lãnh đạo doanh nghiệp.",
    "Bữa cơm ca được nâng lên {k}.000 đồng.",
    "Căn cứ Nghị quyết 02-NQ/TW ngày 12/6/2021, các đơn vị rà soát hợp đồng lao động.",
    "Bán hàng lưu động giá rẻ phục vụ công nhân.",
    "Bạn đọc gửi câu hỏi về bảo hiểm xã hội.",
    "Nhiều NLĐ mong có nhà trẻ gần nơi làm việc.",
    "Cán bộ công đoàn hòa giải thành tranh chấp về tiền lương.",
)
AUTHORS = ("Lê Thị Hoa", "Nguyễn Văn Thủy", "Trần Đức Hoà", None)
SITES = ("ldld_phutho", "cd_gtvt", "laodong")
SECTIONS: tuple[tuple[str, ...], ...] = (("Tin tức", "Tin hoạt động công đoàn"), ("Văn bản",), ())
LAND = ("bac_kan", "bac_kan/ba_be", "thai_nguyen", None)


def corpus(count: int = 150) -> list[SearchDoc]:
    rng = random.Random(1929)

    def line(pattern: str) -> str:
        return pattern.format(n=rng.randint(1, 9), k=rng.randint(10, 40), y=rng.randint(2015, 2025))

    def one(number: int) -> SearchDoc:
        title = f"{rng.choice(UNITS)} {line(rng.choice(DEEDS))}"
        body = "\n".join(line(rng.choice(ENDS)) for _ in range(rng.randint(2, 5)))
        lead = f"{rng.choice(UNITS)} vừa {line(rng.choice(DEEDS))}." if rng.random() < 0.8 else None
        day = date(2020, 1, 1) + timedelta(days=rng.randint(0, 1500)) if rng.random() < 0.9 else None
        cited = ("02-NQ/TW",) if "02-NQ/TW" in body else ()
        return SearchDoc(
            number, title, lead, body, rng.choice(AUTHORS), rng.choice(SITES), day,
            section=SECTIONS[number % 3], documents=cited, place=LAND[number % 4],
            attached=number % 5 == 0, pictured=number % 2 == 0,
        )  # fmt: skip

    return [one(number) for number in range(1, count + 1)]


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


def created(engine: Engine) -> SearchEngine:
    with engine.begin() as connection:
        for statement in MODULES[engine.dialect.name].CREATE:
            connection.execute(text(statement))
    return engine_for(engine.dialect.name)


def put(engine: Engine, search: SearchEngine, *docs: SearchDoc) -> None:
    with engine.begin() as connection:
        for doc in docs:
            search.put(connection, doc)


def doc(number: int, title: str, body: str = "", day: date | None = None) -> SearchDoc:
    return SearchDoc(number, title, None, body, None, "site", day)


def found(engine: Engine, query: str, limit: int = 1000, offset: int = 0) -> list[int]:
    return [hit.article_id for hit in results(engine, query, limit, offset).hits]


def results(engine: Engine, query: str, limit: int = 1000, offset: int = 0) -> Results:
    with engine.connect() as connection:
        return engine_for(connection).search(connection, parse(query), limit=limit, offset=offset)


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
    docs = [(each, each.words(), frozenset(each.facts)) for each in corpus()]
    for query in (*QUERIES, *chance):
        root = parse(query).root
        assert root is not None
        true = {each.article_id for each, words, facts in docs if matches(root, words, facts)}
        assert set(found(filled, query)) == true, query


def test_all_that_matches_is_listed_by_day_and_counted_by_year(filled: Engine) -> None:
    by_id = {each.article_id: each for each in corpus()}
    search = engine_for(filled.dialect.name)
    for query in ("quà", "undated", "quà 2021..2022", "=hòa", "2021..2021", "không có chữ này"):
        with filled.connect() as connection:
            asked = parse(query)
            true = set(search.matching(connection, asked))
            for oldest_first in (False, True):
                row: list[Listed] = []
                while page := search.listed(
                    connection, asked, limit=7, after=row[-1].key if row else None, oldest_first=oldest_first
                ):
                    row += page
                keys = [each.key for each in row]
                assert keys == sorted(keys, reverse=not oldest_first)
                assert {each.article_id for each in row} == true
                assert len(row) == len(true)
                days = [by_id[each.article_id].day or date.min for each in row]
                assert days == sorted(days, reverse=not oldest_first)
            among = search.among(connection, asked, range(1, 60))
            assert among == {each.article_id: each.key for each in row if each.article_id < 60}
            ranked = search.ranked(connection, asked)
        years = Counter(day.year if (day := by_id[number].day) else None for number in true)
        assert {hit.article_id for hit in ranked.hits} == true
        assert (dict(ranked.years), ranked.total) == (dict(years), len(true))
        assert ranked.oldest == (min(keys) if keys else None)


def test_shelves_and_words(filled: Engine) -> None:
    with filled.connect() as connection:
        search = engine_for(connection)
        undated = search.ranked(connection, parse("undated")).shelves
        assert {each.article_id for each in undated} == {each.article_id for each in corpus() if not each.day}
        shelf = {each.article_id: each for each in search.ranked(connection, parse("lao động")).shelves}
        assert set(shelf) == set(search.matching(connection, parse("lao động")))
        assert (shelf[10].place, shelf[10].section) == ("thai_nguyen", "Văn bản")
        assert (shelf[10].attached, shelf[10].pictured, shelf[1].attached) == (True, True, False)
        assert search.known(connection, ["cong", "doan", "xyz", "c*", 'a"b', "nq"]) >= {"cong", "doan"}
        assert "xyz" not in search.known(connection, ["xyz"])
        together = search.together(connection, [("cong", "doan"), ("doan", "xyz")], 50)
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


def test_a_document_is_replaced_and_removed_without_a_trace(engine: Engine) -> None:
    search = created(engine)
    put(engine, search, doc(1, "Bữa cơm ca", "một hai", date(2020, 1, 1)), doc(2, "Bữa cơm ca"))
    put(engine, search, doc(1, "Nhà trẻ", "Ðoàn viên 589/QĐ-LĐLĐ", None))
    assert found(engine, "cơm") == [2]
    assert found(engine, "đoàn viên") == [1]
    with engine.begin() as connection:
        search.remove(connection, 1)
        search.remove(connection, 1)
        search.remove(connection, 77)
        assert search.verify(connection) == ()
    assert found(engine, "trẻ OR LĐLĐ OR cơm") == [2]


def test_what_a_reader_process_prepared_is_indexed_as_the_document_itself(engine: Engine) -> None:
    search = created(engine)
    first, second = doc(1, "Đại hội công đoàn", "Bầu ban chấp hành"), doc(1, "Hội thao công nhân", "Kéo co")
    for each, gone in ((first, "hội thao"), (second, "đại hội")):
        prepared = pickle.loads(pickle.dumps(search.prepare(each)))
        with engine.begin() as connection:
            search.put(connection, each, prepared)
            assert search.verify(connection) == ()
        assert found(engine, each.title) == [1]
        assert found(engine, gone) == []


def test_a_rolled_back_document_is_not_found(engine: Engine) -> None:
    search = created(engine)
    with engine.connect() as connection:
        search.put(connection, doc(1, "Bữa cơm ca"))
        connection.rollback()
    assert found(engine, "cơm") == []


def test_odd_documents_are_taken(engine: Engine) -> None:
    search = created(engine)
    odd = [
        SearchDoc(1, "", None, "", None, "", None),
        SearchDoc(2, "'; DROP TABLE x; -- \\ \"", "\x01 %s :a", "x" * 5000, "O'Neil", "a'b \"c\\d", date.min),
        SearchDoc(3, "lặp", None, "công đoàn " * 20_000, None, "s", date.max),
        SearchDoc(2**40, "ngày xửa", None, "ngày xưa", None, "s", None),
    ]
    put(engine, search, *odd, *odd)
    assert found(engine, "neil") == [2]
    assert found(engine, 'site:"a\'b "') == []
    assert found(engine, "site:a'b*") == [2]
    assert found(engine, "công đoàn") == [3]
    assert found(engine, '"ngày xưa"') == [2**40]
    with engine.begin() as connection:
        assert search.verify(connection) == ()


def test_many_hits_are_counted_and_only_the_newest_ranked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sqlite_find, sqlite_rank, postgres):
        monkeypatch.setattr(module, "MOST_RANKED", 10)
    docs = [doc(i, "Tin", "cơm ca", date(2020, 1, 1) + timedelta(days=(i * 37) % 101)) for i in range(100)]
    put(engine, created(engine), *docs)
    answer = results(engine, "cơm")
    newest = sorted(docs, key=lambda one: one.day or date.min, reverse=True)[:10]
    assert (answer.total, answer.capped) == (100, True)
    assert [hit.article_id for hit in answer.hits] == [one.article_id for one in newest]
    assert results(engine, "cơm", 5, 20).hits == ()
    assert not results(engine, "title:tin -cơm").capped


def test_the_tables_are_the_ones_named_and_can_be_dropped(engine: Engine) -> None:
    created(engine)
    module = MODULES[engine.dialect.name]
    assert set(inspect(engine).get_table_names()) == module.TABLE_NAMES
    with engine.begin() as connection:
        for statement in module.DROP:
            connection.execute(text(statement))
    assert inspect(engine).get_table_names() == []


def _spoil(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO search_fts (rowid, title) VALUES (5, 'lạ')"))
    else:
        connection.execute(text("UPDATE search_documents SET words = words || 'lạ'::tsvector"))


def test_a_spoilt_index_is_noticed(engine: Engine) -> None:
    search = created(engine)
    put(engine, search, doc(1, "Bữa cơm ca"))
    with engine.begin() as connection:
        _spoil(connection)
        assert any("rebuild" in line for line in search.verify(connection))


def test_another_folding_is_noticed_and_never_deleted_wrongly(engine: Engine) -> None:
    search = created(engine)
    put(engine, search, doc(1, "Bữa cơm ca"))
    with engine.begin() as connection:
        changed = "checksum = 1, " if engine.dialect.name == "sqlite" else ""
        connection.execute(text(f"UPDATE search_documents SET {changed} norm_version = 99"))
        assert "another folding" in " ".join(search.verify(connection))
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection, pytest.raises(SearchIndexError, match=r"article 1 .* rebuild"):
            search.remove(connection, 1)


def test_words_lost_from_the_sqlite_index_are_named(empty_database: EmptyDatabase) -> None:
    with empty_database("sqlite") as engine:
        search = created(engine)
        put(engine, search, doc(1, "Bữa cơm ca"), doc(2, "Nhà trẻ"))
        with engine.begin() as connection:
            # What a delete with wrong words does: the reason why the right ones are kept.
            lose = "INSERT INTO search_fts (search_fts, rowid, title) SELECT 'delete', id, 'bua' "
            connection.execute(text(lose + "FROM search_documents WHERE article_id = 1"))
            lines = " ".join(search.verify(connection))
        assert "`bua` stands 0 times in title, 1 expected" in lines
        assert "not in search_fts" in lines


def test_a_day_with_more_articles_than_row_ids_spills_to_the_day_before(
    empty_database: EmptyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.search.sqlite_rows.DAY_BITS", 2)
    with empty_database("sqlite") as engine:
        search = created(engine)
        day = date(2024, 5, 1)
        put(
            engine,
            search,
            *(doc(i, "Tin", "", day) for i in range(10)),
            doc(99, "Tin", "", day + timedelta(1)),
        )
        put(engine, search, doc(50, "Tin", "", None))
        assert found(engine, "tin")[0] == 99
        assert found(engine, "tin")[-1] == 50
        assert sorted(found(engine, "tin")) == [*range(10), 50, 99]


def test_an_unknown_database_has_no_engine() -> None:
    with pytest.raises(SearchIndexError, match="oracle"):
        engine_for("oracle")


def test_rounded_scores_let_title_and_day_decide() -> None:
    new, old = (2, 0), (1, 0)
    candidates = [
        ranking.Candidate(old, 1, 1.0001),
        ranking.Candidate(new, 2, 1.0),
        ranking.Candidate(old, 3, 1.0, titled=True),
        ranking.Candidate(new, 4, 9.0, exact=False),
    ]
    assert [one.article_id for one in ranking.in_order(candidates)] == [3, 2, 1, 4]


def test_an_articles_files_are_searched_with_it_and_alone(engine: Engine) -> None:
    search = created(engine)
    filed = replace(doc(1, "Công văn triển khai", "Gửi các đơn vị."), files="Kế hoạch mái ấm công đoàn")
    put(engine, search, filed, doc(2, "Mái ấm công đoàn", "Bàn giao nhà."))
    assert found(engine, "mái ấm") == [2, 1]  # a title weighs more than a file
    assert found(engine, '"mai am cong doan"') == [2, 1]
    assert found(engine, "công văn mái ấm") == [1]
    assert found(engine, "file:mái") == found(engine, 'file:"ke hoach mai am"') == [1]
    assert found(engine, "title:mái") == [2]
    assert found(engine, "triển khai -file:ấm") == []
    put(engine, search, replace(filed, files=""))
    assert found(engine, "mái ấm") == [2]
    with engine.connect() as connection:
        assert search.verify(connection) == ()


def test_a_long_file_does_not_bury_the_article_that_offers_it(engine: Engine) -> None:
    search = created(engine)
    report = " ".join(f"số liệu {number} của đơn vị" for number in range(4000))
    others = [doc(at, f"Tin hoạt động {at}", "Hội nghị tổng kết. " * 40) for at in range(10, 60)]
    mentions = doc(2, "Tin vắn", "Đại biểu thảo luận về nhà trẻ. " + "Nội dung khác. " * 60)
    put(engine, search, *others, mentions, replace(doc(1, "Xây nhà trẻ", "Khởi công."), files=report))
    assert found(engine, "nhà trẻ") == [1, 2]
    assert found(engine, "trẻ") == [1, 2]


def test_the_mean_length_is_that_of_the_rows(empty_database: EmptyDatabase) -> None:
    with empty_database("sqlite") as engine:
        put(engine, created(engine), *corpus(40), replace(doc(99, "Tệp", "x"), files="một hai ba " * 900))
        with engine.connect() as connection:
            kept = connection.execute(text("SELECT avg(length) FROM search_documents")).scalar_one()
            assert collection(connection).mean == pytest.approx(kept)


@pytest.mark.parametrize("length", [1_000, 20_000, 100_000])
def test_a_score_is_set_right_for_a_word_of_the_title_and_never_too_high(length: int) -> None:
    def bm25(frequency: float, words: int) -> float:
        return ranking.bm25(frequency, words, 1_000)

    title = ranking.as_without_files(bm25(ranking.TITLE, length), length, 800, 1_000)
    assert title == pytest.approx(bm25(ranking.TITLE, 800))
    for frequency in (1, 3, 7):
        assert (
            ranking.as_without_files(bm25(frequency, length), length, 800, 1_000)
            <= bm25(frequency, 800) + 1e-9
        )


def test_an_author_counts_in_the_order(engine: Engine) -> None:
    named = replace(doc(1, "Tin một", "Nội dung."), author="Hoàng Minh")
    others = [doc(at, f"Tin số {at}", "Nội dung khác.") for at in range(10, 20)]
    put(engine, created(engine), *others, named, doc(2, "Tin hai", "Nội dung của Hoàng Minh."))
    assert found(engine, "hoàng") == [1, 2]


@pytest.mark.parametrize(
    "query", ["công*", "lao* động", "công đoàn", "công đoàn -section:văn", "đoàn OR quà"]
)
def test_the_newest_are_ranked_and_every_year_is_counted(
    filled: Engine, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for module in (postgres, sqlite_find, sqlite_rank):
        monkeypatch.setattr(module, "MOST_RANKED", 10)
    search, asked = engine_for(filled.dialect.name), parse(query)
    with filled.connect() as connection:
        true = set(search.matching(connection, asked))
        newest = search.listed(connection, asked, limit=10)
        ranked = search.ranked(connection, asked)
    days = {each.article_id: each.day for each in corpus()}
    years = Counter(day.year if (day := days[number]) else None for number in true)
    assert ranked.capped
    assert {hit.article_id for hit in ranked.hits} == {each.article_id for each in newest}
    assert (dict(ranked.years), ranked.total) == (dict(years), len(true))
