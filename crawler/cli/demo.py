"""`congdoan demo`: crawl five replica sites for two nights, score the archive, search it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy import Engine

from crawler import config as configuration
from crawler.cli.context import DEMO_DATA, DEMO_MARK, Setup, console
from crawler.cli.output.progress import watcher
from crawler.cli.output.reports import print_result
from crawler.cli.search import READING_ROOM_URL, passages_of, print_hits
from crawler.config import Config, ConfigError
from crawler.demo.ground_truth import GroundTruth, build_ground_truth
from crawler.demo.replica_process import replica_process
from crawler.demo.score import NightScore, SiteScore, score_changes, score_site
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile, load_profiles
from storage.articles import queries as catalogue
from storage.articles.changes import newest
from storage.database.engine import open_database, reading, upgrade
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.result_page import SearchRequest, search_archive

SEARCHES = ('"công đoàn cơ sở" kết nạp', "ldld huyen phat trien dang vien", "an toàn lao động -tết")
HITS_PER_SEARCH = 2
EXAMPLES_PER_FAULT = 3  # lines printed of what a score found wrong


@click.command()
@click.option("--scale", default=1.0, show_default=True, help="Size of the replica sites.")
@click.option("--keep/--fresh", default=False, help="Go on with the archive of an earlier demo.")
@click.option("-v", "--verbose", is_flag=True, help="The whole report and score of every site.")
@click.pass_obj
def demo(setup: Setup, scale: float, *, keep: bool, verbose: bool) -> None:
    """Crawl five bundled replica sites for two nights, report, and search: no network needed.

    \b
    Example: congdoan demo --scale 0.2

    The archive is in demo-archive; `congdoan serve` opens it when there is no other.
    """
    data = setup.overrides.get("data") or DEMO_DATA
    prepare_directory(data, fresh=not keep)
    began = time.monotonic()
    with replica_process(scale) as replicas:
        config = configuration.load({"data": data, "database": "", "dial": replicas.dial, "delay": 0.0})
        profiles = {key: p for key, p in load_profiles().items() if p.hosts & set(replicas.dial)}
        engine = open_database(config.database_url)
        upgrade(engine)
        demo_run = DemoRun(config, profiles, engine, scale, verbose=verbose)
        first_is_right = _first_night(demo_run)
        replicas.serve_night(2)
        second_is_right = _second_night(demo_run)
    for query in SEARCHES:
        print_search(engine, query, console())
    engine.dispose()
    _print_next_steps(data, time.monotonic() - began)
    sys.exit(0 if first_is_right and second_is_right else 1)


def prepare_directory(data: Path, *, fresh: bool) -> None:
    """Make the demo's directory; an older one is emptied only when a demo made it."""
    if data.exists() and any(data.iterdir()) and not (data / DEMO_MARK).exists():
        raise ConfigError(f"{data}: not a demo's directory; choose another one with --data")
    if fresh and data.exists():
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / DEMO_MARK).touch()


@dataclass(frozen=True, slots=True)
class DemoRun:
    """What both nights of a demo share."""

    config: Config
    profiles: dict[str, SiteProfile]
    engine: Engine
    scale: float  # size of the replica sites
    verbose: bool  # the whole report and score of every site


def _first_night(demo_run: DemoRun) -> bool:
    now = datetime.now(UTC)
    healthy = _crawl_night(demo_run, NightSettings(f"{now:%Y%m%dT%H%M%SZ}-one", now))
    return _score_sites(demo_run, build_ground_truth(1, scale=demo_run.scale)) and healthy


def _second_night(demo_run: DemoRun) -> bool:
    with reading(demo_run.engine) as connection:
        since = newest(connection)
    now = datetime.now(UTC)
    night = NightSettings(f"{now:%Y%m%dT%H%M%SZ}-two", now + timedelta(days=1), revisit_all=True)
    healthy = _crawl_night(demo_run, night)
    before, after = build_ground_truth(1, scale=demo_run.scale), build_ground_truth(2, scale=demo_run.scale)
    with reading(demo_run.engine) as connection:
        changes = score_changes(connection, before, after, since)
    _print_changes(console(), changes)
    return _score_sites(demo_run, after) and changes.good and healthy


def _crawl_night(demo_run: DemoRun, night: NightSettings) -> bool:
    """Crawl the replica sites and print the report; True when every run is healthy."""
    watch = watcher(console(err=True), by_site=False)
    result = crawl(demo_run.config, demo_run.profiles.values(), night, watch)
    print_result(console(), result, every=demo_run.verbose)
    return result.healthy


