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
from storage.stories.source_names import Named, Signboard, named_by, signed_by

HANOI = 420  # minutes east of UTC: what is printed without a zone
HOW = {"address": "its address", "name": "its name", "owner": "its owner", "initials": "its initials"}


class Ground(StrEnum):
    """What a line of evidence rests on."""

    NAMED = "named"  # a copy names it as its source
    PREFIX = "prefix"  # a lead on another site begins with its press prefix
    PRINTED = "printed"  # it has the earliest printed date
    SIGNED = "signed"  # so begins its own: papers put their prefix on what they take over, too
    SEEN = "seen"  # dates do not tell: what they say, or what the archive saw first


WEIGHT = {Ground.NAMED: 4, Ground.PREFIX: 2, Ground.PRINTED: 1, Ground.SIGNED: 0, Ground.SEEN: 0}


@dataclass(frozen=True, slots=True)
class Place:
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
class Evidence:
    """One thing that speaks for a source, for a person to judge."""

    ground: Ground
    site: Annotated[
        str | None, Doc("key of the site it speaks for; none = a source that is no site of the archive")
    ]
    name: Annotated[str, Doc("of what it speaks for, as it is called")]
    said: Annotated[str, Doc("one readable line")]
    url: Annotated[str, Doc("where it can be seen")]


@dataclass(frozen=True, slots=True)
class Likely:
    """The source most evidence speaks for."""

    site: Annotated[str | None, Doc("none = no site of the archive")]
    name: str


def instant(moment: PrintedTime) -> datetime:
    """When it was printed; a day without an hour counts from its beginning."""
    zone = timezone(timedelta(minutes=HANOI if moment.offset is None else moment.offset))
    return datetime.combine(moment.day, moment.time or WallTime(0), zone).astimezone(UTC)


def order(place: Place) -> tuple[bool, datetime, datetime]:
    """Sorts places by when they were printed; undated ones come last, as the archive saw them."""
    return (
        place.published is None,
        instant(place.published) if place.published else place.first_seen,
        place.first_seen,
    )


def testimony(places: Sequence[Place], boards: Iterable[Signboard]) -> tuple[Evidence, ...]:
    """Everything that speaks for a source, the strongest first; `places` as `order` puts them."""
    known = {board.key: board for board in boards}
    found = [*_named(places, known), *_prefixed(places, known), *_printed(places, known)]
    return tuple(sorted(found, key=lambda one: -WEIGHT[one.ground]))


def likely(evidence: Iterable[Evidence]) -> Likely | None:
    """What most of the evidence speaks for; None when nothing does, or two things do alike."""
    votes: Counter[Likely] = Counter()
    for one in evidence:
        votes[Likely(one.site, one.name)] += WEIGHT[one.ground]
    best = votes.most_common(2)
    if not best or not best[0][1] or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


def _named(places: Sequence[Place], known: dict[str, Signboard]) -> Iterator[Evidence]:
    for place in places:
        if place.source_name:
            named = named_by(place.source_name, known.values())
            if named is None or named.site.key != place.site:
                yield _told(
                    Ground.NAMED, place, f"names its source “{place.source_name}”", named, place.source_name
                )


def _prefixed(places: Sequence[Place], known: dict[str, Signboard]) -> Iterator[Evidence]:
    for place in places:
        signed = signed_by(place.prefix, known.values()) if place.prefix else None
        if place.prefix and signed:
            ground = Ground.SIGNED if signed.site.key == place.site else Ground.PREFIX
            yield _told(ground, place, f"begins with ({place.prefix})", signed, place.prefix)


def _told(ground: Ground, place: Place, what: str, named: Named | None, name: str) -> Evidence:
    if named is None:
        return Evidence(ground, None, name, f"{place.site} {what}: no site of this archive", place.url)
    site = named.site
    said = f"{place.site} {what}: {HOW[named.by]}, {site.name}"
    return Evidence(ground, site.key, site.name, said, place.url)


def _printed(places: Sequence[Place], known: dict[str, Signboard]) -> Iterator[Evidence]:
    """The earliest printed date, when it is earlier than that of every other site beyond doubt."""
    if not places:
        return
    first = places[0]
    name = known[first.site].name if first.site in known else first.site
    others = [place for place in places if place.site != first.site]
    if not others:
        return
    other = min(others, key=order)
    told = f"{first.site} printed it {shown(first.published)}, {other.site} {shown(other.published)}"
    if first.published is None:
        said = f"nothing is dated; {first.site} is where the archive saw it first"
        yield Evidence(Ground.SEEN, first.site, name, said, first.url)
    elif other.published and _beyond_doubt(first.published, other.published):
        yield Evidence(Ground.PRINTED, first.site, name, f"{told}: the earliest", first.url)
    else:
        yield Evidence(Ground.SEEN, first.site, name, f"{told}: which was earlier is not told", first.url)


def _beyond_doubt(one: PrintedTime, other: PrintedTime) -> bool:
    hours = one.time is not None and other.time is not None
    return instant(one) < instant(other) if hours else one.day < other.day


def shown(moment: PrintedTime | None) -> str:
    """A time as far as it was printed; an undated page says so."""
    if moment is None:
        return "undated"
    if moment.time is None:
        return f"{moment.day:%d/%m/%Y}"
    return f"{moment.day:%d/%m/%Y} {moment.time:%H:%M}"
