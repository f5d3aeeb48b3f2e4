"""Chooses the publication date among the date clues of a page and its listing, with its confidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime, timedelta
from datetime import time as Time
from typing import Literal

from pipelines.parse.printed_dates import FIRST_YEAR, LAST_YEAR, NUMERIC_DATE, DateClue, parse_printed_date
from pipelines.parse.relative_dates import VIETNAM, parse_relative_date
from storage.records import Confidence, Dating, FieldSource, PrintedTime

SOURCE_RANK = (
    FieldSource.PROFILE,
    FieldSource.STRUCTURED,
    FieldSource.LABEL,
    FieldSource.LISTING,
    FieldSource.FEED,
    FieldSource.URL,
    FieldSource.SITEMAP,
)
PAGE_SOURCES = frozenset({FieldSource.PROFILE, FieldSource.STRUCTURED, FieldSource.LABEL})
VIETNAM_OFFSET_MINUTES = 420  # east of UTC: every site prints Vietnamese time
CLOCK_TOLERANCE = timedelta(
    minutes=15
)  # a machine time this close to the capture may be the template's clock

URL_DAY = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?=/|$)|[/_-](\d{4})-(\d{2})-(\d{2})(?=[/._-]|$)")
# yyyyMMddHHmmss(fff), or 196 + yyMMddHHmmss(fff): ids of one press system before and since 2023.
URL_STAMP = re.compile(
    r"-(20\d{2})([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)([0-5]\d)\d{0,3}(?=\D|$)"
    r"|-196(\d{2})([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)([0-5]\d)\d{3}(?=\D|$)"
)
DatePrecision = Literal["exact", "counted", "modified"]


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """One date clue, parsed; a relative date is `counted`, a sitemap's lastmod `modified`."""

    clue: DateClue
    at: PrintedTime
    precision: DatePrecision = "exact"

    @property
    def source(self) -> FieldSource:
        """Where the clue was found: profile, structured data, label, listing, feed, URL or sitemap."""
        return self.clue.source


@dataclass(frozen=True, slots=True)
class PublicationDate:
    """The chosen date, the clue it was parsed from, and its confidence."""

    at: PrintedTime
    clue: DateClue
    dating: Dating


def choose_publication_date(
    clues: Iterable[DateClue], url: str, captured: datetime
) -> PublicationDate | None:
    """Return the day of publication with the clock time printed for it; None when no clue gives one.

    The best source wins (`RANK`); a sitemap's lastmod and a time counted back from now come last, whatever
    their source. A day after the capture is an event and no publication, except by the profile's own rule.
    """
    evidence = [
        date for date in _parse_clues([*clues, *_url_clues(url)], captured) if _is_past(date, captured)
    ]
    evidence = _without_template_clock(evidence, captured)
    if not evidence:
        return None
    best_evidence = min(evidence, key=_evidence_rank)
    conflicting = [
        date for date in evidence if date.at.day != best_evidence.at.day and date.precision == "exact"
    ]
    return PublicationDate(
        _with_clock(best_evidence, evidence),
        best_evidence.clue,
        _dating(best_evidence, evidence, conflicting),
    )


def _evidence_rank(evidence: DateEvidence) -> tuple[bool, int]:
    return evidence.precision != "exact", SOURCE_RANK.index(evidence.source)


def _is_past(evidence: DateEvidence, captured: datetime) -> bool:
    tomorrow = captured.astimezone(VIETNAM).date() + timedelta(days=1)
    return evidence.source is FieldSource.PROFILE or evidence.at.day <= tomorrow


def _parse_clues(clues: Sequence[DateClue], captured: datetime) -> list[DateEvidence]:
    """Parse every clue; of two readings (month or day first) take the one another clue confirms."""
    clue_readings = [(clue, _readings(clue, captured)) for clue in clues if clue.source in SOURCE_RANK]
    certain = [readings[0] for _, readings in clue_readings if len(readings) == 1]
    days = {evidence.at.day for evidence in certain}
    dates = []
    for _, readings in clue_readings:
        fitting = (
            readings if len(readings) == 1 else [evidence for evidence in readings if evidence.at.day in days]
        )
        if len(fitting) == 1:
            dates.append(_in_vietnam_time(fitting[0], certain))
    return dates


