"""Replica servers: one loopback port a site, plain HTTP under the sites' own host names.

`python -m crawler.demo.server` runs them in the foreground until SIGTERM.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from types import FrameType, TracebackType
from typing import Self

import click

from crawler.demo.faults import FaultTable
from crawler.demo.ground_truth import SEED
from crawler.demo.http_handler import LoggedRequest, ReplicaListener
from crawler.demo.pages import SitePages
from crawler.demo.second_night import ReplicaNight, replica_night
from crawler.demo.site_systems import DEMO_SYSTEMS, System

NIGHT_FILE_POLL_SECONDS = 0.2  # between two reads of the night file


class ReplicaServer:
    """All replicas of `systems`, or those named in `sites`, each on its own free loopback port.

    Raises ValueError for a site or night that does not exist.
    """

    def __init__(
        self,
        night: int = 1,
        *,
        seed: int = SEED,
        scale: float = 1.0,
        sites: Collection[str] | None = None,
        systems: Sequence[System] = DEMO_SYSTEMS,
    ) -> None:
        self.systems = {system.key: system for system in systems}
        unknown = sorted(set(sites or ()) - set(self.systems))
        if unknown:
            raise ValueError(f"no replica called {', '.join(unknown)}; there are {', '.join(self.systems)}")
        self.seed, self.scale = seed, scale
        self.sites = tuple(key for key in self.systems if sites is None or key in sites)
        self.faults = FaultTable()
        self.stopped = Event()
        self._lock = Lock()
        self._log: list[LoggedRequest] = []
        self._pages: dict[tuple[int, str], SitePages] = {}
        self._listeners: dict[str, ReplicaListener] = {}
        self._night = night
        self.night = night

    @property
    def night(self) -> int:
        """The night being served; setting it switches every site at once."""
        return self._night

    @night.setter
    def night(self, night: int) -> None:
        self._edition(night)
        self._night = night

    def _edition(self, night: int) -> ReplicaNight:
        return replica_night(night, self.seed, self.scale, tuple(self.systems.values()))

    @property
    def dial(self) -> Mapping[str, str]:
        """Host → loopback address of every running replica, with and without `www.`."""
        addresses: dict[str, str] = {}
        for key, listener in self._listeners.items():
            domain, address = self.systems[key].domain, f"127.0.0.1:{listener.server_port}"
            addresses |= {domain: address, f"www.{domain}": address}
        return addresses

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request answered so far: site, method, path with query, status."""
        with self._lock:
            return list(self._log)

    def clear_log(self) -> None:
        """Forget the requests answered so far."""
        with self._lock:
            self._log.clear()

    def note(self, request: LoggedRequest) -> None:
        """Write one line of the log."""
        with self._lock:
            self._log.append(request)

    def pages(self, key: str) -> SitePages:
        """The answers of one site tonight."""
        night = self._night
        with self._lock:
            if (night, key) not in self._pages:
                self._pages[night, key] = SitePages(self.systems[key], self._edition(night))
            return self._pages[night, key]

    def start(self) -> None:
        """Listen; returns when every port answers."""
        self.stopped.clear()
        for key in self.sites:
            self.pages(key)
            listener = ReplicaListener(self, self.systems[key])
            self._listeners[key] = listener
            Thread(target=listener.serve_forever, args=(0.05,), name=f"replica {key}", daemon=True).start()

    def stop(self) -> None:
        """Close every port and every open connection."""
        self.stopped.set()
        for listener in self._listeners.values():
            listener.shutdown()
            listener.server_close()
        self._listeners.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _write_dial_map(dial: Mapping[str, str], state: Path | None) -> None:
    text = json.dumps(dial, indent=2, ensure_ascii=False)
    if state is None:
        click.echo(text)
        return
    draft = state.with_name(f"{state.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(state)  # whoever waits for the file sees it whole


def served_night_file(night_file: Path | None) -> Path:
    """Where the server says which night it has switched to, for whoever waits for that."""
    return (night_file or Path("night")).with_suffix(".served")


def _follow_night_file(server: ReplicaServer, night_file: Path | None, leave: Event) -> None:
    """Serve until `leave` is set, switching to the night that the file names."""
    while not leave.wait(NIGHT_FILE_POLL_SECONDS):
        night_text = (
            night_file.read_text(encoding="utf-8").strip() if night_file and night_file.exists() else ""
        )
        if night_text.isdigit() and int(night_text) != server.night:
            server.night = int(night_text)
            served_night_file(night_file).write_text(night_text, encoding="ascii")


@click.command()
@click.option("--night", default=1, show_default=True, help="Which night to serve: 1 or 2.")
@click.option("--scale", default=1.0, show_default=True, help="1.0 = about 1,400 articles.")
@click.option("--seed", default=SEED, show_default=True, help="Seed of every text and number.")
@click.option("--site", "sites", multiple=True, help="Only this replica (may be repeated).")
@click.option("--state", type=click.Path(path_type=Path), help="Write the dial map here as JSON.")
@click.option("--night-file", type=click.Path(path_type=Path), help="File holding the night; read again.")
def main(
    night: int, scale: float, seed: int, sites: tuple[str, ...], state: Path | None, night_file: Path | None
) -> None:
    """Run the replica sites in the foreground until SIGTERM or Ctrl-C."""
    leave = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        leave.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    try:
        server = ReplicaServer(night, seed=seed, scale=scale, sites=sites or None)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with server:
        _write_dial_map(server.dial, state)
        _follow_night_file(server, night_file, leave)


if __name__ == "__main__":
    main()
