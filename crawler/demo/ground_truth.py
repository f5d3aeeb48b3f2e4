"""Ground truth of the replicas: every field of every article, and the differences between two nights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day

from crawler.demo.prose import Block
from crawler.demo.second_night import replica_night
from crawler.demo.site_systems import DEMO_SYSTEMS, System
from crawler.demo.story_placement import Edit, PrintedArticle
from spiders.urls.canonical import fold_url
from storage.gazetteer.units import fold_key
from storage.records import Attachment, Image, PrintedTime

SEED = 20250701
UNIT_KIND_PREFIX = re.compile(r"^(?:huyện|quận|thị xã|thành phố) ")
CITED_DOCUMENT = re.compile(
    r"(?:(?:(?P<law>Bộ luật|Luật) [^\d.]+?|"
    r"(?P<kind>Kế hoạch|Hướng dẫn|Quyết định|Công văn|Chương trình|Nghị quyết|Nghị định)) số )?"
    r"(?P<number>\d[\w/-]*/[\w-]+|\d+-NQ/TW) ngày (?P<day>\d+/\d+/\d{4})"
)
HANOI_OFFSET_MINUTES = 420  # minutes east of UTC


@dataclass(frozen=True, slots=True)
class TruthArticle:
    """True fields of one article; NFC text, whatever characters were sent."""

    site: str  # profile key
    url: str  # canonical, absolute, as it appears in links
    title: str
    lead: str | None  # without the press prefix
    body: tuple[str, ...]  # paragraphs, list items, sub-headings; a table row's cells joined by " | "
    author: str | None
    author_unit: str | None
    published: PrintedTime | None  # as far as page, listing or feed print it; None = nowhere
    section: tuple[str, ...]
    images: tuple[Image, ...]
    attachments: tuple[Attachment, ...]
    prefix: str | None  # press prefix of the lead, without brackets
    story: str  # shared by republications
    edit: Edit  # how this copy differs from the original story
    source: str | None = None  # URL the page names as its source
    place: str | None = None  # key of the unit its title or lead names, else of the federation it tells of
    documents: tuple[tuple[str, str | None, Day | None], ...] = ()  # number, kind, day; in order, each once
    photographer: str | None = None
    updated: PrintedTime | None = None  # as far as the page prints it
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplicaSite:
    """One site's articles, oldest first."""

    key: str
    domain: str
    articles: tuple[TruthArticle, ...]
    iis: bool = False  # its server minds neither case nor order of parameters


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """True articles of all replicas on one night."""

    night: int
    sites: tuple[ReplicaSite, ...]


@dataclass(frozen=True, slots=True)
class NightChanges:
    """URLs that differ between two nights."""

    new: tuple[str, ...]
    edited: tuple[str, ...]  # title, lead or body changed
    vanished: tuple[str, ...]


def _body_lines(block: Block) -> list[str]:
    if block.kind == "table":
        return [" | ".join(row) for row in block.rows]
    return [] if block.kind == "picture" else [block.text]


def _published(article: PrintedArticle) -> PrintedTime | None:
    moment, system = article.moment, article.system
    day, clock = moment.date(), moment.time()
    in_feed = system.feed_since is not None and day >= system.feed_since
    if system.dates == "page time and zone" or in_feed:
        return PrintedTime(day, clock, HANOI_OFFSET_MINUTES)
    if system.dates == "page time":
        return PrintedTime(day, clock)
    return PrintedTime(day) if article.dated else None


def _place(article: PrintedArticle) -> str | None:
    facts = article.story.facts
    if not facts["tinh"]:
        return None
    first = next((block.text for block in article.blocks if block.kind == "text"), "")
    head = f"{article.title}\n{article.lead or first}"
    if facts["noi"] not in facts["cap"] and facts["noi"].lower() not in head.lower():
        return facts["tinh"]
    return f"{facts['tinh']}/{fold_key(UNIT_KIND_PREFIX.sub('', facts['noi']))}"


def _documents(lines: Iterable[str]) -> tuple[tuple[str, str | None, Day | None], ...]:
    """Return the cited documents: sentences print `… số NUMBER ngày D/M/YYYY`, or the number alone."""
    documents: dict[str, tuple[str, str | None, Day | None]] = {}
    for cited in (match for line in lines for match in CITED_DOCUMENT.finditer(line)):
        day, month, year = (int(part) for part in cited["day"].split("/"))
        documents.setdefault(
            cited["number"], (cited["number"], cited["kind"] or cited["law"], Day(year, month, day))
        )
    return tuple(documents.values())


def _updated(article: PrintedArticle) -> PrintedTime | None:
    moment, habit = article.modified, article.system.updates
    if habit == "never":
        return None
    return PrintedTime(moment.date(), moment.time(), HANOI_OFFSET_MINUTES if habit.endswith("zone") else None)


def _tags(article: PrintedArticle) -> tuple[str, ...]:
    printed = (article.section.trail if tag == "{trail}" else (tag,) for tag in article.system.tags)
    return tuple(tag for trail in printed for tag in trail)


def truth_of(article: PrintedArticle) -> TruthArticle:
    """Return the fields a perfect extraction of the printed article has."""
    root = f"https://{article.system.domain}"
    paper = article.paper
    alt = article.title if article.system.prefix else None
    return TruthArticle(
        site=article.system.key,
        url=fold_url(article.url, case=True, order=True) if article.system.iis else article.url,
        title=article.title,
        lead=article.lead,
        body=tuple(line for block in article.blocks for line in _body_lines(block)),
        author=article.author,
        author_unit=article.unit,
        published=_published(article),
        section=article.section.trail[0 if article.system.whole_trail else -1 :],
        images=tuple(Image(root + picture.path, picture.caption, alt) for picture in article.pictures),
        attachments=(Attachment(root + paper.path, paper.label),) if paper else (),
        prefix=article.prefix if article.lead else None,
        story=article.story.ident,
        edit=article.edit,
        source=article.source,
        place=_place(article),
        documents=_documents(line for block in article.blocks for line in _body_lines(block)),
        photographer=article.photographer,
        updated=_updated(article),
        tags=_tags(article),
    )


def build_ground_truth(
    night: int, *, seed: int = SEED, scale: float = 1.0, systems: Sequence[System] = DEMO_SYSTEMS
) -> GroundTruth:
    """Return the ground truth of one night, the same for one seed, scale and choice of systems.

    Raises ValueError for a night that is neither 1 nor 2.
    """
    sites = replica_night(night, seed, scale, tuple(systems)).sites
    replica_sites = (
        ReplicaSite(
            system.key,
            system.domain,
            tuple(truth_of(replica_sites) for replica_sites in sites[system.key]),
            system.iis,
        )
        for system in systems
    )
    return GroundTruth(night, tuple(replica_sites))


def true_changes(before: GroundTruth, after: GroundTruth) -> NightChanges:
    """Return the changes a crawl of both nights must find."""
    old = {article.url: article for site in before.sites for article in site.articles}
    new = {article.url: article for site in after.sites for article in site.articles}
    edited = (
        url
        for url, article in new.items()
        if url in old
        and (article.title, article.lead, article.body) != (old[url].title, old[url].lead, old[url].body)
    )
    return NightChanges(
        new=tuple(url for url in new if url not in old),
        edited=tuple(edited),
        vanished=tuple(url for url in old if url not in new),
    )
