"""Cache of statistics over the whole archive: each is computed once a minute however many readers ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, TypeVar, cast

T = TypeVar("T")
MAX_AGE_SECONDS = 60.0


class TtlCache:
    """Values by key with the time they were computed at; shared by all threads of the web application."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._key_locks: dict[str, Lock] = {}
        self._entries: dict[str, tuple[float, Any]] = {}  # (computed at, value)

    def get_or_compute(
        self, key: str, compute: Callable[[], T], max_age_seconds: float = MAX_AGE_SECONDS
    ) -> T:
        """Return the cached value; one thread computes it anew once it is older than `max_age_seconds`."""
        with self._lock:
            key_lock = self._key_locks.setdefault(key, Lock())
        with key_lock:
            now = self._clock()
            computed_at, value = self._entries.get(key, (-max_age_seconds - 1, None))
            if now - computed_at > max_age_seconds:
                value = compute()
                self._entries[key] = (now, value)
            return cast("T", value)
