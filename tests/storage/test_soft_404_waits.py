"""A site that answers "not found" with 200 for some nights loses nobody's article."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.records import Outcome, Reason, UrlKind, Verdict
from storage.revisit import Asked, next_visit

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "days"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (90, 30)])
def test_a_soft_404_is_asked_again_soon_then_ever_later(attempts: int, days: int) -> None:
    verdict = Verdict(Outcome.NOT_AN_ARTICLE, Reason.SOFT_404)
    asked = Asked(UrlKind.ARTICLE, False, verdict, attempts, 0, False, None)
    assert next_visit(asked, NOW) == NOW + timedelta(days=days)
