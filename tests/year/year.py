"""The year itself: night after night through `congdoan nightly`, killed at random, with a record of each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from crawler.demo.story_placement import PrintedArticle
from spiders.urls.canonical import fold_url
from storage.database.engine import open_database, upgrade
from tests.year.chronicle import HARMLESS, OUTAGES, RELAYOUT, THROTTLE, Chronicle, Episode, episodes, instant
from tests.year.crawling import Answer, Crawling, YearError
from tests.year.ledger import Ledger
from tests.year.replicas import YearServer
from tests.year.sites import places, write_profiles

TOLD = "congdoan.toml"
OF_JSON = "wordpress_rest"  # has no dress to change


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how wide, how rough."""

    nights: int = 365
    sites: int = 60
    kills: int = 100
    episodes: int = 120
    kinds: tuple[str, ...] = (*OUTAGES, THROTTLE, RELAYOUT, *HARMLESS)
    skews: Mapping[int, timedelta] = field(default_factory=dict)  # nights whose machine has a wrong clock
    delay: float = 0.05  # seconds between two requests to a host: the floor that is measured
    timeout: float = 4.0  # seconds: sites that are up must answer in that, however busy the machine
    seed: int = 20250701

    @property
    def bursts(self) -> tuple[int, ...]:
        """The nights whose process is killed, several times; between them it lives long."""
        rng = Random(f"{self.seed}/kills")
        count = -(-self.kills // self.burst) if self.kills else 0
        return tuple(sorted(rng.sample(range(2, self.nights - 1), count)))

    @property
    def burst(self) -> int:
        """Kills in one night."""
        return max(1, min(5, self.kills // 4))

    def killed_by(self, night: int) -> int:
        """How many kills there shall have been after a night."""
        return min(self.kills, self.burst * sum(each <= night for each in self.bursts))


@dataclass(frozen=True, slots=True)
class NightRecord:
    """What one night came to."""

    night: int
    visits: int
    requests: int
    doings: int  # articles new, corrected or removed since the night before, at sites that could be read
    problems: Mapping[str, tuple[str, ...]]  # site → what its report says
    gap: float  # the shortest between two requests of one visit to one site, seconds
    resident: int  # bytes of the crawling process at its end
    seconds: float


@dataclass(slots=True)
class Year:
    """Everything that happened, to be judged by `tests.year.aims`."""

    plan: Plan
    folder: Path
    chronicle: Chronicle
    befalling: tuple[Episode, ...]
    server: YearServer
    ledger: Ledger
    crawling: Crawling
    reachable: set[tuple[str, str]] = field(default_factory=set)  # (site, URL) that could be had some night
    corrected: set[tuple[str, str]] = field(default_factory=set)  # after a night on which they could be had
    removed: set[tuple[str, str]] = field(default_factory=set)
    records: list[NightRecord] = field(default_factory=list)
    forgotten: list[tuple[str, str]] = field(default_factory=list)  # known before a kill and not after it

    @classmethod
    def prepare(cls, plan: Plan, folder: Path) -> Year:
        """Sites, profiles, the plan of what befalls whom; nothing runs yet."""
        chosen = places(plan.sites)
        write_profiles(chosen, folder / "sites")
        chronicle = Chronicle(plan.seed, tuple(place.system for place in chosen))
        sites = [system.key for system in chronicle.systems]
        planned = episodes(plan.seed, sites, plan.nights, plan.kinds, plan.episodes)
        befalling = tuple(e for e in planned if e.what != RELAYOUT or not e.site.startswith(OF_JSON))
        url = f"sqlite:///{(folder / 'archive' / 'archive.db').absolute()}"
        upgrade(open_database(url))
        crawling = Crawling(folder / TOLD, folder / "worker.log")
        return cls(
            plan, folder, chronicle, befalling, YearServer(chronicle, befalling), Ledger(url), crawling
        )

    def run(self) -> Iterator[NightRecord]:
        """Each night in turn. Raises YearError when a night cannot run at all."""
        with self.server:
            self._configure()
            try:
                for night in range(1, self.plan.nights + 1):
                    if night > 1:
                        self.server.turn()
                    self.records.append(self._night(night))
                    yield self.records[-1]
            finally:
                self.crawling.end()

    def _configure(self) -> None:
        dial = ", ".join(f'"{host}" = "{address}"' for host, address in self.server.dial.items())
        lines = (
            f'data = "{(self.folder / "archive").absolute()}"',
            f'sites = "{(self.folder / "sites").absolute()}"',
            f"delay = {self.plan.delay}",
            "workers = 1",
            f"timeout = {self.plan.timeout}",
            f"dial = {{ {dial} }}",
        )
        (self.folder / TOLD).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _night(self, night: int) -> NightRecord:
        began = time.monotonic()
        doings = self._note_truth()
        before = self.ledger.last_run()
        rng = Random(f"{self.plan.seed}/night/{night}")
        usual = self.records[-1].requests if self.records else 50
        answer = None
        while answer is None and self.crawling.killed < self.plan.killed_by(night):
            answer = self._attempt(night, rng.randint(1, max(1, usual // 2)), rng.random() / 10)
        answer = answer or self._attempt(night)  # a night that was over before is made up for in the next
        if answer is None or answer.code not in {0, 1}:
            raise YearError(f"night {night} could not run: {answer}")
        return NightRecord(
            night=night,
            visits=self.ledger.last_run() - before,
            requests=self.server.asked.total(),
            doings=doings,
            problems=self.ledger.problems(before),
            gap=self.ledger.shortest_gap(before),
            resident=answer.rss,
            seconds=time.monotonic() - began,
        )

    def _attempt(self, night: int, after: int | None = None, moment: float = 0.0) -> Answer | None:
        """One call of the night; with `after`, its process is killed after so many requests and a moment."""
        if after is not None:
            known = self.ledger.known()
            due = self.server.asked.total() + after
            self.server.on_request = lambda count: self._strike(count == due, moment)
        self.crawling.begin(instant(night) + self.plan.skews.get(night, timedelta(0)))
        answer = self.crawling.answer()
        self.server.on_request = lambda _count: None
        if after is not None:
            self.forgotten += sorted(known - self.ledger.known())
        return answer

    def _strike(self, due: bool, moment: float) -> None:
        if due:
            time.sleep(moment)
            self.crawling.kill()

    def _note_truth(self) -> int:
        """Remember what can be had tonight; returns how many articles changed where one can see it."""
        seen = 0
        for system in self.chronicle.systems:
            if self.server.struck(system.key) not in {None, RELAYOUT, *HARMLESS}:
                continue
            site, here = system.key, {item.path: _url(item) for item in self.chronicle.standing[system.key]}
            if doings := self.chronicle.doings.get(site):
                seen += doings.count
                self.corrected |= {(site, here[path]) for path in doings.edited} & self.reachable
            self.reachable |= {(site, url) for url in here.values()}
        self.removed |= {key for key in self._taken_down() if key in self.reachable}
        return seen

    def _taken_down(self) -> Iterator[tuple[str, str]]:
        for system in self.chronicle.systems:
            for path in self.chronicle.gone[system.key]:
                url = f"https://{system.domain}{path}"
                yield system.key, fold_url(url, case=True, order=True) if system.iis else url


def _url(item: PrintedArticle) -> str:
    """As the archive knows it."""
    return fold_url(item.url, case=True, order=True) if item.system.iis else item.url
