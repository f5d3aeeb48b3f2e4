"""Faults of the replicas: the table of all of them, and which one applies to which request."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

FAULTS_TOML = Path(__file__).with_name("faults.toml")
Where = Literal["article", "page", "paper", "site", "machine"]
ExpectedRow = tuple[str, str, str]  # path or URL, outcome, reason ("" = none)
FaultKey = tuple[str, str]  # site key; path with query, path, "/beginning*", or "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and its expected outcome; `crawler/demo/faults.toml` explains the fields."""

    key: str
    where: Where
    served: str
    not_lost: str
    outcome: str = ""
    reason: str = ""
    message: str = ""
    next_night: tuple[str, str] | None = None  # outcome and reason in the next night, while the fault lasts
    path: str = ""  # path it applies to; a `*` at the end stands for any continuation
    links: tuple[str, ...] = ()  # links to it on the front page; {article} and {print} stand for the newest
    rows: tuple[ExpectedRow, ...] = ()
    absent_urls: tuple[str, ...] = ()  # SQL LIKE patterns of URLs that must not be in the frontier
    max_requests: int | None = None  # requests the server may get there
    tests: tuple[str, ...] = ()  # further tests of it


@cache
def faults() -> Mapping[str, Fault]:
    """Return every fault by its key, in the order of the table."""
    entries = tomllib.loads(FAULTS_TOML.read_text(encoding="utf-8"))["fault"]
    return {
        entry["key"]: Fault(**{name: _as_tuples(value) for name, value in entry.items()}) for entry in entries
    }


def _as_tuples(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


PAGE_INTRODUCTION = """# Faults

Made by `python docs/make.py` from [`crawler/demo/faults.toml`](../../crawler/demo/faults.toml); do not edit.
The replicas serve each of these faults on demand (`server.faults[site, path] = "…"`), and
`tests/nightly/test_faults.py` crawls them all in three nights: two with the faults, one without, after
which nothing may be missing. Outcomes and reasons are those of the closed lists
([reports](reports.md)); text of the report beside them is in quotes.
"""
WHERE_HEADINGS: Mapping[Where, str] = {
    "article": "At one article",
    "page": "Behind a link of the front page",
    "paper": "In a feed or sitemap",
    "site": "At a whole site",
    "machine": "On the crawler's own machine",
}


def faults_text() -> str:
    """Return the table as the Markdown page docs/faults.md."""
    parts = [PAGE_INTRODUCTION]
    for where, heading in WHERE_HEADINGS.items():
        rows = [_fault_row(fault) for fault in faults().values() if fault.where == where]
        head = ("| fault | what is served | outcome | what is not lost |", "|---|---|---|---|")
        parts += [f"## {heading}", "", *head, *rows, ""]
    return "\n".join(parts)


def _test_link(test: str) -> str:
    module, _, name = test.partition("::")
    return f"[{name}](../../{module})"


def _fault_row(fault: Fault) -> str:
    outcomes = (
        [(fault.outcome, fault.reason)] if fault.outcome or fault.reason else [row[1:] for row in fault.rows]
    )
    if fault.next_night:
        outcomes.append(fault.next_night)
    consequences = list(dict.fromkeys(" ".join(filter(None, pair)) for pair in outcomes))
    consequences += [f"“{fault.message}”"] if fault.message else []
    consequences += [f"at most {fault.max_requests} requests there"] if fault.max_requests is not None else []
    consequences += [_test_link(test_name) for test_name in fault.tests]
    cells = (f"`{fault.key}`", fault.served, "; ".join(consequences) or "healthy", fault.not_lost)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


class FaultTable(MutableMapping[FaultKey, str]):
    """Maps sites and paths to faults; may be changed while the servers run.

    Raises ValueError for an unknown fault.
    """

    def __init__(self) -> None:
        self._faults: dict[FaultKey, str] = {}
        self._already_failed: set[FaultKey] = set()
        self._lock = Lock()

    def __getitem__(self, key: FaultKey) -> str:
        return self._faults[key]

    def __setitem__(self, key: FaultKey, fault: str) -> None:
        if fault not in faults() or faults()[fault].where == "machine":
            fault_keys = ", ".join(
                sorted(name for name, known_fault in faults().items() if known_fault.where != "machine")
            )
            raise ValueError(f"fault {fault!r} for {key}: choose one of {fault_keys}")
        with self._lock:
            self._faults[key] = fault
            self._already_failed = {struck for struck in self._already_failed if struck[0] != key[0]}

    def __delitem__(self, key: FaultKey) -> None:
        with self._lock:
            del self._faults[key]

    def __iter__(self) -> Iterator[FaultKey]:
        return iter(tuple(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def fault_of_request(self, site: str, target: str) -> str | None:
        """Return the fault of this request, the most specific entry first; None = the correct reply."""
        path = target.partition("?")[0]
        keys = ((site, target), (site, path), *self._prefix_keys(site, path), (site, "*"))
        fault = next((self._faults[key] for key in keys if key in self._faults), None)
        if fault in REQUEST_FAULTS and (path == "/robots.txt") is not (
            fault in {"robots-503", "robots-page"}
        ):
            return None
        if fault == "500-once":
            return self._first_request_only(site, target)
        return REQUEST_FAULTS.get(fault or "", fault)

    def _prefix_keys(self, site: str, path: str) -> list[FaultKey]:
        prefixes = [
            (key, path_prefix)
            for key, path_prefix in self
            if key == site
            and path_prefix.endswith("*")
            and path_prefix != "*"
            and path.startswith(path_prefix[:-1])
        ]
        return sorted(prefixes, key=lambda key: -len(key[1]))

    def _first_request_only(self, site: str, target: str) -> str | None:
        with self._lock:
            if (site, target) in self._already_failed:
                return None
            self._already_failed.add((site, target))
            return "500-once"

    def front_page_links(self, site: str) -> tuple[str, ...]:
        """Return the links from the site's front page to its faults."""
        return tuple(link for key, fault in self.items() if key[0] == site for link in faults()[fault].links)


# Faults of a whole site → their effect on one request: on robots.txt alone, or on all but robots.txt.
REQUEST_FAULTS: Mapping[str, str] = {
    "robots-503": "503",
    "robots-page": "robots-page",
    "throttle": "429",
    "walled": "403",
    "cookie-walled": "cookie-wall",
}
