"""Aligns two near-duplicates by syllable and measures the passages that only one has, and changed numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.shingles import ComparableText
from storage.text.alignment import align

Flags = NDArray[np.bool_]
MIN_SHARED_RUN = 6  # syllables in a row that both texts have; fewer inside an unshared passage are chance
MIN_PASSAGE = 12  # syllables without such a run are a passage …
MAX_SHARED_SHARE = 0.5  # … and an unshared one when less of it is in the other text; edits leave more
MAX_LEAD = (
    64  # syllables: an unshared passage so long at either end is a lead, a byline, a page's boilerplate
)
MIN_CHANGED_PARTICULARS = 4  # numbers, or numbers and names, in each of the texts; fewer are corrections
CHANGED_SHARE = 0.2  # of each text's particulars differ, where the texts run together …
CHANGED_RATIO = 4  # … and this many times the share of the plain words
EXCHANGED_SHARE = 0.1  # of the numbers stand in the place of another number: a bulletin's next issue
_DIGIT = {1, 3}  # word flags of a syllable that is a number
MAX_CUT_LEAD = 40  # syllables of another lead that a text which is shortened as well may have


@dataclass(frozen=True, slots=True)
class AlignedText:
    """One of two aligned texts, with its passages that the other text has not."""

    text: ComparableText
    shared: Flags  # syllables that stand in the other text too, in one order
    passages: tuple[tuple[int, int], ...]  # unshared ones, each from a syllable to the one behind it

    def new_share(self) -> float:
        """Return the share (0-1) of the text in unshared passages, less a lead at each end."""
        length = len(self.shared)
        sizes = (end - start - MAX_LEAD * ((start == 0) + (end == length)) for start, end in self.passages)
        return sum(size for size in sizes if size >= MIN_PASSAGE) / length

    def new_share_inside(self) -> float:
        """Return the share in unshared passages at neither end of the text; 0 unless another begins it."""
        length = len(self.shared)
        if not (self.passages and self.passages[0][0] == 0):
            return 0.0
        return sum(end - start for start, end in self.passages if start and end < length) / length

    def new_share_before_cut(self, lead_syllables: int) -> float:
        """Return the share in unshared passages but for one at the end, less `lead_syllables` of a lead."""
        length = len(self.shared)
        sizes = (end - start - lead_syllables * (start == 0) for start, end in self.passages if end < length)
        return sum(size for size in sizes if size > 0) / length

    def lead_has_number(self) -> bool | None:
        """Return whether the unshared passage that begins the text has a number; None without a passage."""
        if not (self.passages and self.passages[0][0] == 0):
            return None
        return bool(self.text.digits[: self.passages[0][1]].any())

    def outside_passages(self) -> Flags:
        """Return flags of the syllables outside unshared passages."""
        flags = np.ones(len(self.shared), dtype=np.bool_)
        for start, end in self.passages:
            flags[start:end] = False
        return flags


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """A shorter and a longer text, aligned."""

    shorter: AlignedText
    longer: AlignedText
    exchanged_numbers: int  # numbers of one text in the place of other numbers in the other

    def new_share(self) -> float:
        """Return the greater share of either text in unshared passages, less leads."""
        return max(self.shorter.new_share(), self.longer.new_share())

    def new_share_but_for_cut(self) -> float:
        """Return the same without the end that the shorter text lacks, and less a short lead at most.

        No lead is left out where each text has a number in its own, or the one that has a lead does: what
        follows a report tells its day.
        """
        numbered = [self.shorter.lead_has_number(), self.longer.lead_has_number()]
        lead_syllables = MAX_CUT_LEAD if not any(numbered) or set(numbered) == {True, False} else 0
        return max(side.new_share_before_cut(lead_syllables) for side in (self.shorter, self.longer))

    def new_share_under_lead(self) -> float:
        """Return the greater share in unshared passages inside either text, where another lead is above."""
        return max(self.shorter.new_share_inside(), self.longer.new_share_inside())

    def is_form(self) -> bool:
        """Return whether mostly the particulars differ where the texts run together: two events in one form.

        In a form each particular stands in the place of another; editors add some, and drop some.
        """
        sides = (self.shorter, self.longer)
        digits = [side.text.digits for side in sides]
        particulars = [side.text.digits | side.text.capitals for side in sides]
        return (
            self._differs_by_particulars(digits)
            or self._differs_by_particulars(particulars)
            or self._is_next_issue()
        )

    def _is_next_issue(self) -> bool:
        numbers = min(
            np.count_nonzero(side.text.digits & side.outside_passages())
            for side in (self.shorter, self.longer)
        )
        return self.exchanged_numbers >= max(MIN_CHANGED_PARTICULARS, EXCHANGED_SHARE * numbers)

    def _differs_by_particulars(self, particulars: Sequence[Flags]) -> bool:
        particular_shares, plain_shares = [], []
        for side, flags in zip((self.shorter, self.longer), particulars, strict=True):
            outside = side.outside_passages()
            particular, plain = flags & outside, ~flags & outside
            if np.count_nonzero(particular & ~side.shared) < MIN_CHANGED_PARTICULARS:
                return False
            particular_shares.append(_unshared_share(particular, side.shared))
            plain_shares.append(_unshared_share(plain, side.shared))
        return min(particular_shares) >= max(CHANGED_SHARE, CHANGED_RATIO * max(plain_shares))


def _unshared_share(syllables: Flags, shared: Flags) -> float:
    """Return the share of some syllables that the other text lacks."""
    return float(np.count_nonzero(syllables & ~shared)) / max(1, int(np.count_nonzero(syllables)))


def align_texts(shorter: ComparableText, longer: ComparableText) -> AlignedPair:
    """Align two texts syllable by syllable and find their unshared passages and exchanged numbers."""
    shared_shorter, shared_longer = (np.zeros(len(text.words), dtype=np.bool_) for text in (shorter, longer))
    exchanged_numbers, at = 0, (0, 0)
    for stretch in align(shorter.word_chars, longer.word_chars):
        if stretch.kind == "equal":
            shared_shorter[stretch.first] = True
            shared_longer[stretch.second] = True
            gaps = slice(at[0], stretch.first.start), slice(at[1], stretch.second.start)
            short = max(gap.stop - gap.start for gap in gaps) < MIN_PASSAGE
            exchanged_numbers += short and _is_number_exchanged(shorter, longer, gaps)
            at = stretch.first.stop, stretch.second.stop
    return AlignedPair(
        _aligned_text(shorter, shared_shorter), _aligned_text(longer, shared_longer), exchanged_numbers
    )


def _is_number_exchanged(shorter: ComparableText, longer: ComparableText, gaps: tuple[slice, slice]) -> bool:
    """Return whether both texts have a number where they part, and not the same one written otherwise."""
    if not (_DIGIT & set(shorter.word_flags[gaps[0]]) and _DIGIT & set(longer.word_flags[gaps[1]])):
        return False
    numbers = [
        "".join(word for word in text.spelled_words[gap] if word[0].isdigit())
        for text, gap in zip((shorter, longer), gaps, strict=True)
    ]
    return numbers[0] != numbers[1]


def _aligned_text(text: ComparableText, shared: Flags) -> AlignedText:
    return AlignedText(text, shared, tuple(_unshared_passages(shared)))


def _unshared_passages(shared: Flags) -> Iterator[tuple[int, int]]:
    in_long_run = shared.copy()
    for start, end in _runs(shared):
        if end - start < MIN_SHARED_RUN:
            in_long_run[start:end] = False
    for start, end in _runs(~in_long_run):
        length = end - start
        if length >= MIN_PASSAGE and np.count_nonzero(shared[start:end]) < MAX_SHARED_SHARE * length:
            yield start, end


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Return the runs of set flags, each from its first to behind its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
