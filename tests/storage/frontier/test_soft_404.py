"""A site that answers "not found" with 200 for some nights loses nobody's article."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.frontier.revisit_policy import VisitedUrl, next_visit
from storage.records import Outcome, Reason, UrlKind, Verdict

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "days"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (90, 30)])
def test_a_soft_404_is_asked_again_soon_then_ever_later(attempts: int, days: int) -> None:
    verdict = Verdict(Outcome.NOT_AN_ARTICLE, Reason.SOFT_404)
    asked = VisitedUrl(UrlKind.ARTICLE, False, verdict, attempts, 0, False, None)
    assert next_visit(asked, NOW) == NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("kind", "root", "attempts", "days"),
    [
        (UrlKind.LISTING, True, 9, 0),  # a site that comes back is seen at once
        (UrlKind.SITEMAP, False, 4, 0),
        (UrlKind.SITEMAP, False, 5, 7),
        (UrlKind.FEED, False, 6, 7),
        (UrlKind.ARTICLE, False, 4, 0),
        (UrlKind.ARTICLE, False, 5, 30),
    ],
)
def test_what_fails_often_waits_but_for_roots(kind: UrlKind, root: bool, attempts: int, days: int) -> None:
    failed = Verdict(Outcome.FAILED, Reason.TIMEOUT)
    asked = VisitedUrl(kind, root, failed, attempts, unchanged=0, watched=False, day=None)
    assert next_visit(asked, NOW) == NOW + timedelta(days=days)
