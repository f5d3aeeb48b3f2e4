"""The replica servers of the year: the ordinary ones, turned night by night by a chronicle."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Thread

from crawler.demo.http_handler import LoggedRequest, ReplicaListener
from crawler.demo.pages import Reply, SitePages
from crawler.demo.second_night import ReplicaNight
from crawler.demo.server import ReplicaServer
from tests.year.chronicle import RELAYOUT, Chronicle, Episode

MARKED = re.compile(rb'(\s(?:class|id)=")([^"]*)(")')
HEADED = re.compile(rb"<(/?)h[1-4]\b[^>]*>")
POLL = 0.5  # seconds a listener sleeps between two looks at whether it shall stop


class Relaid(SitePages):
    """The same articles at the same addresses in another dress: no class, id or heading is what it was."""

    def reply(self, target: str) -> Reply:
        """The ordinary answer, its page rebuilt."""
        told = super().reply(target)
        if not told.content_type.startswith("text/html"):
            return told
        body = MARKED.sub(rb"\1moi2\3", told.body)
        return Reply(HEADED.sub(rb"<\1div>", body), told.status, told.content_type)


class YearServer(ReplicaServer):
    """Serves the chronicle's present night; what befalls a site is in the fault table while it lasts."""

    def __init__(self, chronicle: Chronicle, befalling: Sequence[Episode]) -> None:
        self.chronicle, self.befalling = chronicle, befalling
        self.asked: Counter[str] = Counter()  # requests of tonight by site
        self.on_request: Callable[[int], None] = lambda _count: None
        super().__init__(1, systems=chronicle.systems)
        self._befall()

    def _edition(self, night: int) -> ReplicaNight:
        return ReplicaNight(night, self.chronicle.standing, self.chronicle.gone)

    def pages(self, key: str) -> SitePages:
        """The answers of one site tonight; a site where nothing happened keeps what was rendered."""
        with self._lock:
            kept = self._pages.get((0, key))
            if kept is None:
                made = Relaid if self.struck(key) == RELAYOUT else SitePages
                kept = self._pages[0, key] = made(self.systems[key], self._edition(self._night))
            return kept

    def struck(self, site: str) -> str | None:
        """What befalls a site tonight."""
        return next((e.what for e in self.befalling if e.site == site and e.on(self.chronicle.night)), None)

    def note(self, request: LoggedRequest) -> None:
        """Count instead of keeping: a year has hundreds of thousands."""
        with self._lock:
            self.asked[request.site] += 1
            count = self.asked.total()
        self.on_request(count)

    def turn(self) -> None:
        """The next night: every page of a site where something happened is another."""
        dressed = {key: self.struck(key) == RELAYOUT for key in self.sites}
        self.chronicle.turn()
        self._night = self.chronicle.night
        with self._lock:
            self.asked.clear()
            for key in self.sites:
                changed = self.chronicle.doings[key].count
                if changed or dressed[key] != (self.struck(key) == RELAYOUT):
                    self._pages.pop((0, key), None)
        self._befall()

    def _befall(self) -> None:
        for key in list(self.faults):
            del self.faults[key]
        for site in self.sites:
            what = self.struck(site)
            if what and what != RELAYOUT:
                self.faults[site, "*"] = what

    def start(self) -> None:
        """Listen as ever, but look seldom whether to stop: sixty sites would keep a core busy with it."""
        self.stopped.clear()
        for key in self.sites:
            listener = ReplicaListener(self, self.systems[key])
            self._listeners[key] = listener
            Thread(target=listener.serve_forever, args=(POLL,), name=f"replica {key}", daemon=True).start()
