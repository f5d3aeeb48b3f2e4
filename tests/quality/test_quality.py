"""The reader against its floors, on the gold pages; and the check itself against readers that are worse."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from datetime import date as Day
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.reading.gold import CLOCK_DAY, GoldPage
from benchmarks.reading.labels import FAMILY as REAL
from tests.offline import NetworkUsedError, offline
from tests.quality import floors as pinned
from tests.quality.raise_floors import lower, main

Answers = Mapping[str, dict[str, Any]]
Pages = dict[str, list[GoldPage]]


@pytest.fixture(scope="module")
def pages() -> Pages:
    return pinned.sample()


@pytest.fixture(scope="module")
def answers(pages: Pages) -> Answers:
    """Every page of the sample read, while no address and no name can be asked."""
    with offline(), pytest.raises(NetworkUsedError):
        socket.create_connection(("127.0.0.1", 9))
    return pinned.read_all(pages)


def test_no_field_falls_below_its_floor(pages: Pages, answers: Answers) -> None:
    below = pinned.fallen(pinned.load().figures, pinned.measure(pages, answers))
    assert below == [], "\n".join(["worse than before:", *below])


def test_floors_do_not_lag_behind_what_is_reached(pages: Pages, answers: Answers) -> None:
    above = pinned.risen(pinned.load().figures, pinned.measure(pages, answers))
    real = [line for line in above if line.startswith(REAL)]  # their labels are not everywhere
    above = [line for line in above if line not in real]
    assert above == [], "\n".join(["better than its floor: run `make floors` and commit the file", *above])


def _clock(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "date": CLOCK_DAY}


def _swapped(answer: dict[str, Any]) -> dict[str, Any]:
    year, month, day = (answer.get("date") or "2020-01-01")[:10].split("-")
    return {**answer, "date": f"{year}-{day}-{month}"}


def _hour_late(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "date": (answer.get("date") or "")[:10]}


def _related(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "body": f"{answer['body']}\nTin khác: Hội nghị sơ kết công tác sáu tháng đầu năm"}


def _halved(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "body": answer["body"][: len(answer["body"]) // 2]}


def _lead_twice(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "body": f"{answer['lead'] or ''}\n{answer['body']}"}


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda answer: {**answer, name: None}


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (_clock, "day"),
        (_clock, "invented"),
        (_clock, "decoys"),
        (_swapped, "swapped"),
        (_hour_late, "time"),
        (_hour_late, "zone"),
        (_related, "body"),
        (_halved, "body"),
        (_lead_twice, "lead"),
        (_without("title"), "title"),
        (_without("lead"), "lead"),
        (_without("author"), "author"),
        (_without("unit"), "unit"),
        (_without("section"), "section"),
        (_without("tags"), "tags"),
        (_without("captions"), "captions"),
        (_without("files"), "files"),
        (_without("updated"), "updated"),
    ],
    ids=lambda case: case if isinstance(case, str) else case.__name__,
)
def test_a_worse_reader_does_not_pass(
    spoil: Callable[[dict[str, Any]], dict[str, Any]], field: str, pages: Pages, answers: Answers
) -> None:
    worse = {ident: spoil(answer) if "body" in answer else answer for ident, answer in answers.items()}
    below = pinned.fallen(pinned.load().figures, pinned.measure(pages, worse))
    assert [line for line in below if line.split(":")[0].endswith(f".{field}")]


def test_a_field_that_no_page_has_any_more_is_told(pages: Pages, answers: Answers) -> None:
    fewer = {family: group for family, group in pages.items() if family != "nukeviet"}
    below = pinned.fallen(pinned.load().figures, pinned.measure(fewer, answers))
    assert "nukeviet.body" in "\n".join(below)


def test_every_family_has_undated_pages_that_show_other_dates(pages: Pages) -> None:
    for family, group in pages.items():
        undated = [page for page in group if page.truth and page.truth.day is None]
        markup = any(page.body.lstrip().startswith(b"<") for page in group)
        assert undated or family == REAL or not markup, family
        for page in undated:
            assert b"01/07/2025" in page.body, f"{page.ident}: no clock"


def test_every_family_has_titles_and_texts_that_name_other_days(pages: Pages) -> None:
    for family, group in pages.items():
        truths = [page.truth for page in group if page.truth and family != REAL]
        assert any(re.search(r"ngày \d\d/\d\d/\d{4}$", truth.title) for truth in truths) or not truths, family
        assert any(re.search(r"/\d{4}", "\n".join(truth.body)) for truth in truths) or not truths, family


def test_an_undated_page_is_its_dated_one_without_the_date(pages: Pages) -> None:
    """What is left of the day stands where another article's, or a comment's, stands too."""
    pages_by_ident = {page.ident: page for group in pages.values() for page in group}
    for page in (page for page in pages_by_ident.values() if page.ident.endswith("-undated")):
        dated = pages_by_ident[page.ident.removesuffix("-undated")]
        assert dated.truth and dated.truth.day
        day = Day.fromisoformat(dated.truth.day)
        forms = [
            f"{day:%d/%m/%Y}",
            f"{day:%d-%m-%Y}",
            f"{day:%d} Tháng {day.month} {day.year}",
            day.isoformat(),
        ]
        before, after = (sum(map(page_form.body.decode().count, forms)) for page_form in (dated, page))
        assert after < before, page.ident


FIGURES = {"nukeviet": {"author": 0.8, "swapped": 0.0}}


def test_floors_rise_by_themselves_and_never_fall() -> None:
    better = {"nukeviet": {"author": 0.9, "swapped": 1.0}, "joomla": {"day": 1.0}}
    assert pinned.raised(FIGURES, better) == {
        "nukeviet": {"author": 0.9, "swapped": 0.0},
        "joomla": {"day": 1.0},
    }
    assert pinned.raised(FIGURES, {"nukeviet": {"author": 0.1}}) == FIGURES


def test_a_floor_falls_only_where_it_must_and_with_its_reason(tmp_path: Path) -> None:
    floors = lower(
        pinned.Floors(FIGURES), {"nukeviet": {"author": 0.7}}, "nukeviet.author", "harder pages now"
    )
    assert floors.figures["nukeviet"]["author"] == 0.7
    path = tmp_path / "floors.toml"
    pinned.save(floors, path)
    assert pinned.load(path) == floors
    assert floors.lowered[0].reason == "harder pages now"
    with pytest.raises(ValueError, match="nothing to lower"):
        lower(pinned.Floors(FIGURES), {"nukeviet": {"author": 0.9}}, "nukeviet.author", "no reason at all")
    with pytest.raises(ValueError, match="no floor called"):
        lower(pinned.Floors(FIGURES), FIGURES, "nukeviet.autor", "a slip of the pen")


def test_without_a_reason_no_floor_falls(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(
        main, ["--lower", "nukeviet.author", "--file", str(tmp_path / "floors.toml")]
    )
    assert outcome.exit_code == 2
    assert "only with a reason" in outcome.output
    assert list(tmp_path.iterdir()) == []
