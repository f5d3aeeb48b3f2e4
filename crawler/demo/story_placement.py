"""Placement of stories: which site prints which story, when, under what byline, with what changes."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Literal

from crawler.demo.prose import Block, ProseStory, write_story
from crawler.demo.prose_names import name_lists
from crawler.demo.site_systems import ReplicaSection, System, slug

Edit = Literal["original", "identical", "prefix", "lead", "cut"]
Systems = Sequence[System]
CharacterForm = Literal["plain", "nfd", "invisible"]  # how the characters are sent
HANOI = timezone(timedelta(hours=7))
COPIES_SHARE = (
    1 / 11
)  # share of articles that are copies: about 8 % of stories are then printed twice or more
MIN_SITE_ARTICLES = 14  # articles a site has at any scale, unless it has fewer at all


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in the body."""

    path: str
    caption: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A file offered below the article."""

    path: str
    label: str
    kind: Literal["pdf", "docx"]


@dataclass(frozen=True, slots=True)
class PrintedArticle:
    """One article as one site prints it."""

    system: System
    section: ReplicaSection
    number: int  # the site's own id
    story: ProseStory
    edit: Edit
    title: str
    lead: str | None
    prefix: str | None
    blocks: tuple[Block, ...]
    pictures: tuple[Picture, ...]
    paper: Paper | None
    author: str | None
    unit: str | None
    photographer: str | None
    signed: str | None  # the byline as printed
    source: str | None  # URL the article says it was taken from
    moment: datetime  # of publication, Hà Nội time
    modified: datetime
    dated: bool  # the site shows the day somewhere
    wire: CharacterForm
    path: str

    @property
    def url(self) -> str:
        """The canonical address."""
        return f"https://{self.system.domain}{self.path}"


@dataclass(frozen=True, slots=True)
class Placement:
    """One story placed on a site: system, time of publication and edit."""

    system: System
    home: System  # the story was written for
    story: ProseStory
    moment: datetime
    edit: Edit
    source: str | None = None


def moment_in(rng: Random, first: Day, last: Day) -> datetime:
    """Draw a time of publication between two days, from 7 to 21 o'clock."""
    day = first + timedelta(days=rng.randint(0, (last - first).days))
    return datetime(day.year, day.month, day.day, rng.randint(7, 21), rng.randint(0, 59), tzinfo=HANOI)


def article_count(system: System, scale: float) -> int:
    """Return the number of articles of a site at a scale."""
    return max(min(MIN_SITE_ARTICLES, system.count), round(system.count * scale))


def original_placements(seed: int, scale: float, systems: Systems) -> Iterator[Placement]:
    """Yield the placements of every site's own stories."""
    for system in systems:
        key = system.key
        rng = Random(f"{seed}/originals/{key}")
        count = article_count(system, scale)
        for number in range(count - round(count * COPIES_SHARE)):
            moment = moment_in(rng, *system.years)
            story = write_story(f"{key}-{number}", seed, key, moment.date(), system.place)
            yield Placement(system, system, story, moment, "original")


def _edit(rng: Random, source: System, target: System) -> Edit:
    pressed = source.prefix != target.prefix and rng.random() < 0.7
    edit: Edit = rng.choices(("identical", "lead", "cut"), (55, 25, 20))[0]
    return "prefix" if edit == "identical" and (pressed or target.prefix) else edit


def _suits(placement: Placement, target: System) -> bool:
    first, last = target.years
    return placement.system is not target and first <= placement.moment.date() <= last - timedelta(days=6)


def copied_placements(
    seed: int, scale: float, systems: Systems, printed: list[Placement]
) -> Iterator[Placement]:
    """Yield placements of stories that a second or third site republishes, days later."""
    copies_of_story: Counter[str] = Counter()
    for target in systems:
        rng = Random(f"{seed}/copies/{target.key}")
        count = round(article_count(target, scale) * COPIES_SHARE)
        candidates = [placement for placement in printed if _suits(placement, target)]
        rng.shuffle(candidates)
        copied_once = [placement for placement in candidates if copies_of_story[placement.story.ident] == 1][
            : count // 5
        ]
        not_copied = [placement for placement in candidates if not copies_of_story[placement.story.ident]]
        for placement in (copied_once + not_copied)[:count]:
            copies_of_story[placement.story.ident] += 1
            yield copy_placement(rng, placement, target)


def copy_placement(rng: Random, placement: Placement, target: System) -> Placement:
    """Return the placement of another site's story, some hours or days later."""
    later = placement.moment + timedelta(hours=rng.randint(3, 90))
    moment = later.replace(hour=rng.randint(7, 21), minute=rng.randint(0, 59))
    moment = moment if moment > placement.moment else moment + timedelta(days=1)
    source_home = placement.system.home if rng.random() < 0.5 else None
    return Placement(
        target, placement.home, placement.story, moment, _edit(rng, placement.system, target), source_home
    )


def _byline(rng: Random, placement: Placement) -> tuple[str | None, str | None, str | None, str | None]:
    """Author, unit, photographer and the byline as printed."""
    if rng.random() >= placement.system.authored:
        return None, None, None, None
    lists = name_lists()
    author = str(rng.choice(lists["pens"]))
    if placement.system.key in {"ha_noi_quan_huyen", "cong_thong_tin_huyen"} and rng.random() < 0.4:
        author = str(rng.choice(lists["initials"]))
    if placement.system.unit_bylines and rng.random() < 0.85:
        unit = placement.story.facts["dv"]
        return author, unit, None, f"{author} - {unit}"
    if placement.system.key == "cong_thong_tin_huyen" and rng.random() < 0.2:
        return author, None, author, f"Tin, ảnh: {author}"
    if placement.system.photographed and rng.random() < placement.system.photographed:
        other = str(rng.choice([name for name in lists["pens"] if name != author]))
        return author, None, other, rng.choice((f"{author} - Ảnh: {other}", f"{author}; ảnh: {other}"))
    return author, None, None, author


