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
from crawler.cli.output.run_report import print_result
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

DEMO_SEARCHES = ('"công đoàn cơ sở" kết nạp', "ldld huyen phat trien dang vien", "an toàn lao động -tết")
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
    demo_data = setup.overrides.get("data") or DEMO_DATA
    prepare_directory(demo_data, fresh=not keep)
    demo_began = time.monotonic()
    with replica_process(scale) as demo_replicas:
        demo_config = configuration.load(
            {"data": demo_data, "database": "", "dial": demo_replicas.dial, "delay": 0.0}
        )
        demo_profiles = {key: p for key, p in load_profiles().items() if p.hosts & set(demo_replicas.dial)}
        demo_engine = open_database(demo_config.database_url)
        upgrade(demo_engine)
        demo_run = DemoRun(demo_config, demo_profiles, demo_engine, scale, verbose=verbose)
        first_is_right = _first_demo_night(demo_run)
        demo_replicas.serve_night(2)
        second_is_right = _second_demo_night(demo_run)
    for demo_query in DEMO_SEARCHES:
        print_search(demo_engine, demo_query, console())
    demo_engine.dispose()
    _print_next_steps(demo_data, time.monotonic() - demo_began)
    sys.exit(0 if first_is_right and second_is_right else 1)


def prepare_directory(demo_data: Path, *, fresh: bool) -> None:
    """Make the demo's directory; an older one is emptied only when a demo made it."""
    if demo_data.exists() and any(demo_data.iterdir()) and not (demo_data / DEMO_MARK).exists():
        raise ConfigError(f"{demo_data}: not a demo's directory; choose another one with --data")
    if fresh and demo_data.exists():
        shutil.rmtree(demo_data)
    demo_data.mkdir(parents=True, exist_ok=True)
    (demo_data / DEMO_MARK).touch()


@dataclass(frozen=True, slots=True)
class DemoRun:
    """What both nights of a demo share."""

    config: Config
    profiles: dict[str, SiteProfile]
    engine: Engine
    scale: float  # size of the replica sites
    verbose: bool  # the whole report and score of every site


def _first_demo_night(demo_run: DemoRun) -> bool:
    now = datetime.now(UTC)
    healthy = _crawl_demo_night(demo_run, NightSettings(f"{now:%Y%m%dT%H%M%SZ}-one", now))
    return _score_demo_sites(demo_run, build_ground_truth(1, scale=demo_run.scale)) and healthy


def _second_demo_night(demo_run: DemoRun) -> bool:
    with reading(demo_run.engine) as connection:
        since = newest(connection)
    now = datetime.now(UTC)
    demo_night = NightSettings(f"{now:%Y%m%dT%H%M%SZ}-two", now + timedelta(days=1), revisit_all=True)
    healthy = _crawl_demo_night(demo_run, demo_night)
    truth_before, truth_after = (
        build_ground_truth(1, scale=demo_run.scale),
        build_ground_truth(2, scale=demo_run.scale),
    )
    with reading(demo_run.engine) as connection:
        demo_changes = score_changes(connection, truth_before, truth_after, since)
    _print_demo_changes(console(), demo_changes)
    return _score_demo_sites(demo_run, truth_after) and demo_changes.good and healthy


def _crawl_demo_night(demo_run: DemoRun, demo_night: NightSettings) -> bool:
    """Crawl the replica sites and print the report; True when every run is healthy."""
    demo_progress = watcher(console(err=True), by_site=False)
    demo_result = crawl(demo_run.config, demo_run.profiles.values(), demo_night, demo_progress)
    print_result(console(), demo_result, every=demo_run.verbose)
    return demo_result.healthy


def _score_demo_sites(demo_run: DemoRun, demo_truth: GroundTruth) -> bool:
    """Hold the archive against the replicas' ground truth and print the scores; True when all are right."""
    with reading(demo_run.engine) as connection:
        demo_scores = [score_site(connection, site) for site in demo_truth.sites]
    for demo_score in demo_scores:
        if demo_run.verbose or not demo_score.good:
            _print_demo_score(console(), demo_score)
    if not demo_run.verbose:
        _print_demo_totals(console(), demo_scores)
    return all(demo_score.good for demo_score in demo_scores)


def _demo_mark(*, right: bool) -> str:
    return "[green]right[/green]" if right else "[red]wrong[/red]"


