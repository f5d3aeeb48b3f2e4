"""Trail: what one run remembers while it goes on; lost with its process, which costs a page a listing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Trail:
    """What a listing has shown on its pages so far, by row ids; what was handed out of the backlog."""

    chains: dict[int, int] = field(default_factory=dict)  # further page of a listing → its first
    shown: dict[int, dict[int, int]] = field(default_factory=dict)  # first page → new entry → page
    behind: set[str] = field(default_factory=set)  # URLs in flight out of the backlog
    backfilled: int = 0  # URLs handed out of the backlog
    since: int | None = None  # the first row id of this run
    repeated: int = 0  # requests sent besides the first for each row and the first for robots.txt

    def first(self, page: int) -> int:
        """The first page of the listing that a page belongs to."""
        return self.chains.get(page, page)

    def follow(self, page: int, further: Iterable[int]) -> None:
        """The pager of a page leads to further pages of the same listing."""
        first = self.first(page)
        for each in further:
            if each != first:
                self.chains.setdefault(each, first)

    def fresh(self, page: int, entries: Iterable[int]) -> int:
        """How many of the new entries this listing shows on this page first: pinned ones repeat on all."""
        shown = self.shown.setdefault(self.first(page), {})
        return sum(shown.setdefault(entry, page) == page for entry in entries)
