"""Parses relative dates, counted back from the time of capture: `3 giờ trước`, `hôm qua, 14:05`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from datetime import time as Time

from storage.records import PrintedTime

VIETNAM = timezone(timedelta(hours=7))
NUMBER_WORDS = {"một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9}
TIME_UNITS = {
    "giây": "seconds",
    "phút": "minutes",
    "giờ": "hours",
    "tiếng": "hours",
    "ngày": "days",
    "second": "seconds",
    "minute": "minutes",
    "hour": "hours",
    "day": "days",
}
POSTED_PREFIX = (
    r"(?:(?:đã\s+)?(?:đăng|cập\s+nhật|xuất\s+bản|posted|updated)(?:\s+(?:lúc|vào|cách\s+đây))?\s*:?\s*)?"
)
# Weeks, months and years ago name no day: such a line is no relative date here.
TIME_AGO = re.compile(
    rf"{POSTED_PREFIX}(?:cách\s+đây\s+|khoảng\s+)?(?P<count>\d{{1,3}}|{'|'.join(NUMBER_WORDS)}|an?)\s+"
    rf"(?P<unit>{'|'.join(TIME_UNITS)})s?(?:\s+đồng\s+hồ)?\s+(?:trước|ago)",
    re.IGNORECASE,
)
NAMED_DAY = re.compile(
    rf"{POSTED_PREFIX}(?:(?P<before>\d{{1,2}}[:hg]\d{{2}}),?\s+)?"
    r"(?P<day>hôm\s+nay|hôm\s+qua|hôm\s+kia|vừa\s+xong|today|yesterday|just\s+now)"
    r"(?:\s*[,|-]?\s*(?:lúc\s+|at\s+)?(?P<after>\d{1,2}[:hg]\d{2}))?",
    re.IGNORECASE,
)
DAYS_BACK = {"hôm qua": 1, "yesterday": 1, "hôm kia": 2}


def is_relative_date(line: str) -> bool:
    """Return whether a line is nothing but a relative date."""
    text = line.strip(" .()[]|·•-–")
    return bool(TIME_AGO.fullmatch(text) or NAMED_DAY.fullmatch(text))


def parse_relative_date(line: str, captured: datetime) -> PrintedTime | None:
    """Return the day a line counts back to from the capture; the clock time only when it is printed.

    A day counted back may be one off: "1 ngày trước" is rounded.
    """
    text, now = line.strip(" .()[]|·•-–"), captured.astimezone(VIETNAM)
    if time_ago := TIME_AGO.fullmatch(text):
        word = time_ago["count"].lower()
        count = int(word) if word.isdigit() else NUMBER_WORDS.get(word, 1)
        return PrintedTime((now - timedelta(**{TIME_UNITS[time_ago["unit"].lower()]: count})).date())
    if named_day := NAMED_DAY.fullmatch(text):
        days_back = DAYS_BACK.get(" ".join(named_day["day"].lower().split()), 0)
        return PrintedTime(
            now.date() - timedelta(days=days_back), _parse_clock(named_day["before"] or named_day["after"])
        )
    return None


def _parse_clock(text: str | None) -> Time | None:
    if not text:
        return None
    hour, minute = re.split("[:hg]", text)
    return Time(int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None
