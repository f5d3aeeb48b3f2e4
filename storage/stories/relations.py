"""How two texts are akin: the kinds, and the measures they are told by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KinKind(StrEnum):
    """How an article's text is akin to an older one's; texts alike in their form alone are not akin."""

    COPY = "copy"  # the same text but for a lead, a byline, some words
    SHORTENED = "shortened"  # the older one's text, cut
    LENGTHENED = "lengthened"  # the older one's text, and more after it
    QUOTED = "quoted"  # a passage of the older one
    QUOTING = "quoting"  # holds the older one as a passage
    FOLLOW_UP = "follow_up"  # shares paragraphs and particulars, tells other things


ONE_STORY = frozenset({KinKind.COPY, KinKind.SHORTENED, KinKind.LENGTHENED})


@dataclass(frozen=True, slots=True)
class Kinship:
    """How one text is akin to another, with the measures it was told by (shares, 0–1)."""

    kind: KinKind
    jaccard: float  # of their shingles
    held: float  # of its shingles that the other has
    holding: float  # of the other's shingles that it has
    order: float  # of both texts' syllables that stand in the same order in both
    particulars: float  # of the numbers and names of the text with fewer that the other has
