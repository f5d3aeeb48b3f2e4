"""The measures of benchmarks/reading: what counts as right, in small cases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.reading.aims import missed
from benchmarks.reading.answers import Answer, answer_of
from benchmarks.reading.contenders import HERE, PEERS, cache_folder
from benchmarks.reading.gold import GoldPage, Truth
from benchmarks.reading.labels import LabelsError, labelled_pages
from benchmarks.reading.score import Score, score
from benchmarks.reading.table import tables

TRUTH = Truth(
    title="Công đoàn trao quà",
    body=("Sáng 3/5, công đoàn trao quà cho đoàn viên.", "Quyết định số 12 ngày 10/2/2019 nêu rõ."),
    lead="Hai trăm suất quà đã đến tay đoàn viên khó khăn.",
    day="2020-05-04",
    time="07:30",
    offset=420,
    author="Thu Hà",
    section=("Tin tức", "Hoạt động"),
    captions=(("https://a.example/1.jpg", "Trao quà tại xã"),),
    clock="2025-07-01",
)
RIGHT = Answer(
    ident="p",
    cpu_ms=1.0,
    title="Công đoàn trao quà",
    lead="(LĐ) - Hai trăm suất quà đã đến tay đoàn viên khó khăn.",
    body="\n".join(TRUTH.body),
    day="2020-05-04",
    time="07:30",
    offset=420,
    author="THU HÀ",
    section=("Tin tức", "Hoạt động"),
    captions=(("https://a.example/1.jpg", "Trao quà tại xã. Ảnh: Minh Anh"),),
)


def of(answer: Answer, truth: Truth | None = TRUTH, *, generous: bool = False) -> Score:
    page = GoldPage("p", "f", "s", "https://a.example/x.html", "text/html", b"", truth)
    return score([page], {"p": answer}, generous=generous)


def test_a_right_answer_has_full_marks_and_no_faults() -> None:
    figures = of(RIGHT).figures()
    assert {name: value for name, value in figures.items() if value != 1} == {
        "swapped": 0,
        "invented": 0,
        "decoys": 0,
    }


@pytest.mark.parametrize(
    ("day", "truth_day", "faults"),
    [
        ("2020-04-05", "2020-05-04", {"swapped": 1}),
        ("2025-07-01", "2020-05-04", {"decoys": 1}),  # the clock
        ("2019-02-10", "2020-05-04", {"decoys": 1}),  # the cited decision
        ("2020-05-03", "2020-05-04", {"decoys": 1}),  # the event
        ("2020-05-20", "2020-05-04", {}),  # wrong, and nobody knows why
        ("2019-02-10", None, {"invented": 1, "decoys": 1}),
        (None, "2020-05-04", {}),
    ],
)
def test_wrong_days_are_told_apart(day: str | None, truth_day: str | None, faults: dict[str, int]) -> None:
    assert dict(of(replace(RIGHT, day=day), replace(TRUTH, day=truth_day)).faults) == faults


def test_the_right_minute_of_a_wrong_day_counts_for_nothing() -> None:
    figures = of(replace(RIGHT, day="2020-05-20")).figures()
    assert (figures["day"], figures["time"], figures["zone"]) == (0, 0, 0)


def test_a_lead_left_in_the_body_costs_the_lead_and_not_the_body() -> None:
    figures = of(replace(RIGHT, body="\n".join((TRUTH.lead or "", *TRUTH.body)))).figures()
    assert (figures["lead"], figures["body"]) == (0, 1)


def test_peers_may_give_one_of_several_names_or_the_last_of_the_trail() -> None:
    answer = replace(RIGHT, author="Admin, Thu Hà", section=("Hoạt động",))
    assert [of(answer).figures()[name] for name in ("author", "section")] == [0, 0]
    assert [of(answer, generous=True).figures()[name] for name in ("author", "section")] == [1, 1]


def test_a_caption_too_many_costs_as_one_too_few() -> None:
    more = (*RIGHT.captions, ("https://a.example/2.jpg", "Tin khác"))
    assert of(replace(RIGHT, captions=more)).figures()["captions"] == 0.5
    assert of(replace(RIGHT, captions=())).figures()["captions"] == 0


def test_a_page_without_article_is_right_where_it_is_refused() -> None:
    assert of(replace(RIGHT, article=False), None).figures()["refused"] == 1
    assert of(RIGHT, None).figures()["refused"] == 0


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("2020-05-04", ("2020-05-04", None, None)),
        ("2020-05-04T07:30:00+07:00", ("2020-05-04", "07:30", 420)),
        ("2020-05-04 07:30:00", ("2020-05-04", "07:30", None)),
        ("2020-05-04T00:30:00Z", ("2020-05-04", "00:30", 0)),
        ("hôm qua", (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_dates_of_peers(date: str | None, read: tuple[str | None, str | None, int | None]) -> None:
    answer = answer_of({"ident": "p", "cpu_ms": 1, "date": date})
    assert (answer.day, answer.time, answer.offset) == read


def test_missed_aims_are_told_and_tables_show_every_reader() -> None:
    poor, peer = of(replace(RIGHT, author=None, body="quà")), of(RIGHT)
    lines = missed({"f": {"ours": poor, "trafilatura": peer}})
    assert [line for line in lines if line.startswith("f: author")]
    assert [line for line in lines if line.startswith("f: body") and "trafilatura" in line]
    assert missed({"f": {"ours": peer, "trafilatura": of(replace(RIGHT, body="quà"))}}) == []
    assert "trafilatura" in tables({"f": {"ours": peer, "trafilatura": poor}})


def test_labels_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="no labels of real pages"):
        labelled_pages(tmp_path, tmp_path)
    (tmp_path / "labels.json").write_text('{"pages": [{"path": "a.html"}]}', encoding="utf-8")
    with pytest.raises(LabelsError, match="not as"):
        labelled_pages(tmp_path, tmp_path)


def test_every_peer_is_pinned_to_the_last_package_and_names_no_index() -> None:
    for peer in PEERS:
        lines = (HERE / f"{peer}.txt").read_text(encoding="utf-8").splitlines()
        assert lines
        assert all("==" in line and "://" not in line for line in lines), peer
        assert (HERE / f"read_{peer}.py").exists()


def test_environments_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CONGDOAN_PEERS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "congdoan-archive" / "peers"
