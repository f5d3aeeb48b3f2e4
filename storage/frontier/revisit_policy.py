"""When a URL is asked again (pure): by kind, outcome, age and how often it changed or yielded something."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from storage.records import Outcome, Reason, UrlKind, Verdict

ALWAYS = timedelta(0)
SLACK = timedelta(hours=2)  # a night that begins a little earlier than the last still finds its URLs due
TELLTALES = {UrlKind.FEED, UrlKind.SITEMAP}  # they say what is new, changed or gone
OLDEST = 180  # days: the longest an article waits, however old; removals at reorganisations are found so
FAILED_OFTEN = 5  # after so many failures in a row the wait grows: to a week, of articles to a month
MONTH = timedelta(days=30)
# Articles are corrected soon after they appear or hardly ever: changes are taken to come at a rate of
# r / (age + 1 day), so that equal numbers of them fall between days 1 and 3 and between days 10 and 30.
# r is learned of each article from what its visits showed, starting from ONE change in FOUR such spans.
ONE, FOUR = 1.0, 4.0
ENOUGH = 0.1  # changes to be expected before it is asked again
UNDATED = 365  # days
# A feed, sitemap or listing that told nothing new for so many runs in a row → days until it is asked again.
QUIET = ((2, 0), (3, 2), (4, 4))
QUIETEST = 7


@dataclass(frozen=True, slots=True)
class VisitedUrl:
    """What is known when a URL has just been asked."""

    kind: UrlKind
    root: bool  # a seed, feed, sitemap or first listing page
    verdict: Verdict
    attempts: int  # failures (and soft 404s) in a row, this one included
    unchanged: int  # times in a row the article stood as it was, or the page told nothing new
    watched: bool  # a sitemap tells when it changes (or that it is gone)
    day: date | None  # publication day, when known
    changed: int = 0  # times the article was found changed


def next_visit(asked: VisitedUrl, as_of: datetime) -> datetime | None:
    """The instant the URL is due again; None = only when something points at it."""
    outcome = asked.verdict.outcome
    if outcome is Outcome.FAILED:
        return as_of + _patience(asked)
    if asked.root or (asked.kind in TELLTALES and outcome is not Outcome.GONE):
        return as_of + _poll(asked)
    if outcome is Outcome.REFUSED:
        return as_of + timedelta(days=7) if asked.verdict.reason is Reason.ROBOTS else None
    if outcome is Outcome.GONE:
        return as_of + MONTH if asked.attempts <= 3 else None
    if asked.kind is not UrlKind.ARTICLE:
        # a photograph is replaced by another address; a document is corrected at its own
        return None if asked.kind in {UrlKind.LISTING, UrlKind.IMAGE} else as_of + timedelta(days=OLDEST)
    return as_of + timedelta(days=article_days(asked, as_of))


def _patience(asked: VisitedUrl) -> timedelta:
    """After a failure: roots are asked in every run, so that a site that comes back is seen at once."""
    if asked.root or asked.attempts < FAILED_OFTEN:
        return ALWAYS
    return timedelta(days=QUIETEST) if asked.kind in TELLTALES else MONTH


def newer(lastmod: str, last_visit: datetime | None) -> bool:
    """Whether the first <lastmod> heard of an article tells of a change: only when it is after our visit."""
    if last_visit is None:
        return True
    try:
        told = datetime.fromisoformat(lastmod)
    except ValueError:
        return False
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return bool(told > last_visit)


def _poll(asked: VisitedUrl) -> timedelta:
    """Seeds are asked in every run, what else tells of articles by what it yields."""
    if asked.kind is UrlKind.SEED or asked.verdict.outcome is Outcome.GONE:
        return ALWAYS
    days = next((wait for most, wait in QUIET if asked.unchanged < most), QUIETEST)
    return timedelta(days=days)


def article_days(asked: VisitedUrl, as_of: datetime) -> float:
    """Days until an article is asked again: 1 to 180."""
    if asked.verdict.reason is Reason.SOFT_404:
        # a whole site may answer so for some nights: asked again soon, then ever later
        return min(30.0, 2.0 ** min(asked.attempts - 1, 5))
    if asked.watched:
        return OLDEST
    age = max(0, (as_of.date() - asked.day).days) if asked.day else UNDATED
    rate = (ONE + asked.changed) / (FOUR + math.log1p(age))
    wait = (age + 1) * math.expm1(min(ENOUGH / rate, 20.0))
    return min(OLDEST, max(1.0, wait))
