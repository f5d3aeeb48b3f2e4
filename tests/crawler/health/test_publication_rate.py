from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.health.publication_rate import is_holiday, publication_rate, rate_drop

TODAY = date(2027, 6, 16)  # a Wednesday


def every(days: int, count: int = 1, until: int = 1, span: int = 300, weekdays: int = 7) -> dict[date, int]:
    """Articles every so many days, the newest `until` days ago."""
    found = (TODAY - timedelta(days=n) for n in range(until, span, days))
    return {day: count for day in found if day.weekday() < weekdays}


@pytest.mark.parametrize(
    ("counts", "silent"),
    [
        (every(1, 40), False),  # a daily paper
        (every(1, 40, until=4), True),  # … three days without a word
        (every(1, 3, until=3, weekdays=5), False),  # an office, Monday to Friday
        (every(1, 3, until=10, weekdays=5), True),
        (every(7), False),  # a weekly
        (every(7, until=21), False),  # … that leaves out two issues
        (every(7, until=120), True),
        (every(30), False),  # a few notices a year
        (every(30, until=75), False),
        ({TODAY - timedelta(days=200): 5}, False),  # too little is known
        ({}, False),
    ],
)
def test_a_silence_is_judged_by_the_rhythm_of_the_site(counts: dict[date, int], silent: bool) -> None:
    beat = publication_rate(counts, TODAY)
    assert beat.is_silent is silent, beat.summary()


def test_tet_and_weekends_of_an_office_are_no_silence() -> None:
    eve, back = date(2027, 2, 2), date(2027, 2, 16)
    days = (eve - timedelta(days=n) for n in range(200))
    counts = {day: 4 for day in days if day.weekday() < 5 and not is_holiday(day)}
    beat = publication_rate(counts, back)
    assert beat.rest_days == {5, 6}
    assert beat.silent_days == 1  # of fourteen days
    assert not beat.is_silent


def test_days_of_the_future_and_of_today_do_not_count() -> None:
    counts = {**every(1, 2), TODAY + timedelta(days=400): 1}
    assert publication_rate(counts, TODAY).last_day == TODAY - timedelta(days=1)


def test_a_fortnight_far_below_the_usual_is_told() -> None:
    counts = every(1, 6)
    few = {day: (1 if day >= TODAY - timedelta(days=14) else count) for day, count in counts.items()}
    assert rate_drop(counts, TODAY) is None
    told = rate_drop(few, TODAY)
    assert told
    assert (told.now, told.usual) == (14, 84)


@given(st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 6, 15)), st.integers(0, 50), max_size=60))
def test_any_history_has_a_rhythm_that_allows_at_least_what_was(counts: dict[date, int]) -> None:
    beat = publication_rate(counts, TODAY)
    assert beat.summary()
    if beat.allowed_silence is not None:
        assert beat.allowed_silence >= max(1, beat.longest_silence)
    rate_drop(counts, TODAY)
