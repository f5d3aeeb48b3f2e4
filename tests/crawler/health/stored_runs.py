"""Stored runs made by hand: an archive with a past, without a crawl."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from crawler.health.baseline import VisitNumbers
from crawler.health.findings import ClassifiedFailure, HealthFinding
from storage.records import UrlKind
from storage.runs import runs
from storage.runs.runs import Run, RunEnding, SiteRow

BEGAN = datetime(2027, 3, 1, 18, tzinfo=UTC)


def report_of(seen: VisitNumbers, site: str = "", problems: Sequence[str] = ()) -> dict[str, Any]:
    """A report with the numbers of a visit."""
    tallies = [
        {
            "kind": "article",
            "outcome": outcome,
            "reason": reason or None,
            "count": count,
            "example": "https://a.example/1",
            "detail": None,
        }
        for (outcome, reason), count in seen.outcomes.items()
    ]
    tallies += [
        {
            "kind": UrlKind.LISTING.value,
            "outcome": "discovered",
            "reason": None,
            "count": seen.discovery_pages,
            "example": "https://a.example/",
            "detail": None,
        }
    ]
    shares = {name: count / (seen.articles_read or 1) for name, count in seen.filled.items()}
    return {
        "site": site,
        "run": seen.run,
        "ending": seen.ending,
        "detail": "",
        "seconds": 12.5,
        "counts": {"new": seen.new_articles, "same": 5},
        "states": {"done": 100},
        "tallies": tallies,
        "article_links": seen.article_links,
        "roots": dict(seen.roots),
        "fills": {"articles": seen.articles_read, "copies": 0, "chars": seen.median_chars, **shares},
        "problems": list(problems),
        "found": seen.new_articles,
        "files": [],
        "browser": {},
    }


def health_of(
    failing: ClassifiedFailure | None = None, findings: Sequence[HealthFinding] = (), **more: Any
) -> dict[str, Any]:
    told = {"failing": failing.as_dict() if failing else None, "findings": [f.as_dict() for f in findings]}
    return {**told, "rhythm": "usually 4.0 articles a week", "silent": 1, **more}


def store(
    engine: Engine,
    site: str,
    report: Mapping[str, Any],
    night: int = 0,
    *,
    healthy: bool | None = None,
    name: str = "",
) -> int:
    """One finished run of a site on the n-th night; its number."""
    at = BEGAN + timedelta(days=night)
    well = not report.get("problems") if healthy is None else healthy
    with engine.begin() as connection:
        row = SiteRow(site, name or site, f"{site}.example", "province", None, "live")
        runs.save_site(connection, row, at)
        wanted = Run(0, site, f"night-{night:03d}", at, at, None, 1, False, None, None, None)
        run = runs.begin_run(connection, wanted)
        end = RunEnding(
            at + timedelta(minutes=3), report["ending"], well, report["counts"], {**report, "run": run.id}
        )
        runs.finish_run(connection, run.id, end)
    return run.id