def _print_demo_totals(demo_output: Console, demo_scores: Sequence[SiteScore]) -> None:
    """The scores of all sites in one line; shares are the lowest of any site."""
    demo_articles = f"{_demo_total((score.matched, score.true_count) for score in demo_scores)} articles"
    demo_files = f"{_demo_total(score.files for score in demo_scores)} files"
    demo_images = f"{_demo_total(score.images for score in demo_scores)} images"
    lowest = f"titles {min(score.titles for score in demo_scores):.1%}, "
    lowest += f"days {min(score.days for score in demo_scores):.1%}, "
    lowest += f"authors {min(score.authors for score in demo_scores):.1%}, "
    lowest += f"body F1 {min(score.bodies for score in demo_scores):.3f}"
    demo_mark = _demo_mark(right=all(score.good for score in demo_scores))
    demo_output.print(
        f"  {demo_mark} of {len(demo_scores)} sites: {demo_articles}, "
        f"{demo_files}, {demo_images}; lowest of a site: {lowest}"
    )


def _demo_total(counts: Iterable[tuple[int, int]]) -> str:
    """`5 of 6`: the sums of what was read and of what there is."""
    read, existing = map(sum, zip(*counts, strict=True))
    return f"{read} of {existing}"


def _print_demo_score(demo_output: Console, demo_score: SiteScore) -> None:
    demo_output.print(
        f"  {_demo_mark(right=demo_score.good)} {demo_score.site}: "
        f"{demo_score.matched} of {demo_score.true_count} articles, "
        f"titles {demo_score.titles:.1%}, days {demo_score.days:.1%}, authors {demo_score.authors:.1%}, "
        f"body F1 {demo_score.bodies:.3f}, "
        f"{demo_score.files[0]} of {demo_score.files[1]} files, "
        f"{demo_score.images[0]} of {demo_score.images[1]} images"
    )
    for url in (*demo_score.missing[:EXAMPLES_PER_FAULT], *demo_score.extra[:EXAMPLES_PER_FAULT]):
        demo_output.print(
            f"      {'missing' if url in demo_score.missing else 'not an article'}: {url}", markup=False
        )
    for line in demo_score.wrong[:EXAMPLES_PER_FAULT]:
        demo_output.print(f"      {line}", markup=False)


def _print_demo_changes(demo_output: Console, demo_score: NightScore) -> None:
    pairs = (("new", demo_score.new), ("edited", demo_score.edited), ("vanished", demo_score.vanished))
    counts = ", ".join(f"{reported} of {true} {name}" for name, (reported, true) in pairs)
    demo_output.print(
        f"  {_demo_mark(right=demo_score.good)} against the truth of the second night: {counts}, "
        f"{len(demo_score.false)} false; {len(demo_score.refetched)} unchanged articles downloaded again"
    )
    for url in (*demo_score.false[:EXAMPLES_PER_FAULT], *demo_score.refetched[:EXAMPLES_PER_FAULT]):
        demo_output.print(f"      {url}", markup=False)


def print_search(engine: Engine, typed: str, demo_output: Console) -> None:
    """Print one search as `congdoan search` does, with its first hits."""
    demo_output.print(f"\n[bold]congdoan search[/bold] '{typed}'")
    with reading(engine) as connection:
        query = parse(typed)
        demo_search = SearchRequest(query, limit=HITS_PER_SEARCH)
        demo_result = search_archive(connection, engine_for(connection), demo_search)
        hit_revisions = catalogue.current_revisions(
            connection, [hit.article_id for hit in demo_result.all_hits]
        )
        passages = passages_of(connection, query, demo_result, hit_revisions)
    print_hits(demo_output, query, demo_result, hit_revisions, passages)


def _print_next_steps(demo_data: Path, seconds: float) -> None:
    """What to do with the demo's archive: search it, read the reports, open the reading room."""
    demo_command = f"congdoan --data {demo_data}"
    demo_output = console()
    demo_output.print(f"\ndone in {seconds:.0f} s; the archive is in {demo_data}", markup=False)
    demo_output.print(f"  search:           {demo_command} search 'phát triển đoàn viên'", markup=False)
    demo_output.print(f"  the whole report: {demo_command} report -v", markup=False)
    demo_output.print(
        f"  reading room:     {demo_command} serve   then open {READING_ROOM_URL}/", markup=False
    )
