"""What our reader must reach, and where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.reading.contenders import OURS
from benchmarks.reading.labels import FAMILY as REAL
from benchmarks.reading.score import FAULTS, SHARES, Score

LEAST = {  # on the replicas of every family
    "body": 0.985,
    "day": 0.995,
    "time": 1.0,
    "zone": 1.0,
    "author": 0.97,
    "section": 0.98,
    "captions": 0.95,
}
MOST_CPU = 1.15  # × trafilatura with metadata
Scores = Mapping[str, Mapping[str, Score]]  # family → reader → score


def missed(scores: Scores) -> list[str]:
    """One line for each aim that is missed."""
    return [
        line for family, readers in scores.items() if OURS in readers for line in _missed(family, readers)
    ] + list(_dear(scores))


def _missed(family: str, readers: Mapping[str, Score]) -> Iterator[str]:
    ours, peers = readers[OURS], {name: score for name, score in readers.items() if name != OURS}
    if family == REAL:
        yield from _below_trafilatura(family, ours, readers.get("trafilatura"))
    else:
        for name, least in LEAST.items():
            share = ours.share(name)
            if share is not None and share < least:
                yield f"{family}: {name} {share:.3f} (at least {least})"
        yield from _below_peers(family, ours, peers, ("body",))
    for name in FAULTS:
        if ours.faults[name]:
            yield f"{family}: {ours.faults[name]} {name} dates (none)"


def _below_peers(
    family: str, ours: Score, peers: Mapping[str, Score], fields: tuple[str, ...]
) -> Iterator[str]:
    for field in fields:
        for name, peer in peers.items():
            share, other = ours.share(field), peer.share(field)
            if share is not None and other is not None and share < other:
                yield f"{family}: {field} {share:.3f}, {name} {other:.3f}"


def _below_trafilatura(family: str, ours: Score, trafilatura: Score | None) -> Iterator[str]:
    """Real pages: its body at least, and better than it in every other field that is not perfect."""
    for field in SHARES if trafilatura else ():
        share, other = ours.share(field), trafilatura.share(field) if trafilatura else None
        if share is not None and other is not None and not _is_enough(field, share, other):
            yield f"{family}: {field} {share:.3f}, trafilatura {other:.3f}"


def _is_enough(field: str, share: float, other: float) -> bool:
    return share == 1 or share > other or (field == "body" and share == other)


def cpu_ratio(scores: Scores, name: str) -> float | None:
    """CPU of a reader over all pages, to that of trafilatura; None where one of them did not run."""
    spent = sum(readers[name].cpu_ms for readers in scores.values() if name in readers)
    measure = sum(readers["trafilatura"].cpu_ms for readers in scores.values() if "trafilatura" in readers)
    return spent / measure if measure and spent else None


def _dear(scores: Scores) -> Iterator[str]:
    ratio = cpu_ratio(scores, OURS)
    if ratio is not None and ratio > MOST_CPU:
        yield f"CPU: {ratio:.2f} × trafilatura with metadata (at most {MOST_CPU})"
