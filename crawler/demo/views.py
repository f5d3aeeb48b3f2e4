"""View data for the templates: list entries, sections, the article page, pagers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from crawler.demo.prose import BlockKind
from crawler.demo.site_systems import ReplicaSection, System
from crawler.demo.story_placement import CharacterForm, Paper, PrintedArticle

NO_PICTURE = "/images/no-image.png"


@dataclass(frozen=True, slots=True)
class EntryView:
    """An article as an entry of a list, feed or sitemap."""

    title: str
    path: str
    url: str
    summary: str
    thumb: str
    day: str
    listed_day: str  # empty where the listing shows none
    clock: str
    pub_date: str
    moment: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section in menus and on the front page."""

    path: str
    url: str
    feed: str
    trail: tuple[str, ...]
    newest: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class BlockView:
    """One block of the body, in the characters that are sent."""

    kind: BlockKind
    text: str
    rows: tuple[tuple[str, ...], ...]
    path: str  # of a picture


@dataclass(frozen=True, slots=True)
class ArticlePageView:
    """Everything an article template prints."""

    url: str
    number: int
    title: str
    lead: str | None
    summary: str
    prefix: str | None
    blocks: tuple[BlockView, ...]
    signed: str | None
    source: str | None
    paper: Paper | None
    day: str
    clock: str
    moment: datetime
    modified: datetime
    comment_day: str
    section: ReplicaSection
    section_path: str
    section_url: str
    print_path: str


@dataclass(frozen=True, slots=True)
class PagerView:
    """Links between the pages of one listing."""

    current: int
    count: int
    first: str
    last: str
    previous: str | None
    next: str | None
    window: tuple[tuple[str, str, bool], ...]  # label, path, is this page
    all: tuple[tuple[str, str, bool], ...]


def entry_view(article: PrintedArticle) -> EntryView:
    """Return the list entry of an article."""
    system, moment = article.system, article.moment
    day = f"{moment:%d/%m/%Y}"
    in_feed = system.feed_since is not None and moment.date() >= system.feed_since
    first = next(block.text for block in article.blocks if block.kind == "text")
    return EntryView(
        title=article.title,
        path=article.path,
        url=article.url,
        summary=(article.lead or first)[:240],
        thumb=article.pictures[0].path if article.pictures else NO_PICTURE,
        day=day,
        listed_day=day if article.dated and not in_feed else "",
        clock=f"{moment:%H:%M}",
        pub_date=format_datetime(moment),
        moment=moment,
        modified=article.modified,
    )


def _with_invisible_spaces(text: str) -> str:
    """Make every fifth space non-breaking, and add a zero-width space behind every ninth word."""
    words = text.split(" ")
    marked = [word + "\u200b" if place % 9 == 8 else word for place, word in enumerate(words)]
    gaps = ["\u00a0" if place % 5 == 4 else " " for place in range(len(marked))]
    return "".join(word + gap for word, gap in zip(marked, gaps, strict=True))[:-1]


CHARACTER_WRITERS: dict[CharacterForm, Callable[[str], str]] = {
    "plain": str,
    "nfd": lambda text: unicodedata.normalize("NFD", text),
    "invisible": _with_invisible_spaces,
}


def section_path(system: System, section: ReplicaSection) -> str:
    """Return the path of page 1 of a section's listing."""
    return system.listing.format(section=section.slug, number=section.number)


def page_path(system: System, section: ReplicaSection, page: int) -> str:
    """Return the path of any page of a section's listing."""
    if page == 1:
        return section_path(system, section)
    offset = (page - 1) * system.per_page
    return system.further.format(section=section.slug, number=section.number, page=page, offset=offset)


def _print_path(article: PrintedArticle) -> str:
    section = article.section
    return article.system.print_twin.format(
        id=article.number, section=section.slug, number=section.number, path=article.path
    )


def article_view(article: PrintedArticle) -> ArticlePageView:
    """Return the view of an article page, in the characters that are sent."""
    system, send = article.system, CHARACTER_WRITERS[article.wire]
    paths = iter(article.pictures)
    blocks = tuple(
        BlockView(
            block.kind,
            send(block.text),
            tuple(tuple(send(cell) for cell in row) for row in block.rows),
            next(paths).path if block.kind == "picture" else "",
        )
        for block in article.blocks
    )
    path = section_path(system, article.section)
    entry = entry_view(article)
    return ArticlePageView(
        url=article.url,
        number=article.number,
        title=send(article.title),
        lead=send(article.lead) if article.lead else None,
        summary=entry.summary,
        prefix=article.prefix,
        blocks=blocks,
        signed=send(article.signed) if article.signed else None,
        source=article.source,
        paper=article.paper,
        day=entry.day,
        clock=entry.clock,
        moment=article.moment,
        modified=article.modified,
        comment_day=f"{article.moment + timedelta(days=2):%d/%m/%Y}",
        section=article.section,
        section_path=path,
        section_url=f"https://{system.domain}{path}",
        print_path=_print_path(article),
    )


def pager_view(system: System, section: ReplicaSection, current: int, count: int) -> PagerView:
    """Return the pager of one listing page, with a window of five page numbers."""

    def numbered(pages: Sequence[int]) -> tuple[tuple[str, str, bool], ...]:
        return tuple((str(n), page_path(system, section, n), n == current) for n in pages)

    low = max(1, min(current - 2, count - 4))
    return PagerView(
        current=current,
        count=count,
        first=page_path(system, section, 1),
        last=page_path(system, section, count),
        previous=page_path(system, section, current - 1) if current > 1 else None,
        next=page_path(system, section, current + 1) if current < count else None,
        window=numbered(range(low, min(count, low + 4) + 1)),
        all=numbered(range(1, count + 1)),
    )
