"""The index under every change to a document, and how its damage is noticed."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, inspect, text

from storage.search.engine import SearchDoc, SearchIndexError, engine_for
from tests.storage.search.corpus import MODULES, EmptyDatabase, created, doc, found, put


def test_a_document_is_replaced_and_removed_without_a_trace(engine: Engine) -> None:
    search = created(engine)
    put(engine, search, doc(1, "Bữa cơm ca", "một hai", date(2020, 1, 1)), doc(2, "Bữa cơm ca"))
    put(engine, search, doc(1, "Nhà trẻ", "Ðoàn viên 589/QĐ-LĐLĐ", None))
    assert found(engine, "cơm") == [2]
    assert found(engine, "đoàn viên") == [1]
    with engine.begin() as connection:
        search.remove_document(connection, 1)
        search.remove_document(connection, 1)
        search.remove_document(connection, 77)
        assert search.verify(connection) == ()
    assert found(engine, "trẻ OR LĐLĐ OR cơm") == [2]


def test_what_a_reader_process_prepared_is_indexed_as_the_document_itself(engine: Engine) -> None:
    search = created(engine)
    first, second = doc(1, "Đại hội công đoàn", "Bầu ban chấp hành"), doc(1, "Hội thao công nhân", "Kéo co")
    for each, gone in ((first, "hội thao"), (second, "đại hội")):
        prepared = pickle.loads(pickle.dumps(search.prepare(each)))
        with engine.begin() as connection:
            search.index_document(connection, each, prepared)
            assert search.verify(connection) == ()
        assert found(engine, each.title) == [1]
        assert found(engine, gone) == []


def test_a_rolled_back_document_is_not_found(engine: Engine) -> None:
    search = created(engine)
    with engine.connect() as connection:
        search.index_document(connection, doc(1, "Bữa cơm ca"))
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
            search.remove_document(connection, 1)


def test_words_lost_from_the_sqlite_index_are_named(empty_database: EmptyDatabase) -> None:
    with empty_database("sqlite") as engine:
        search = created(engine)
        put(engine, search, doc(1, "Bữa cơm ca"), doc(2, "Nhà trẻ"))
        with engine.begin() as connection:
            # What a delete with wrong words does: the reason why the right ones are kept.
            lose = "INSERT INTO search_fts (search_fts, rowid, title) SELECT 'delete', id, 'bua' "
            connection.execute(text(lose + "FROM search_documents WHERE article_id = 1"))
            lines = " ".join(search.verify(connection))
        assert "`bua` occurs 0 times in title, 1 expected" in lines
        assert "not in search_fts" in lines


def test_a_day_with_more_articles_than_row_ids_spills_to_the_day_before(
    empty_database: EmptyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.search.sqlite.index_row.DAY_BITS", 2)
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


def test_an_articles_files_are_searched_with_it_and_alone(engine: Engine) -> None:
    search = created(engine)
    filed = replace(
        doc(1, "Công văn triển khai", "Gửi các đơn vị."), attachment_text="Kế hoạch mái ấm công đoàn"
    )
    put(engine, search, filed, doc(2, "Mái ấm công đoàn", "Bàn giao nhà."))
    assert found(engine, "mái ấm") == [2, 1]  # a title weighs more than a file
    assert found(engine, '"mai am cong doan"') == [2, 1]
    assert found(engine, "công văn mái ấm") == [1]
    assert found(engine, "file:mái") == found(engine, 'file:"ke hoach mai am"') == [1]
    assert found(engine, "title:mái") == [2]
    assert found(engine, "triển khai -file:ấm") == []
    put(engine, search, replace(filed, attachment_text=""))
    assert found(engine, "mái ấm") == [2]
    with engine.connect() as connection:
        assert search.verify(connection) == ()