def _blocks(placement: Placement) -> tuple[Block, ...]:
    blocks = placement.story.blocks
    return blocks[: max(4, round(len(blocks) * 0.6))] if placement.edit == "cut" else blocks


def _lead(placement: Placement) -> str | None:
    """The lead; a story first printed without one has none in its copies either."""
    if not placement.system.led:
        return None
    if placement.edit == "lead":
        return placement.story.other_lead
    story = placement.story
    bare = Random(f"{story.ident}/lead").random() >= placement.home.led
    return None if bare else story.lead


def _prefix(placement: Placement) -> str | None:
    if placement.system.prefix:
        return placement.system.prefix
    return placement.home.prefix if placement.edit == "identical" else None


def _character_form(rng: Random) -> CharacterForm:
    return rng.choices(("plain", "nfd", "invisible"), (968, 14, 18))[0]


def _paths(placement: Placement, number: int, section: ReplicaSection) -> dict[str, object]:
    moment = placement.moment
    return {
        "id": number, "slug": slug(placement.story.title, placement.system.slug_cut),
        "section": section.slug, "number": section.number,
        "moment": moment, "year": moment.year,
        "month": f"{moment:%m}", "day": f"{moment:%d}", "hour": f"{moment:%H}",
        "user": ("quocdai", "thuthuy", "vuque", "thanhtrung")[number % 4],
    }  # fmt: skip


def _paper(rng: Random, placement: Placement, parts: dict[str, object]) -> Paper | None:
    if rng.random() >= 0.05:
        return None
    kind: Literal["pdf", "docx"] = "pdf" if rng.random() < 0.6 else "docx"
    label = placement.story.paper
    path_parts = {**parts, "slug": slug(label, 40), "kind": kind}
    return Paper(placement.system.paper.format(**path_parts), label, kind)


def print_article(seed: int, placement: Placement, number: int, turn: int = 1) -> PrintedArticle:
    """Return the printed article of a placement, with the site's id `number`, the `turn`-th of its slug."""
    system, story = placement.system, placement.story
    rng = Random(f"{seed}/print/{system.key}/{story.ident}/{placement.edit}")
    section = rng.choice(system.sections)
    parts = _paths(placement, number, section)
    parts["slug"] = f"{parts['slug']}-{turn}" if turn > 1 else parts["slug"]
    blocks = _blocks(placement)
    captions = [block.text for block in blocks if block.kind == "picture"]
    pictures = (Picture(system.picture.format(**parts, n=n), text) for n, text in enumerate(captions, 1))
    author, unit, photographer, signed = _byline(rng, placement)
    in_feed = system.feed_since is not None and placement.moment.date() >= system.feed_since
    return PrintedArticle(
        system=system, section=section, number=number, story=story, edit=placement.edit,
        title=story.title, lead=_lead(placement), prefix=_prefix(placement), blocks=blocks,
        pictures=tuple(pictures), paper=_paper(rng, placement, parts),
        author=author, unit=unit, photographer=photographer, signed=signed, source=placement.source,
        moment=placement.moment, modified=placement.moment + timedelta(minutes=rng.randint(0, 50)),
        dated=in_feed or rng.random() >= system.undated, wire=_character_form(rng),
        path=system.article.format(**parts),
    )  # fmt: skip


def first_night(seed: int, scale: float, systems: Systems) -> dict[str, tuple[PrintedArticle, ...]]:
    """Return every site's articles on the first night, oldest first."""
    printed = list(original_placements(seed, scale, systems))
    printed += copied_placements(seed, scale, systems, printed)
    sites: dict[str, tuple[PrintedArticle, ...]] = {}
    for system in systems:
        rng = Random(f"{seed}/numbers/{system.key}")
        placements = sorted(
            (o for o in printed if o.system is system), key=lambda o: (o.moment, o.story.ident)
        )
        numbers = article_numbers(rng, 1200 + 40 * system.count, len(placements))
        sites[system.key] = tuple(print_placements(seed, zip(placements, numbers, strict=True), set()))
    return sites


def print_placements(
    seed: int, placements: Iterable[tuple[Placement, int]], used_paths: set[str]
) -> Iterator[PrintedArticle]:
    """Yield the printed articles; a path already in use gets the next number behind its slug."""
    for placement, number in placements:
        for turn in itertools.count(1):
            printed = print_article(seed, placement, number, turn)
            if printed.path not in used_paths:
                break
        used_paths.add(printed.path)
        yield printed


def article_numbers(rng: Random, after: int, count: int) -> list[int]:
    """Draw rising article ids with the gaps of real systems."""
    numbers = []
    for _ in range(count):
        after += rng.randint(1, 17)
        numbers.append(after)
    return numbers


def with_correction(
    article: PrintedArticle, title: str, blocks: tuple[Block, ...], when: datetime
) -> PrintedArticle:
    """Return the article with a corrected title or body."""
    return replace(article, title=title, blocks=blocks, modified=when)
