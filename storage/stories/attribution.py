"""Attribution of a story: the evidence for each site as its source, and the likely source (pure)."""

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

VIETNAM_OFFSET_MINUTES = 420  # east of UTC, for a time printed without a zone
MATCH_WORDS = {
    "address": "its address",
    "name": "its name",
    "owner": "its owner",
    "initials": "its initials",
}


class EvidenceKind(StrEnum):
    """The fact that a piece of evidence rests on."""

    NAMED = "named"  # a copy names the site as its source
    PREFIX = "prefix"  # the lead on another site begins with the site's press prefix
    PRINTED = "printed"  # the site has the earliest printed date
    SIGNED = "signed"  # the site's lead begins with its own prefix: papers also prefix what they copy
    SEEN = "seen"  # dates do not decide: what they are, or where the archive saw the story first


EVIDENCE_WEIGHTS = {
    EvidenceKind.NAMED: 4,
    EvidenceKind.PREFIX: 2,
    EvidenceKind.PRINTED: 1,
    EvidenceKind.SIGNED: 0,
    EvidenceKind.SEEN: 0,
}


@dataclass(frozen=True, slots=True)
class StoryAppearance:
    """One address at which a story is, or was, shown, with what that page prints."""

    article_id: int
    revision: Annotated[int, Doc("number of the article's text that is shown there")]
    site: Annotated[str, Doc("key of the site")]
    url: str
    title: str
    published: Annotated[PrintedTime | None, Doc("as printed there")]
    first_seen: Annotated[datetime, Doc("when the archive first saw it")]
    gone_at: datetime | None
    author: str | None
    source_name: Annotated[str | None, Doc("the source that page names")]
    prefix: Annotated[str | None, Doc("press prefix of its lead")]


@dataclass(frozen=True, slots=True)
class SourceEvidence:
    """One piece of evidence for a source, for a person to judge."""

    ground: EvidenceKind
    site: Annotated[str | None, Doc("key of the site that is the source; none = no site of the archive")]
    name: Annotated[str, Doc("of the source, as it is called")]
    said: Annotated[str, Doc("one readable line")]
    url: Annotated[str, Doc("where it can be seen")]


@dataclass(frozen=True, slots=True)
class LikelySource:
    """The source with the most evidence."""

    site: Annotated[str | None, Doc("none = no site of the archive")]
    name: str


def printed_instant(printed: PrintedTime) -> datetime:
    """Return the instant of a printed time in UTC; a day without an hour counts from its beginning."""
    zone = timezone(timedelta(minutes=VIETNAM_OFFSET_MINUTES if printed.offset is None else printed.offset))
    return datetime.combine(printed.day, printed.time or WallTime(0), zone).astimezone(UTC)


def publication_order(appearance: StoryAppearance) -> tuple[bool, datetime, datetime]:
    """Return a sort key: by printed time, the undated last, by when the archive first saw them."""
    printed = appearance.published
    return (
        printed is None,
        printed_instant(printed) if printed else appearance.first_seen,
        appearance.first_seen,
    )


def source_evidence(
    appearances: Sequence[StoryAppearance], sites: Iterable[SiteIdentity]
) -> tuple[SourceEvidence, ...]:
    """Return all evidence for a source, the strongest first; `appearances` are in `publication_order`."""
    sites_by_key = {site.key: site for site in sites}
    evidence = [
        *_credit_line_evidence(appearances, sites_by_key),
        *_press_prefix_evidence(appearances, sites_by_key),
        *_date_evidence(appearances, sites_by_key),
    ]
    return tuple(sorted(evidence, key=lambda source_item: -EVIDENCE_WEIGHTS[source_item.ground]))


def likely_source(evidence: Iterable[SourceEvidence]) -> LikelySource | None:
    """Return the source with the most evidence; None without any, or when two have the same weight."""
    source_votes: Counter[LikelySource] = Counter()
    for source_item in evidence:
        source_votes[LikelySource(source_item.site, source_item.name)] += EVIDENCE_WEIGHTS[source_item.ground]
    source_leaders = source_votes.most_common(2)
    if (
        not source_leaders
        or not source_leaders[0][1]
        or (len(source_leaders) > 1 and source_leaders[0][1] == source_leaders[1][1])
    ):
        return None
    return source_leaders[0][0]


