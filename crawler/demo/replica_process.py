"""The replica servers as a process of their own, started and stopped by the demo and by benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.config import ConfigError
from crawler.demo.server import served_night_file

START_SECONDS = 30.0  # for the replicas to come up, change night, or end


@dataclass(frozen=True, slots=True)
class ReplicaProcess:
    """The running replica servers: where each host is served, and the file that names the night."""

    dial: dict[str, str]  # loopback address:port by host
    night_file: Path

    def serve_night(self, night: int) -> None:
        """Serve the sites as they are in another night; returns when they are served."""
        self.night_file.write_text(str(night), encoding="ascii")
        mark = served_night_file(self.night_file)
        _wait(lambda: mark.exists() and mark.read_text(encoding="ascii") == str(night))


@contextmanager
def replica_process(scale: float) -> Iterator[ReplicaProcess]:
    """Start the replica servers, their sites of `scale` times the usual size, and stop them at the end."""
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        state_file, night_file = Path(folder, "state.json"), Path(folder, "night")
        night_file.write_text("1", encoding="ascii")
        command = [sys.executable, "-m", "crawler.demo.server", "--scale", str(scale)]
        command += ["--state", str(state_file), "--night-file", str(night_file)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
        try:
            yield ReplicaProcess(_dial_of(state_file, server), night_file)
        finally:
            server.terminate()
            server.wait(timeout=START_SECONDS)


def _dial_of(state_file: Path, server: subprocess.Popen[bytes]) -> dict[str, str]:
    """The addresses that the servers write down when they are up."""
    _wait(lambda: server.poll() is not None or (state_file.exists() and state_file.stat().st_size > 0))
    if server.poll() is not None:
        raise ConfigError(f"the replica servers ended with exit code {server.returncode} at their start")
    dial: dict[str, str] = json.loads(state_file.read_text(encoding="utf-8"))
    return dial


def _wait(is_done: Callable[[], bool]) -> None:
    """Wait until the replica servers have done something; raises ConfigError when they do not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_done():
            return
        time.sleep(0.05)
    raise ConfigError("the replica sites do not answer; is a loopback port free? Run `congdoan doctor`")
