"""Record a site: `python -m tests.record SITE` writes its cassette and its golden.

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
from crawler.config import Config
from crawler.demo.server import ReplicaServer
from crawler.demo.systems import SYSTEMS
from crawler.demo.world import build_world
from spiders.profile import SiteProfile, load_all
from tests import golden as goldens
from tests.cassettes import playing, recording
from tests.golden import Golden

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
    """Crawl a replica into a cassette; its oldest article without a file meets a fault."""
    world = build_world(1, seed=SEED, scale=SCALE)
    articles = next(site.articles for site in world.sites if site.key == profile.key)
    struck = next(article.url for article in articles if not article.attachments)
    server = ReplicaServer(seed=SEED, scale=SCALE, sites=[profile.key])
    server.faults[profile.key, struck.removeprefix(f"https://{profile.domain}")] = FAULTS[profile.key]
    server.faults[profile.key, "/"] = "500-once"
    with server:
        config = Config(data=data, dial=server.dial, delay=0, workers=1, timeout=TIMEOUT)
        return goldens.crawled(profile, config, recording(cassette))


def record(profile: SiteProfile, *, only_golden: bool) -> Golden:
    """Write the site's cassette (unless only its golden is asked for) and its golden, still to be read."""
    kept, path = goldens.cassette_of(profile.key), goldens.golden_of(profile.key)
    old = goldens.load(path) if path.exists() else {}
    facts = {"source": old.get("source"), "recorded_on": old.get("recorded_on")}
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        cassette = kept
        if not only_golden:
            cassette = Path(folder, "cassette.yaml")
            was = record_replica(profile, cassette, Path(folder, "recorded"))
            facts = {"source": "replica", "recorded_on": datetime.now(UTC).date().isoformat()}
        config = goldens.replay_config(profile, Path(folder, "replayed"))
        found = goldens.crawled(profile, config, playing(cassette))
        if not only_golden:
            require_same(was, found)
            keep(cassette, kept)
    golden = {**facts, **found}
    read = {key: old.get(key) for key in goldens.READ}
    if not old or goldens.difference(old, golden):
        read = {"read_by_a_person": False, "read_on": None}
    golden = {**read, **golden}
    goldens.save(path, golden)
    return golden


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
@click.option("--golden", "only_golden", is_flag=True, help="Keep the cassette, renew the golden from it.")
def main(site: str, only_golden: bool) -> None:
    """Record SITE; the golden then waits for a person to read it."""
    profiles = load_all()
    if site not in profiles:
        raise click.UsageError(f"no site is called {site}; there are {', '.join(sorted(profiles))}")
    golden = record(profiles[site], only_golden=only_golden)
    path = goldens.golden_of(site)
    click.echo(f"{path}: {len(golden['articles'])} articles, {len(golden['urls'])} URLs")
    if not golden["read_by_a_person"]:
        click.echo("read it against the pages, then set read_by_a_person to true and read_on to the day")


if __name__ == "__main__":
    main()
