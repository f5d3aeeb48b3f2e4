"""`congdoan demo`: crawl five replica sites for two nights, report, score, search."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy import Engine

from crawler import config as configuration
from crawler.cli.context import Setup, console
from crawler.cli.output.progress import watcher
from crawler.cli.output.reports import print_result
from crawler.cli.search import passages, print_hits
from crawler.config import Config, ConfigError
from crawler.demo.ground_truth import GroundTruth, build_ground_truth
from crawler.demo.score import NightScore, SiteScore, score_changes, score_site
from crawler.demo.server import served_night_file
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile, load_profiles
from storage.articles import queries as catalogue
from storage.articles.changes import newest
from storage.database.engine import open_database, reading, upgrade
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.search import SearchRequest, search_archive

DATA = Path("demo-archive")
MARK = "made-by-congdoan-demo"  # only a directory with this file in it is emptied
SEARCHES = ('"công đoàn cơ sở" kết nạp', "ldld huyen phat trien dang vien", "an toàn lao động -tết")
PATIENCE = 30.0  # seconds for the replicas to come up


@click.command()
@click.option("--scale", default=1.0, show_default=True, help="Size of the replica sites.")
@click.option("--keep/--fresh", default=False, help="Go on with the archive of an earlier demo.")
@click.pass_obj
def demo(setup: Setup, scale: float, keep: bool) -> None:
    """Crawl five bundled replica sites for two nights, report, and search: no network needed.

    \b
    Example: congdoan demo --scale 0.2
    """
    data = setup.overrides.get("data") or DATA
    sys.exit(run(data, scale=scale, fresh=not keep, out=console(), err=console(err=True)))


@dataclass(frozen=True, slots=True)
class Replicas:
    """The replica servers, running in a process of their own."""

    dial: dict[str, str]
    night_file: Path

    def turn(self, night: int) -> None:
        """Let another night's sites be served; returns when they are."""
        self.night_file.write_text(str(night), encoding="ascii")
        mark = served_night_file(self.night_file)
        wait(lambda: mark.exists() and mark.read_text(encoding="ascii") == str(night))


@contextmanager
def replicas(scale: float) -> Iterator[Replicas]:
    """Start the replica servers and stop them at the end."""
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        state, night = Path(folder, "state.json"), Path(folder, "night")
        night.write_text("1", encoding="ascii")
        command = [sys.executable, "-m", "crawler.demo.server", "--scale", str(scale)]
        command += ["--state", str(state), "--night-file", str(night)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
        try:
            yield Replicas(_dial(state, server), night)
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)


def wait(done: Callable[[], bool]) -> None:
    """Wait until the replica servers have done something; raises ConfigError when they do not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if done():
            return
        time.sleep(0.05)
    raise ConfigError("the replica sites do not answer; is a loopback port free? Run `congdoan doctor`")


def _dial(state: Path, server: subprocess.Popen[bytes]) -> dict[str, str]:
    wait(lambda: server.poll() is not None or (state.exists() and state.stat().st_size > 0))
    if server.poll() is not None:
        raise ConfigError(f"the replica servers ended with exit code {server.returncode} at their start")
    dial: dict[str, str] = json.loads(state.read_text(encoding="utf-8"))
    return dial


def prepare(data: Path, *, fresh: bool) -> None:
    """Make the demo's directory; an older one is emptied only when a demo made it."""
    if data.exists() and any(data.iterdir()) and not (data / MARK).exists():
        raise ConfigError(f"{data}: not a demo's directory; choose another one with --data")
    if fresh and data.exists():
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / MARK).touch()


@dataclass(frozen=True, slots=True)
class Stage:
    """What both nights of a demo share."""

    config: Config
    profiles: dict[str, SiteProfile]
    engine: Engine
    scale: float
    out: Console
    err: Console


