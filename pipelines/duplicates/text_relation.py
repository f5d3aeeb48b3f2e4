"""Decides how two texts are related: copy, shortened, lengthened, quoted, quoting, follow-up or unrelated."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from pipelines.duplicates.shingles import SHINGLE_WIDTH, ComparableText, fold_text, row_of_shingles
from pipelines.duplicates.unshared_passages import align_texts
from storage.stories.relations import RelationKind, TextRelation
from storage.text.alignment import common_count

MIN_COPY_ORDER = 0.8  # of both texts' syllables stand in one order in both
MIN_COPY_PARTICULARS = 0.6  # of the numbers and names of the text with fewer that the other has too
# A copy under another lead, whatever its particulars: shares of the shorter text in one run, order, length.
MIN_COPY_RUN, MIN_COPY_RUN_ORDER, MIN_COPY_RUN_LENGTH = (0.6, 0.7, 0.8)
MAX_NEW_SHARE = 0.04  # of a copy in unshared passages that tell something else
MAX_NEW_SHARE_UNDER_LEAD = 0.02  # the same, where the lead is another one
MIN_PARTICULARS = 6  # numbers or names; fewer are not counted apart
MIN_RELATED_PARTICULARS = 0.4  # below, texts that read alike are two events told in one form
MIN_CONTAINED_SHINGLES = 0.8  # of the shorter text's shingles that the longer has: it is contained in it
MIN_CONTAINED_ORDER = 0.85  # of its syllables, in one order
MIN_CONTAINED_SYLLABLES = 60  # a shorter passage is a formula
MAX_OPENING_SHARE = 0.2  # of the longer text within which a shortened copy begins
MIN_SHARED_SHINGLES = 0.3  # of the shorter text's; below, texts are unrelated
_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Measures:
    common: int  # syllables in one order in both
    order: float
    particulars: float
    containment: float  # of the one's shingles or of the other's, the greater share


def relate_texts(text: ComparableText, other: ComparableText) -> TextRelation | None:
    """Return how `text` is related to `other`; None when it is not, or only in its form.

    All shares are 0-1. Numbers and names decide between a copy and a form: congress reports and greetings
    share most of their words and none of their particulars. Unshared passages decide between a copy and a
    follow-up: an editor's changes are a lead or scattered, news is told in passages of its own.
    """
    shared_shingles = len(np.intersect1d(text.shingles, other.shingles, assume_unique=True))
    if not shared_shingles:
        return None
    fewer_shingles = min(len(text.shingles), len(other.shingles))
    if shared_shingles < MIN_SHARED_SHINGLES * fewer_shingles:
        return None
    jaccard = shared_shingles / (len(text.shingles) + len(other.shingles) - shared_shingles)
    contained, containing = shared_shingles / len(text.shingles), shared_shingles / len(other.shingles)
    common = common_count(text.word_chars, other.word_chars)
    order = 2 * common / (len(text.words) + len(other.words))
    particulars = particulars_agreement(text, other)
    kind = _relation_kind(text, other, _Measures(common, order, particulars, max(contained, containing)))
    return TextRelation(kind, jaccard, contained, containing, order, particulars) if kind else None


def particulars_agreement(text: ComparableText, other: ComparableText) -> float:
    """Return the share (0-1) of the numbers and names of the text with fewer that the other has too.

    The lesser of both shares counts; of a few of each the share of both together; 1 when there are none.
    """
    pairs = ((text.numbers, other.numbers), (text.names, other.names))
    counted = [pair for pair in pairs if min(map(len, pair)) >= MIN_PARTICULARS]
    together = [(text.numbers | text.names, other.numbers | other.names)]
    shares = [
        len(particulars & others) / min(len(particulars), len(others))
        for particulars, others in counted or together
        if particulars and others
    ]
    return min(shares, default=1.0)


def _relation_kind(text: ComparableText, other: ComparableText, measures: _Measures) -> RelationKind | None:
    shorter, longer = sorted((text, other), key=lambda side: len(side.words))
    is_copy = _reads_as_copy(shorter, longer, measures)
    is_contained = _is_contained(shorter, measures)
    if measures.particulars < MIN_RELATED_PARTICULARS and not is_copy:
        return None
    if not is_copy and not is_contained:
        return RelationKind.FOLLOW_UP
    pair = align_texts(shorter, longer)
    new_share = pair.new_share()
    has_news = new_share > MAX_NEW_SHARE or pair.new_share_under_lead() > MAX_NEW_SHARE_UNDER_LEAD
    if has_news and not is_contained:
        return RelationKind.FOLLOW_UP
    if pair.is_form() or is_other_issue(text, other):
        return None
    if is_copy and not has_news:
        return RelationKind.COPY
    nothing_new = not has_news or pair.new_share_but_for_cut() <= MAX_NEW_SHARE
    return _containment_kind(shorter is text, nothing_new and _opens_longer(shorter, longer))


def _is_contained(shorter: ComparableText, measures: _Measures) -> bool:
    syllables = len(shorter.words)
    ordered = measures.common >= MIN_CONTAINED_ORDER * syllables
    contained = measures.containment >= MIN_CONTAINED_SHINGLES
    return contained and ordered and syllables >= MIN_CONTAINED_SYLLABLES


def is_other_issue(text: ComparableText, other: ComparableText) -> bool:
    """Return whether titles that agree but for numbers name two issues of one series: sheets, draws, notices.

    A number counts that is told in its own text and not in the other: a title corrected is no other issue.
    """
    titles = [_SPACES.sub(" ", fold_text(side.title)).strip() for side in (text, other)]
    numberless = [_DIGITS.sub("#", title) for title in titles]
    if numberless[0] != numberless[1] or "#" not in numberless[0]:
        return False
    numbers, other_numbers = (frozenset(_DIGITS.findall(title)) for title in titles)
    in_text, in_other = (frozenset(_DIGITS.findall(side.text)) for side in (text, other))
    return bool((numbers - other_numbers) & in_text - in_other) and bool(
        (other_numbers - numbers) & in_other - in_text
    )


def _reads_as_copy(shorter: ComparableText, longer: ComparableText, measures: _Measures) -> bool:
    if measures.order >= MIN_COPY_ORDER and measures.particulars >= MIN_COPY_PARTICULARS:
        return True
    alike = measures.order >= MIN_COPY_RUN_ORDER
    alike = alike and len(shorter.words) >= MIN_COPY_RUN_LENGTH * len(longer.words)
    # Whatever its particulars: no form is word for word the same for so long.
    return alike and longest_shared_run(shorter, longer) >= MIN_COPY_RUN


def _containment_kind(text_is_shorter: bool, opens_longer: bool) -> RelationKind:
    if opens_longer:
        return RelationKind.SHORTENED if text_is_shorter else RelationKind.LENGTHENED
    return RelationKind.QUOTED if text_is_shorter else RelationKind.QUOTING


def longest_shared_run(shorter: ComparableText, longer: ComparableText) -> float:
    """Return the longest passage both texts have word by word, as a share (0-1) of the shorter one."""
    row = row_of_shingles(shorter.words)
    places = np.searchsorted(longer.shingles, row).clip(max=len(longer.shingles) - 1)
    shared = longer.shingles[places] == row
    breaks = np.flatnonzero(~np.concatenate(([False], shared, [False])))
    run = int(np.diff(breaks).max(initial=1)) - 1
    return (run + SHINGLE_WIDTH - 1) / len(shorter.words) if run else 0.0


def _opens_longer(shorter: ComparableText, longer: ComparableText) -> bool:
    """Return whether the shorter text stands at the beginning of the longer one, a few lines apart."""
    limit = int(MAX_OPENING_SHARE * len(longer.words)) + len(shorter.words) // 10
    start = shorter.word_chars[: max(8, len(shorter.words) // 4)]
    opening = longer.word_chars[: limit + len(start)]
    return common_count(start, opening) >= 0.7 * len(start)
