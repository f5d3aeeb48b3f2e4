from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.describe.publication_date import PublicationDate, choose_publication_date
from pipelines.parse.printed_dates import DateClue, date_line_kind
from pipelines.parse.relative_dates import parse_relative_date
from storage.records import Confidence, FieldSource, PrintedTime

AFTER = datetime(2030, 1, 1, 3, tzinfo=UTC)  # 10 in the morning in Viet Nam
PLAIN = "https://a.example/"


def clue(source: FieldSource, raw: str, *, machine: bool = False, rule: str = "x") -> DateClue:
    return DateClue(source, rule, raw, machine=machine)


def machine_clue(raw: str) -> DateClue:
    return clue(FieldSource.STRUCTURED, raw, machine=True)


def label(raw: str) -> DateClue:
    return clue(FieldSource.LABEL, raw)


def chosen_date(*clues: DateClue, url: str = PLAIN, captured: datetime = AFTER) -> PublicationDate:
    dated = choose_publication_date(clues, url, captured)
    assert dated
    return dated


def test_the_best_source_wins_and_an_unreadable_one_yields() -> None:
    dated = chosen_date(
        clue(FieldSource.LISTING, "04/01/2020"),
        label("Ngày đăng: 03/01/2020"),
        machine_clue("2020-01-02"),
        clue(FieldSource.PROFILE, "không rõ"),
    )
    assert (dated.at.day, dated.clue.source) == (date(2020, 1, 2), FieldSource.STRUCTURED)
    assert dated.dating.conflict
    assert dated.dating.confidence is Confidence.LIKELY
    assert dated.dating.others == ("listing: 2020-01-04", "label: 2020-01-03")


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1/28/2026 6:52:01", date(2026, 1, 28)),  # can only be month first
        ("28/1/2026 6:52:01", date(2026, 1, 28)),
        ("05/05/2021 23:02:10", date(2021, 5, 5)),
        ("08/02/2021 23:02:10", None),  # 8 February or 2 August: the profile must say
        ("2021-02-08T23:02:10+07:00", date(2021, 2, 8)),
    ],
)
def test_a_machine_date_is_taken_only_when_it_has_one_reading(raw: str, day: date | None) -> None:
    dated = choose_publication_date([machine_clue(raw)], PLAIN, AFTER)
    assert (dated.at.day if dated else None) == day


@pytest.mark.parametrize("printed", ["Thứ hai, 02/08/2021", "Ngày đăng: 2-8-2021"])
def test_a_machine_date_of_two_readings_takes_the_one_that_is_printed(printed: str) -> None:
    dated = chosen_date(machine_clue("08/02/2021 23:02:10"), label(printed))
    assert dated.at == PrintedTime(date(2021, 8, 2), time(23, 2, 10))
    assert dated.dating.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    ("url", "day", "clock"),
    [
        ("https://a.example/tin-20190729071307212.htm", date(2019, 7, 29), time(7, 13, 7)),
        ("https://a.example/tin-196250704130116691.htm", date(2025, 7, 4), time(13, 1, 16)),
        ("https://a.example/2020/05/29/tin/", date(2020, 5, 29), None),
        ("https://a.example/tin-13969217229087", None, None),
        ("https://a.example/2020/13/29/tin/", None, None),
        ("https://a.example/1020/12/29/tin/", None, None),
        ("https://a.example/tin-4954454.html", None, None),
    ],
)
def test_a_date_in_the_address(url: str, day: date | None, clock: time | None) -> None:
    dated = choose_publication_date([], url, AFTER)
    assert (dated.at if dated else None) == (PrintedTime(day, clock) if day else None)
    if dated:
        assert dated.dating.confidence is Confidence.LIKELY