def run(data: Path, *, scale: float, fresh: bool, out: Console, err: Console) -> int:
    """The whole demo; 0 when both nights are healthy and agree with the replicas' truth."""
    prepare(data, fresh=fresh)
    began = time.monotonic()
    with replicas(scale) as sites:
        config = configuration.load({"data": data, "database": "", "dial": sites.dial, "delay": 0.0})
        profiles = {key: p for key, p in load_profiles().items() if p.hosts & set(sites.dial)}
        engine = open_database(config.database_url)
        upgrade(engine)
        stage = Stage(config, profiles, engine, scale, out, err)
        first = _first_night(stage)
        sites.turn(2)
        second = _second_night(stage)
    for query in SEARCHES:
        search(engine, query, out)
    out.print(f"\ndone in {time.monotonic() - began:.0f} s; look around: congdoan --data {data} search …")
    return 0 if first and second else 1


def _first_night(stage: Stage) -> bool:
    now = datetime.now(UTC)
    night = NightSettings(f"{now:%Y%m%dT%H%M%SZ}-one", now)
    result = crawl(stage.config, stage.profiles.values(), night, watcher(stage.err))
    print_result(stage.out, result)
    world = build_ground_truth(1, scale=stage.scale)
    return _score_sites(stage, world) and result.healthy


def _second_night(stage: Stage) -> bool:
    with reading(stage.engine) as connection:
        since = newest(connection)
    now = datetime.now(UTC)
    night = NightSettings(f"{now:%Y%m%dT%H%M%SZ}-two", now + timedelta(days=1), revisit_all=True)
    result = crawl(stage.config, stage.profiles.values(), night, watcher(stage.err))
    print_result(stage.out, result)
    before, after = build_ground_truth(1, scale=stage.scale), build_ground_truth(2, scale=stage.scale)
    with reading(stage.engine) as connection:
        told = score_changes(connection, before, after, since)
    _print_changes(stage.out, told)
    return _score_sites(stage, after) and told.good and result.healthy


def _score_sites(stage: Stage, world: GroundTruth) -> bool:
    with reading(stage.engine) as connection:
        scores = [score_site(connection, site) for site in world.sites]
    for score in scores:
        _print_score(stage.out, score)
    return all(score.good for score in scores)


def _print_score(out: Console, score: SiteScore) -> None:
    mark = "[green]right[/green]" if score.good else "[red]wrong[/red]"
    out.print(
        f"  {mark} {score.site}: {score.found} of {score.truth} articles, titles {score.titles:.1%}, "
        f"days {score.days:.1%}, authors {score.authors:.1%}, body F1 {score.bodies:.3f}, "
        f"{score.files[0]} of {score.files[1]} files, {score.images[0]} of {score.images[1]} images"
    )
    for url in (*score.missing[:3], *score.extra[:3]):
        out.print(f"      {'missing' if url in score.missing else 'not an article'}: {url}", markup=False)
    for line in score.wrong[:3]:
        out.print(f"      {line}", markup=False)


def _print_changes(out: Console, score: NightScore) -> None:
    mark = "[green]right[/green]" if score.good else "[red]wrong[/red]"
    pairs = (("new", score.new), ("edited", score.edited), ("vanished", score.vanished))
    counted = ", ".join(f"{found} of {true} {name}" for name, (found, true) in pairs)
    out.print(f"  {mark} against the truth of the second night: {counted}, {len(score.false)} false")
    out.print(f"      unchanged articles downloaded again: {len(score.refetched)}")
    for url in (*score.false[:3], *score.refetched[:3]):
        out.print(f"      {url}", markup=False)


def search(engine: Engine, query: str, out: Console) -> None:
    """One search, as `congdoan search` shows it."""
    out.print(f"\n[bold]congdoan search[/bold] '{query}'")
    with reading(engine) as connection:
        asked = parse(query)
        found = search_archive(connection, engine_for(connection), SearchRequest(asked, limit=3))
        shown = found.all_hits
        revisions = catalogue.current_revisions(connection, [hit.article_id for hit in shown])
        windows = passages(connection, asked, found, revisions)
    print_hits(out, asked, found, revisions, windows)