def _credit_line_evidence(
    appearances: Sequence[StoryAppearance], sites: dict[str, SiteIdentity]
) -> Iterator[SourceEvidence]:
    for appearance in appearances:
        source_credit = appearance.source_name
        if not source_credit:
            continue
        source = source_by_credit_line(source_credit, sites.values())
        if source is None or source.site.key != appearance.site:
            source_claim = f"names its source “{source_credit}”"
            yield _evidence(EvidenceKind.NAMED, appearance, source_claim, source, source_credit)


def _press_prefix_evidence(
    appearances: Sequence[StoryAppearance], sites: dict[str, SiteIdentity]
) -> Iterator[SourceEvidence]:
    for appearance in appearances:
        source_prefix = appearance.prefix
        source = source_by_press_prefix(source_prefix, sites.values()) if source_prefix else None
        if source_prefix and source:
            is_own_prefix = source.site.key == appearance.site
            evidence_kind = EvidenceKind.SIGNED if is_own_prefix else EvidenceKind.PREFIX
            yield _evidence(
                evidence_kind, appearance, f"begins with ({source_prefix})", source, source_prefix
            )


def _evidence(
    evidence_kind: EvidenceKind,
    appearance: StoryAppearance,
    source_claim: str,
    source: NamedSource | None,
    source_name: str,
) -> SourceEvidence:
    if source is None:
        evidence_line = f"{appearance.site} {source_claim}: no site of this archive"
        return SourceEvidence(evidence_kind, None, source_name, evidence_line, appearance.url)
    site = source.site
    evidence_line = f"{appearance.site} {source_claim}: {MATCH_WORDS[source.by]}, {site.name}"
    return SourceEvidence(evidence_kind, site.key, site.name, evidence_line, appearance.url)


def _date_evidence(
    appearances: Sequence[StoryAppearance], sites: dict[str, SiteIdentity]
) -> Iterator[SourceEvidence]:
    """Yield the evidence of the printed dates: strong when one site's is certainly the earliest."""
    if not appearances:
        return
    first_appearance = appearances[0]
    other_appearances = [appearance for appearance in appearances if appearance.site != first_appearance.site]
    if not other_appearances:
        return
    source_name = (
        sites[first_appearance.site].name if first_appearance.site in sites else first_appearance.site
    )
    other_appearance = min(other_appearances, key=publication_order)
    first_day, other_day = printed_text(first_appearance.published), printed_text(other_appearance.published)
    date_evidence = f"{first_appearance.site} printed it {first_day}, {other_appearance.site} {other_day}"
    evidence_kind, evidence_line = EvidenceKind.SEEN, f"{date_evidence}: which was earlier is not told"
    if first_appearance.published is None:
        evidence_line = f"nothing is dated; {first_appearance.site} is where the archive saw it first"
    elif other_appearance.published and _certainly_earlier(
        first_appearance.published, other_appearance.published
    ):
        evidence_kind, evidence_line = EvidenceKind.PRINTED, f"{date_evidence}: the earliest"
    yield SourceEvidence(
        evidence_kind, first_appearance.site, source_name, evidence_line, first_appearance.url
    )


def _certainly_earlier(first_printed: PrintedTime, other_printed: PrintedTime) -> bool:
    if first_printed.time is not None and other_printed.time is not None:
        return printed_instant(first_printed) < printed_instant(other_printed)
    return first_printed.day < other_printed.day


def printed_text(printed: PrintedTime | None) -> str:
    """Return a printed time as `12/06/2021` or `12/06/2021 08:05`; `undated` for None."""
    if printed is None:
        return "undated"
    if printed.time is None:
        return f"{printed.day:%d/%m/%Y}"
    return f"{printed.day:%d/%m/%Y} {printed.time:%H:%M}"
