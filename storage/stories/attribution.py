"""Testimony: what speaks for one site or another as the source of a story (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from datetime import time as WallTime
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc

from storage.records import PrintedTime
from storage.stories.source_names import (
    NamedSource,
    SiteIdentity,
    source_by_credit_line,
    source_by_press_prefix,
)

VIETNAM_OFFSET_MINUTES = 420  # minutes east of UTC: what is printed without a zone
MATCH_WORDS = {"address": "its address", "name": "its name", "owner": "its owner", "initials": "its initials"}


class EvidenceKind(StrEnum):
    """What a line of evidence rests on."""

    NAMED = "named"  # a copy names it as its source
    PREFIX = "prefix"  # a lead on another site begins with its press prefix
    PRINTED = "printed"  # it has the earliest printed date
    SIGNED = "signed"  # so begins its own: papers put their prefix on what they take over, too
    SEEN = "seen"  # dates do not tell: what they say, or what the archive saw first


EVIDENCE_WEIGHTS = {
    EvidenceKind.NAMED: 4,
    EvidenceKind.PREFIX: 2,
    EvidenceKind.PRINTED: 1,
    EvidenceKind.SIGNED: 0,
    EvidenceKind.SEEN: 0,
}


@dataclass(frozen=True, slots=True)
class StoryAppearance:
    """One address a story stands, or stood, at, as that page shows it."""

    article_id: int
    revision: Annotated[int, Doc("number of the article's text that stands there")]
    site: Annotated[str, Doc("key of the site")]
    url: str
    title: str
    published: Annotated[PrintedTime | None, Doc("as printed there")]
    first_seen: Annotated[datetime, Doc("by the archive")]
    gone_at: datetime | None
    author: str | None
    source_name: Annotated[str | None, Doc("where that page says it was taken from")]
    prefix: Annotated[str | None, Doc("press prefix of its lead")]


@dataclass(frozen=True, slots=True)
class SourceEvidence:
    """One thing that speaks for a source, for a person to judge."""

    ground: EvidenceKind
    site: Annotated[
        str | None, Doc("key of the site it speaks for; none = a source that is no site of the archive")
    ]
    name: Annotated[str, Doc("of what it speaks for, as it is called")]
    said: Annotated[str, Doc("one readable line")]
    url: Annotated[str, Doc("where it can be seen")]


@dataclass(frozen=True, slots=True)
class LikelySource:
    """The source most evidence speaks for."""

    site: Annotated[str | None, Doc("none = no site of the archive")]
    name: str


def printed_instant(moment: PrintedTime) -> datetime:
    """When it was printed; a day without an hour counts from its beginning."""
    zone = timezone(timedelta(minutes=VIETNAM_OFFSET_MINUTES if moment.offset is None else moment.offset))
    return datetime.combine(moment.day, moment.time or WallTime(0), zone).astimezone(UTC)


def publication_order(place: StoryAppearance) -> tuple[bool, datetime, datetime]:
    """Sorts places by when they were printed; undated ones come last, as the archive saw them."""
    return (
        place.published is None,
        printed_instant(place.published) if place.published else place.first_seen,
        place.first_seen,
    )


def source_evidence(
    places: Sequence[StoryAppearance], boards: Iterable[SiteIdentity]
) -> tuple[SourceEvidence, ...]:
    """Everything that speaks for a source, the strongest first; `places` as `order` puts them."""
    known = {board.key: board for board in boards}
    found = [
        *_source_line_evidence(places, known),
        *_press_prefix_evidence(places, known),
        *_date_evidence(places, known),
    ]
    return tuple(sorted(found, key=lambda one: -EVIDENCE_WEIGHTS[one.ground]))


def likely_source(evidence: Iterable[SourceEvidence]) -> LikelySource | None:
    """What most of the evidence speaks for; None when nothing does, or two things do alike."""
    votes: Counter[LikelySource] = Counter()
    for one in evidence:
        votes[LikelySource(one.site, one.name)] += EVIDENCE_WEIGHTS[one.ground]
    best = votes.most_common(2)
    if not best or not best[0][1] or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


def _source_line_evidence(
    places: Sequence[StoryAppearance], known: dict[str, SiteIdentity]
) -> Iterator[SourceEvidence]:
    for place in places:
        if place.source_name:
            named = source_by_credit_line(place.source_name, known.values())
            if named is None or named.site.key != place.site:
                yield _evidence(
                    EvidenceKind.NAMED,
                    place,
                    f"names its source “{place.source_name}”",
                    named,
                    place.source_name,
                )


def _press_prefix_evidence(
    places: Sequence[StoryAppearance], known: dict[str, SiteIdentity]
) -> Iterator[SourceEvidence]:
    for place in places:
        signed = source_by_press_prefix(place.prefix, known.values()) if place.prefix else None
        if place.prefix and signed:
            ground = EvidenceKind.SIGNED if signed.site.key == place.site else EvidenceKind.PREFIX
            yield _evidence(ground, place, f"begins with ({place.prefix})", signed, place.prefix)


def _evidence(
    ground: EvidenceKind, place: StoryAppearance, what: str, named: NamedSource | None, name: str
) -> SourceEvidence:
    if named is None:
        return SourceEvidence(ground, None, name, f"{place.site} {what}: no site of this archive", place.url)
    site = named.site
    said = f"{place.site} {what}: {MATCH_WORDS[named.by]}, {site.name}"
    return SourceEvidence(ground, site.key, site.name, said, place.url)


def _date_evidence(
    places: Sequence[StoryAppearance], known: dict[str, SiteIdentity]
) -> Iterator[SourceEvidence]:
    """The earliest printed date, when it is earlier than that of every other site beyond doubt."""
    if not places:
        return
    first = places[0]
    name = known[first.site].name if first.site in known else first.site
    others = [place for place in places if place.site != first.site]
    if not others:
        return
    other = min(others, key=publication_order)
    first_day, other_day = printed_text(first.published), printed_text(other.published)
    dates = f"{first.site} printed it {first_day}, {other.site} {other_day}"
    if first.published is None:
        said = f"nothing is dated; {first.site} is where the archive saw it first"
        yield SourceEvidence(EvidenceKind.SEEN, first.site, name, said, first.url)
    elif other.published and _certainly_earlier(first.published, other.published):
        yield SourceEvidence(EvidenceKind.PRINTED, first.site, name, f"{dates}: the earliest", first.url)
    else:
        yield SourceEvidence(
            EvidenceKind.SEEN, first.site, name, f"{dates}: which was earlier is not told", first.url
        )


def _certainly_earlier(one: PrintedTime, other: PrintedTime) -> bool:
    hours = one.time is not None and other.time is not None
    return printed_instant(one) < printed_instant(other) if hours else one.day < other.day


def printed_text(moment: PrintedTime | None) -> str:
    """A time as far as it was printed; an undated page says so."""
    if moment is None:
        return "undated"
    if moment.time is None:
        return f"{moment.day:%d/%m/%Y}"
    return f"{moment.day:%d/%m/%Y} {moment.time:%H:%M}"
