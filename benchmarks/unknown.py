"""A replica explored as if nobody had described it, then crawled with the profile that came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.config import Config
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.score import SiteScore, score_site
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import System
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from crawler.onboarding.explore import MAX_EXPLORE_REQUESTS, explore_web, load_platforms
from spiders.explore.write_profile import SiteDescription, profile_toml, propose_profile
from spiders.profile.site_profile import ProfileError, SiteProfile, load_profile
from spiders.urls.canonical import fold_url
from storage.database.engine import open_database, reading, upgrade
from tests.sites.golden import without_images

PLATFORMS = Path(__file__).resolve().parents[1] / "spiders" / "platforms"
MOST_LINES = 40
LEAST = 0.95  # share of articles found, and of those with title, day and body right
MOST_EXTRA = 0.05  # pages taken for articles, to articles there are


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `site new` came to on one replica; shares are 0–1."""

    family: str
    site: str
    requests: int
    lines: int  # of the profile, empty ones apart
    platform: str | None  # as guessed
    truth: int = 0  # articles there are
    found: float = 0.0
    titles: float = 0.0
    days: float = 0.0
    bodies: float = 0.0  # mean F1 of word shingles
    extra: float = 0.0
    trouble: str = ""  # why there is nothing to score
    wrong: tuple[str, ...] = field(default=())  # examples, one line each

    @property
    def good(self) -> bool:
        """Whether a person would have nothing to mend."""
        shares = (self.found, self.titles, self.days, self.bodies)
        small = self.requests <= MAX_EXPLORE_REQUESTS and self.lines <= MOST_LINES
        return small and min(shares) >= LEAST and self.extra <= MOST_EXTRA

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "good": self.good}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The profile of one replica, before it is tried."""

    system: System
    requests: int
    lines: int
    platform: str | None
    profile: SiteProfile | None
    trouble: str = ""


def measure(
    family: str, systems: Sequence[System], folder: Path, *, lean: bool, scale: float = 1.0
) -> list[Outcome]:
    """Explore each replica, then crawl them all; `lean` keeps the guessed platform out of the profiles."""
    with ReplicaServer(1, scale=scale, systems=systems) as server:
        told = {"data": folder, "dial": dict(server.dial), "delay": 0.0, "workers": 1, "timeout": 10.0}
        config = Config.model_validate(told)
        proposals = [propose(config, system, folder, lean=lean) for system in systems]
        scores = _crawled(config, proposals, scale)
    return [_outcome(family, proposal, scores.get(proposal.system.key)) for proposal in proposals]


def propose(config: Config, system: System, folder: Path, *, lean: bool) -> Proposal:
    """What `congdoan site new` writes for a replica."""
    explored = explore_web(config, system.home, datetime.now(UTC))
    guessed = propose_profile(explored.survey, load_platforms(PLATFORMS))
    found = propose_profile(explored.survey, {}) if lean else guessed
    text = profile_toml(found, SiteDescription("office", "a benchmark, against a replica"))
    path = folder / f"{system.key}.toml"
    path.write_text(text, encoding="utf-8")
    lines = sum(bool(line.strip()) for line in text.splitlines())
    facts = (system, explored.requests, lines, guessed.platform.name)
    if not found.article:
        return Proposal(*facts, None, "no article pattern was found")
    try:
        return Proposal(*facts, load_profile(path))
    except ProfileError as error:
        return Proposal(*facts, None, str(error))


def _crawled(config: Config, proposals: Sequence[Proposal], scale: float) -> dict[str, SiteScore]:
    # pictures are no part of the score, and would double the requests
    profiles = [without_images(proposal.profile) for proposal in proposals if proposal.profile]
    engine = open_database(config.database_url)
    upgrade(engine)
    if profiles:
        crawl(config, profiles, NightSettings("one", datetime.now(UTC)))
    world = build_ground_truth(1, scale=scale, systems=[proposal.system for proposal in proposals])
    with reading(engine) as connection:
        scores = {site.key: score_site(connection, site, spell=_alike) for site in world.sites}
    engine.dispose()
    return scores


def _alike(url: str) -> str:
    """One spelling for those of an address: whether a profile folds them is its own affair."""
    return fold_url(url, case=True, order=True)


def _outcome(family: str, proposal: Proposal, score: SiteScore | None) -> Outcome:
    facts = (family, proposal.system.key, proposal.requests, proposal.lines, proposal.platform)
    if proposal.profile is None or score is None:
        return Outcome(*facts, trouble=proposal.trouble)
    return Outcome(
        *facts,
        truth=score.true_count,
        found=score.matched / score.true_count,
        titles=score.titles,
        days=score.days,
        bodies=score.bodies,
        extra=len(score.extra) / score.true_count,
        wrong=(
            *(f"missing {url}" for url in score.missing[:3]),
            *(f"no article: {url}" for url in score.extra[:3]),
            *score.wrong[:4],
        ),
    )
