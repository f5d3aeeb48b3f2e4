"""Faults on demand: what a replica does wrong instead of, or after, the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from threading import Lock

FAULTS: Mapping[str, str] = {
    "refuse": "the connection is closed at once, without a byte",
    "reset": "the connection is reset after the headers and half the body",
    "slow": "the body comes in drips",
    "truncate": "Content-Length is larger than the body, then the connection closes",
    "503": "503 with Retry-After: 1",
    "429": "429 with Retry-After: 1",
    "403": "403 wall",
    "500-once": "500 at the first request of each path, then the right answer",
    "bad-gzip": "Content-Encoding: gzip over bytes that are none",
    "timeout": "nothing is sent until the client gives up or the server stops",
    "empty": "200 without a body",
    "redirect-loop": "302 to the same path",
    "soft-404": "200 with the not-found page",
    "robots-503": "robots.txt answers 503, everything else is right",
}
Key = tuple[str, str]  # site key; path with query, path, or "*"


class FaultTable(MutableMapping[Key, str]):
    """Which fault strikes where; may be changed while the servers run.

    Raises ValueError for an unknown fault.
    """

    def __init__(self) -> None:
        self._faults: dict[Key, str] = {}
        self._struck: set[Key] = set()
        self._lock = Lock()

    def __getitem__(self, key: Key) -> str:
        return self._faults[key]

    def __setitem__(self, key: Key, fault: str) -> None:
        if fault not in FAULTS:
            raise ValueError(f"fault {fault!r} for {key}: choose one of {', '.join(sorted(FAULTS))}")
        with self._lock:
            self._faults[key] = fault
            self._struck = {struck for struck in self._struck if struck[0] != key[0]}

    def __delitem__(self, key: Key) -> None:
        with self._lock:
            del self._faults[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(tuple(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def strike(self, site: str, target: str) -> str | None:
        """The fault this request meets, the most particular first; none = the right answer."""
        path = target.partition("?")[0]
        keys = ((site, target), (site, path), (site, "*"))
        fault = next((self._faults[key] for key in keys if key in self._faults), None)
        if fault == "robots-503":
            return "503" if path == "/robots.txt" else None
        if fault == "500-once":
            return self._once(site, target)
        return fault

    def _once(self, site: str, target: str) -> str | None:
        with self._lock:
            if (site, target) in self._struck:
                return None
            self._struck.add((site, target))
            return "500-once"
