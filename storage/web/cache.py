"""Cache of statistics over the whole archive: each is computed once a minute however many readers ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, TypeVar, cast

T = TypeVar("T")
MAX_CACHE_AGE_SECONDS = 60.0


class TtlCache:
    """Values by key with the time they were computed at; shared by all threads of the web application."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._cache_key_locks: dict[str, Lock] = {}
        self._cached: dict[str, tuple[float, Any]] = {}  # (computed at, value)

    def get_or_compute(
        self, cache_key: str, compute_cached: Callable[[], T], max_age_seconds: float = MAX_CACHE_AGE_SECONDS
    ) -> T:
        """Return the cached value; one thread computes it anew once it is older than `max_age_seconds`."""
        with self._lock:
            cache_key_lock = self._cache_key_locks.setdefault(cache_key, Lock())
        with cache_key_lock:
            now = self._clock()
            computed_at, cached_value = self._cached.get(cache_key, (-max_age_seconds - 1, None))
            if now - computed_at > max_age_seconds:
                cached_value = compute_cached()
                self._cached[cache_key] = (now, cached_value)
            return cast("T", cached_value)
