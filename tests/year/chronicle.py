"""What happens in the year: articles written, corrected, taken down, what befalls the sites; seeded, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from datetime import datetime, time, timedelta
from random import Random

from crawler.demo.prose import write_story
from crawler.demo.second_night import corrected_article
from crawler.demo.site_systems import System
from crawler.demo.story_placement import (
    HANOI,
    Placement,
    PrintedArticle,
    article_numbers,
    first_night,
    moment_in,
    print_placements,
)

FIRST = Day(2025, 7, 1)  # the day the districts were abolished
HOUR = time(1, 0, tzinfo=HANOI)  # when the nights begin
RATES = (0.05, 0.15, 0.3, 0.6, 1.2)  # articles a working day; most sites are quiet
SUNDAY = 0.2  # of that
CORRECTED, REMOVED = 0.04, 0.012  # chances a site and night
RECENT = 30  # days; four corrections in five are of articles not older
OUTAGES = (
    "refuse", "503", "403", "timeout", "empty", "soft-404", "redirect-loop", "bad-gzip", "reset", "truncate",
    "robots-503",
)  # fmt: skip
THROTTLE = "429"  # whole-site only in the full year: it is waited for in earnest, 15 s a visit
HARMLESS = ("500-once",)  # healed by asking again: neither lost nor to be told
RELAYOUT = "relayout"
QUIET = 2  # nights without anything at the beginning, and after an episode


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that befalls a whole site on the nights from `first` to `last`."""

    site: str
    what: str
    first: int
    last: int

    def on(self, night: int) -> bool:
        """Whether it lasts."""
        return self.first <= night <= self.last


@dataclass(frozen=True, slots=True)
class Doings:
    """What changed at one site before one night: paths."""

    new: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many articles."""
        return len(self.new) + len(self.edited) + len(self.gone)


def instant(night: int) -> datetime:
    """When a night (from 1) begins."""
    return datetime.combine(FIRST + timedelta(days=night - 1), HOUR)


@dataclass(slots=True)
class Chronicle:
    """The sites as they stand tonight; `turn` brings the next night."""

    seed: int
    systems: Sequence[System]
    night: int = 1
    standing: dict[str, tuple[PrintedArticle, ...]] = field(default_factory=dict)  # oldest first
    gone: dict[str, dict[str, int]] = field(default_factory=dict)
    doings: Mapping[str, Doings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standing = first_night(self.seed, 1.0, tuple(self.systems))
        self.gone = {system.key: {} for system in self.systems}

    def turn(self) -> None:
        """One night later."""
        self.night += 1
        self.doings = {system.key: self._live(system) for system in self.systems}

    def _live(self, system: System) -> Doings:
        rng = Random(f"{self.seed}/{system.key}/{self.night}")
        yesterday = instant(self.night).date() - timedelta(days=1)
        new = self._publish(rng, system, yesterday)
        corrected = self._correct(rng, system, yesterday) if rng.random() < CORRECTED else ()
        removed = self._remove(rng, system, new + corrected) if rng.random() < REMOVED else ()
        return Doings(new, corrected, removed)

    def _publish(self, rng: Random, system: System, day: Day) -> tuple[str, ...]:
        rate = Random(f"{self.seed}/rate/{system.key}").choice(RATES) * (SUNDAY if day.weekday() == 6 else 1)
        count = int(rate) + (rng.random() < rate % 1)
        if not count:
            return ()
        idents = [f"{system.key}-{self.night}-{number}" for number in range(count)]
        moments = sorted(moment_in(rng, day, day) for _ in idents)
        orders = [
            Placement(
                system,
                system,
                write_story(ident, self.seed, system.key, day, system.place),
                moment,
                "original",
            )
            for ident, moment in zip(idents, moments, strict=True)
        ]
        before = self.standing[system.key]
        numbers = article_numbers(rng, max(item.number for item in before), count)
        taken = {item.path for item in before} | set(self.gone[system.key])
        added = tuple(print_placements(self.seed, zip(orders, numbers, strict=True), taken))
        self.standing[system.key] = (*before, *added)
        return tuple(item.path for item in added)

    def _correct(self, rng: Random, system: System, day: Day) -> tuple[str, ...]:
        held = list(self.standing[system.key])
        recent = [at for at, item in enumerate(held) if (day - item.moment.date()).days <= RECENT]
        at = rng.choice(recent) if recent and rng.random() < 0.8 else rng.randrange(len(held))
        if held[at].modified.date() >= day:  # written only yesterday: nobody saw it otherwise
            return ()
        when = datetime.combine(day, time(17, 30), tzinfo=HANOI)
        held[at] = corrected_article(held[at], rng.randrange(3), when)
        self.standing[system.key] = tuple(held)
        return (held[at].path,)

    def _remove(self, rng: Random, system: System, fresh: Iterable[str]) -> tuple[str, ...]:
        spared = set(fresh)
        held = [item for item in self.standing[system.key] if item.path not in spared]
        if len(held) < 4:
            return ()
        lost = rng.choice(held)
        self.standing[system.key] = tuple(item for item in self.standing[system.key] if item is not lost)
        self.gone[system.key][lost.path] = rng.choice((404, 410))
        return (lost.path,)


def episodes(
    seed: int, sites: Sequence[str], nights: int, kinds: Sequence[str], count: int
) -> tuple[Episode, ...]:
    """`count` episodes, every kind in its turn, no two of a site within two weeks of each other."""
    rng = Random(f"{seed}/episodes")
    found: list[Episode] = []
    for _ in range(count * 20):
        if len(found) == count:
            break
        what = kinds[len(found) % len(kinds)]
        length = 1 if what in HARMLESS else rng.randint(2, 3)
        first = rng.randint(1 + QUIET, max(2 + QUIET, nights - length))
        made = Episode(rng.choice(sites), what, first, first + length - 1)
        if all(made.site != other.site or _apart(made, other) for other in found):
            found.append(made)
    return tuple(sorted(found, key=lambda episode: (episode.first, episode.site)))


def _apart(one: Episode, other: Episode) -> bool:
    return one.first > other.last + 7 or other.first > one.last + 7
