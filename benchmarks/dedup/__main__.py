"""`python -m benchmarks.dedup`: near-duplicates found and not found, beside the peers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import click

from benchmarks.dedup.cases import (
    Material,
    edited,
    forms,
    real_cases,
    replica_cases,
    retold_cases,
)
from benchmarks.dedup.corpus import (
    CorpusError,
    Original,
    news,
    news_by_id,
    real_pairs,
    replicas,
    union_articles,
)
from benchmarks.dedup.ours import Archive
from benchmarks.dedup.peer_answers import PEERS, asked
from benchmarks.dedup.score import Scores, missed, precision, score, table
from benchmarks.reading.contenders import PeerError
from storage.stories.relations import SAME_STORY_KINDS

SEED = 20260301
OURS = "ours"


def gather(originals: int, background: int, *, held_out: bool) -> Material:
    """What is kept and asked; without the corpora the replicas' articles are edited instead."""
    rng = Random(SEED + held_out)
    material = Material()
    articles, stories = replicas(1.0, held_out=held_out)
    material.keep(list(articles.values()))
    material.cases += replica_cases(articles, stories, originals)
    kept, cases = forms(max(1, originals // 10), rng, held_out=held_out)
    material.kept |= kept
    material.cases += cases
    try:
        chosen = _real(material, originals, background, held_out)
    except CorpusError as error:
        click.echo(f"left out: {error}", err=True)
        chosen = [articles[url] for story in stories if len(story) == 1 for url in story][:originals]
    material.cases += edited(chosen, rng)
    material.cases += retold_cases(chosen, rng)
    return material


def _real(material: Material, originals: int, background: int, held_out: bool) -> list[Original]:
    """Keep the corpora's articles and the labelled pairs; the articles to be edited."""
    union, others = [] if held_out else union_articles(), news(background, held_out=held_out)
    pairs = real_pairs(held_out=held_out)
    known = news_by_id(frozenset(ident for pair in pairs for ident in (pair.older, pair.newer)))
    material.keep([*others, *union, *known.values()])
    material.titles |= {ident: original.title for ident, original in known.items()}
    material.cases += real_cases(pairs, known)
    step = max(1, len(others) // max(1, originals - len(union)))
    return [*union, *others[::step]][:originals]


def ours(material: Material, folder: Path) -> tuple[Scores, float, int]:
    """Our scores, CPU ms a question, and the articles left out because the corpora hold them twice."""
    with Archive(folder / "index.db") as archive:
        archive.keep(material.kept.items(), material.titles)
        twice = _twice(material, archive)
        material.cases[:] = [case for case in material.cases if case.against or not case.origins & twice]
        archive.spent = 0.0
        answers = [(case, archive.ask(case.text, case.besides, case.title)) for case in material.cases]
        return score(answers), archive.spent * 1000 / len(answers), len(twice)


def _twice(material: Material, archive: Archive) -> set[str]:
    """The articles to be edited that stand in the corpora once more: nobody said which one is the copy's."""
    edited_ones = {origin for case in material.cases if not case.besides for origin in case.origins}
    found = {ident: archive.ask(material.kept[ident], ident).kin for ident in edited_ones}
    return {ident for ident, kin in found.items() if SAME_STORY_KINDS & set(kin.values())}


def beside(
    material: Material, peers: Sequence[str], folder: Path
) -> tuple[dict[str, Scores], dict[str, float]]:
    """The peers' scores by name and setting, and CPU ms to sign a text."""
    scores, costs = {}, {}
    for peer in peers:
        for told in asked(peer, material, folder):
            scores[told.name] = score(zip(material.cases, told.answers, strict=True))
            costs[told.name] = told.per_text
    return scores, costs


def _as_dict(contenders: dict[str, Scores], costs: dict[str, float]) -> dict[str, Any]:
    return {
        "scores": {
            name: {group: asdict(one) for group, one in scores.items()} for name, scores in contenders.items()
        },
        "precision": {name: precision(scores) for name, scores in contenders.items()},
        "cpu_ms_a_text": costs,
    }


@click.command()
@click.option("--originals", default=1000, show_default=True, help="Articles that are edited.")
@click.option("--background", default=20_000, show_default=True, help="Other articles in the index.")
@click.option("--peers", default=",".join(PEERS), show_default=True, help="Comma-separated, or `none`.")
@click.option("--held-out", is_flag=True, help="Ask what no threshold was chosen on.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(originals: int, background: int, peers: str, held_out: bool, out: Path | None) -> None:
    """Measure; exit code 1 when an aim is missed."""
    chosen = [] if peers == "none" else peers.split(",")
    if strangers := [name for name in chosen if name not in PEERS]:
        raise click.UsageError(f"no peer called {', '.join(strangers)}; there are {', '.join(PEERS)}")
    material = gather(originals, background, held_out=held_out)
    with tempfile.TemporaryDirectory(prefix="congdoan-dedup-") as name:
        scores, cost, twice = ours(material, Path(name))
        try:
            others, costs = beside(material, chosen, Path(name))
        except PeerError as error:
            raise click.ClickException(str(error)) from error
    contenders = {OURS: scores, **others}
    costs = {"ours, the whole question": cost, **costs}
    click.echo(
        f"{len(material.kept)} kept, {len(material.cases)} asked; left out, in the corpora twice: {twice}"
    )
    click.echo(table(contenders))
    click.echo("CPU ms a text: " + ", ".join(f"{name} {ms:.2f}" for name, ms in costs.items()))
    if out:
        told = _as_dict(contenders, costs)
        out.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    lost = missed(scores)
    for line in lost:
        click.echo(f"missed: {line}", err=True)
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