def _readings(clue: DateClue, captured: datetime) -> list[DateEvidence]:
    if clue.source is FieldSource.URL:
        return _exact_evidence(clue, [_url_date(clue.raw)])
    if clue.machine and not clue.form and (match := NUMERIC_DATE.search(clue.raw)) and match[2] != "-":
        # Month first or day first: two readings when both are dates.
        return _exact_evidence(
            clue, [parse_printed_date(clue.raw, month_first=first) for first in (False, True)]
        )
    if printed := parse_printed_date(clue.raw, clue.form):
        return _exact_evidence(clue, [printed])
    if clue.source in PAGE_SOURCES and (counted := parse_relative_date(clue.raw, captured)):
        return [DateEvidence(clue, counted, "counted")]
    return []


def _exact_evidence(clue: DateClue, printed_times: Iterable[PrintedTime | None]) -> list[DateEvidence]:
    precision: DatePrecision = "modified" if clue.rule == "lastmod" else "exact"
    return [DateEvidence(clue, at, precision) for at in dict.fromkeys(printed_times) if at]


def _in_vietnam_time(evidence: DateEvidence, other_evidence: Sequence[DateEvidence]) -> DateEvidence:
    """Convert a time in another zone to Vietnam's; some systems label their local time as UTC.

    It is local time when the page prints the same clock without a zone, or the same day and minute.
    """
    at = evidence.at
    if at.time is None or at.offset in (None, VIETNAM_OFFSET_MINUTES):
        return evidence
    printed_minute = (at.day, at.time.hour, at.time.minute)
    for other_date in other_evidence:
        clock = other_date.at.time
        if (
            other_date.at.offset in (None, VIETNAM_OFFSET_MINUTES)
            and clock
            and printed_minute == (other_date.at.day, clock.hour, clock.minute)
        ):
            return replace(evidence, at=replace(at, offset=other_date.at.offset))
    moved = datetime.combine(at.day, at.time) + timedelta(minutes=VIETNAM_OFFSET_MINUTES - (at.offset or 0))
    return replace(evidence, at=PrintedTime(moved.date(), moved.time(), VIETNAM_OFFSET_MINUTES))


def _without_template_clock(evidence: list[DateEvidence], captured: datetime) -> list[DateEvidence]:
    """Drop machine times that equal the time of capture, when another clue gives an earlier day."""
    now = captured.astimezone(VIETNAM)
    earlier = any(date.at.day < now.date() for date in evidence if date.precision == "exact")
    if not earlier:
        return evidence
    return [
        date for date in evidence if not (date.source is FieldSource.STRUCTURED and _is_now(date.at, now))
    ]


def _is_now(at: PrintedTime, now: datetime) -> bool:
    if at.time is None:
        return at.day == now.date()
    moment = datetime.combine(at.day, at.time, tzinfo=VIETNAM)
    return abs(moment - now) <= CLOCK_TOLERANCE


def _with_clock(best_evidence: DateEvidence, evidence: Iterable[DateEvidence]) -> PrintedTime:
    """Return the date as its source prints it; without a clock time there, with one from another source."""
    if best_evidence.at.time is not None:
        return best_evidence.at
    same_day = [
        date.at
        for date in evidence
        if date.at.day == best_evidence.at.day and date.source in PAGE_SOURCES and date.at.time
    ]
    return next(iter(sorted(same_day, key=lambda at: at.offset is None)), best_evidence.at)


def _dating(
    best_evidence: DateEvidence, evidence: Sequence[DateEvidence], conflicting: Sequence[DateEvidence]
) -> Dating:
    agreeing_sources = {
        date.source for date in evidence if date.at.day == best_evidence.at.day and date.precision == "exact"
    }
    has_conflict = bool(conflicting)
    if best_evidence.precision != "exact":
        confidence = Confidence.WEAK
    elif has_conflict or not (best_evidence.source in PAGE_SOURCES or len(agreeing_sources) > 1):
        confidence = Confidence.LIKELY
    else:
        confidence = Confidence.CERTAIN
    conflicting_days = dict.fromkeys(f"{date.source}: {date.at.day.isoformat()}" for date in conflicting)
    return Dating(best_evidence.source, confidence, has_conflict, tuple(conflicting_days))


def _url_clues(url: str) -> list[DateClue]:
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
        day_in_url = Day(year, month, day)
        return PrintedTime(day_in_url, Time(clock[0], clock[1], clock[2]) if clock else None)
    except ValueError:
        return None
