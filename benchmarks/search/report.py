"""The tables of the benchmark, as they are pasted into its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.search.asking import Timing
from benchmarks.search.known import Item


def kinds_table(timings: Sequence[Timing]) -> str:
    """Answers' times in ms, a line for each kind of question."""
    rows: list[tuple[str, ...]] = [("", "asked", "found", "capped", "p50", "p95", "CPU p50", "CPU p95")]
    for one in timings:
        times = (f"{ms:.0f}" for ms in (one.p50, one.p95, one.cpu50, one.cpu95))
        rows.append((one.kind, str(one.asked), f"{one.found:.0f}", str(one.capped), *times))
    return _table(rows, 8)


def known_table(
    told: Mapping[str, Sequence[Item]],
    scores: Mapping[str, Mapping[str, float]],
    aims: Mapping[str, float],
) -> str:
    """MRR@10, a line for each kind of query and a column for each contender."""
    contenders = next(iter(scores.values()))
    rows = [("", "queries", "aim", *contenders)]
    for kind, row in scores.items():
        values = (f"{row[name]:.3f}" for name in contenders)
        rows.append((kind, str(len(told[kind])), str(aims[kind]), *values))
    return _table(rows, 10)


def _table(rows: Sequence[tuple[str, ...]], width: int) -> str:
    return "\n".join(row[0].ljust(30) + "".join(cell.rjust(width) for cell in row[1:]) for row in rows)
