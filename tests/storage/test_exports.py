"""Exports: what every format gives back, what a selection and a cursor choose."""

from __future__ import annotations

import csv as plain_csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import orjson
import pandas
import polars
import pyarrow.parquet
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from storage import catalogue
from storage.changes import newest
from storage.database import snapshot
from storage.export import parquet
from storage.export.columns import arrow_schema
from storage.export.csv import FORMULA, safe
from storage.export.errors import CursorError, ExportError
from storage.export.formats import EXCEL, FORMATS, format_of
from storage.export.jsonl import line_of
from storage.export.manifest import beside, problems, read_cursor, read_manifest
from storage.export.reading import find
from storage.export.row import COLUMNS, ExportRow, Row, read_row
from storage.export.rows import quoted
from storage.export.run import Job, export_file, export_stream
from storage.export.schema import meanings, schema
from storage.export.selection import Choice, Selection
from storage.export.types import column_types, type_of
from storage.schema import revisions
from tests.storage.scribe import Scribe

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALL = Selection()


@pytest.fixture
def scribe(archive: Engine) -> Scribe:
    made = Scribe(archive)
    made.write(60)
    return made


@contextmanager
def job(engine: Engine, form: str = "jsonl", wanted: Selection = ALL) -> Iterator[Job]:
    with snapshot(engine) as connection:
        yield Job(Choice(connection, wanted), FORMATS[form], NOW)


