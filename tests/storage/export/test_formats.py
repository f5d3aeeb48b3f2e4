"""What every format of an export gives back."""

from __future__ import annotations

import csv as plain_csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow.parquet
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from storage.database.engine import snapshot
from storage.database.schema import revisions
from storage.export import parquet
from storage.export.arrow_columns import arrow_schema
from storage.export.column_types import column_types
from storage.export.csv import FORMULA_STARTS, escape_formula
from storage.export.errors import ExportError
from storage.export.export_job import ExportJob, export_file, export_stream
from storage.export.export_queries import read_batch
from storage.export.export_row import COLUMNS, JsonRow
from storage.export.formats import EXCEL_CSV, FORMATS, choose_format
from storage.export.manifest import manifest_path, manifest_problems, read_manifest
from storage.export.selection import SelectedArticles
from tests.storage.export.in_memory import ALL, NOW, exported, job
from tests.storage.random_archive import Scribe


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
        told = read_manifest(manifest_path(path))
        assert (told.rows, told.cursor, told.since, told.format) == (len(rows), cursor, None, form.name)
        assert told.gone == sum(row["gone"] for row in rows)
        assert list(told.columns) == list(COLUMNS)
        assert manifest_problems(manifest_path(path)) == ()
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        assert len(manifest_problems(manifest_path(path))) == 1


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


def instants(row: JsonRow) -> JsonRow:
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
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 7)
    monkeypatch.setattr("storage.export.export_job.read_batch", partial(_control_in_body, read_batch))
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
    assert [cell for line in lines for cell in line if cell[:1] in FORMULA_STARTS and cell] == []
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
        export_stream(ExportJob(SelectedArticles(connection, ALL), EXCEL_CSV, NOW), stream)
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
    assert escape_formula(text) == told


@given(st.text())
def test_no_cell_is_calculated_and_none_is_lost(text: str) -> None:
    told = escape_formula(text)
    assert told[:1] not in FORMULA_STARTS or not told
    assert told.lstrip()[:1] not in FORMULA_STARTS or not told.lstrip()
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
    assert choose_format(name, file).name == got


@pytest.mark.parametrize(("name", "file"), [("xlsx", None), (None, "a.xlsx")])
def test_an_unknown_format_is_refused_with_those_there_are(name: str | None, file: str | None) -> None:
    with pytest.raises(ExportError, match=r"jsonl\.zst, \.?parquet"):
        choose_format(name, file)


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "pa", None)
    with pytest.raises(ExportError, match=r"congdoan-archive\[export\]"):
        FORMATS["parquet"].open_writer(io.BytesIO())
