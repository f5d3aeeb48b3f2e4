"""Crawling: the parent's side of the process that crawls."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

PATIENCE = 900.0  # seconds a night may take before it counts as hung


class YearError(Exception):
    """The year cannot go on: a night hung, or could not run at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a night's process said at its end."""

    code: int
    said: str
    rss: int  # bytes


@dataclass(slots=True)
class Crawling:
    """Starts the process when none runs; it lives for many nights, as long as nobody kills it."""

    told: Path  # the configuration
    log: Path
    killed: int = 0
    started: int = 0
    _process: subprocess.Popen[str] | None = field(default=None)

    def begin(self, at: datetime) -> None:
        """Let a night begin."""
        process = self._running()
        assert process.stdin
        process.stdin.write(json.dumps({"at": at.isoformat(), "arguments": ["nightly"]}) + "\n")
        process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL, whatever it does."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)

    def answer(self) -> Answer | None:
        """What it said at the night's end; None when it was killed before. Raises YearError when it hangs."""
        assert self._process
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        if not ready:
            self.end()
            raise YearError(f"a night took over {PATIENCE:.0f} s; see {self.log}")
        line = self._process.stdout.readline()
        if line:
            return Answer(**json.loads(line))
        code = self._process.wait()
        self.end()
        if code != -signal.SIGKILL:
            raise YearError(f"the process ended by itself with exit code {code}; see {self.log}")
        self.killed += 1
        return None

    def end(self) -> None:
        """End the process."""
        if self._process is None:
            return
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self.started += 1
            with self.log.open("a", encoding="utf-8") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.year.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    env={**os.environ, "CONGDOAN_CONFIG": str(self.told)},
                )
        return self._process