def test_lastmod_is_the_last_resort_and_the_future_is_no_publication() -> None:
    lastmod = clue(FieldSource.SITEMAP, "2024-01-01", rule="lastmod")
    assert chosen_date(lastmod, url="https://a.example/2020/05/29/tin/").clue.source is FieldSource.URL
    alone = chosen_date(lastmod)
    assert alone.clue.source is FieldSource.SITEMAP
    assert alone.dating.confidence is Confidence.WEAK
    assert choose_publication_date([label("01/01/2027")], PLAIN, datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert choose_publication_date([], PLAIN, AFTER) is None


def test_a_day_printed_after_the_capture_in_utc_but_not_in_viet_nam_is_no_future() -> None:
    captured = datetime(2026, 1, 1, 18, tzinfo=UTC)  # 2 January, one in the morning
    assert chosen_date(label("03/01/2026"), captured=captured).at.day == date(2026, 1, 3)
    assert choose_publication_date([label("04/01/2026")], PLAIN, captured) is None


def test_the_clock_and_the_zone_come_from_whichever_source_prints_them() -> None:
    dated = chosen_date(clue(FieldSource.PROFILE, "21/09/2021"), machine_clue("2021-09-21T15:25:07+07:00"))
    assert dated.at == PrintedTime(date(2021, 9, 21), time(15, 25, 7), 420)
    dated = chosen_date(
        clue(FieldSource.PROFILE, "21/09/2021 15:25"), machine_clue("2021-09-21T15:25:07+07:00")
    )
    assert dated.at == PrintedTime(date(2021, 9, 21), time(15, 25)), "as its source prints it"
    dated = chosen_date(clue(FieldSource.PROFILE, "21/09/2021"), machine_clue("2021-09-22T15:25:07+07:00"))
    assert dated.at == PrintedTime(date(2021, 9, 21))


@pytest.mark.parametrize(
    ("clues", "at"),
    [
        ((machine_clue("2021-09-20T17:25:00Z"),), PrintedTime(date(2021, 9, 21), time(0, 25), 420)),
        (
            (machine_clue("2021-09-20T17:25:00Z"), label("21/09/2021 00:25")),
            PrintedTime(date(2021, 9, 21), time(0, 25), 420),
        ),
        # A system that calls its local time UTC: the page prints the same clock.
        (
            (machine_clue("2021-09-21T15:25:00+00:00"), label("21/09/2021 15:25")),
            PrintedTime(date(2021, 9, 21), time(15, 25)),
        ),
    ],
)
def test_a_time_in_another_zone_is_told_in_viet_nams(clues: tuple[DateClue, ...], at: PrintedTime) -> None:
    dated = chosen_date(*clues)
    assert dated.at == at
    assert not dated.dating.conflict


def test_a_machine_time_that_is_the_moment_of_the_capture_is_the_templates_clock() -> None:
    captured = datetime(2025, 10, 7, 2, 52, tzinfo=UTC)
    now = machine_clue("2025-10-07T09:51:40+07:00")
    dated = chosen_date(now, label("Ngày đăng: 08/08/2018"), captured=captured)
    assert dated.at == PrintedTime(date(2018, 8, 8))
    assert dated.dating.confidence is Confidence.CERTAIN
    assert chosen_date(now, captured=captured).at.day == date(2025, 10, 7)
    assert chosen_date(now, label("07/10/2025"), captured=captured).at.time == time(9, 51, 40)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("3 giờ trước", PrintedTime(date(2030, 1, 1))),
        ("11 giờ trước", PrintedTime(date(2029, 12, 31))),
        ("Đăng 2 ngày trước", PrintedTime(date(2029, 12, 30))),
        ("một ngày trước", PrintedTime(date(2029, 12, 31))),
        ("hôm qua, 14:05", PrintedTime(date(2029, 12, 31), time(14, 5))),
        ("09:15 hôm nay", PrintedTime(date(2030, 1, 1), time(9, 15))),
        ("vừa xong", PrintedTime(date(2030, 1, 1))),
        ("2 days ago", PrintedTime(date(2029, 12, 30))),
        ("2 tuần trước", None),  # any of seven days
        ("3 tháng trước", None),
        ("Trước đó, 3 ngày trước lễ", None),
    ],
)
def test_a_time_counted_back_from_the_capture(line: str, at: PrintedTime | None) -> None:
    assert parse_relative_date(line, AFTER) == at
    assert (date_line_kind(line) == "relative") == (at is not None)
    dated = choose_publication_date([label(line)], PLAIN, AFTER)
    assert (dated.at if dated else None) == at
    if dated:
        assert dated.dating.confidence is Confidence.WEAK
        assert chosen_date(label(line), clue(FieldSource.FEED, "29/12/2029")).at.day == date(2029, 12, 29)
    # A listing was seen at another time than its articles: what it counts back from is not known.
    assert choose_publication_date([clue(FieldSource.LISTING, line)], PLAIN, AFTER) is None


def test_two_sources_that_agree_are_certain() -> None:
    listing = clue(FieldSource.LISTING, "29/05/2020")
    assert chosen_date(listing).dating.confidence is Confidence.LIKELY
    both = chosen_date(listing, url="https://a.example/2020/05/29/tin/")
    assert both.dating.confidence is Confidence.CERTAIN
    assert both.dating.others == ()


@given(
    st.lists(st.tuples(st.sampled_from(list(FieldSource)), st.text(max_size=60), st.booleans())), st.text()
)
def test_any_clues_are_weighed_without_an_error(
    given_clues: list[tuple[FieldSource, str, bool]], url: str
) -> None:
    choose_publication_date(
        [clue(source, raw, machine=machine) for source, raw, machine in given_clues], url, AFTER
    )
