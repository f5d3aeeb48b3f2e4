"""What a selection and a cursor choose for an export."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.articles.changes import newest
from storage.database.engine import snapshot
from storage.export.errors import CursorError, ExportError
from storage.export.export_job import export_file, export_stream
from storage.export.export_row import JsonRow
from storage.export.manifest import manifest_path, read_cursor
from storage.export.selection import Selection
from tests.storage.export.in_memory import ALL, NOW, exported, job
from tests.storage.random_archive import Scribe


def settled(row: JsonRow) -> JsonRow:
    """A row without what moves on and is told by no change."""
    places = [{k: v for k, v in place.items() if k != "last_seen"} for place in row["appearances"]]
    return {**row, "appearances": places}


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


def fits(row: JsonRow, wanted: Selection) -> bool:
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
        from storage.runs.runs import SiteRow, save_site

        save_site(connection, SiteRow(page.site, "x", "x.example", "district", "lai_chau", "live"), NOW)
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
        cursor = asked.selected.cursor
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
        cursor = read_cursor(str(manifest_path(tmp_path / "a.jsonl")))
        assert cursor.seq_in(asked.selected.archive) == asked.selected.cursor
        with pytest.raises(CursorError, match="another archive"):
            cursor.seq_in("0123456789abcdef")
    assert read_cursor("17").seq_in("whatever") == 17
    (tmp_path / "b").write_text("nothing")
    for told in ("-1", str(tmp_path / "none"), str(tmp_path / "b")):
        with pytest.raises(ExportError):
            read_cursor(told)