def exported(engine: Engine, wanted: Selection = ALL) -> tuple[list[Row], int]:
    """The rows of an export, and the cursor to go on from."""
    stream = io.BytesIO()
    with job(engine, wanted=wanted) as asked:
        tally = export_stream(asked, stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert tally.rows == len(rows)
    return rows, asked.choice.cursor


def settled(row: Row) -> Row:
    """A row without what moves on and is told by no change."""
    places = [{k: v for k, v in place.items() if k != "last_seen"} for place in row["appearances"]]
    return {**row, "appearances": places}


def test_a_row_is_what_the_catalogue_knows(archive: Engine, scribe: Scribe) -> None:
    rows, _ = exported(archive)
    judge = jsonschema.Draft202012Validator(schema())
    assert [error.message for row in rows for error in judge.iter_errors(row)] == []
    with snapshot(archive) as connection:
        assert [row["id"] for row in rows] == [number for number, _ in catalogue.every_article(connection)]
        for row in rows:
            read = read_row(json.dumps(row))
            texts = catalogue.revisions_of(connection, read.id)
            places = catalogue.appearances_of(connection, read.id)
            newest_text = texts[-1]
            for field in fields(newest_text.article):
                assert getattr(read, field.name) == getattr(newest_text.article, field.name), field.name
            assert (read.revision, read.exact, read.content) == (
                len(texts),
                newest_text.exact,
                newest_text.content,
            )
            assert [(n.number, n.noticed_at, n.content) for n in read.revisions] == [
                (text.number, text.noticed_at, text.content) for text in texts
            ]
            assert [(p.url, p.author, p.first_seen, p.last_seen, p.gone_at) for p in read.appearances] == [
                (p.url, p.author, p.first_seen, p.last_seen, p.gone_at) for p in places
            ]
            assert read.gone == all(place.gone_at for place in places)
            assert json.loads(line_of(connection, read.id)) == row
    assert {row["gone"] for row in rows} == {True, False}
    assert any(len(row["revisions"]) > 1 for row in rows)
    assert any(len({place["author"] for place in row["appearances"]}) > 1 for row in rows)


@pytest.mark.parametrize(
    ("printed", "instant"),
    [
        ({"day": "2024-02-03", "time": None, "offset": None}, None),
        ({"day": "2024-02-03", "time": "08:05:00", "offset": None}, "2024-02-03T01:05:00+00:00"),
        ({"day": "2024-02-03", "time": "08:05:00", "offset": 0}, "2024-02-03T08:05:00+00:00"),
        ({"day": "2024-02-03", "time": "08:05:00", "offset": -330}, "2024-02-03T13:35:00+00:00"),
    ],
)
def test_a_printed_time_is_an_instant_when_it_has_an_hour(printed: Row, instant: str | None) -> None:
    from storage.export.rows import _instant

    told = _instant(printed)
    assert (datetime.fromisoformat(told).astimezone(UTC).isoformat() if told else None) == instant


SELECTIONS = [
    Selection(sites=("tinh",)),
    Selection(sites=("huyen", "nganh")),
    Selection(places=("bac_kan",)),
    Selection(places=("bac_kan/ba_be", "thai_nguyen")),
    Selection(first_day=date(2022, 1, 1)),
    Selection(first_day=date(2021, 1, 1), last_day=date(2023, 6, 30)),
    Selection(query="thang cong nhan"),
    Selection(query='"tết sum vầy" OR "an toàn"', sites=("huyen",), last_day=date(2024, 1, 1)),
]


def fits(row: Row, wanted: Selection) -> bool:
    """What a selection means, said once more."""
    place = row["place"]
    inside = [place == key or (place or "").startswith(f"{key}/") for key in wanted.places]
    said = row["title"].lower()
    words = {"thang cong nhan": ("tháng công nhân",), None: ("",)}
    among = words.get(wanted.query, ("tết sum vầy", "an toàn"))
    return (
        (not wanted.sites or any(shown["site"] in wanted.sites for shown in row["appearances"]))
        and (not wanted.places or any(inside))
        and (wanted.first_day is None or (row["day"] or "") >= wanted.first_day.isoformat())
        and (wanted.last_day is None or (row["day"] or "9") <= wanted.last_day.isoformat())
        and any(word in said for word in among)
    )


def test_selections_choose_what_they_say(archive: Engine, scribe: Scribe) -> None:
    scribe.write(60)
    rows, _ = exported(archive)
    for wanted in SELECTIONS:
        expected = [row["id"] for row in rows if fits(row, wanted)]
        got = [row["id"] for row in exported(archive, wanted)[0]]
        assert got == expected, wanted
        assert 0 < len(got) < len(rows), wanted


def test_a_place_is_that_of_the_site_when_the_article_names_none(archive: Engine) -> None:
    scribe = Scribe(archive)
    scribe.write(1)
    (page,) = scribe.pages.values()
    with archive.begin() as connection:
        from storage.runs import SiteRow, know

        know(connection, SiteRow(page.site, "x", "x.example", "district", "lai_chau", "live"), NOW)
    found = exported(archive, Selection(places=("lai_chau",)))[0]
    assert len(found) == (page.place is None)


@pytest.mark.parametrize("wanted", [ALL, SELECTIONS[0], SELECTIONS[3], SELECTIONS[-1]])
def test_a_full_export_and_what_changed_since_come_to_a_later_full_export(
    archive: Engine, wanted: Selection
) -> None:
    scribe = Scribe(archive)
    scribe.write(25)
    rows, cursor = exported(archive, wanted)
    mirror = {row["id"]: settled(row) for row in rows}
    for _ in range(3):
        scribe.write(15)
        changed, cursor = exported(archive, replace(wanted, after=cursor))
        assert [row["seq"] for row in changed] == sorted({row["seq"] for row in changed})
        for row in changed:
            if row["selected"]:
                mirror[row["id"]] = settled(row)
            else:
                mirror.pop(row["id"], None)
        now = {row["id"]: settled(row) for row in exported(archive, wanted)[0]}
        assert mirror == now
    assert exported(archive, replace(wanted, after=cursor))[0] == []


def test_what_is_written_meanwhile_is_not_in_the_export_and_after_its_cursor(
    archive: Engine, scribe: Scribe
) -> None:
    before, _ = exported(archive)
    with job(archive) as asked:
        scribe.write(20)
        stream = io.BytesIO()
        export_stream(asked, stream)
        cursor = asked.choice.cursor
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == before
    with snapshot(archive) as connection:
        assert newest(connection) > cursor
    assert exported(archive, Selection(after=cursor))[0]


@pytest.mark.parametrize(
    ("wanted", "error", "told"),
    [
        (Selection(after=10_000), CursorError, "beyond|last change"),
        (Selection(sites=("khong_co",)), ExportError, "site khong_co"),
    ],
)
def test_what_the_archive_does_not_know_is_told(
    archive: Engine, scribe: Scribe, wanted: Selection, error: type[ExportError], told: str
) -> None:
    with pytest.raises(error, match=told):
        exported(archive, wanted)


def test_a_cursor_of_another_archive_is_refused(archive: Engine, scribe: Scribe, tmp_path: Path) -> None:
    with job(archive) as asked:
        export_file(asked, tmp_path / "a.jsonl")
        cursor = read_cursor(str(beside(tmp_path / "a.jsonl")))
        assert cursor.of(asked.choice.archive) == asked.choice.cursor
        with pytest.raises(CursorError, match="another archive"):
            cursor.of("0123456789abcdef")
    assert read_cursor("17").of("whatever") == 17
    (tmp_path / "b").write_text("nothing")
    for told in ("-1", str(tmp_path / "none"), str(tmp_path / "b")):
        with pytest.raises(ExportError):
            read_cursor(told)


# Formats


@pytest.fixture
def files(archive: Engine, scribe: Scribe, tmp_path: Path) -> Path:
    for name, form in FORMATS.items():
        with job(archive, name) as asked:
            export_file(asked, tmp_path / f"articles{form.suffix}")
    return tmp_path


def test_every_format_has_a_manifest_that_is_true(files: Path, archive: Engine) -> None:
    rows, cursor = exported(archive)
    for form in FORMATS.values():
        path = files / f"articles{form.suffix}"
        told = read_manifest(beside(path))
        assert (told.rows, told.cursor, told.since, told.format) == (len(rows), cursor, None, form.name)
        assert told.gone == sum(row["gone"] for row in rows)
        assert list(told.columns) == list(COLUMNS)
        assert problems(beside(path)) == ()
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        assert len(problems(beside(path))) == 1


def test_json_lines_read_back(files: Path, archive: Engine) -> None:
    rows, _ = exported(archive)
    plain = (files / "articles.jsonl").read_bytes()
    assert zstd.decompress((files / "articles.jsonl.zst").read_bytes()) == plain
    assert [json.loads(line) for line in plain.splitlines()] == rows
    assert all(tuple(json.loads(line)) == COLUMNS for line in plain.splitlines())
    told = duckdb.execute(
        f"SELECT id, title FROM read_json('{files}/articles.jsonl.zst') ORDER BY id"
    ).fetchall()
    assert told == [(row["id"], row["title"]) for row in rows]
    assert polars.read_ndjson(files / "articles.jsonl")["title"].to_list() == [row["title"] for row in rows]
    assert pandas.read_json(files / "articles.jsonl", lines=True)["body"].tolist() == [
        r["body"] for r in rows
    ]


def typed(value: Any) -> Any:
    """A value of a row of JSON as Parquet's readers give it."""
    if isinstance(value, dict):
        return {name: typed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def instants(row: Row) -> Row:
    """A row with its instants in UTC, as Arrow has them."""

    def told(kind: Any, value: Any) -> Any:
        match kind.kind.value:
            case "instant" if value:
                return datetime.fromisoformat(value).astimezone(UTC).isoformat()
            case "list":
                return [told(kind.inner[0][1], part) for part in value]
            case "struct" if value:
                return {name: told(inner, value[name]) for name, inner in kind.inner}
        return value

    return {name: told(kind, row[name]) for name, kind in column_types().items()}


def test_parquet_reads_back_with_its_types(files: Path, archive: Engine) -> None:
    rows = [instants(row) for row in exported(archive)[0]]
    path = files / "articles.parquet"
    table = pyarrow.parquet.read_table(path)
    assert table.schema.names == list(COLUMNS)
    assert table.schema.equals(arrow_schema())
    assert [typed(row) for row in table.to_pylist()] == rows
    frame = polars.read_parquet(path)
    assert [typed(row) for row in frame.to_dicts()] == rows
    assert frame.schema["day"] == polars.Date
    assert frame.schema["published_at"] == polars.Datetime("us", "UTC")
    sums = duckdb.execute(
        f"SELECT count(*), sum(len(appearances)), min(day), typeof(any_value(published_at)) FROM '{path}'"
    ).fetchall()
    days = [row["day"] for row in rows if row["day"]]
    places = sum(len(row["appearances"]) for row in rows)
    assert sums == [(len(rows), places, date.fromisoformat(min(days)), "TIMESTAMP WITH TIME ZONE")]
    read = pandas.read_parquet(path)
    assert read["title"].tolist() == [row["title"] for row in rows]
    assert str(read["published_at"].dtype) == "datetime64[us, UTC]"
    assert str(read["site"].dtype) == "category"


def test_a_record_stored_before_a_field_was_known_is_told_alike_in_every_format(
    archive: Engine, scribe: Scribe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with archive.begin() as connection:
        for number, record in connection.execute(select(revisions.c.id, revisions.c.record)).all():
            kept = {
                name: value for name, value in record.items() if name not in ("tags", "source_url", "shape")
            }
            told = update(revisions).where(revisions.c.id == number)
            if number % 2:
                connection.execute(told.values(record={**kept, "forgotten": [{"a": 1}]}))
    monkeypatch.setattr(parquet, "GROUP", 7)
    monkeypatch.setattr("storage.export.run.find", partial(_control_in_body, find))
    path = tmp_path / "old.parquet"
    with job(archive, "parquet") as asked:
        export_file(asked, path)
    rows = [instants(row) for row in exported(archive)[0]]
    assert [typed(row) for row in pyarrow.parquet.read_table(path).to_pylist()] == rows
    assert {tuple(row["tags"]) for row in rows} > {()}
    assert all("\x07" in row["body"] for row in rows)


def _control_in_body(find: Any, *asked: Any) -> Any:
    """What was found, with what JSON has to escape in every body."""
    found = find(*asked)
    texts = {key: text._replace(body=b'\x07 "' + text.body + b"\\\n") for key, text in found.texts.items()}
    return replace(found, texts=texts)


@given(st.text())
def test_a_body_is_quoted_as_json_has_it(text: str) -> None:
    told = orjson.dumps(quoted(text.encode()))
    assert told == orjson.dumps(text)


def test_repeating_columns_are_dictionary_encoded_and_texts_are_not(files: Path) -> None:
    group = pyarrow.parquet.ParquetFile(files / "articles.parquet").metadata.row_group(0)
    columns = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    for name in ("site", "place", "section.list.element", "provenance.list.element.rule"):
        assert columns[name].has_dictionary_page, name
    for name in ("body", "title", "url"):
        assert not columns[name].has_dictionary_page, name
    assert {column.compression for column in columns.values()} == {"ZSTD"}


def test_csv_reads_back_and_no_cell_is_a_formula(files: Path, archive: Engine) -> None:
    rows, _ = exported(archive)
    with (files / "articles.csv").open(encoding="utf-8", newline="") as stream:
        head, *lines = plain_csv.reader(stream)
    assert head == list(COLUMNS)
    assert [cell for line in lines for cell in line if cell[:1] in FORMULA and cell] == []
    told = [dict(zip(head, line, strict=True)) for line in lines]
    assert any(line["title"].startswith("'=") for line in told)
    for line, row in zip(told, rows, strict=True):
        for name in ("title", "body", "lead", "author", "url"):
            assert line[name].removeprefix("'") == (row[name] or "")
        assert (line["id"], line["gone"]) == (str(row["id"]), str(row["gone"]).lower())
        assert json.loads(line["appearances"]) == row["appearances"]
    path = files / "articles.csv"
    assert polars.read_csv(path)["id"].to_list() == [row["id"] for row in rows]
    assert pandas.read_csv(path)["url"].tolist() == [row["url"] for row in rows]
    assert duckdb.execute(f"SELECT count(*) FROM read_csv('{path}')").fetchall() == [(len(rows),)]
    assert path.read_bytes().count(b"\r\n") > len(rows)


def test_excel_is_told_the_charset(archive: Engine, scribe: Scribe) -> None:
    stream = io.BytesIO()
    with snapshot(archive) as connection:
        export_stream(Job(Choice(connection, ALL), EXCEL, NOW), stream)
    assert stream.getvalue().startswith(b"\xef\xbb\xbfschema,id,")
    assert stream.getvalue().count(b"\xef\xbb\xbf") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Công đoàn", "Công đoàn"),
        ("=1+1", "'=1+1"),
        ("+84", "'+84"),
        ("- một", "'- một"),
        ("@Minh", "'@Minh"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("'90", "''90"),
        ("", ""),
        (" ", " "),
    ],
)
def test_a_cell_that_might_be_calculated_gets_an_apostrophe(text: str, told: str) -> None:
    assert safe(text) == told


@given(st.text())
def test_no_cell_is_calculated_and_none_is_lost(text: str) -> None:
    told = safe(text)
    assert told[:1] not in FORMULA or not told
    assert told.lstrip()[:1] not in FORMULA or not told.lstrip()
    assert told.removeprefix("'") == text


@pytest.mark.parametrize(
    ("name", "file", "got"),
    [
        (None, None, "jsonl"),
        (None, "a.jsonl.zst", "jsonl.zst"),
        (None, "a.PARQUET", "parquet"),
        ("csv", "a.txt", "csv"),
    ],
)
def test_a_format_is_named_or_told_by_the_file(name: str | None, file: str | None, got: str) -> None:
    assert format_of(name, file).name == got


@pytest.mark.parametrize(("name", "file"), [("xlsx", None), (None, "a.xlsx")])
def test_an_unknown_format_is_refused_with_those_there_are(name: str | None, file: str | None) -> None:
    with pytest.raises(ExportError, match=r"jsonl\.zst, \.?parquet"):
        format_of(name, file)


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "pa", None)
    with pytest.raises(ExportError, match=r"congdoan-archive\[export\]"):
        FORMATS["parquet"].open(io.BytesIO())


def test_every_column_has_a_meaning_and_a_type() -> None:
    said = meanings(ExportRow)
    assert [name for name in COLUMNS if not said[name]] == []
    for kind in column_types().values():
        for record in (kind.record, *(inner.record for _, inner in kind.inner)):
            if record:
                assert [name for name, told in meanings(record).items() if not told] == []
    with pytest.raises(TypeError, match="no export has a column"):
        type_of(complex)


def test_the_schema_refuses_what_no_row_is(archive: Engine, scribe: Scribe) -> None:
    row = exported(archive)[0][0]
    jsonschema.validate(row, schema())
    for wrong in ({**row, "id": "one"}, {**row, "schema": 2}, {**row, "new": 1}, {"id": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema())
