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
    drawn: Edit = rng.choices(("identical", "lead", "cut"), (55, 25, 20))[0]
    return "prefix" if drawn == "identical" and (pressed or target.prefix) else drawn


def _suits(order: Placement, target: System) -> bool:
    first, last = target.years
    return order.system is not target and first <= order.moment.date() <= last - timedelta(days=6)


def copied_placements(
    seed: int, scale: float, systems: Systems, printed: list[Placement]
) -> Iterator[Placement]:
    """Yield placements of stories that a second or third site republishes, days later."""
    taken: Counter[str] = Counter()
    for target in systems:
        rng = Random(f"{seed}/copies/{target.key}")
        count = round(article_count(target, scale) * COPIES_SHARE)
        offered = [order for order in printed if _suits(order, target)]
        rng.shuffle(offered)
        again = [order for order in offered if taken[order.story.ident] == 1][: count // 5]
        first = [order for order in offered if not taken[order.story.ident]]
        for order in (again + first)[:count]:
            taken[order.story.ident] += 1
            yield copy_placement(rng, order, target)


def copy_placement(rng: Random, order: Placement, target: System) -> Placement:
    """Return the placement of another site's story, some hours or days later."""
    later = order.moment + timedelta(hours=rng.randint(3, 90))
    moment = later.replace(hour=rng.randint(7, 21), minute=rng.randint(0, 59))
    moment = moment if moment > order.moment else moment + timedelta(days=1)
    named = order.system.home if rng.random() < 0.5 else None
    return Placement(target, order.home, order.story, moment, _edit(rng, order.system, target), named)


def _byline(rng: Random, order: Placement) -> tuple[str | None, str | None, str | None, str | None]:
    """Author, unit, photographer and the byline as printed."""
    if rng.random() >= order.system.authored:
        return None, None, None, None
    lists = name_lists()
    author = str(rng.choice(lists["pens"]))
    if order.system.key in {"ha_noi_quan_huyen", "cong_thong_tin_huyen"} and rng.random() < 0.4:
        author = str(rng.choice(lists["initials"]))
    if order.system.unit_bylines and rng.random() < 0.85:
        unit = order.story.facts["dv"]
        return author, unit, None, f"{author} - {unit}"
    if order.system.key == "cong_thong_tin_huyen" and rng.random() < 0.2:
        return author, None, author, f"Tin, ảnh: {author}"
    if order.system.photographed and rng.random() < order.system.photographed:
        other = str(rng.choice([name for name in lists["pens"] if name != author]))
        return author, None, other, rng.choice((f"{author} - Ảnh: {other}", f"{author}; ảnh: {other}"))
    return author, None, None, author


def _blocks(order: Placement) -> tuple[Block, ...]:
    blocks = order.story.blocks
    return blocks[: max(4, round(len(blocks) * 0.6))] if order.edit == "cut" else blocks


def _lead(order: Placement) -> str | None:
    """The lead; a story first printed without one has none in its copies either."""
    if not order.system.led:
        return None
    if order.edit == "lead":
        return order.story.other_lead
    story = order.story
    bare = Random(f"{story.ident}/lead").random() >= order.home.led
    return None if bare else story.lead


def _prefix(order: Placement) -> str | None:
    if order.system.prefix:
        return order.system.prefix
    return order.home.prefix if order.edit == "identical" else None


def _character_form(rng: Random) -> CharacterForm:
    return rng.choices(("plain", "nfd", "invisible"), (968, 14, 18))[0]


def _paths(order: Placement, number: int, section: ReplicaSection) -> dict[str, object]:
    moment = order.moment
    return {
        "id": number, "slug": slug(order.story.title, order.system.slug_cut),
        "section": section.slug, "number": section.number,
        "moment": moment, "year": moment.year,
        "month": f"{moment:%m}", "day": f"{moment:%d}", "hour": f"{moment:%H}",
        "user": ("quocdai", "thuthuy", "vuque", "thanhtrung")[number % 4],
    }  # fmt: skip


def _paper(rng: Random, order: Placement, parts: dict[str, object]) -> Paper | None:
    if rng.random() >= 0.05:
        return None
    kind: Literal["pdf", "docx"] = "pdf" if rng.random() < 0.6 else "docx"
    label = order.story.paper
    named = {**parts, "slug": slug(label, 40), "kind": kind}
    return Paper(order.system.paper.format(**named), label, kind)


def print_article(seed: int, order: Placement, number: int, turn: int = 1) -> PrintedArticle:
    """Return the printed article of a placement, with the site's id `number`, the `turn`-th of its slug."""
    system, story = order.system, order.story
    rng = Random(f"{seed}/print/{system.key}/{story.ident}/{order.edit}")
    section = rng.choice(system.sections)
    parts = _paths(order, number, section)
    parts["slug"] = f"{parts['slug']}-{turn}" if turn > 1 else parts["slug"]
    blocks = _blocks(order)
    captions = [block.text for block in blocks if block.kind == "picture"]
    pictures = (Picture(system.picture.format(**parts, n=n), text) for n, text in enumerate(captions, 1))
    author, unit, photographer, signed = _byline(rng, order)
    in_feed = system.feed_since is not None and order.moment.date() >= system.feed_since
    return PrintedArticle(
        system=system, section=section, number=number, story=story, edit=order.edit,
        title=story.title, lead=_lead(order), prefix=_prefix(order), blocks=blocks,
        pictures=tuple(pictures), paper=_paper(rng, order, parts),
        author=author, unit=unit, photographer=photographer, signed=signed, source=order.source,
        moment=order.moment, modified=order.moment + timedelta(minutes=rng.randint(0, 50)),
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
        orders = sorted((o for o in printed if o.system is system), key=lambda o: (o.moment, o.story.ident))
        numbers = article_numbers(rng, 1200 + 40 * system.count, len(orders))
        sites[system.key] = tuple(print_placements(seed, zip(orders, numbers, strict=True), set()))
    return sites


def print_placements(
    seed: int, orders: Iterable[tuple[Placement, int]], taken: set[str]
) -> Iterator[PrintedArticle]:
    """Yield the printed articles; a path already in use gets the next number behind its slug."""
    for order, number in orders:
        for turn in itertools.count(1):
            printed = print_article(seed, order, number, turn)
            if printed.path not in taken:
                break
        taken.add(printed.path)
        yield printed


def article_numbers(rng: Random, after: int, count: int) -> list[int]:
    """Draw rising article ids with the gaps of real systems."""
    numbers = []
    for _ in range(count):
        after += rng.randint(1, 17)
        numbers.append(after)
    return numbers


def with_correction(
    manuscript: PrintedArticle, title: str, blocks: tuple[Block, ...], when: datetime
) -> PrintedArticle:
    """Return the article with a corrected title or body."""
    return replace(manuscript, title=title, blocks=blocks, modified=when)
