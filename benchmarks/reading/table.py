"""The scores for a person: one table a family, fields down, readers across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.reading.aims import Scores, cpu_ratio
from benchmarks.reading.score import FAULTS, SHARES, Score


def tables(scores: Scores) -> str:
    """Every family's table, and the CPU over all pages."""
    names = dict.fromkeys(name for readers in scores.values() for name in readers)
    knows = {
        name: set().union(
            {"refused"}, *(readers[name].given for readers in scores.values() if name in readers)
        )
        for name in names
    }
    parts = [_table(family, readers, knows) for family, readers in scores.items()]
    return "\n\n".join([*parts, _costs(scores)])


def _table(family: str, readers: Mapping[str, Score], knows: Mapping[str, set[str]]) -> str:
    """A dash where a reader gives no such field on any page."""
    pages = max((score.pages for score in readers.values()), default=0)
    rows: list[Sequence[str]] = [(f"{family} ({pages} pages)", *readers)]
    rows += [
        (field, *(_share(score, field, field in knows[name]) for name, score in readers.items()))
        for field in SHARES
        if any(score.marks[field] for score in readers.values())
    ]
    rows += [(f"{name} dates", *(str(score.faults[name]) for score in readers.values())) for name in FAULTS]
    rows.append(("errors", *(str(score.errors) for score in readers.values())))
    rows.append(("CPU ms a page", *(f"{score.cpu:.1f}" for score in readers.values())))
    return "\n".join("".join((row[0].ljust(36), *(cell.rjust(13) for cell in row[1:]))) for row in rows)


def _share(score: Score, field: str, known: bool) -> str:
    share = score.share(field)
    return f"{share:.3f}" if share is not None and known else "–"


def _costs(scores: Scores) -> str:
    names = dict.fromkeys(name for readers in scores.values() for name in readers)
    told = ((name, cpu_ratio(scores, name)) for name in names)
    costs = ", ".join(f"{name} {ratio:.2f}" for name, ratio in told if ratio is not None)
    return f"CPU over all pages, trafilatura with metadata = 1: {costs}" if costs else "CPU: no trafilatura"
