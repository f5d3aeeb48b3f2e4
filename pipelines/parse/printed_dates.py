"""Dates as Vietnamese sites print them: reading one string, and telling what kind of line it stands on."""

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

NUMERIC = re.compile(r"(?<![\d/.:-])(\d{1,2})([/.-]| / )(\d{1,2})\2(\d{4})(?!\d|[/.-]\d)")
YEAR_FIRST = re.compile(r"(?<![\d/.:-])(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?!\d|[/.-]\d)")
LONG = re.compile(
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
ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})[T ]"
    r"(\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?(?!\d)"
)
ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MAIL = re.compile(
    r"(?<!\d)(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4})"
    r"(?: (\d{2}):(\d{2})(?::(\d{2}))?(?: ([+-]\d{4}|GMT|UT|UTC|Z)\b)?)?"
)
CLOCK = (
    r"(?<![\d/:.])(\d{1,2})\s?(?::|h|g|giờ)\s?(\d{2})(?!\d)"
    r"(?:\s?(?::|p|phút)\s?(\d{2})(?!\d))?(?:\s?(AM|PM|SA|CH)\b)?"
)
GAP = r"[\s,;|()\[\]•·–—-]*"
WEEKDAY = r"(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\s+nhật|t[2-7]|cn)"
CLOCK_AFTER = re.compile(rf"^{GAP}(?:vào\s+)?(?:lúc\s*)?:?{GAP}{CLOCK}", re.IGNORECASE)
CLOCK_BEFORE = re.compile(rf"{CLOCK}{GAP}(?:,?\s*{WEEKDAY}\b)?{GAP}(?:ngày\s*)?{GAP}$", re.IGNORECASE)
ZONE = re.compile(r"(?:GMT|UTC)\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)

FORM_TOKEN = re.compile(r"yyyy|yy|dd?|MM?|HH?|hh?|mm?|ss?|a")
FORM_RUN = re.compile(rf"(?:{FORM_TOKEN.pattern})+")
FORM_PIECE = re.compile(r"'[^']*'|[^\W\d_]+|\s+|.", re.DOTALL)
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
LABEL = re.compile(
    rf"^{GAP}(?:(?P<updated>{UPDATED_LABEL})|(?P<posted>{POSTED_LABEL}))"
    rf"(?:\s+(?:vào|ngày|lúc|on|at|vào\s+lúc|vào\s+ngày))?\s*:?{GAP}(?=\d|{WEEKDAY}|lúc)",
    re.IGNORECASE,
)
WEEKDAY_FIRST = re.compile(rf"^{GAP}{WEEKDAY}\b", re.IGNORECASE)
FURNITURE = re.compile(
    rf"{WEEKDAY}\b|\b(?:ngày|lúc|vào|giờ|LDO)\b|[\d.,]+\s+lượt\s+xem|(?:lượt|đã)\s+xem\s*:?\s*[\d.,]+"
    r"|\b(?:in\s+(?:bài(?:\s+viết)?|trang)|bản\s+in|chia\s+sẻ|gửi\s+(?:e?mail|bài(?:\s+viết)?)|facebook|zalo)\b|[\W_]+",
    re.IGNORECASE,
)
DAYTIME = re.compile(r"(?:rạng\s+)?(?:sáng|trưa|chiều|tối|đêm|hôm|ngày|tháng|năm)\b", re.IGNORECASE)
NAME_BEFORE = 40  # characters a byline may take before a date on its line
LONGEST_DATE_LINE, LONGEST_RELATIVE = 110, 60  # characters


@dataclass(frozen=True, slots=True)
class DateClue:
    """One string that may hold the date, as found."""

    source: FieldSource
    rule: str  # selector, label or pattern that found it
    raw: str
    form: str | None = None  # how the profile says it is printed
    machine: bool = False  # an attribute or JSON value: may be month first


def parse_printed_date(text: str, form: str | None = None, month_first: bool = False) -> PrintedTime | None:
    """The first date in `text` with the time and zone printed beside it; None when there is none."""
    line = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if form and (found := _by_form(line, form)):
        return found
    if iso := ISO.search(line):
        return _from_iso(iso)
    for pattern in (NUMERIC, LONG, YEAR_FIRST, MAIL):
        for match in pattern.finditer(line):
            if found := _from_match(pattern, match, line, month_first):
                return found
    return None


def _from_match(
    pattern: re.Pattern[str], match: re.Match[str], line: str, month_first: bool
) -> PrintedTime | None:
    if pattern is MAIL:
        return _from_mail(match)
    if pattern is NUMERIC:
        first, second = int(match[1]), int(match[3])
        day = _day(int(match[4]), first, second) if month_first else _day(int(match[4]), second, first)
    elif pattern is LONG:
        word = match[2].lower()
        month = int(word) if word.isdigit() else MONTH_WORDS.get(word, 0)
        day = _day(int(match[3]), month, int(match[1]))
    else:
        day = _day(int(match[1]), int(match[3]), int(match[4]))
    return _with_clock(day, line[: match.start()], line[match.end() :]) if day else None


def _with_clock(day: Day, before: str, after: str) -> PrintedTime:
    clock = CLOCK_AFTER.search(after) or CLOCK_BEFORE.search(before)
    time = _time(clock[1], clock[2], clock[3], clock[4]) if clock else None
    return PrintedTime(day, time, _zone(after) if time else None)


def _zone(text: str) -> int | None:
    match = ZONE.search(text[:40])
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return minutes if match[1] == "+" else -minutes


def _day(year: int, month: int, day: int) -> Day | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return Day(year, month, day)
    except ValueError:
        return None


def _time(hour: str, minute: str, second: str | None, half: str | None = None) -> Time | None:
    """A wall time; midnight to the second is what systems print for "no time known"."""
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


def _from_iso(match: re.Match[str]) -> PrintedTime | None:
    day = _day(int(match[1]), int(match[2]), int(match[3]))
    time = _time(match[4], match[5], match[6])
    return PrintedTime(day, time, _offset(match[7]) if time else None) if day else None


def _from_mail(match: re.Match[str]) -> PrintedTime | None:
    word = match[2].lower()
    month = ENGLISH_MONTHS.index(word) + 1 if word in ENGLISH_MONTHS else 0
    day = _day(int(match[3]), month, int(match[1]))
    time = _time(match[4], match[5], match[6]) if match[4] else None
    return PrintedTime(day, time, _offset(match[7]) if time else None) if day else None


def _offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return minutes if zone[0] == "+" else -minutes


@cache
def _form_pattern(form: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    regex, names = "", []
    for piece in FORM_PIECE.findall(form):
        if piece.startswith("'"):
            regex += re.escape(piece[1:-1])
        elif piece.isspace():
            regex += r"\s*"
        elif FORM_RUN.fullmatch(piece):
            tokens = FORM_TOKEN.findall(piece)
            names += [token[0] for token in tokens]
            regex += "".join(
                TOKEN_REGEX.get(token, r"(\d{2})" if len(tokens) > 1 else r"(\d{1,2})") for token in tokens
            )
        else:
            regex += re.escape(piece)
    return re.compile(rf"(?<!\d){regex}(?!\d)", re.IGNORECASE), tuple(names)


def _by_form(line: str, form: str) -> PrintedTime | None:
    pattern, names = _form_pattern(form)
    match = pattern.search(line)
    if not match:
        return None
    part = dict(zip(names, match.groups(), strict=True))
    year = part.get("y", "0")
    day = _day(int(year) + (2000 if len(year) == 2 else 0), int(part.get("M", 0)), int(part.get("d", 0)))
    hour = part.get("H") or part.get("h")
    time = _time(hour, part.get("m", "0"), part.get("s"), part.get("a")) if hour else None
    return PrintedTime(day, time, _zone(line[match.end() :]) if time else None) if day else None


def is_updated_label(text: str) -> bool:
    """True when the line says that its date is of a change, not of publication."""
    match = LABEL.match(text)
    return bool(match and match["updated"])


def date_line_kind(text: str) -> str | None:
    """The kind of a line that is nothing but a date, or None.

    `label` after a word such as "Ngày đăng:", `clock` after a weekday, `relative` when counted back from
    now, else `lone`. A byline of up to 40 characters may stand before the date; a sentence, an event or a
    law is no date line.
    """
    line = " ".join(text.split())
    if len(line) <= LONGEST_RELATIVE and is_relative_date(line):
        return "relative"
    if len(line) > LONGEST_DATE_LINE or not any(char.isdigit() for char in line):
        return None
    found = next((m for p in (NUMERIC, LONG, YEAR_FIRST) if (m := p.search(line))), None)
    label = LABEL.match(line)
    if not found or not _only_furniture(
        line[label.end() if label else 0 : found.start()], line[found.end() :]
    ):
        return None
    if label:
        return "label"
    return "clock" if WEEKDAY_FIRST.match(line) else "lone"


def _only_furniture(before: str, after: str) -> bool:
    """True when nothing but clocks, counters, buttons and a name stand around a date."""
    after = re.sub(CLOCK, " ", ZONE.sub(" ", after), flags=re.IGNORECASE)
    name = FURNITURE.sub(" ", re.sub(CLOCK, " ", before, flags=re.IGNORECASE)).strip()
    if FURNITURE.sub("", after) or len(name) > NAME_BEFORE:
        return False
    return not name or not (DAYTIME.match(name) or any(not word[0].isupper() for word in name.split()))


def name_before_date(text: str) -> str | None:
    """The byline printed before the date on a date line: `Thanh Chung LDO | 21/09/2021 15:25`."""
    line = " ".join(text.split())
    found = NUMERIC.search(line)
    if date_line_kind(text) is None or not found or LABEL.match(line):
        return None
    before = re.split(r"\s*[|(\[]\s*|\s+-\s+|\bLDO\b", line[: found.start()])[0].strip(" ,;-–")
    name = "" if WEEKDAY_FIRST.match(before) or re.search(r"\d", before) else before
    return name or None
