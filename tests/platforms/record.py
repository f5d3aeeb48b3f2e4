"""Record the platforms' replicas: `python -m tests.platforms.record` writes every cassette and golden anew.

Nothing is kept of a family whose goldens say anything that is not so on its replicas.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from crawler.config import Config
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import System
from tests.cassettes import recording
from tests.platforms import recorded
from tests.platforms.family import families
from tests.sites import golden as goldens
from tests.sites import record as sites
from tests.sites.golden import Golden


def record(family: str, *, only_golden: bool = False) -> dict[str, Golden]:
    """Write a family's cassettes (unless only the goldens) and goldens, once all is proven."""
    systems = recorded.chosen(family)
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        place = recorded.FOLDER / family if only_golden else Path(folder, "cassettes")
        first = {} if only_golden else crawl(systems, place, Path(folder, "recorded"))
        found = recorded.replayed(systems, place, Path(folder, "replayed"))
        for key, golden in found.items():
            sites.require_same(first.get(key, golden), golden)
            require_true(golden, systems, key)
        for key in () if only_golden else found:
            sites.keep(place / f"{key}.yaml", recorded.cassette_of(family, key))
    for key, golden in found.items():
        goldens.save(recorded.golden_of(family, key), golden)
    return found


def crawl(systems: tuple[System, ...], cassettes: Path, data: Path) -> dict[str, Golden]:
    """Crawl the replicas into one cassette each."""
    cassettes.mkdir()
    with ReplicaServer(seed=recorded.SEED, systems=systems) as server:
        config = Config(data=data, dial=server.dial, delay=0, workers=1)
        return goldens.crawled_together(recorded.profiles(systems), config, recording(cassettes))


def require_true(golden: Golden, systems: tuple[System, ...], key: str) -> None:
    """Raise ClickException when a golden does not say what is so on the replica."""
    wrong = recorded.untrue(golden, recorded.truth(systems)[key])
    if wrong:
        shown = "\n".join(wrong[: goldens.LONGEST])
        raise click.ClickException(f"{key} is not read as it is; nothing of its family was kept:\n{shown}")


def sweep() -> None:
    """Remove the recordings of replicas that are recorded no more."""
    known = {system.key for family in families() for system in recorded.chosen(family)}
    for path in recorded.FOLDER.glob("*/*.*"):
        if path.stem not in known:
            path.unlink()
    for folder in recorded.FOLDER.iterdir():
        if not any(folder.iterdir()):
            shutil.rmtree(folder)


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--golden", "only_golden", is_flag=True, help="Keep the cassettes, renew the goldens from them."
)
def main(names: tuple[str, ...], only_golden: bool) -> None:
    """Record the replicas of the platforms NAMES, or of all."""
    unknown = sorted({*names} - {*families()})
    if unknown:
        raise click.UsageError(f"no platform called {', '.join(unknown)}; there are {', '.join(families())}")
    for family in names or families():
        for key, golden in record(family, only_golden=only_golden).items():
            click.echo(f"{key}: {len(golden['articles'])} articles, {len(golden['urls'])} URLs")
    sweep()


if __name__ == "__main__":
    main()
