"""The day of publication, chosen among all that a page and its listing tell, and how sure it is (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime, timedelta
from datetime import time as Time
from typing import Literal

from pipelines.parse.printed_dates import FIRST_YEAR, LAST_YEAR, NUMERIC, DateClue, parse_printed_date
from pipelines.parse.relative_dates import VIETNAM, parse_relative_date
from storage.records import Confidence, Dating, FieldSource, PrintedTime

RANK = (
    FieldSource.PROFILE,
    FieldSource.STRUCTURED,
    FieldSource.LABEL,
    FieldSource.LISTING,
    FieldSource.FEED,
    FieldSource.URL,
    FieldSource.SITEMAP,
)
ON_PAGE = frozenset({FieldSource.PROFILE, FieldSource.STRUCTURED, FieldSource.LABEL})
LOCAL = 420  # minutes east of UTC: every site prints Vietnamese time
MEANWHILE = timedelta(minutes=15)  # a machine time this close to the capture may be the template's clock

URL_DAY = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?=/|$)|[/_-](\d{4})-(\d{2})-(\d{2})(?=[/._-]|$)")
# yyyyMMddHHmmss(fff), or 196 + yyMMddHHmmss(fff): ids of one press system before and since 2023.
URL_STAMP = re.compile(
    r"-(20\d{2})([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)([0-5]\d)\d{0,3}(?=\D|$)"
    r"|-196(\d{2})([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)([0-5]\d)\d{3}(?=\D|$)"
)
Precision = Literal["exact", "counted", "modified"]


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """One clue as read; `precision` says whether it was counted back from now, or tells of a change."""

    clue: DateClue
    at: PrintedTime
    precision: Precision = "exact"

    @property
    def source(self) -> FieldSource:
        """Where the clue was found."""
        return self.clue.source


@dataclass(frozen=True, slots=True)
class PublicationDate:
    """A date chosen, the clue it was read from, and how sure it is."""

    at: PrintedTime
    clue: DateClue
    dating: Dating


def choose_publication_date(
    clues: Iterable[DateClue], url: str, captured: datetime
) -> PublicationDate | None:
    """The day of publication with the clock printed for it; None when nothing tells it.

    The best source wins (`RANK`); a sitemap's lastmod and a time counted back from now come last, whatever
    their source. A day after the capture is an event and no publication, except by the profile's own rule.
    """
    told = [one for one in _read_all([*clues, *_in_url(url)], captured) if _is_past(one, captured)]
    told = _without_clock(told, captured)
    if not told:
        return None
    best = min(told, key=_rank)
    others = [one for one in told if one.at.day != best.at.day and one.precision == "exact"]
    return PublicationDate(_with_clock(best, told), best.clue, _dating(best, told, others))


def _rank(told: DateEvidence) -> tuple[bool, int]:
    return told.precision != "exact", RANK.index(told.source)


def _is_past(told: DateEvidence, captured: datetime) -> bool:
    tomorrow = captured.astimezone(VIETNAM).date() + timedelta(days=1)
    return told.source is FieldSource.PROFILE or told.at.day <= tomorrow


def _read_all(clues: Sequence[DateClue], captured: datetime) -> list[DateEvidence]:
    """Every clue that can be read; one that has two readings takes the one another clue agrees with."""
    read = [(clue, _readings(clue, captured)) for clue in clues if clue.source in RANK]
    certain = [readings[0] for _, readings in read if len(readings) == 1]
    days = {told.at.day for told in certain}
    found = []
    for _, readings in read:
        fitting = readings if len(readings) == 1 else [told for told in readings if told.at.day in days]
        if len(fitting) == 1:
            found.append(_local(fitting[0], certain))
    return found


def _readings(clue: DateClue, captured: datetime) -> list[DateEvidence]:
    if clue.source is FieldSource.URL:
        return _as_told(clue, [_url_date(clue.raw)])
    if clue.machine and not clue.form and (match := NUMERIC.search(clue.raw)) and match[2] != "-":
        # Month first or day first: it has two readings when both are days.
        return _as_told(clue, [parse_printed_date(clue.raw, month_first=first) for first in (False, True)])
    if found := parse_printed_date(clue.raw, clue.form):
        return _as_told(clue, [found])
    if clue.source in ON_PAGE and (counted := parse_relative_date(clue.raw, captured)):
        return [DateEvidence(clue, counted, "counted")]
    return []


def _as_told(clue: DateClue, read: Iterable[PrintedTime | None]) -> list[DateEvidence]:
    precision: Precision = "modified" if clue.rule == "lastmod" else "exact"
    return [DateEvidence(clue, at, precision) for at in dict.fromkeys(read) if at]


def _local(told: DateEvidence, others: Sequence[DateEvidence]) -> DateEvidence:
    """A time in another zone told in Vietnam's; some systems call their local time UTC.

    It is local time when the page prints the same clock without a zone, or the same day and minute.
    """
    at = told.at
    if at.time is None or at.offset in (None, LOCAL):
        return told
    shown = (at.day, at.time.hour, at.time.minute)
    for other in others:
        clock = other.at.time
        if other.at.offset in (None, LOCAL) and clock and shown == (other.at.day, clock.hour, clock.minute):
            return replace(told, at=replace(at, offset=other.at.offset))
    moved = datetime.combine(at.day, at.time) + timedelta(minutes=LOCAL - (at.offset or 0))
    return replace(told, at=PrintedTime(moved.date(), moved.time(), LOCAL))


def _without_clock(told: list[DateEvidence], captured: datetime) -> list[DateEvidence]:
    """Without machine times that are the moment of the capture, when anything else tells an earlier day."""
    now = captured.astimezone(VIETNAM)
    earlier = any(one.at.day < now.date() for one in told if one.precision == "exact")
    if not earlier:
        return told
    return [one for one in told if not (one.source is FieldSource.STRUCTURED and _is_now(one.at, now))]


def _is_now(at: PrintedTime, now: datetime) -> bool:
    if at.time is None:
        return at.day == now.date()
    moment = datetime.combine(at.day, at.time, tzinfo=VIETNAM)
    return abs(moment - now) <= MEANWHILE


def _with_clock(best: DateEvidence, told: Iterable[DateEvidence]) -> PrintedTime:
    """The day as its source prints it; without a clock there, with one another source of the page has."""
    if best.at.time is not None:
        return best.at
    same = [one.at for one in told if one.at.day == best.at.day and one.source in ON_PAGE and one.at.time]
    return next(iter(sorted(same, key=lambda at: at.offset is None)), best.at)


def _dating(best: DateEvidence, told: Sequence[DateEvidence], others: Sequence[DateEvidence]) -> Dating:
    seconding = {one.source for one in told if one.at.day == best.at.day and one.precision == "exact"}
    conflict = bool(others)
    if best.precision != "exact":
        sure = Confidence.WEAK
    elif conflict or not (best.source in ON_PAGE or len(seconding) > 1):
        sure = Confidence.LIKELY
    else:
        sure = Confidence.CERTAIN
    said = dict.fromkeys(f"{one.source}: {one.at.day.isoformat()}" for one in others)
    return Dating(best.source, sure, conflict, tuple(said))


def _in_url(url: str) -> list[DateClue]:
    match = URL_STAMP.search(url) or URL_DAY.search(url)
    return [DateClue(FieldSource.URL, "url", match[0])] if match else []


def _url_date(piece: str) -> PrintedTime | None:
    match = URL_STAMP.fullmatch(piece) or URL_DAY.fullmatch(piece)
    if not match:
        return None
    year, month, day, *clock = (int(part) for part in match.groups() if part)
    year = year if year > 99 else 2000 + year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        known = Day(year, month, day)
        return PrintedTime(known, Time(clock[0], clock[1], clock[2]) if clock else None)
    except ValueError:
        return None
