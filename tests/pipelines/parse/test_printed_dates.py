from __future__ import annotations

import csv
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parse.printed_dates import (
    date_line_kind,
    is_updated_label,
    name_before_date,
    parse_printed_date,
)
from storage.records import PrintedTime
from tests.paths import SHARED


def shown(printed: PrintedTime | None) -> str | None:
    if printed is None:
        return None
    clock = f"T{printed.time.isoformat('seconds').removesuffix(':00')}" if printed.time else ""
    zone = "" if printed.offset is None else f"{printed.offset // 60:+03d}:{printed.offset % 60:02d}"
    return f"{printed.day}{clock}{zone}"


PRINTED = [
    ("Ngày đăng: 05/09/2018", "2018-09-05"),
    ("Cập nhật lúc 08:05 - 09/12/2022 (GMT +07:00)", "2022-12-09T08:05+07:00"),
    ("Thứ tư, 08 Tháng 5 2024 21:04", "2024-05-08T21:04"),
    ("ngày 3 tháng Mười hai năm 2024", "2024-12-03"),
    ("Cập nhật: 18-07-2014 | 00:00:00", "2014-07-18"),
    ("02/07/2014 | 12:00 AM", "2014-07-02"),
    ("07 / 12 / 2019 - 12:41 PM", "2019-12-07T12:41"),
    ("1/2/2020 3:05 CH", "2020-02-01T15:05"),
    ("14h30 ngày 5/3/2020", "2020-03-05T14:30"),
    ("15 - 03/02/2022", "2022-02-03"),
    ("12.05.2015", "2015-05-12"),
    ("2021/08/02", "2021-08-02"),
    ("2021-08-02T08:05:09+07:00", "2021-08-02T08:05:09+07:00"),
    ("2021-08-02T08:05:09.123Z", "2021-08-02T08:05:09+00:00"),
    ("2014-07-18T00:00:00+07:00", "2014-07-18"),
    ("Mon, 02 Aug 2021 08:05:09 +0700", "2021-08-02T08:05:09+07:00"),
    ("Mon, 02 Aug 2021 08:05:09 GMT", "2021-08-02T08:05:09+00:00"),
    ("Ngày 27.6", None),
    ("Ngày 4-7", None),
    ("31/02/2020", None),
    ("28.7.1929", None),
    ("Quyết định 589/QĐ-LĐLĐ", None),
    ("1/2/3/2020", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "meaning"), PRINTED)
def test_what_is_printed(text: str, meaning: str | None) -> None:
    assert shown(parse_printed_date(text)) == meaning


@pytest.mark.parametrize(
    ("text", "form", "meaning"),
    [
        ("Cập nhật lúc 09:15 - 19/12/2022 (GMT +07:00)", "HH:mm - dd/MM/yyyy", "2022-12-19T09:15+07:00"),
        ("ngày 5/1/22", "ngày d/M/yy", "2022-01-05"),
        ("7/28/2021 7:59:00 PM", "M/d/yyyy H:mm:ss a", "2021-07-28T19:59"),
        ("20210802", "yyyyMMdd", "2021-08-02"),
        ("3:05 CH 1-2-2020", "h:mm a d-M-yyyy", "2020-02-01T15:05"),
        ("08/08/2018", "HH:mm - dd/MM/yyyy", "2018-08-08"),  # the form does not fit: the date layer decides
    ],
)
def test_the_form_of_the_profile_comes_first(text: str, form: str, meaning: str) -> None:
    assert shown(parse_printed_date(text, form)) == meaning


def rows() -> list[dict[str, str]]:
    path = SHARED / "date_strings.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_date_string_seen_on_a_site() -> None:
    if not (recorded_dates := rows()):
        pytest.skip(f"{SHARED / 'date_strings.tsv'} absent")
    wrong = []
    for row in recorded_dates:
        read_as = shown(parse_printed_date(row["verbatim"], month_first="month first" in row["where"]))
        meaning = row["meaning"].split(" ")[0]
        expected = None if meaning == "partial" else meaning
        # A page's clock is a date all the same; that it is none of an article is for the finder to say.
        right = date_line_kind(row["verbatim"]) == "clock" if meaning == "NONE" else read_as == expected
        wrong += [] if right else [(row["verbatim"], read_as)]
    assert (wrong, len(recorded_dates)) == ([], 42)


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.times(), st.sampled_from("/-."))
def test_a_printed_day_and_time_are_read_back(day: date, clock: time, separator: str) -> None:
    minute = clock.replace(second=0, microsecond=0)
    text = f"{day.day}{separator}{day.month:02d}{separator}{day.year} {minute:%H:%M}"
    assert parse_printed_date(text) == PrintedTime(day, minute)
    assert parse_printed_date(f"Thứ ba, {text} (GMT+7)") == PrintedTime(day, minute, 420)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse_printed_date(text)
    date_line_kind(text)
    name_before_date(text)


LINES = [
    ("Ngày đăng: 08/08/2018", "label"),
    ("Cập nhật lúc 09:15 - 19/12/2022 (GMT +07:00)", "label"),
    ("- Được đăng: Thứ hai, 11 Tháng 9 2023 14:21", "label"),
    ("Mai Lan LDO | 14/05/2020 17:44", "lone"),
    ("[01/09/2021 10:18]", "lone"),
    ("Thứ hai, 04/11/2024, 13:00", "clock"),
    ("Chiều 6-9-2019", None),
    ("05/6/1911 - 05/6/2023", None),
    ("Nghị quyết số 02-NQ/TW ngày 12/6/2021 của Bộ Chính trị", None),
    ("Sáng 12/6/2021, công đoàn tổ chức hội nghị", None),
    ("Hưởng ứng Ngày Môi trường thế giới (05/6)", None),
]


@pytest.mark.parametrize(("line", "kind"), LINES)
def test_what_is_a_date_line(line: str, kind: str | None) -> None:
    assert date_line_kind(line) == kind


def test_a_name_may_stand_before_the_date() -> None:
    assert name_before_date("Thanh Chung LDO | 21/09/2021 15:25") == "Thanh Chung"
    assert name_before_date("HOÀI NHI 29/05/2020 09:05") == "HOÀI NHI"
    assert name_before_date("Ngày đăng: 08/08/2018") is None
    assert name_before_date("Thứ ba - 19/04/2016 23:11") is None
    assert is_updated_label("Cập nhật ngày: 28/02/2019 | 09:33 GMT+7")
    assert not is_updated_label("Ngày đăng: 28/02/2019")
