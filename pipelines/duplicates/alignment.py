"""Two texts laid side by side, syllable by syllable: where they part, and over what (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from pipelines.duplicates.shingles import Grain

Flags = NDArray[np.bool_]
RUN = 6  # syllables in a row that both have; fewer inside a strange passage are chance
PASSAGE = 12  # syllables without such a run are a passage …
STRANGE = 0.5  # … and a strange one when less of it stands in the other text; edits leave more
LEAD = 64  # syllables: so long a strange passage at either end is a lead, a byline, a page's furniture
CHANGED = 4  # numbers, or numbers and names, in each of the texts; fewer are corrections
CHANGED_SHARE = 0.2  # of each text's are other, where the texts run together …
CHANGED_MORE = 4  # … and this many times the share of the plain words
EXCHANGED = 0.1  # of the numbers stand in the place of another number: a bulletin's next issue
_DIGIT = {1, 3}  # looks of a syllable that is a number
LEDE = 40  # syllables of another lead that a text which is cut as well may have


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts."""

    grain: Grain
    same: Flags  # syllables that stand in the other text too, in one order
    strange: tuple[tuple[int, int], ...]  # passages, each from a syllable to the one behind it

    def news(self) -> float:
        """The share of the text in strange passages, less a lead at each end."""
        length = len(self.same)
        left = (end - start - LEAD * ((start == 0) + (end == length)) for start, end in self.strange)
        return sum(size for size in left if size >= PASSAGE) / length

    def news_inside(self) -> float:
        """The share of the text in strange passages that neither begin nor end it, where one begins it."""
        length = len(self.same)
        if not (self.strange and self.strange[0][0] == 0):
            return 0.0
        return sum(end - start for start, end in self.strange if start and end < length) / length

    def strange_of_a_cut(self, lede: int) -> float:
        """The share of the text in strange passages but for the end, less so many syllables of a lead."""
        length = len(self.same)
        left = (end - start - lede * (start == 0) for start, end in self.strange if end < length)
        return sum(size for size in left if size > 0) / length

    def lead_tells_a_number(self) -> bool | None:
        """Whether a strange passage that begins the text does; None when there is none."""
        if not (self.strange and self.strange[0][0] == 0):
            return None
        return bool(self.grain.digits[: self.strange[0][1]].any())

    def beside(self) -> Flags:
        """The syllables outside strange passages."""
        flags = np.ones(len(self.same), dtype=np.bool_)
        for start, end in self.strange:
            flags[start:end] = False
        return flags


@dataclass(frozen=True, slots=True)
class Aligned:
    """A shorter and a longer text."""

    shorter: Side
    longer: Side
    exchanged: int  # numbers of the one in the place of others of the other

    def news(self) -> float:
        """The greater share of either text in strange passages, less leads."""
        return max(self.shorter.news(), self.longer.news())

    def news_but_for_a_cut(self) -> float:
        """The same with the end that the shorter text lacks, and with a short lead at most.

        No lead is left out where each text tells a number in its own, or the one that has a lead does: what
        follows a report tells its day.
        """
        told = [self.shorter.lead_tells_a_number(), self.longer.lead_tells_a_number()]
        lede = LEDE if not any(told) or set(told) == {True, False} else 0
        return max(side.strange_of_a_cut(lede) for side in (self.shorter, self.longer))

    def news_under_a_lead(self) -> float:
        """The greater share of either text in strange passages inside it, where another lead stands above."""
        return max(self.shorter.news_inside(), self.longer.news_inside())

    def is_form(self) -> bool:
        """Whether, where the texts run together, mostly the particulars differ: two events in one form.

        In a form each particular stands in the place of another; editors add some, and drop some.
        """
        sides = (self.shorter, self.longer)
        digits = [side.grain.digits for side in sides]
        both = [side.grain.digits | side.grain.capitals for side in sides]
        return self._told_apart(digits) or self._told_apart(both) or self._is_next_issue()

    def _is_next_issue(self) -> bool:
        told = min(
            np.count_nonzero(side.grain.digits & side.beside()) for side in (self.shorter, self.longer)
        )
        return self.exchanged >= max(CHANGED, EXCHANGED * told)

    def _told_apart(self, particular: Sequence[Flags]) -> bool:
        shares, words = [], []
        for side, flags in zip((self.shorter, self.longer), particular, strict=True):
            beside = side.beside()
            mine, plain = flags & beside, ~flags & beside
            if np.count_nonzero(mine & ~side.same) < CHANGED:
                return False
            shares.append(_share(mine, side.same))
            words.append(_share(plain, side.same))
        return min(shares) >= max(CHANGED_SHARE, CHANGED_MORE * max(words))


def _share(some: Flags, same: Flags) -> float:
    """Of some syllables, those that the other text lacks."""
    return float(np.count_nonzero(some & ~same)) / max(1, int(np.count_nonzero(some)))


def align(shorter: Grain, longer: Grain) -> Aligned:
    """Lay two texts side by side."""
    mine, theirs = (np.zeros(len(grain.words), dtype=np.bool_) for grain in (shorter, longer))
    exchanged, at = 0, (0, 0)
    for step in LCSseq.opcodes(shorter.coded, longer.coded):
        if step.tag == "equal":
            mine[step.src_start : step.src_end] = True
            theirs[step.dest_start : step.dest_end] = True
            gaps = slice(at[0], step.src_start), slice(at[1], step.dest_start)
            exchanged += max(gap.stop - gap.start for gap in gaps) < PASSAGE and _exchanged(
                shorter, longer, gaps
            )
            at = step.src_end, step.dest_end
    return Aligned(_side(shorter, mine), _side(longer, theirs), exchanged)


def _exchanged(shorter: Grain, longer: Grain, gaps: tuple[slice, slice]) -> bool:
    """Whether where the texts part both tell a number, and not the same one written otherwise."""
    if not (_DIGIT & set(shorter.looks[gaps[0]]) and _DIGIT & set(longer.looks[gaps[1]])):
        return False
    told = [
        "".join(word for word in grain.spelled[gap] if word[0].isdigit())
        for grain, gap in zip((shorter, longer), gaps, strict=True)
    ]
    return told[0] != told[1]


def _side(grain: Grain, same: Flags) -> Side:
    return Side(grain, same, tuple(_strange(same)))


def _strange(same: Flags) -> Iterator[tuple[int, int]]:
    firm = same.copy()
    for start, end in _runs(same):
        if end - start < RUN:
            firm[start:end] = False
    for start, end in _runs(~firm):
        if end - start >= PASSAGE and np.count_nonzero(same[start:end]) < STRANGE * (end - start):
            yield start, end


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Where flags are set, each run from its first to behind its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
