"""Times told by their distance from now: `3 giờ trước`, `hôm qua, 14:05` (pure; the capture is the now)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from datetime import time as Time

from storage.records import PrintedTime

VIETNAM = timezone(timedelta(hours=7))
NUMBER_WORDS = {"một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9}
UNITS = {
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
SAID = r"(?:(?:đã\s+)?(?:đăng|cập\s+nhật|xuất\s+bản|posted|updated)(?:\s+(?:lúc|vào|cách\s+đây))?\s*:?\s*)?"
# Weeks, months and years ago name no day: such a line is none of ours.
AGO = re.compile(
    rf"{SAID}(?:cách\s+đây\s+|khoảng\s+)?(?P<count>\d{{1,3}}|{'|'.join(NUMBER_WORDS)}|an?)\s+"
    rf"(?P<unit>{'|'.join(UNITS)})s?(?:\s+đồng\s+hồ)?\s+(?:trước|ago)",
    re.IGNORECASE,
)
NAMED = re.compile(
    rf"{SAID}(?:(?P<before>\d{{1,2}}[:hg]\d{{2}}),?\s+)?"
    r"(?P<day>hôm\s+nay|hôm\s+qua|hôm\s+kia|vừa\s+xong|today|yesterday|just\s+now)"
    r"(?:\s*[,|-]?\s*(?:lúc\s+|at\s+)?(?P<after>\d{1,2}[:hg]\d{2}))?",
    re.IGNORECASE,
)
DAYS_BACK = {"hôm qua": 1, "yesterday": 1, "hôm kia": 2}


def is_relative_date(line: str) -> bool:
    """True for a line that is nothing but such a time."""
    text = line.strip(" .()[]|·•-–")
    return bool(AGO.fullmatch(text) or NAMED.fullmatch(text))


def parse_relative_date(line: str, captured: datetime) -> PrintedTime | None:
    """The day a line counts back to from the capture; the clock only when it was printed.

    A day counted back may be one off: whoever prints "1 ngày trước" has rounded.
    """
    text, now = line.strip(" .()[]|·•-–"), captured.astimezone(VIETNAM)
    if ago := AGO.fullmatch(text):
        word = ago["count"].lower()
        count = int(word) if word.isdigit() else NUMBER_WORDS.get(word, 1)
        return PrintedTime((now - timedelta(**{UNITS[ago["unit"].lower()]: count})).date())
    if named := NAMED.fullmatch(text):
        back = DAYS_BACK.get(" ".join(named["day"].lower().split()), 0)
        return PrintedTime(now.date() - timedelta(days=back), _clock(named["before"] or named["after"]))
    return None


def _clock(text: str | None) -> Time | None:
    if not text:
        return None
    hour, minute = re.split("[:hg]", text)
    return Time(int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None
