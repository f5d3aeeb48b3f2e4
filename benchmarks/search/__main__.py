"""`python -m benchmarks.search`: how fast answers are, and whether what is looked for is found."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from benchmarks.dedup.corpus import CorpusError
from benchmarks.reading.contenders import PeerError
from benchmarks.search import archive, asking, cost, known, material, peer_answers
from benchmarks.search.report import kinds_table, known_table
from storage.database.engine import open_database

SEED = 20260301
OURS = "ours"
AIMS = ((100_000, 60.0), (1_000_000, 250.0))  # ms that 95 of 100 answers of the common mix keep within
MILLION = AIMS[1][0]
INDEX = 1.1  # bytes of index to a byte of text, at most
TITLES = 20_000  # of which the common mix is made


def latency(path: Path, count: int, rounds: int, each: int) -> tuple[dict[str, Any], list[str]]:
    """The common mix while nothing is written and while a crawl writes; aims missed."""
    engine = open_database(f"sqlite:///{path}")
    step = max(1, count // TITLES)
    with engine.connect() as connection:
        titles = connection.scalars(
            text("SELECT title FROM articles WHERE id % :step = 0"), {"step": step}
        ).all()
    mix = asking.kinds(titles, each=each)
    told: dict[str, Any] = {}
    lost = []
    most = next(ms for size, ms in AIMS if count <= size or size == MILLION)
    for way in ("no crawl", "a crawl writes"):
        if way == "no crawl":
            timings = asking.timed(engine, mix, rounds)
        else:
            with asking.Crawl(path):
                timings = asking.timed(engine, mix, rounds)
        whole = asking.together(timings)
        click.echo(f"\n{count} articles, {way}; {asking.load()}\n{kinds_table([*timings, whole])}")
        told[way] = [asdict(timing) for timing in (*timings, whole)]
        if whole.p95 > most:
            times = f"p95 {whole.p95:.0f} ms, of CPU {whole.cpu95:.0f}"
            lost.append(f"{count} articles, {way}: {times} (at most {most:.0f})")
    engine.dispose()
    return told, lost


def looked_for(
    path: Path, count: int, each: int, names: Sequence[str], url: str | None, folder: Path
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """MRR@10 by kind and contender; aims missed."""
    texts = list(material.real(count))
    told = known.items(texts, each, SEED, archive.BODIES)
    bodies = archive.withheld(folder / "withheld.db", texts)
    whole = open_database(f"sqlite:///{path}")
    scores: dict[str, dict[str, float]] = {}
    refused = differing = queries = 0
    for kind, items in told.items():
        answers = known.asked(bodies if kind in known.WITHHELD else whole, items)
        scores[kind] = {OURS: known.reciprocal_rank(items, answers.found)}
        refused, differing = refused + answers.refused, differing + answers.differing
        queries += len(items)
    for name in names:
        for kind, score in _peer(name, texts, told, folder, url).items():
            scores[kind][name] = score
    click.echo(f"\nMRR@{known.DEPTH} on {count} articles\n{known_table(told, scores, known.AIMS)}")
    click.echo(f"{queries} queries: {refused} refused, {differing} find others without their accents")
    lost = list(known.missed(scores, OURS))
    lost += [f"{differing} of {queries} queries find others without accents (at most 0)"] if differing else []
    return scores, lost


def _peer(
    name: str,
    texts: Sequence[material.Text],
    told: dict[str, list[known.Item]],
    folder: Path,
    url: str | None,
) -> dict[str, float]:
    """A peer's scores, on the whole and on bodies alone."""
    scores = {}
    for withheld in (False, True):
        chosen = {kind: items for kind, items in told.items() if (kind in known.WITHHELD) is withheld}
        part = texts[: archive.BODIES] if withheld else texts
        articles = [("" if withheld else one.title, f"{one.lead}\n{one.body}") for one in part]
        queries = [item.query for items in chosen.values() for item in items]
        found = iter(peer_answers.asked(name, articles, queries, folder, url))
        for kind, items in chosen.items():
            scores[kind] = known.reciprocal_rank(items, [next(found) for _ in items])
    return scores


def _weighed(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What the index weighs, and what an article costs to put there."""
    told = cost.weighed(path)
    click.echo(
        f"\nindex {told.index_bytes} bytes, {told.ratio:.3f} of the text it indexes; "
        f"put {told.put_ms:.2f} ms CPU an article, {told.prepare_ms:.2f} of them in a reader process; "
        f"this process holds {told.resident_mb} MB"
    )
    return asdict(told), [
        f"index {told.ratio:.3f} of its text (at most {INDEX})"
    ] if told.ratio > INDEX else []


@click.command()
@click.option("--articles", default=100_000, show_default=True, help="Articles of the first archive.")
@click.option("--million", is_flag=True, help="Time answers of 1,000,000 articles, too.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the archives here for the next run.")
@click.option("--parts", default="latency,known,cost", show_default=True)
@click.option("--each", default=300, show_default=True, help="Known-item queries of a kind.")
@click.option("--mixed", default=20, show_default=True, help="Questions of a kind in the common mix.")
@click.option("--rounds", default=3, show_default=True, help="Each question's cheapest round counts.")
@click.option("--peers", "names", default=",".join(peer_answers.NAMES), show_default=True, help="Or `none`.")
@click.option("--postgres", metavar="URL", help="The server for the peer PostgreSQL.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(**chosen: Any) -> None:  # noqa: ANN401 - as click gives them
    """Measure; exit code 1 when an aim is missed."""
    names = [] if chosen["names"] == "none" else chosen["names"].split(",")
    if strangers := [name for name in names if name not in peer_answers.NAMES]:
        raise click.UsageError(
            f"no peer called {', '.join(strangers)}; there are {', '.join(peer_answers.NAMES)}"
        )
    if "postgres" in names and not chosen["postgres"]:
        raise click.UsageError("name a server with --postgres, or leave it out of --peers")
    with tempfile.TemporaryDirectory(prefix="congdoan-search-") as name:
        try:
            told, lost = _measured(chosen, names, Path(name))
        except (PeerError, CorpusError) as error:
            raise click.ClickException(str(error)) from error
    if chosen["out"]:
        chosen["out"].write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for line in lost:
        click.echo(f"missed: {line}", err=True)
    raise SystemExit(1 if lost else 0)


def _measured(chosen: dict[str, Any], names: Sequence[str], folder: Path) -> tuple[dict[str, Any], list[str]]:
    parts, count = chosen["parts"].split(","), chosen["articles"]
    kept = chosen["keep"] or folder
    path = _archive(kept, count)
    told: dict[str, Any] = {}
    lost: list[str] = []
    if "cost" in parts:
        told["cost"], missed = _weighed(path)
        lost += missed
    if "known" in parts:
        told["known"], missed = looked_for(path, count, chosen["each"], names, chosen["postgres"], folder)
        lost += missed
    for size in (count, MILLION)[: 1 + chosen["million"]]:
        if "latency" in parts:
            told[str(size)], missed = latency(_archive(kept, size), size, chosen["rounds"], chosen["mixed"])
            lost += missed
    return told, lost


def _archive(folder: Path, count: int) -> Path:
    path = material.kept(folder, count)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        click.echo(f"making {path}: some minutes for 100,000 articles", err=True)
        begun = path.with_suffix(".begun")  # an archive left half made must not be taken for a whole one
        for suffix in ("", "-wal", "-shm"):
            begun.with_name(begun.name + suffix).unlink(missing_ok=True)
        archive.build(begun, count)
        begun.rename(path)
    return path


if __name__ == "__main__":
    main()
