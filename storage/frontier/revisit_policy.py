"""Revisit policy (pure): when a URL is due again, by kind, outcome, age and how often it changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from storage.records import Outcome, Reason, UrlKind, Verdict

ALWAYS = timedelta(0)
SLACK = timedelta(hours=2)  # a night that begins a little earlier than the last still finds its URLs due
FEED_KINDS = {UrlKind.FEED, UrlKind.SITEMAP}  # they list what is new, changed or gone
MAX_ARTICLE_DAYS = (
    180  # days: the longest an article waits, however old; removals at reorganisations are found so
)
FREQUENT_FAILURES = 5  # after so many failures in a row the wait grows: to a week, of articles to a month
MONTH = timedelta(days=30)
# Articles are corrected soon after they appear or hardly ever: changes are taken to come at a rate of
# r / (age + 1 day), so that equal numbers of them fall between days 1 and 3 and between days 10 and 30.
# r is learned of each article from what its visits showed, starting from ONE change in FOUR such spans.
PRIOR_CHANGES, PRIOR_SPANS = 1.0, 4.0
EXPECTED_CHANGES = 0.1  # changes to be expected before a revisit
UNDATED_AGE_DAYS = 365  # days
# Visits in a row to a feed, sitemap or listing that showed nothing new → days until the next visit.
DAYS_BY_QUIET_VISITS = ((2, 0), (3, 2), (4, 4))
MAX_QUIET_DAYS = 7


@dataclass(frozen=True, slots=True)
class VisitedUrl:
    """A URL that was just visited, with what the next visit depends on."""

    kind: UrlKind
    root: bool  # a seed, feed, sitemap or first listing page
    verdict: Verdict
    attempts: int  # failures (and soft 404s) in a row, this one included
    unchanged: int  # visits in a row that showed no change, or nothing new
    watched: bool  # a sitemap lists its changes and its removal
    day: date | None  # publication day, when known
    changed: int = 0  # visits that showed a changed article


def next_visit(visited: VisitedUrl, as_of: datetime) -> datetime | None:
    """Return the instant the URL is due again; None: only when a link or sitemap points at it anew."""
    outcome = visited.verdict.outcome
    if outcome is Outcome.FAILED:
        return as_of + _wait_after_failure(visited)
    if visited.root or (visited.kind in FEED_KINDS and outcome is not Outcome.GONE):
        return as_of + _poll_interval(visited)
    if outcome is Outcome.REFUSED:
        return as_of + timedelta(days=7) if visited.verdict.reason is Reason.ROBOTS else None
    if outcome is Outcome.GONE:
        return as_of + MONTH if visited.attempts <= 3 else None
    if visited.kind is not UrlKind.ARTICLE:
        # a photograph is replaced by another address; a document is corrected at its own
        return (
            None
            if visited.kind in {UrlKind.LISTING, UrlKind.IMAGE}
            else as_of + timedelta(days=MAX_ARTICLE_DAYS)
        )
    return as_of + timedelta(days=article_days(visited, as_of))


def _wait_after_failure(visited: VisitedUrl) -> timedelta:
    """Roots are visited in every run even after failures: a site that comes back is noticed at once."""
    if visited.root or visited.attempts < FREQUENT_FAILURES:
        return ALWAYS
    return timedelta(days=MAX_QUIET_DAYS) if visited.kind in FEED_KINDS else MONTH


def is_newer(lastmod: str, last_visit: datetime | None) -> bool:
    """Return whether the first <lastmod> listed for an article is later than the last visit."""
    if last_visit is None:
        return True
    try:
        modified = datetime.fromisoformat(lastmod)
    except ValueError:
        return False
    modified = modified if modified.tzinfo else modified.replace(tzinfo=UTC)
    return bool(modified > last_visit)


def _poll_interval(visited: VisitedUrl) -> timedelta:
    """Seeds are visited in every run; feeds, sitemaps and listings by how often they show something new."""
    if visited.kind is UrlKind.SEED or visited.verdict.outcome is Outcome.GONE:
        return ALWAYS
    days = next(
        (wait for max_unchanged, wait in DAYS_BY_QUIET_VISITS if visited.unchanged < max_unchanged),
        MAX_QUIET_DAYS,
    )
    return timedelta(days=days)


def article_days(visited: VisitedUrl, as_of: datetime) -> float:
    """Return the days until an article is revisited: 1 to 180."""
    if visited.verdict.reason is Reason.SOFT_404:
        # a whole site may answer so for some nights: asked again soon, then ever later
        return min(30.0, 2.0 ** min(visited.attempts - 1, 5))
    if visited.watched:
        return MAX_ARTICLE_DAYS
    age = max(0, (as_of.date() - visited.day).days) if visited.day else UNDATED_AGE_DAYS
    rate = (PRIOR_CHANGES + visited.changed) / (PRIOR_SPANS + math.log1p(age))
    wait = (age + 1) * math.expm1(min(EXPECTED_CHANGES / rate, 20.0))
    return min(MAX_ARTICLE_DAYS, max(1.0, wait))