def _score_sites(demo_run: DemoRun, truth: GroundTruth) -> bool:
    """Hold the archive against the replicas' ground truth and print the scores; True when all are right."""
    with reading(demo_run.engine) as connection:
        scores = [score_site(connection, site) for site in truth.sites]
    for score in scores:
        if demo_run.verbose or not score.good:
            _print_score(console(), score)
    if not demo_run.verbose:
        _print_totals(console(), scores)
    return all(score.good for score in scores)


def _mark(*, right: bool) -> str:
    return "[green]right[/green]" if right else "[red]wrong[/red]"


def _print_totals(out: Console, scores: Sequence[SiteScore]) -> None:
    """The scores of all sites in one line; shares are the lowest of any site."""
    articles = (
        f"{sum(score.matched for score in scores)} of {sum(score.true_count for score in scores)} articles"
    )
    files = f"{_total(score.files for score in scores)} files"
    images = f"{_total(score.images for score in scores)} images"
    lowest = f"titles {min(score.titles for score in scores):.1%}, days {min(s.days for s in scores):.1%}, "
    lowest += f"authors {min(score.authors for score in scores):.1%}, "
    lowest += f"body F1 {min(score.bodies for score in scores):.3f}"
    out.print(
        f"  {_mark(right=all(score.good for score in scores))} of {len(scores)} sites: {articles}, "
        f"{files}, {images}; lowest of a site: {lowest}"
    )


def _total(counts: Iterable[tuple[int, int]]) -> str:
    """`5 of 6`: the sums of what was read and of what there is."""
    read, existing = map(sum, zip(*counts, strict=True))
    return f"{read} of {existing}"


def _print_score(out: Console, score: SiteScore) -> None:
    out.print(
        f"  {_mark(right=score.good)} {score.site}: {score.matched} of {score.true_count} articles, "
        f"titles {score.titles:.1%}, days {score.days:.1%}, authors {score.authors:.1%}, "
        f"body F1 {score.bodies:.3f}, "
        f"{score.files[0]} of {score.files[1]} files, {score.images[0]} of {score.images[1]} images"
    )
    for url in (*score.missing[:EXAMPLES_PER_FAULT], *score.extra[:EXAMPLES_PER_FAULT]):
        out.print(f"      {'missing' if url in score.missing else 'not an article'}: {url}", markup=False)
    for line in score.wrong[:EXAMPLES_PER_FAULT]:
        out.print(f"      {line}", markup=False)


def _print_changes(out: Console, score: NightScore) -> None:
    pairs = (("new", score.new), ("edited", score.edited), ("vanished", score.vanished))
    counts = ", ".join(f"{reported} of {true} {name}" for name, (reported, true) in pairs)
    out.print(
        f"  {_mark(right=score.good)} against the truth of the second night: {counts}, "
        f"{len(score.false)} false; {len(score.refetched)} unchanged articles downloaded again"
    )
    for url in (*score.false[:EXAMPLES_PER_FAULT], *score.refetched[:EXAMPLES_PER_FAULT]):
        out.print(f"      {url}", markup=False)


def print_search(engine: Engine, typed: str, out: Console) -> None:
    """Print one search as `congdoan search` does, with its first hits."""
    out.print(f"\n[bold]congdoan search[/bold] '{typed}'")
    with reading(engine) as connection:
        query = parse(typed)
        request = SearchRequest(query, limit=HITS_PER_SEARCH)
        result = search_archive(connection, engine_for(connection), request)
        revisions = catalogue.current_revisions(connection, [hit.article_id for hit in result.all_hits])
        passages = passages_of(connection, query, result, revisions)
    print_hits(out, query, result, revisions, passages)


def _print_next_steps(data: Path, seconds: float) -> None:
    """What to do with the demo's archive: search it, read the reports, open the reading room."""
    command = f"congdoan --data {data}"
    out = console()
    out.print(f"\ndone in {seconds:.0f} s; the archive is in {data}", markup=False)
    out.print(f"  search:           {command} search 'phát triển đoàn viên'", markup=False)
    out.print(f"  the whole report: {command} report -v", markup=False)
    out.print(f"  reading room:     {command} serve   then open {READING_ROOM_URL}/", markup=False)
