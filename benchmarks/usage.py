"""CPU time of this process and of the processes below it, read where Linux keeps it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds spent up to an instant."""

    wall: float  # seconds of the monotonic clock
    own: float  # this process, all its threads
    helpers: float  # its children: the server that reader processes are forked from, with its imports
    workers: float  # everything below them, living or ended: the reader processes

    @classmethod
    def now(cls) -> Usage:
        """Up to now."""
        spent = resource.getrusage(resource.RUSAGE_SELF)
        children = list(_children(os.getpid()))
        workers = [worker for child in children for worker in _children(child.pid)]
        ended = sum(process.ended for process in (*children, *workers))
        return cls(
            time.monotonic(),
            spent.ru_utime + spent.ru_stime,
            sum(child.spent for child in children),
            sum(worker.spent for worker in workers) + ended,
        )


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    spent: float  # CPU seconds of its own
    ended: float  # CPU seconds of the children it has waited for


def _children(parent: int) -> Iterator[_Process]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        fields = told.rpartition(")")[2].split()  # from the third field on: see proc(5)
        if int(fields[1]) == parent:
            user, system, user_ended, system_ended = (int(field) * TICK for field in fields[11:15])
            yield _Process(int(stat.parent.name), user + system, user_ended + system_ended)
