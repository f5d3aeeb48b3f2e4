"""Relations of two texts: their kinds, and the measures that decide the kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc


class RelationKind(StrEnum):
    """Relation of an article's text to an older one's; texts alike in their form alone are unrelated."""

    COPY = "copy"  # the same text but for a lead, a byline, some words
    SHORTENED = "shortened"  # the older one's text, cut
    LENGTHENED = "lengthened"  # the older one's text, and more after it
    QUOTED = "quoted"  # a passage of the older one
    QUOTING = "quoting"  # holds the older one as a passage
    FOLLOW_UP = "follow_up"  # shares paragraphs and particulars, reports other things


SAME_STORY_KINDS = frozenset({RelationKind.COPY, RelationKind.SHORTENED, RelationKind.LENGTHENED})


@dataclass(frozen=True, slots=True)
class TextRelation:
    """Relation of one text to another, with the measures that decided it (shares, 0–1)."""

    kind: RelationKind
    jaccard: Annotated[float, Doc("of their shingles")]
    held: Annotated[float, Doc("of its shingles that the other has")]
    holding: Annotated[float, Doc("of the other's shingles that it has")]
    order: Annotated[float, Doc("of both texts' syllables that stand in the same order in both")]
    particulars: Annotated[float, Doc("of the numbers and names of the text with fewer that the other has")]
