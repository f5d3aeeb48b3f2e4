"""How two texts are akin: copy, shortened, lengthened, one quoting the other, follow-up, same form (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import LCSseq

from pipelines.duplicates.alignment import align
from pipelines.duplicates.shingles import WIDTH, Grain, folded, row_of_shingles
from storage.stories.relations import KinKind, Kinship

COPY_ORDER = 0.8  # of both texts' syllables stand in one order in both
PARTICULARS = 0.6  # of the numbers and names of the text with fewer that the other has too
REDRESSED = (0.6, 0.7, 0.8)  # or, under another lead: in one run so much of the shorter, order, length
NEWS = 0.04  # of a text are strange passages that tell something else: above, it is no copy
NEWS_UNDER_A_LEAD = 0.02  # the same, where the lead is another one
FEW = 6  # numbers or names; fewer are not counted apart
FORM = 0.4  # below, texts that read alike are two events told in one form
HELD = 0.8  # of the shorter text's shingles that the longer has: it is held in it
HELD_ORDER = 0.85  # of its syllables, in one order
LEAST_HELD = 60  # syllables; a shorter passage is a formula
OPENING = 0.2  # of the longer text within which a shortened copy begins
TOUCHING = 0.3  # of the shorter text's shingles: below, nothing is said
_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Measures:
    common: int  # syllables in one order in both
    order: float
    particulars: float
    held: float  # of the one's shingles or of the other's, the greater share


def compare(one: Grain, other: Grain) -> Kinship | None:
    """How `one` is akin to `other`; None when it is not, or the likeness is only a form's.

    All shares are 0–1. Numbers and names decide between a copy and a form: congress reports and greetings
    share most of their words and none of their particulars. Strange passages decide between a copy and a
    follow-up: an editor's changes are a lead or scattered, news is told in passages of its own.
    """
    shared = len(np.intersect1d(one.shingles, other.shingles, assume_unique=True))
    if not shared:
        return None
    smaller = min(len(one.shingles), len(other.shingles))
    if shared < TOUCHING * smaller:
        return None
    jaccard = shared / (len(one.shingles) + len(other.shingles) - shared)
    held, holding = shared / len(one.shingles), shared / len(other.shingles)
    common = LCSseq.similarity(one.coded, other.coded)
    order = 2 * common / (len(one.words) + len(other.words))
    particulars = agreement(one, other)
    kind = _kind(one, other, _Measures(common, order, particulars, max(held, holding)))
    return Kinship(kind, jaccard, held, holding, order, particulars) if kind else None


def agreement(one: Grain, other: Grain) -> float:
    """The share of the particulars - numbers and names - of the text with fewer that the other has too.

    The lesser of both shares counts; of a few of each the share of both together; 1 when there are none.
    """
    pairs = ((one.numbers, other.numbers), (one.names, other.names))
    told = [(mine, theirs) for mine, theirs in pairs if min(len(mine), len(theirs)) >= FEW]
    both = [(one.numbers | one.names, other.numbers | other.names)]
    shares = [
        len(mine & theirs) / min(len(mine), len(theirs)) for mine, theirs in told or both if mine and theirs
    ]
    return min(shares, default=1.0)


def _kind(one: Grain, other: Grain, told: _Measures) -> KinKind | None:
    shorter, longer = sorted((one, other), key=lambda grain: len(grain.words))
    copied = _reads_as_copy(shorter, longer, told)
    inside = told.held >= HELD and told.common >= HELD_ORDER * len(shorter.words) >= HELD_ORDER * LEAST_HELD
    if told.particulars < FORM and not copied:
        return None
    if not copied and not inside:
        return KinKind.FOLLOW_UP
    aligned = align(shorter, longer)
    news = aligned.news()
    told_anew = news > NEWS or aligned.news_under_a_lead() > NEWS_UNDER_A_LEAD
    if told_anew and not inside:
        return KinKind.FOLLOW_UP
    if aligned.is_form() or numbered_apart(one, other):
        return None
    if copied and not told_anew:
        return KinKind.COPY
    nothing_new = not told_anew or aligned.news_but_for_a_cut() <= NEWS
    return _held(shorter is one, nothing_new and _opens(shorter, longer))


def numbered_apart(one: Grain, other: Grain) -> bool:
    """Whether titles that agree but for their numbers name two issues of one thing: sheets, draws, notices.

    A number counts that is told in its own text and not in the other: a title corrected is no other issue.
    """
    titles = [_SPACES.sub(" ", folded(grain.title)).strip() for grain in (one, other)]
    bare = [_DIGITS.sub("#", title) for title in titles]
    if bare[0] != bare[1] or "#" not in bare[0]:
        return False
    mine, theirs = (frozenset(_DIGITS.findall(title)) for title in titles)
    texts = [frozenset(_DIGITS.findall(grain.text)) for grain in (one, other)]
    return bool((mine - theirs) & texts[0] - texts[1]) and bool((theirs - mine) & texts[1] - texts[0])


def _reads_as_copy(shorter: Grain, longer: Grain, told: _Measures) -> bool:
    if told.order >= COPY_ORDER and told.particulars >= PARTICULARS:
        return True
    run, least_order, length = REDRESSED
    alike = told.order >= least_order and len(shorter.words) >= length * len(longer.words)
    # Whatever its particulars: no form is word for word the same for so long.
    return alike and longest_run(shorter, longer) >= run


def _held(shorter_first: bool, opens: bool) -> KinKind:
    if opens:
        return KinKind.SHORTENED if shorter_first else KinKind.LENGTHENED
    return KinKind.QUOTED if shorter_first else KinKind.QUOTING


def longest_run(shorter: Grain, longer: Grain) -> float:
    """The longest passage both texts have word by word, as a share of the shorter one."""
    row = row_of_shingles(shorter.words)
    places = np.searchsorted(longer.shingles, row).clip(max=len(longer.shingles) - 1)
    there = longer.shingles[places] == row
    breaks = np.flatnonzero(~np.concatenate(([False], there, [False])))
    run = int(np.diff(breaks).max(initial=1)) - 1
    return (run + WIDTH - 1) / len(shorter.words) if run else 0.0


def _opens(shorter: Grain, longer: Grain) -> bool:
    """Whether the shorter text stands at the beginning of the longer one, a few lines apart."""
    limit = int(OPENING * len(longer.words)) + len(shorter.words) // 10
    start = shorter.coded[: max(8, len(shorter.words) // 4)]
    opening = longer.coded[: limit + len(start)]
    return LCSseq.similarity(start, opening) >= 0.7 * len(start)
