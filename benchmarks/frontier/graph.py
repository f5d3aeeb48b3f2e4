"""The site all contenders enqueue: page 0 leads to pages 1-50, page 1 to 51-100. Imports nothing of ours."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

FAN = 50  # links a page, as a listing has
IN_FLIGHT = 16  # requests, Scrapy's default
SAY = 200  # pages between two words to whoever watches


def url(number: int) -> str:
    """The address of a page: as long as addresses of articles are."""
    return f"https://congdoan.example/tin-tuc/hoi-nghi-can-bo-cong-chuc-vien-chuc-nguoi-lao-dong-nam-{number}.html"


def number_of(address: str) -> int:
    """The page of an address."""
    return int(address.rsplit("-", 1)[1].removesuffix(".html"))


def links(number: int, count: int) -> range:
    """The pages a page leads to, of `count` there are."""
    return range(min(count, FAN * number + 1), min(count, FAN * number + 1 + FAN))


def batches(count: int) -> Iterator[range]:
    """All pages, as many at once as a page has links."""
    for start in range(0, count, FAN):
        yield range(start, min(count, start + FAN))


class Book:
    """Writes down what was asked and settled, so that a kill loses nothing of it."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "settled.txt").open("ab", buffering=0)
        self._count = 0

    def settle(self, number: int) -> None:
        """A page is done; the watcher hears of it now and then."""
        self._file.write(b"%d\n" % number)
        self._count += 1
        if self._count % SAY == 0:
            say({"settled": self._count})


def settled(folder: Path) -> list[int]:
    """Every page that was settled, as often as it was."""
    told = (folder / "settled.txt").read_bytes().split(b"\n")
    return [int(line) for line in told if line]


def resident() -> float:
    """The most memory this process ever had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(told: dict[str, float]) -> None:
    """A line to whoever watches."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
