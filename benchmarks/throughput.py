"""Throughput: the whole chain beside bare Scrapy and trafilatura alone, on the same pages in one run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from benchmarks.apart import apart
from benchmarks.contenders import Spent, bare_scrapy, trafilatura_alone, whole_chain
from crawler.config import Config
from crawler.demo.replica_process import replica_process
from storage.articles.queries import as_capture
from storage.database.engine import open_database, reading
from storage.database.schema import captures, urls
from storage.records import UrlKind
from storage.warc.record_reader import read_capture

MOST_REACTOR = 6.0  # ms of CPU a page in the reactor process
MOST_RATIO = 1.35  # CPU of the whole chain to that of trafilatura on the article pages alone


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run of all three."""

    chain: Spent
    scrapy: Spent
    trafilatura: Spent

    @property
    def reactor_ms(self) -> float:
        """CPU of the chain's main process, in ms a page."""
        return 1000 * self.chain.main / self.chain.pages

    @property
    def ratio(self) -> float:
        """CPU of the whole chain, all pages, to that of trafilatura, article pages only."""
        return self.chain.total / self.trafilatura.total

    @property
    def failures(self) -> tuple[str, ...]:
        """What makes the run worthless: a contender that did not do its work; one line each."""
        return (*self.chain.wrong, *self.scrapy.wrong, *self.trafilatura.wrong)

    @property
    def missed(self) -> tuple[str, ...]:
        """Aims that are missed, one line each."""
        found = []
        if self.reactor_ms >= MOST_REACTOR:
            found.append(f"reactor process: {self.reactor_ms:.2f} ms CPU a page (under {MOST_REACTOR})")
        if self.ratio > MOST_RATIO:
            found.append(f"whole chain: {self.ratio:.2f} × trafilatura alone (at most {MOST_RATIO})")
        return tuple(found)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; seconds, but for `reactor_ms`."""
        return {**asdict(self), "reactor_ms": self.reactor_ms, "ratio": self.ratio, "missed": self.missed}


def compare(scale: float, rounds: int = 1) -> Comparison:
    """Run all three one after the other, and so again; each one's cheapest round is the least disturbed."""
    with replica_process(scale) as sites:
        runs = [_round(sites.dial) for _ in range(rounds)]
    return Comparison(*(min(spent, key=lambda one: one.total) for spent in zip(*runs, strict=True)))


def _round(dial: Mapping[str, str]) -> tuple[Spent, Spent, Spent]:
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        config = Config(data=Path(folder))
        chain = apart(whole_chain, config.data, dial)
        asked, articles = _asked(config), _articles(config)
    return chain, apart(bare_scrapy, asked, dial), apart(trafilatura_alone, articles)


def _asked(config: Config) -> list[str]:
    """Every URL the chain asked, in the order it was answered."""
    with reading(open_database(config.database_url)) as connection:
        return list(connection.scalars(select(captures.c.url).order_by(captures.c.id)))


def _articles(config: Config) -> list[tuple[str, bytes]]:
    """URL and body of every page the chain read as an article."""
    chosen = (
        select(captures)
        .join(urls, urls.c.capture_id == captures.c.id)
        .where(urls.c.kind == UrlKind.ARTICLE, captures.c.status == 200)
        .order_by(captures.c.id)
    )
    with reading(open_database(config.database_url)) as connection:
        kept = [as_capture(row) for row in connection.execute(chosen)]
    return [(capture.url, read_capture(config.warcs, capture).content()) for capture in kept]


def table(compared: Comparison) -> str:
    """The figures, for a person."""
    named = (
        ("whole chain", compared.chain),
        ("bare Scrapy", compared.scrapy),
        ("trafilatura alone", compared.trafilatura),
    )
    head = ("", "pages", "pages/s", "reactor ms", "workers ms", "total ms", "start s")
    rows = [head, *((name, *_figures(spent)) for name, spent in named)]
    lines = ["".join((row[0].ljust(18), *(cell.rjust(12) for cell in row[1:]))) for row in rows]
    return "\n".join(
        [
            "CPU a page (start-up apart); pages/s by the clock on the wall",
            *lines,
            f"the chain's reactor process: {compared.reactor_ms:.2f} ms a page (aim: under {MOST_REACTOR}), "
            f"{compared.chain.main / compared.scrapy.main:.2f} × bare Scrapy",
            f"the whole chain, all pages: {compared.ratio:.2f} × trafilatura on the article pages "
            f"(aim: at most {MOST_RATIO})",
        ]
    )


def _figures(spent: Spent) -> tuple[str, ...]:
    a_page = (f"{1000 * seconds / spent.pages:.2f}" for seconds in (spent.main, spent.workers, spent.total))
    return str(spent.pages), f"{spent.pages / spent.seconds:.1f}", *a_page, f"{spent.start:.2f}"


@click.command()
@click.option(
    "--scale", default=1.0, show_default=True, help="Size of the replica sites; 1 = 1,400 articles."
)
@click.option("--rounds", default=1, show_default=True, help="The cheapest of so many counts.")
@click.option("--json", "figures", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(scale: float, rounds: int, figures: Path | None) -> None:
    """Measure; exit code 1 when an aim is missed, 2 when a contender failed and nothing was measured."""
    compared = compare(scale, rounds)
    click.echo(table(compared))
    if figures:
        figures.write_text(json.dumps(compared.as_dict(), indent=2) + "\n", encoding="utf-8")
    for line in compared.failures:
        click.echo(f"failed: {line}", err=True)
    for line in compared.missed:
        click.echo(f"missed: {line}", err=True)
    raise SystemExit(2 if compared.failures else 1 if compared.missed else 0)


if __name__ == "__main__":
    main()
