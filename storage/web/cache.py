"""Memory: figures over the whole archive, counted once a minute however many readers ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, TypeVar, cast

T = TypeVar("T")
AGE = 60.0  # seconds a figure may be old


class Memory:
    """What was counted, with when; shared by all threads of the room."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._counting: dict[str, Lock] = {}
        self._told: dict[str, tuple[float, Any]] = {}

    def recall(self, name: str, count: Callable[[], T], age: float = AGE) -> T:
        """The figure of that name, counted anew, by one thread alone, when it is older than `age` seconds."""
        with self._lock:
            counting = self._counting.setdefault(name, Lock())
        with counting:
            now = self._clock()
            at, told = self._told.get(name, (-age - 1, None))
            if now - at > age:
                told = count()
                self._told[name] = (now, told)
            return cast("T", told)
