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


def trial_profile(profile: SiteProfile, pages: int) -> SiteProfile:
    """Return the profile narrowed to its first listings, feeds and sitemaps, without further pages."""
    discover = profile.discover
    trial_discover = discover.model_copy(
        update={
            "listings": discover.listings[:MAX_TRIAL_LISTINGS],
            "feeds": discover.feeds[:MAX_TRIAL_FEEDS],
            "sitemaps": discover.sitemaps[:MAX_TRIAL_SITEMAPS],
        }
    )
    trial_urls = profile.urls.model_copy(update={"listing": ()})
    trial_listing = profile.listing.model_copy(update={"pager": ()})
    trial_fetch = profile.fetch.model_copy(update={"budget": pages, "images": False})
    return profile.model_copy(
        update={
            "discover": trial_discover,
            "urls": trial_urls,
            "listing": trial_listing,
            "fetch": trial_fetch,
        }
    )


def trial_crawl(config: Config, profile: SiteProfile, pages: int) -> TrialResult:
    """Crawl at most `pages` pages of a site into a temporary archive.

    Raises ConfigError when the site may not be crawled, SiteBusyError, DatabaseError.
    """
    with tempfile.TemporaryDirectory(prefix="congdoan-trial-") as trial_folder:
        trial_config = config.model_copy(update={"data": Path(trial_folder), "database": ""})
        trial_engine = open_database(trial_config.database_url)
        upgrade(trial_engine)
        trial_night = crawl(
            trial_config, [trial_profile(profile, pages)], NightSettings("trial", datetime.now(UTC))
        )
        with reading(trial_engine) as connection:
            trial_articles = [page for page, _ in catalogue.articles_on_site(connection, profile.key)]
        trial_engine.dispose()
    trial_report = dict(trial_night.runs[0].report or {}) if trial_night.runs else {}
    trial_problems = [
        *trial_night.errors,
        *(line for line in trial_report.get("problems", ()) if "early: budget" not in line),
    ]
    return _trial_result(trial_report, trial_articles, trial_problems)


def _trial_result(
    trial_report: Mapping[str, object], trial_articles: list[Article], trial_problems: list[str]
) -> TrialResult:
    trial_tallies = trial_report.get("tallies", [])
    assert isinstance(trial_tallies, list)
    trial_counts: Counter[str] = Counter()
    trial_reasons: Counter[str] = Counter()
    for trial_tally in trial_tallies:
        trial_counts[trial_tally["outcome"]] += trial_tally["count"]
        if trial_tally["reason"]:
            trial_reasons[trial_tally["reason"]] += trial_tally["count"]
    trial_size = len(trial_articles) or 1
    date_sources = (
        next((o.source.value for o in page.provenance if o.field == "published"), "none")
        for page in trial_articles
    )
    return TrialResult(
        fetched_urls=sum(count for outcome, count in trial_counts.items() if outcome != "refused"),
        counts=dict(trial_counts),
        reasons=dict(trial_reasons),
        articles=len(trial_articles),
        fills={
            name: sum(bool(getattr(page, name)) for page in trial_articles) / trial_size
            for name in FILL_RATE_FIELDS
        },
        dates=dict(Counter(date_sources)),
        examples=tuple(trial_articles[:5]),
        problems=tuple(trial_problems),
    )
