"""Record a site: `python -m tests.sites.record SITE` writes its cassette and its golden.

A site with a replica is recorded from it, faults included; any other from the web, a sample of it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from crawler import config as configuration
from crawler.config import Config, ConfigError
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import SYSTEMS
from spiders.profile.site_profile import SiteProfile, load_profiles
from tests.cassettes import playing, recording
from tests.sites import golden as goldens
from tests.sites.golden import Golden

SCALE = 0.02  # the smallest replica there is: 14 articles
SEED = 534  # with this one every replica offers one file, and NFD and invisible characters occur
TIMEOUT = 2.0  # seconds; a replica is never slower unless it is told to be
LARGEST = 400_000  # bytes of a cassette
# What befalls one article of each replica; besides, each front page fails at the first try.
FAULTS: Mapping[str, str] = {
    "cong_thong_tin_huyen": "refuse",
    "congdoanbackan": "truncate",
    "ha_noi_quan_huyen": "reset",
    "laodongthudo": "timeout",
    "van_phong_dbqh_hdnd": "bad-gzip",
}


def record_replica(profile: SiteProfile, cassette: Path, data: Path) -> Golden:
    """Crawl a replica into a cassette; an old article without a file meets a fault."""
    world = build_ground_truth(1, seed=SEED, scale=SCALE)
    articles = next(site.articles for site in world.sites if site.key == profile.key)
    struck = next(article.url for article in articles[1:] if not article.attachments)
    server = ReplicaServer(seed=SEED, scale=SCALE, sites=[profile.key])
    server.faults[profile.key, struck.removeprefix(f"https://{profile.domain}")] = FAULTS[profile.key]
    server.faults[profile.key, "/"] = "500-once"
    with server:
        config = Config(data=data, dial=server.dial, delay=0, workers=1, timeout=TIMEOUT)
        return goldens.crawled(goldens.as_recorded(profile, "replica"), config, recording(cassette))


def record_live(profile: SiteProfile, cassette: Path, config: Config) -> Golden:
    """Crawl a sample of a site on the web into a cassette, as politely as every night."""
    return goldens.crawled(goldens.as_recorded(profile, "live"), config, recording(cassette))


def record(profile: SiteProfile, source: str) -> Golden:
    """Write a site's cassette and golden; the golden is still to be read by a person."""
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        cassette, data = Path(folder, "cassette.yaml"), Path(folder, "recorded")
        if source == "replica":
            recorded = record_replica(profile, cassette, data)
        else:
            config = configuration.load({"data": data, "database": "", "workers": 1})
            recorded = record_live(profile, cassette, config)
        replayed = replay(profile, source, cassette)
        require_same(recorded, replayed)
        keep(cassette, goldens.cassette_of(profile.key))
    facts = {"source": source, "recorded_on": datetime.now(UTC).date().isoformat()}
    return write(profile.key, {**facts, **replayed})


def renew(profile: SiteProfile) -> Golden:
    """Write a site's golden anew from the cassette it has, after a change to how pages are read."""
    cassette, path = goldens.cassette_of(profile.key), goldens.golden_of(profile.key)
    if not cassette.exists() or not path.exists():
        raise click.ClickException(f"{profile.key} has no recording yet; leave out --golden")
    old = goldens.load(path)
    facts = {key: old[key] for key in ("source", "recorded_on")}
    return write(profile.key, {**facts, **replay(profile, old["source"], cassette)})


def replay(profile: SiteProfile, source: str, cassette: Path) -> Golden:
    """What the site stores when only its cassette answers."""
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        config = goldens.replay_config(Path(folder), profile)
        return goldens.crawled(goldens.as_recorded(profile, source), config, playing(cassette))


def write(site: str, golden: Golden) -> Golden:
    """Save a golden; one that tells nothing new stays read."""
    path = goldens.golden_of(site)
    old = goldens.load(path) if path.exists() else {}
    read = dict.fromkeys(goldens.READ) | {"read_by_a_person": False}
    if old and not goldens.difference(old, golden):
        read = {key: old[key] for key in goldens.READ}
    whole = {**read, **golden}
    goldens.save(path, whole)
    return whole


def require_same(recorded: Golden, replayed: Golden) -> None:
    """Raise ClickException when the cassette does not tell what the site told."""
    differing = goldens.difference(recorded, replayed)
    if differing:
        raise click.ClickException(f"the replay is not what was recorded; nothing was kept:\n{differing}")


def keep(cassette: Path, place: Path) -> None:
    """Put a new cassette into its place, if it is small enough for the repository."""
    size = cassette.stat().st_size
    if size > LARGEST:
        raise click.ClickException(f"{size} bytes recorded, at most {LARGEST} are kept")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(cassette, place)


@click.command()
@click.argument("site")
@click.option("--live", is_flag=True, help="Ask the site on the web, though it has a replica.")
@click.option("--golden", "only_golden", is_flag=True, help="Keep the cassette, renew the golden from it.")
def main(site: str, live: bool, only_golden: bool) -> None:
    """Record SITE; the golden then waits for a person to read it."""
    profiles = load_profiles()
    if site not in profiles:
        raise click.UsageError(f"no site is called {site}; there are {', '.join(sorted(profiles))}")
    source = "replica" if site in SYSTEMS and not live else "live"
    try:
        golden = renew(profiles[site]) if only_golden else record(profiles[site], source)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    path = goldens.golden_of(site)
    click.echo(f"{path}: {len(golden['articles'])} articles, {len(golden['urls'])} URLs")
    if not golden["read_by_a_person"]:
        click.echo(goldens.UNREAD.format(path=path))


if __name__ == "__main__":
    main()
