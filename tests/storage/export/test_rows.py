"""What a row of an export tells, and what its columns mean."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from storage.articles import queries as catalogue
from storage.database.engine import snapshot
from storage.export.column_types import column_type, column_types
from storage.export.export_row import COLUMNS, EXPORT_ROW, ExportRow, JsonRow
from storage.export.json_rows import json_string
from storage.export.jsonl import article_line
from storage.export.row_schema import (
    article_json_schema,
    article_json_schema_text,
    data_dictionary,
    field_meanings,
)
from tests.paths import ROOT
from tests.storage.export.in_memory import exported
from tests.storage.random_archive import Scribe


def test_a_row_is_what_the_catalogue_knows(archive: Engine, scribe: Scribe) -> None:
    rows, _ = exported(archive)
    judge = jsonschema.Draft202012Validator(article_json_schema())
    assert [error.message for row in rows for error in judge.iter_errors(row)] == []
    with snapshot(archive) as connection:
        assert [row["id"] for row in rows] == [number for number, _ in catalogue.all_articles(connection)]
        for row in rows:
            read = EXPORT_ROW.validate_json(json.dumps(row))
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
            assert json.loads(article_line(connection, read.id)) == row
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
def test_a_printed_time_is_an_instant_when_it_has_an_hour(printed: JsonRow, instant: str | None) -> None:
    from storage.export.json_rows import _printed_instant

    told = _printed_instant(printed)
    assert (datetime.fromisoformat(told).astimezone(UTC).isoformat() if told else None) == instant


@given(st.text())
def test_a_body_is_quoted_as_json_has_it(text: str) -> None:
    told = orjson.dumps(json_string(text.encode()))
    assert told == orjson.dumps(text)


def test_every_column_has_a_meaning_and_a_type() -> None:
    said = field_meanings(ExportRow)
    assert [name for name in COLUMNS if not said[name]] == []
    for kind in column_types().values():
        for record in (kind.record, *(inner.record for _, inner in kind.inner)):
            if record:
                assert [name for name, told in field_meanings(record).items() if not told] == []
    with pytest.raises(TypeError, match="no export has a column"):
        column_type(complex)


def test_the_schema_refuses_what_no_row_is(archive: Engine, scribe: Scribe) -> None:
    row = exported(archive)[0][0]
    jsonschema.validate(row, article_json_schema())
    for wrong in ({**row, "id": "one"}, {**row, "schema": 2}, {**row, "new": 1}, {"id": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, article_json_schema())


def test_the_schema_needs_no_sources(tmp_path: Path) -> None:
    """An install may hold compiled modules alone: the meanings of columns are part of the program."""
    package = tmp_path / "storage"
    shutil.copytree(ROOT / "storage", package, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    assert compileall.compile_dir(package, quiet=1, legacy=True)
    for source in package.rglob("*.py"):
        source.unlink()
    program = (
        "from storage.export import row_schema as s;"
        "print(s.__file__, s.article_json_schema_text(), s.data_dictionary())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    ).stdout.decode()
    compiled = package / "export" / "row_schema.pyc"
    assert printed == f"{compiled} {article_json_schema_text()} {data_dictionary()}\n"
