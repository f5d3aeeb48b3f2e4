"""Parses dates as Vietnamese sites print them, and classifies lines that hold nothing but a date."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date as Day
from datetime import time as Time
from functools import cache

from pipelines.parse.relative_dates import is_relative_date
from storage.records import FieldSource, PrintedTime

FIRST_YEAR, LAST_YEAR = 1945, 2100  # a union page is not older than the republic

NUMERIC_DATE = re.compile(r"(?<![\d/.:-])(\d{1,2})([/.-]| / )(\d{1,2})\2(\d{4})(?!\d|[/.-]\d)")
YEAR_FIRST_DATE = re.compile(r"(?<![\d/.:-])(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?!\d|[/.-]\d)")
LONG_DATE = re.compile(
    r"(?<!\d)(\d{1,2})\s+tháng\s+(\d{1,2}|[^\W\d_]+(?: hai| một)?)\s*(?:,|/|-)?\s*(?:năm\s+)?(\d{4})(?!\d)",
    re.IGNORECASE,
)
MONTH_WORDS = {
    "giêng": 1,
    "một": 1,
    "hai": 2,
    "ba": 3,
    "tư": 4,
    "bốn": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
    "mười": 10,
    "mười một": 11,
    "mười hai": 12,
    "chạp": 12,
}
ISO_DATE = re.compile(
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})[T ]"
    r"(\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?(?!\d)"
)
ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MAIL_DATE = re.compile(
    r"(?<!\d)(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4})"
    r"(?: (\d{2}):(\d{2})(?::(\d{2}))?(?: ([+-]\d{4}|GMT|UT|UTC|Z)\b)?)?"
)
CLOCK = (
    r"(?<![\d/:.])(\d{1,2})\s?(?::|h|g|giờ)\s?(\d{2})(?!\d)"
    r"(?:\s?(?::|p|phút)\s?(\d{2})(?!\d))?(?:\s?(AM|PM|SA|CH)\b)?"
)
DATE_GAP = r"[\s,;|()\[\]•·–—-]*"
WEEKDAY = r"(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\s+nhật|t[2-7]|cn)"
CLOCK_AFTER = re.compile(rf"^{DATE_GAP}(?:vào\s+)?(?:lúc\s*)?:?{DATE_GAP}{CLOCK}", re.IGNORECASE)
CLOCK_BEFORE = re.compile(
    rf"{CLOCK}{DATE_GAP}(?:,?\s*{WEEKDAY}\b)?{DATE_GAP}(?:ngày\s*)?{DATE_GAP}$", re.IGNORECASE
)
ZONE = re.compile(r"(?:GMT|UTC)\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)

DATE_FORM_TOKEN = re.compile(r"yyyy|yy|dd?|MM?|HH?|hh?|mm?|ss?|a")
DATE_FORM_RUN = re.compile(rf"(?:{DATE_FORM_TOKEN.pattern})+")
DATE_FORM_PIECE = re.compile(r"'[^']*'|[^\W\d_]+|\s+|.", re.DOTALL)
TOKEN_REGEX = {"yyyy": r"(\d{4})", "yy": r"(\d{2})", "a": r"(AM|PM|SA|CH)"}

UPDATED_LABEL = (
    r"(?:lần\s+)?(?:cập\s+nhật|sửa\s+đổi|chỉnh\s+sửa|sửa(?=\s+lần))(?:\s+(?:cuối|lần\s+cuối))?"
    r"|last\s+(?:updated|modified)|updated"
)
POSTED_LABEL = (
    r"(?:được\s+)?(?:ngày|giờ|thời\s+gian|đã)?\s*(?:đăng|xuất\s+bản|phát\s+hành|đưa)(?:\s+(?:tin|bài|tải|"
    r"lên))?"
    r"|ngày(?:\s+(?:viết|tạo|gửi))?|thời\s+gian|published|posted|date"
)
DATE_LABEL = re.compile(
    rf"^{DATE_GAP}(?:(?P<updated>{UPDATED_LABEL})|(?P<posted>{POSTED_LABEL}))"
    rf"(?:\s+(?:vào|ngày|lúc|on|at|vào\s+lúc|vào\s+ngày))?\s*:?{DATE_GAP}(?=\d|{WEEKDAY}|lúc)",
    re.IGNORECASE,
)
WEEKDAY_FIRST = re.compile(rf"^{DATE_GAP}{WEEKDAY}\b", re.IGNORECASE)
AROUND_DATE = re.compile(
    rf"{WEEKDAY}\b|\b(?:ngày|lúc|vào|giờ|LDO)\b|[\d.,]+\s+lượt\s+xem|(?:lượt|đã)\s+xem\s*:?\s*[\d.,]+"
    r"|\b(?:in\s+(?:bài(?:\s+viết)?|trang)|bản\s+in|chia\s+sẻ|gửi\s+(?:e?mail|bài(?:\s+viết)?)|facebook|zalo)\b|[\W_]+",
    re.IGNORECASE,
)
TIME_WORD = re.compile(r"(?:rạng\s+)?(?:sáng|trưa|chiều|tối|đêm|hôm|ngày|tháng|năm)\b", re.IGNORECASE)
MAX_NAME_BEFORE_DATE_CHARS = 40  # characters a byline may take before a date on its line
MAX_DATE_LINE_CHARS, MAX_RELATIVE_DATE_CHARS = 110, 60  # characters


@dataclass(frozen=True, slots=True)
class DateClue:
    """One string that may hold the date, as printed on the page, in a listing, feed or sitemap."""

    source: FieldSource
    rule: str  # selector, label or pattern that found it
    raw: str
    form: str | None = None  # its format by the profile: `dd/MM/yyyy HH:mm`
    machine: bool = False  # an attribute or JSON value: may be month first


def parse_printed_date(text: str, form: str | None = None, month_first: bool = False) -> PrintedTime | None:
    """Parse the first date in `text` with the time and zone printed beside it; None when there is none."""
    line = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if form and (printed := _parse_by_form(line, form)):
        return printed
    if iso := ISO_DATE.search(line):
        return _parse_iso(iso)
    for pattern in (NUMERIC_DATE, LONG_DATE, YEAR_FIRST_DATE, MAIL_DATE):
        for match in pattern.finditer(line):
            if printed := _parse_match(pattern, match, line, month_first):
                return printed
    return None


def _parse_match(
    pattern: re.Pattern[str], match: re.Match[str], line: str, month_first: bool
) -> PrintedTime | None:
    if pattern is MAIL_DATE:
        return _parse_mail_date(match)
    if pattern is NUMERIC_DATE:
        first, second = int(match[1]), int(match[3])
        day = (
            _valid_day(int(match[4]), first, second)
            if month_first
            else _valid_day(int(match[4]), second, first)
        )
    elif pattern is LONG_DATE:
        word = match[2].lower()
        month = int(word) if word.isdigit() else MONTH_WORDS.get(word, 0)
        day = _valid_day(int(match[3]), month, int(match[1]))
    else:
        day = _valid_day(int(match[1]), int(match[3]), int(match[4]))
    return _with_clock_time(day, line[: match.start()], line[match.end() :]) if day else None


def _with_clock_time(day: Day, before: str, after: str) -> PrintedTime:
    clock = CLOCK_AFTER.search(after) or CLOCK_BEFORE.search(before)
    time = _wall_time(clock[1], clock[2], clock[3], clock[4]) if clock else None
    return PrintedTime(day, time, _printed_offset(after) if time else None)


def _printed_offset(text: str) -> int | None:
    match = ZONE.search(text[:40])
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return minutes if match[1] == "+" else -minutes


def _valid_day(year: int, month: int, day: int) -> Day | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return Day(year, month, day)
    except ValueError:
        return None


def _wall_time(hour: str, minute: str, second: str | None, half: str | None = None) -> Time | None:
    """Return a wall time; None for midnight to the second, which systems print for "no time"."""
    hours = int(hour)
    if half and half.upper() in ("PM", "CH") and hours < 12:
        hours += 12
    elif half and half.upper() in ("AM", "SA") and hours == 12:
        hours = 0
    if (second or half) and not (hours or int(minute) or int(second or 0)):
        return None
    try:
        return Time(hours, int(minute), int(second or 0))
    except ValueError:
        return None


def _parse_iso(match: re.Match[str]) -> PrintedTime | None:
    day = _valid_day(int(match[1]), int(match[2]), int(match[3]))
    time = _wall_time(match[4], match[5], match[6])
    return PrintedTime(day, time, _iso_offset(match[7]) if time else None) if day else None


def _parse_mail_date(match: re.Match[str]) -> PrintedTime | None:
    word = match[2].lower()
    month = ENGLISH_MONTHS.index(word) + 1 if word in ENGLISH_MONTHS else 0
    day = _valid_day(int(match[3]), month, int(match[1]))
    time = _wall_time(match[4], match[5], match[6]) if match[4] else None
    return PrintedTime(day, time, _iso_offset(match[7]) if time else None) if day else None


def _iso_offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return minutes if zone[0] == "+" else -minutes


@cache
def _date_form_pattern(form: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    regex, names = "", []
    for piece in DATE_FORM_PIECE.findall(form):
        if piece.startswith("'"):
            regex += re.escape(piece[1:-1])
        elif piece.isspace():
            regex += r"\s*"
        elif DATE_FORM_RUN.fullmatch(piece):
            tokens = DATE_FORM_TOKEN.findall(piece)
            names += [token[0] for token in tokens]
            regex += "".join(
                TOKEN_REGEX.get(token, r"(\d{2})" if len(tokens) > 1 else r"(\d{1,2})") for token in tokens
            )
        else:
            regex += re.escape(piece)
    return re.compile(rf"(?<!\d){regex}(?!\d)", re.IGNORECASE), tuple(names)


def _parse_by_form(line: str, form: str) -> PrintedTime | None:
    pattern, names = _date_form_pattern(form)
    match = pattern.search(line)
    if not match:
        return None
    part = dict(zip(names, match.groups(), strict=True))
    year = part.get("y", "0")
    day = _valid_day(
        int(year) + (2000 if len(year) == 2 else 0), int(part.get("M", 0)), int(part.get("d", 0))
    )
    hour = part.get("H") or part.get("h")
    time = _wall_time(hour, part.get("m", "0"), part.get("s"), part.get("a")) if hour else None
    return PrintedTime(day, time, _printed_offset(line[match.end() :]) if time else None) if day else None


def is_updated_label(text: str) -> bool:
    """Return whether a line labels its date as that of a change, not of publication."""
    match = DATE_LABEL.match(text)
    return bool(match and match["updated"])


def date_line_kind(text: str) -> str | None:
    """Return the kind of a line that is nothing but a date, or None.

    `label` after a word such as "Ngày đăng:", `clock` after a weekday, `relative` when counted back from
    now, else `lone`. A byline of up to 40 characters may stand before the date; a sentence, an event or a
    law is no date line.
    """
    line = " ".join(text.split())
    if len(line) <= MAX_RELATIVE_DATE_CHARS and is_relative_date(line):
        return "relative"
    if len(line) > MAX_DATE_LINE_CHARS or not any(char.isdigit() for char in line):
        return None
    date_match = next(
        (match for pattern in (NUMERIC_DATE, LONG_DATE, YEAR_FIRST_DATE) if (match := pattern.search(line))),
        None,
    )
    label = DATE_LABEL.match(line)
    if not date_match or not _is_date_line_rest(
        line[label.end() if label else 0 : date_match.start()], line[date_match.end() :]
    ):
        return None
    if label:
        return "label"
    return "clock" if WEEKDAY_FIRST.match(line) else "lone"


def _is_date_line_rest(before: str, after: str) -> bool:
    """Return whether only clocks, counters, page controls and a name are around a date."""
    after = re.sub(CLOCK, " ", ZONE.sub(" ", after), flags=re.IGNORECASE)
    name = AROUND_DATE.sub(" ", re.sub(CLOCK, " ", before, flags=re.IGNORECASE)).strip()
    if AROUND_DATE.sub("", after) or len(name) > MAX_NAME_BEFORE_DATE_CHARS:
        return False
    return not name or not (TIME_WORD.match(name) or any(not word[0].isupper() for word in name.split()))


def name_before_date(text: str) -> str | None:
    """Return the byline printed before the date on a date line: `Thanh Chung LDO | 21/09/2021 15:25`."""
    line = " ".join(text.split())
    date_match = NUMERIC_DATE.search(line)
    if date_line_kind(text) is None or not date_match or DATE_LABEL.match(line):
        return None
    before = re.split(r"\s*[|(\[]\s*|\s+-\s+|\bLDO\b", line[: date_match.start()])[0].strip(" ,;-–")
    name = "" if WEEKDAY_FIRST.match(before) or re.search(r"\d", before) else before
    return name or None
