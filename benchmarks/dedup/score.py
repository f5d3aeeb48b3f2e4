"""Answers held against what is known: recall of the index and of the decision apart, and false merges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.dedup.cases import APART, FORM, OURS_ARE_STORIES, Case
from benchmarks.dedup.edits import CUT, QUOTED
from benchmarks.dedup.ours import Answer
from storage.stories.relations import SAME_STORY_KINDS

PRECISION = 0.995
LEAST = {**dict.fromkeys(OURS_ARE_STORIES, 0.98), **dict.fromkeys((*CUT, *QUOTED), 0.95)}


@dataclass(slots=True)
class Score:
    """Of one contender on one group of cases."""

    asked: int = 0
    expected: int = 0  # kinships that are there
    found: int = 0  # of them, named by the index
    right: int = 0  # … and called what they are
    linked: int = 0  # … or akin at all
    false: int = 0  # texts put into one story with one they do not belong to

    @property
    def recall(self) -> float | None:
        """Of the decision; None where nothing is to be found."""
        return self.right / self.expected if self.expected else None

    @property
    def candidate_recall(self) -> float | None:
        """Of the index alone."""
        return self.found / self.expected if self.expected else None


Scores = dict[str, Score]  # by group


def score(answers: Iterable[tuple[Case, Answer]]) -> Scores:
    """Every case's answer against what is known of it."""
    scores: Scores = {}
    for case, answer in answers:
        one = scores.setdefault(case.group, Score())
        one.asked += 1
        one.expected += len(case.origins)
        one.found += len(case.origins & answer.candidates)
        one.linked += len(case.origins & answer.kin.keys())
        one.right += sum(answer.kin.get(origin) in case.right for origin in case.origins)
        merged = {ident for ident, kind in answer.kin.items() if kind in SAME_STORY_KINDS}
        judged = {case.against} if case.against else merged
        one.false += len((merged & judged) - case.origins - case.neutral)
    return scores


def precision(scores: Scores) -> float:
    """Of all merges of all cases that the aims speak of, those that are right."""
    judged = [*OURS_ARE_STORIES, *CUT, *_apart(scores)]
    groups = [scores[name] for name in judged if name in scores]
    right, false = sum(one.right for one in groups), sum(one.false for one in groups)
    return right / (right + false) if right + false else 1.0


def _apart(scores: Scores) -> list[str]:
    """The groups in which nothing may be merged."""
    return [name for name in scores if name in APART or name.startswith(FORM)]


def missed(scores: Scores) -> list[str]:
    """One line for each aim that is missed."""
    lines = [
        f"{name}: recall {recall:.3f} (at least {least})"
        for name, least in LEAST.items()
        if name in scores and (recall := scores[name].recall) is not None and recall < least
    ]
    lines += [
        f"{name}: {scores[name].false} merged" for name in APART if name in scores and scores[name].false
    ]
    if (reached := precision(scores)) < PRECISION:
        lines.append(f"precision {reached:.4f} (at least {PRECISION})")
    return lines


def table(contenders: Mapping[str, Scores]) -> str:
    """Recall, and false merges where there are any, of every contender on every group."""
    groups = dict.fromkeys(group for scores in contenders.values() for group in scores)
    ours = next(iter(contenders.values()))
    rows = [("", "cases", "index", *contenders)]
    for group in groups:
        share = ours[group].candidate_recall
        index = "" if share is None else f"{100 * share:.1f}"
        cells = (_cell(scores.get(group)) for scores in contenders.values())
        rows.append((group, str(ours[group].asked), index, *cells))
    rows.append(("precision", "", "", *(f"{100 * precision(scores):.2f}" for scores in contenders.values())))
    return "\n".join("".join((row[0].ljust(32), *(cell.rjust(18) for cell in row[1:]))) for row in rows)


def _cell(one: Score | None) -> str:
    if one is None:
        return "–"
    if one.recall is None:
        return f"{one.false} false"
    return f"{100 * one.recall:.1f}" + (f" ({one.false} false)" if one.false else "")
