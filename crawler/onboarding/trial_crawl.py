"""Trial crawl of a profile: a small crawl into a temporary archive, and its counts and fill rates."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.config import Config
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.records import Article

MAX_TRIAL_LISTINGS, MAX_TRIAL_FEEDS, MAX_TRIAL_SITEMAPS = 4, 2, 1  # of each the first few are read
FILL_RATE_FIELDS = ("lead", "author", "published", "section", "tags", "images", "attachments")


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Counts and fill rates of a trial crawl; shares are 0 to 1 of the articles read."""

    fetched_urls: int
    counts: Mapping[str, int]  # URLs by outcome
    reasons: Mapping[str, int]  # URLs that are no articles, by reason
    articles: int
    fills: Mapping[str, float]  # share of articles that have a field
    dates: Mapping[str, int]  # articles by where their date was read
    examples: tuple[Article, ...]
    problems: tuple[str, ...]  # of the run, its spent budget aside

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields no article has."""
        return tuple(name for name, share in self.fills.items() if not share)


def sample_profile(profile: SiteProfile, pages: int) -> SiteProfile:
    """Return the profile narrowed to its first listings, feeds and sitemaps, without further pages."""
    discover = profile.discover
    sampled = discover.model_copy(
        update={
            "listings": discover.listings[:MAX_TRIAL_LISTINGS],
            "feeds": discover.feeds[:MAX_TRIAL_FEEDS],
            "sitemaps": discover.sitemaps[:MAX_TRIAL_SITEMAPS],
        }
    )
    urls = profile.urls.model_copy(update={"listing": ()})
    listing = profile.listing.model_copy(update={"pager": ()})
    fetch = profile.fetch.model_copy(update={"budget": pages, "images": False})
    return profile.model_copy(update={"discover": sampled, "urls": urls, "listing": listing, "fetch": fetch})


def trial_crawl(config: Config, profile: SiteProfile, pages: int) -> TrialResult:
    """Crawl at most `pages` pages of a site into a temporary archive.

    Raises ConfigError when the site may not be crawled, SiteBusyError, DatabaseError.
    """
    with tempfile.TemporaryDirectory(prefix="congdoan-trial-") as folder:
        scratch = config.model_copy(update={"data": Path(folder), "database": ""})
        engine = open_database(scratch.database_url)
        upgrade(engine)
        result = crawl(scratch, [sample_profile(profile, pages)], NightSettings("trial", datetime.now(UTC)))
        with reading(engine) as connection:
            articles = [page for page, _ in catalogue.articles_on_site(connection, profile.key)]
        engine.dispose()
    report = dict(result.runs[0].report or {}) if result.runs else {}
    problems = [*result.errors, *(line for line in report.get("problems", ()) if "early: budget" not in line)]
    return _trial_result(report, articles, problems)


def _trial_result(report: Mapping[str, object], articles: list[Article], problems: list[str]) -> TrialResult:
    tallies = report.get("tallies", [])
    assert isinstance(tallies, list)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for tally in tallies:
        counts[tally["outcome"]] += tally["count"]
        if tally["reason"]:
            reasons[tally["reason"]] += tally["count"]
    n = len(articles) or 1
    sources = (
        next((o.source.value for o in page.provenance if o.field == "published"), "none") for page in articles
    )
    return TrialResult(
        fetched_urls=sum(count for outcome, count in counts.items() if outcome != "refused"),
        counts=dict(counts),
        reasons=dict(reasons),
        articles=len(articles),
        fills={name: sum(bool(getattr(page, name)) for page in articles) / n for name in FILL_RATE_FIELDS},
        dates=dict(Counter(sources)),
        examples=tuple(articles[:5]),
        problems=tuple(problems),
    )
