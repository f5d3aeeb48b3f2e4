"""When a URL is asked again (pure): by kind, outcome, age and how often it stood unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from storage.records import Outcome, Reason, UrlKind, Verdict

ALWAYS = timedelta(0)
TELLTALES = {UrlKind.FEED, UrlKind.SITEMAP}  # asked in every run: they say what changed
# An article's age in days → days until it is asked again; the last line is the floor for the very old.
# Corrections come within days of publication, removals at reorganisations: old pages are still asked.
BY_AGE = ((3, 1), (30, 3), (365, 30))
OLDEST = 180
FAILED_OFTEN = 5  # after so many failures in a row the wait grows to a month
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known when a URL has just been asked."""

    kind: UrlKind
    root: bool  # a seed, feed, sitemap or first listing page: asked every run
    verdict: Verdict
    attempts: int  # failures (and soft 404s) in a row, this one included
    unchanged: int  # times in a row the article stood as it was
    watched: bool  # a sitemap tells when it changes (or that it is gone)
    day: date | None  # publication day, when known


def next_visit(asked: Asked, as_of: datetime) -> datetime | None:
    """The instant the URL is due again; None = only when something points at it."""
    outcome = asked.verdict.outcome
    if outcome is Outcome.FAILED:
        return as_of + (MONTH if asked.attempts >= FAILED_OFTEN else ALWAYS)
    if asked.root or asked.kind in TELLTALES:
        return as_of
    if outcome is Outcome.REFUSED:
        return as_of + timedelta(days=7) if asked.verdict.reason is Reason.ROBOTS else None
    if outcome is Outcome.GONE:
        return as_of + MONTH if asked.attempts <= 3 else None
    if asked.kind is not UrlKind.ARTICLE:
        # a photograph is replaced by another address; a document is corrected at its own
        return None if asked.kind in {UrlKind.LISTING, UrlKind.IMAGE} else as_of + timedelta(days=OLDEST)
    return as_of + _article_wait(asked, as_of)


def _article_wait(asked: Asked, as_of: datetime) -> timedelta:
    if asked.verdict.reason is Reason.SOFT_404:
        # a whole site may answer so for some nights: asked again soon, then ever later
        return timedelta(days=min(30, 2 ** min(asked.attempts - 1, 5)))
    if asked.watched:
        return timedelta(days=OLDEST)
    age = (as_of.date() - asked.day).days if asked.day else 365
    days = next((wait for limit, wait in BY_AGE if age <= limit), OLDEST)
    return timedelta(days=min(OLDEST, days * (1 + asked.unchanged)))
