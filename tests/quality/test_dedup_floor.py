"""Near-duplicates by the whole path, index and comparison, on the replicas' prose at the benchmark's aims."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.dedup.cases import REPLICAS, RETOLD, Material, edited, forms, replica_cases, retold_cases
from benchmarks.dedup.corpus import real_pairs, replicas
from benchmarks.dedup.ours import Answer, Archive
from benchmarks.dedup.score import Scores, missed, precision, score
from storage.stories.relations import RelationKind


@pytest.fixture(scope="module")
def material() -> Material:
    made, rng = Material(), Random(1)
    articles, stories = replicas(0.1, held_out=True)
    kept, cases = forms(4, rng, held_out=True)
    alone = [articles[url] for story in stories if len(story) == 1 for url in story][:16]
    made.keep(list(articles.values()))
    made.kept |= kept
    made.cases = [
        *cases,
        *replica_cases(articles, stories, 10),
        *edited(alone, rng),
        *retold_cases(alone, rng),
    ]
    return made


@pytest.fixture(scope="module")
def scores(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Scores:
    with Archive(tmp_path_factory.mktemp("dedup") / "index.db") as archive:
        archive.keep(material.kept.items(), material.titles)
        return score([(case, archive.ask(case.text, case.besides)) for case in material.cases])


def test_no_aim_is_missed(scores: Scores) -> None:
    assert missed(scores) == []
    assert scores[REPLICAS].expected > 10
    assert scores[RETOLD].asked > 10


def test_scattered_edits_are_still_mostly_copies(scores: Scores) -> None:
    share = scores["20 % of words"].recall
    assert share is not None and share >= 0.9


def test_who_merges_everything_misses(material: Material) -> None:
    everything = dict.fromkeys(material.kept, RelationKind.COPY)
    scores = score([(case, Answer(frozenset(everything), everything)) for case in material.cases])
    assert precision(scores) < 0.01
    assert any("merged" in line for line in missed(scores))


def test_who_finds_nothing_misses(material: Material) -> None:
    scores = score([(case, Answer(frozenset(), {})) for case in material.cases])
    assert {line.split(":")[0] for line in missed(scores)} >= {REPLICAS, "another lead", "cut to 40 %"}


@pytest.mark.parametrize("held_out", [False, True])
def test_pairs_read_by_a_person_have_one_label_each(held_out: bool) -> None:
    pairs = real_pairs(held_out=held_out)
    assert {pair.label for pair in pairs} == {"copy", "follow_up", "form"}
    assert len({frozenset((pair.older, pair.newer)) for pair in pairs}) == len(pairs)
