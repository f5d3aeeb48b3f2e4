"""Numbers of one visit from its report, and the past visits that form a site's baseline (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from storage.runs.runs import FRONTIER_EMPTY

FILL_FIELDS = ("dated", "authored", "leads", "sections")
MAX_BASELINE_VISITS = 40  # newest visits that form the baseline
ADAPTS_AFTER_VISITS = 14  # visits after which a flagged change counts as normal
MAD_TO_STANDARD_DEVIATION = 1.4826  # of normally distributed numbers
UNSETTLED_OUTCOMES = {"refused"}
DISCOVERY_KINDS = {"seed", "feed", "sitemap", "listing"}


@dataclass(frozen=True, slots=True)
class VisitNumbers:
    """Numbers of one visit that are compared with the baseline."""

    run: int
    at: datetime | None  # start of the visit; None = the visit being assessed
    ending: str
    new_articles: int = 0  # including copies
    settled_urls: int = 0  # URLs settled
    article_urls: int = 0  # article URLs settled
    discovery_pages: int = 0  # seeds, feeds, sitemaps and listings read
    article_links: int = 0  # to articles, on those
    roots: Mapping[str, int] = field(
        default_factory=dict
    )  # the profile's own addresses → their article links
    outcomes: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (outcome, reason) of article URLs
    examples: Mapping[tuple[str, str], str] = field(default_factory=dict)  # one such URL
    articles_read: int = 0  # read in this run
    filled: Mapping[str, int] = field(default_factory=dict)  # of them, with each of FIELDS
    median_chars: float = 0.0  # the median body
    trouble: bool = False
    signs: frozenset[str] = frozenset()  # flagged in this visit, alarm or not
    failure: str | None = None  # failure class

    @property
    def is_complete(self) -> bool:
        """Whether the visit finished; an interrupted one is no evidence of the site's state."""
        return self.ending == FRONTIER_EMPTY


def visit_numbers(report: Mapping[str, Any], at: datetime | None = None) -> VisitNumbers:
    """Return the numbers of a stored report; what an older version did not count is 0."""
    counts = report.get("counts", {})
    tallies = [tally for tally in report.get("tallies", ()) if tally["outcome"] not in UNSETTLED_OUTCOMES]
    articles = [tally for tally in tallies if tally["kind"] == "article"]
    outcomes: Counter[tuple[str, str]] = Counter()
    for tally in articles:
        outcomes[tally["outcome"], tally["reason"] or ""] += tally["count"]
    read = [t for t in tallies if t["kind"] in DISCOVERY_KINDS and t["outcome"] in {"discovered", "same"}]
    fills, health = report.get("fills", {}), report.get("health") or {}
    articles_read = int(fills.get("articles", 0))
    return VisitNumbers(
        run=report.get("run", 0),
        at=at,
        ending=report.get("ending", ""),
        new_articles=counts.get("new", 0) + counts.get("copy", 0),
        settled_urls=sum(tally["count"] for tally in tallies),
        article_urls=outcomes.total(),
        discovery_pages=sum(tally["count"] for tally in read),
        article_links=report.get("article_links", 0),
        roots=report.get("roots", {}),
        outcomes=outcomes,
        examples={(t["outcome"], t["reason"] or ""): t["example"] for t in articles},
        articles_read=articles_read,
        filled={name: round(fills.get(name, 0.0) * articles_read) for name in FILL_FIELDS},
        median_chars=float(fills.get("chars", 0.0)),
        trouble=bool(report.get("problems")),
        signs=frozenset(sign["sign"] for sign in health.get("findings", ())),
        failure=(health.get("failing") or {}).get("kind"),
    )


def baseline_visits(past: Sequence[VisitNumbers], sign: str) -> tuple[VisitNumbers, ...]:
    """Return the visits that form the baseline for a sign, newest first.

    Only complete visits. Those recently flagged for the same sign are left out, so that a fault does not
    become its own baseline; after ADAPTS_AFTER_VISITS visits it does.
    """
    complete = [visit for visit in past if visit.is_complete]
    usual = [v for place, v in enumerate(complete) if place >= ADAPTS_AFTER_VISITS or sign not in v.signs]
    return tuple(usual[:MAX_BASELINE_VISITS])


def median_and_spread(values: Iterable[float]) -> tuple[float, float]:
    """Return the median and a robust standard deviation; (0, 0) for no values."""
    numbers = list(values)
    if not numbers:
        return 0.0, 0.0
    middle = float(median(numbers))
    return middle, MAD_TO_STANDARD_DEVIATION * float(median([abs(value - middle) for value in numbers]))
