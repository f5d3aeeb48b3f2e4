"""The frontier beside Scrapy's job directory and scrapy-redis: enqueues a second, memory, what kills lose."""

from __future__ import annotations

import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmarks.frontier.graph import settled
from benchmarks.reading.contenders import environment

PEERS = Path(__file__).parent / "peers"
OURS = "storage.frontier.queue"
NAMES = (OURS, "Scrapy JOBDIR", "scrapy-redis")
RATE, MEMORY = 5000.0, 200.0  # the aims: enqueues a second, MB
PATIENCE = 30.0  # seconds for a Redis server to answer


@dataclass(frozen=True, slots=True)
class Filled:
    """One contender with all URLs known."""

    rate: float  # enqueues a second
    last: float  # of the last tenth
    mb: float  # the most memory its process (and server) had


@dataclass(frozen=True, slots=True)
class Killed:
    """One contender, killed in the middle and begun again, over several rounds."""

    pages: int
    lost: int  # never asked
    twice: int  # asked again


def command(name: str, what: str, folder: Path, count: int) -> list[str]:
    """How a contender is started."""
    if name == "scrapy-redis":
        script = [str(environment("scrapy_redis", PEERS)), "-W", "ignore", str(PEERS / "ask_redis.py")]
    else:
        module = "ours" if name == OURS else "jobdir"
        script = [sys.executable, "-m", f"benchmarks.frontier.{module}"]
    return [*script, what, str(folder), str(count)]


def started(name: str, what: str, folder: Path, count: int) -> subprocess.Popen[str]:
    """The contender's process; its words come line by line."""
    return subprocess.Popen(command(name, what, folder, count), stdout=subprocess.PIPE, text=True)


def words(process: subprocess.Popen[str]) -> Iterator[dict[str, float]]:
    """What it says until it ends."""
    assert process.stdout
    for line in process.stdout:
        yield json.loads(line)


def fill(name: str, folder: Path, count: int) -> Filled:
    """All URLs enqueued by a fresh process."""
    process = started(name, "fill", folder, count)
    (told,) = words(process)
    process.wait()
    return Filled(**told)


def kill(name: str, folder: Path, count: int, at: float) -> Killed:
    """A crawl killed when a share `at` of its pages was settled, then begun again until nothing is left."""
    process = started(name, "crawl", folder, count)
    for told in words(process):
        if told.get("settled", 0) >= at * count:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()  # type: ignore[union-attr]
    again = started(name, "crawl", folder, count)
    list(words(again))
    again.wait()
    asked = settled(folder)
    return Killed(count, count - len(set(asked)), len(asked) - len(set(asked)))


@contextmanager
def redis_server(folder: Path) -> Iterator[None]:
    """A Redis of its own on a free port, that writes every command to its append-only file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    options += ["--appendonly", "yes", "--appendfsync", "everysec"]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    (folder / "redis").write_text(f"redis://127.0.0.1:{port}/0", encoding="ascii")
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def place(name: str) -> Iterator[Path]:
    """A fresh folder, with a server where the contender needs one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="congdoan-frontier-")))
        if name == "scrapy-redis":
            stack.enter_context(redis_server(folder))
        yield folder


def contenders(known: int, pages: int, rounds: int) -> Iterator[tuple[str, Filled, Killed]]:
    """Every contender in turn; scrapy-redis only where a Redis server is installed."""
    for name in NAMES:
        if name == "scrapy-redis" and shutil.which("redis-server") is None:
            click.echo("scrapy-redis: left out, no redis-server (apt-get install redis-server)", err=True)
            continue
        with place(name) as folder:
            filled = fill(name, folder, known)
        chance, ends = random.Random(20250701), []
        for _ in range(rounds):
            with place(name) as folder:
                ends.append(kill(name, folder, pages, chance.uniform(0.1, 0.6)))
        yield (
            name,
            filled,
            Killed(
                sum(end.pages for end in ends), sum(end.lost for end in ends), sum(end.twice for end in ends)
            ),
        )


@click.command()
@click.option("--known", default=1_000_000, show_default=True, help="URLs to enqueue.")
@click.option("--pages", default=5_000, show_default=True, help="Pages of the crawl that is killed.")
@click.option("--rounds", default=3, show_default=True, help="Kills of each.")
@click.option("--json", "figures", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(known: int, pages: int, rounds: int, figures: Path | None) -> None:
    """Exit code 1 when ours misses its aims: 5,000 enqueues a second, 200 MB, nothing lost."""
    click.echo(
        f"| contender | enqueues/s | last tenth | MB with {known:,} URLs "
        f"| lost of {pages * rounds:,} | asked twice |"
    )
    click.echo("|---|---|---|---|---|---|")
    missed, ours, by_contender = False, None, {}
    for name, filled, killed in contenders(known, pages, rounds):
        ours = ours or filled
        by_contender[name] = {**asdict(filled), **asdict(killed)}
        ratio = f" ({ours.rate / filled.rate:.2f} ×)" if name != OURS else ""
        click.echo(
            f"| {name} | {filled.rate:,.0f}{ratio} | {filled.last:,.0f} | {filled.mb:.0f} "
            f"| {killed.lost} | {killed.twice} |"
        )
        if name == OURS:
            missed = filled.rate < RATE or filled.mb > MEMORY or killed.lost > 0
    if figures:
        told = {"ours": OURS, "contenders": by_contender}
        figures.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
