"""The second night of the replicas: articles appear, are corrected, and vanish."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from random import Random

from crawler.demo.prose import Block, write_story
from crawler.demo.site_systems import DEMO_SYSTEMS, System
from crawler.demo.story_placement import (
    HANOI,
    Placement,
    PrintedArticle,
    article_numbers,
    copy_placement,
    first_night,
    moment_in,
    print_placements,
    with_correction,
)

CORRECTABLE_NUMBER = re.compile(
    r"(?<![\d./-])\d{1,3}(?= (?:đoàn viên|đơn vị|người|công đoàn|công nhân|triệu|tập thể|lượt))"
)


@dataclass(frozen=True, slots=True)
class ReplicaNight:
    """All sites' articles on one night, oldest first, and the paths that vanished with their status."""

    night: int
    sites: dict[str, tuple[PrintedArticle, ...]]
    gone: dict[str, dict[str, int]]  # site → path → 404 or 410


def _corrected_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...] | None:
    """Return the body with its first number of people, units or money one higher; None without one."""
    for place, block in enumerate(blocks):
        match = CORRECTABLE_NUMBER.search(block.text) if block.kind == "text" else None
        if match:
            text = f"{block.text[: match.start()]}{int(match[0]) + 1:02d}{block.text[match.end() :]}"
            return (*blocks[:place], Block("text", text), *blocks[place + 1 :])
    return None


def corrected_article(article: PrintedArticle, way: int, when: datetime) -> PrintedArticle:
    """Return the article corrected in one of three ways: a number, one more paragraph, another title."""
    blocks, title = article.blocks, article.title
    added = (*blocks[:-1], Block("text", article.story.addition), blocks[-1])
    if way == 0:
        blocks = _corrected_blocks(blocks) or added
    elif way == 1:
        blocks = added
    else:
        title = f"{title} (cập nhật)" if len(title) > 90 else f"{title}: Cập nhật số liệu mới"
    return with_correction(article, title, blocks, when)


def _morning_after(system: System) -> datetime:
    """Return the morning after the site's last day of the first night."""
    return datetime.combine(system.years[1] + timedelta(days=1), time(7, 5), tzinfo=HANOI)


def _new_placements(seed: int, night: int, system: System, count: int) -> list[Placement]:
    rng = Random(f"{seed}/fresh/{night}/{system.key}")
    day = _morning_after(system).date()
    moments = sorted(moment_in(rng, day, day) for _ in range(count))
    idents = [f"{system.key}-night{night}-{number}" for number in range(count)]
    return [
        Placement(system, system, write_story(ident, seed, system.key, day, system.place), moment, "original")
        for ident, moment in zip(idents, moments, strict=True)
    ]


def _exchanged_placements(
    seed: int, new_placements: dict[str, list[Placement]], systems: Mapping[str, System]
) -> Iterator[Placement]:
    """Yield two copies: the newspaper prints a new story of the district, and the reverse."""
    rng = Random(f"{seed}/exchange")
    for source, target in (("ha_noi_quan_huyen", "laodongthudo"), ("laodongthudo", "ha_noi_quan_huyen")):
        if {source, target} <= systems.keys():
            placement = copy_placement(rng, new_placements[source][0], systems[target])
            yield replace(placement, moment=_morning_after(systems[target]).replace(hour=22))


def _second_night(seed: int, before: ReplicaNight, systems: Mapping[str, System]) -> ReplicaNight:
    plan = Random(f"{seed}/night2")
    counts = {key: (plan.randint(4, 9), plan.randint(3, 6), plan.randint(2, 4)) for key in systems}
    new_placements = {
        key: _new_placements(seed, 2, system, counts[key][0]) for key, system in systems.items()
    }
    for placement in list(_exchanged_placements(seed, new_placements, systems)):
        new_placements[placement.system.key].append(placement)
    sites, gone = {}, {}
    for key, system in systems.items():
        rng = Random(f"{seed}/changes/{key}")
        old = before.sites[key]
        touched = rng.sample(range(len(old)), counts[key][1] + counts[key][2])
        edits, vanished = touched[: counts[key][1]], touched[counts[key][1] :]
        articles = {place: article for place, article in enumerate(old) if place not in vanished}
        for turn, place in enumerate(edits):
            articles[place] = corrected_article(
                articles[place], turn % 3, _morning_after(system) + timedelta(minutes=turn)
            )
        numbers = article_numbers(rng, old[-1].number, len(new_placements[key]))
        new = print_placements(
            seed, zip(new_placements[key], numbers, strict=True), {item.path for item in old}
        )
        sites[key] = (*articles.values(), *new)
        gone[key] = {old[place].path: (404, 410)[turn % 2] for turn, place in enumerate(vanished)}
    return ReplicaNight(2, sites, gone)


@lru_cache(maxsize=8)
def replica_night(
    night: int, seed: int, scale: float, systems: tuple[System, ...] = DEMO_SYSTEMS
) -> ReplicaNight:
    """Return everything the replicas of `systems` serve on one night (1 or 2).

    Raises ValueError for any other night.
    """
    if night not in {1, 2}:
        raise ValueError(f"night {night}: the replicas know nights 1 and 2 only")
    if night == 2:
        return _second_night(
            seed, replica_night(1, seed, scale, systems), {system.key: system for system in systems}
        )
    return ReplicaNight(1, first_night(seed, scale, systems), {system.key: {} for system in systems})
