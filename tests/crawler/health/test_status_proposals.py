from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawler.health.baseline import VisitNumbers
from crawler.health.publication_rate import publication_rate
from crawler.health.status_proposals import StatusHistory, propose_status

NOW = datetime(2027, 6, 16, 18, tzinfo=UTC)
TODAY = date(2027, 6, 17)


def visits(count: int, failing: str | None, step: int = 1, **more: Any) -> list[VisitNumbers]:
    """So many visits, newest first, that failed in one way."""
    ending = "finished" if failing is None else "unreachable"
    told = {"ending": ending, "failure": failing, "article_links": 0 if failing else 20, **more}
    return [VisitNumbers(run=n, at=NOW - timedelta(days=n * step), **told) for n in range(count)]


def life(status: str, seen: list[VisitNumbers], last: int = 1) -> StatusHistory:
    """A site whose newest article is `last` days old, one every second day before."""
    counts = {TODAY - timedelta(days=n): 1 for n in range(last, 360, 2)}
    return StatusHistory(status, seen, ("evidence",), publication_rate(counts, TODAY), counts, TODAY)


CASES = [
    ("live", visits(5, "dns_gone", 3), 1, "dark"),
    ("live", visits(5, "dns_gone"), 1, None),  # four days are not long enough
    ("live", visits(3, "dns_gone", 7), 1, None),  # nor are three visits
    ("live", visits(6, "refused", 3), 1, "dark"),
    ("live", visits(6, "server_error", 3), 1, None),  # servers are mended; two months
    ("live", visits(6, "server_error", 14), 1, "dark"),
    ("live", [*visits(1, "dns_gone"), *visits(9, None)[1:]], 1, None),
    ("live", visits(2, "moved"), 1, "moved"),
    ("live", visits(2, "hijacked"), 1, "hijacked"),
    ("live", visits(2, "parked"), 1, "hijacked"),
    ("live", visits(1, "parked"), 1, None),
    ("live", visits(9, "wall", 9), 1, None),  # a wall says nothing of the site's life
    ("live", visits(9, None), 1, None),
    ("live", visits(9, None), 130, "frozen"),
    ("live", visits(9, None), 60, None),
    ("frozen", visits(9, None), 130, None),
    ("frozen", visits(9, None), 1, "live"),
    ("frozen", visits(5, "dns_gone", 30), 130, "dark"),
    ("dark", visits(5, "dns_gone", 30), 130, None),
    ("dark", visits(2, None), 130, "frozen"),
    ("dark", visits(2, None), 1, "live"),
    ("hijacked", visits(1, None), 130, None),
]


@pytest.mark.parametrize(("status", "seen", "last", "becomes"), CASES)
def test_a_change_of_status_is_proposed_only_on_lasting_evidence(
    status: str, seen: list[VisitNumbers], last: int, becomes: str | None
) -> None:
    made = propose_status(life(status, seen, last))
    assert (made.becomes if made else None) == becomes
    if made:
        assert all(made.evidence)
