"""The short and the smoke form of every benchmark; its figures as rows, ours beside a peer's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Figures: TypeAlias = Mapping[str, Any]  # what a benchmark wrote with --json


@dataclass(frozen=True, slots=True)
class Measurement:
    """One quantity of ours, beside a peer's of the same run where there is one."""

    quantity: str  # with its unit
    value: float
    peer: str = ""
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return ours divided by the peer's; None without a peer."""
        return self.value / self.peer_value if self.peer_value else None


@dataclass(frozen=True, slots=True)
class ShortForm:
    """How one benchmark is run shortly."""

    module: str
    short: tuple[str, ...]  # arguments: minutes, with its peers
    smoke: tuple[str, ...]  # arguments: seconds, without peers from outside
    measurements: Callable[[Figures], Iterator[Measurement]]
    needs_corpora: bool = False  # other people's texts, which are not in the repository


def throughput(figures: Figures) -> Iterator[Measurement]:
    """CPU of the whole chain beside trafilatura alone, of its event loop's process beside bare Scrapy."""
    chain, scrapy, trafilatura = (figures[name] for name in ("chain", "scrapy", "trafilatura"))
    whole = chain["main"] + chain["workers"]
    peer = trafilatura["main"] + trafilatura["workers"]
    yield Measurement("CPU s, whole chain", whole, "trafilatura on the articles alone", peer)
    loop, bare = (1000 * spent["main"] / spent["pages"] for spent in (chain, scrapy))
    yield Measurement("CPU ms a page, event loop's process", loop, "bare Scrapy", bare)


def exporting(figures: Figures) -> Iterator[Measurement]:
    """CPU of an article exported beside DuckDB's COPY."""
    for form in ("parquet", "jsonl.zst"):
        ours, peer = (
            1e6 * figures[f"{name} {form}"]["cpu"] / figures[f"{name} {form}"]["articles"]
            for name in ("congdoan", "duckdb")
        )
        yield Measurement(f"CPU µs an article, {form}", ours, "DuckDB COPY", peer)


def verifying(figures: Figures) -> Iterator[Measurement]:
    """CPU of a record verified beside `warcio check`."""
    ours, peer = (1e6 * figures[name] / figures["records"] for name in ("congdoan verify", "warcio check"))
    yield Measurement("CPU µs a record", ours, "warcio check", peer)


def frontier(figures: Figures) -> Iterator[Measurement]:
    """URLs enqueued a second, memory, and URLs lost by kills, beside each peer."""
    ours = figures["contenders"][figures["ours"]]
    for name, peer in figures["contenders"].items():
        if name != figures["ours"]:
            yield Measurement("enqueued a second", ours["rate"], name, peer["rate"])
            yield Measurement("MB at the peak", ours["mb"], name, peer["mb"])
            yield Measurement("URLs lost by kills", ours["lost"], name, peer["lost"])


def dedup(figures: Figures) -> Iterator[Measurement]:
    """Precision, and CPU of a text, beside each peer."""
    precision, cost = figures["precision"], figures["cpu_ms_a_text"]
    own_cost = cost["ours, the whole question"]
    peers = [name for name in precision if name != "ours"]
    if not peers:
        yield Measurement("precision", precision["ours"])
        yield Measurement("CPU ms a text", own_cost)
    for name in peers:
        yield Measurement("precision", precision["ours"], name, precision[name])
        yield Measurement("CPU ms a text (a peer's: signing alone)", own_cost, name, cost[name])


def reading(figures: Figures) -> Iterator[Measurement]:
    """Body F1 by family, and CPU, beside each peer."""
    for family, readers in figures["families"].items():
        ours = readers["ours"]["body"]
        for name in [name for name in readers if name != "ours"] or [""]:
            yield Measurement(f"body F1, {family}", ours, name, readers[name]["body"] if name else None)
    ratios = figures["cpu_ratio"]
    if ratios.get("ours") is not None:
        yield Measurement("CPU, × trafilatura with metadata", ratios["ours"], "trafilatura", 1.0)


def search(figures: Figures) -> Iterator[Measurement]:
    """MRR@10 of known items beside each peer, and bytes of index to a byte of text."""
    for kind, scores in figures.get("known", {}).items():
        for name in scores:
            if name != "ours":
                yield Measurement(f"MRR@10, {kind}", scores["ours"], name, scores[name])
    yield Measurement("bytes of index to a byte of text", figures["cost"]["ratio"])


def exploring(figures: Figures) -> Iterator[Measurement]:
    """Sites whose proposed profile needs no mending, of all."""
    yield Measurement("share of sites that need no mending", figures["good"] / len(figures["sites"]))


def decoding(figures: Figures) -> Iterator[Measurement]:
    """CPU of a page's bytes made text, beside trafilatura's own decoding."""
    yield Measurement("CPU ms a page", figures["decode_ms"], "trafilatura's decode_file", figures["peer_ms"])


SHORT_FORMS: Mapping[str, ShortForm] = {
    "throughput": ShortForm(
        "benchmarks.throughput", ("--scale", "0.3", "--rounds", "2"), ("--scale", "0.02"), throughput
    ),
    "reading": ShortForm(
        "benchmarks.reading",
        ("--each", "4", "--peers", "trafilatura,readability"),
        ("--each", "1", "--peers", "none", "--families", "wordpress"),
        reading,
    ),
    "dedup": ShortForm(
        "benchmarks.dedup",
        ("--originals", "100", "--background", "2000", "--peers", "datasketch"),
        ("--originals", "4", "--background", "40", "--peers", "none"),
        dedup,
    ),
    "search": ShortForm(
        "benchmarks.search",
        ("--articles", "5000", "--parts", "known,cost", "--each", "50", "--peers", "fts5,tantivy"),
        ("--articles", "1200", "--parts", "known,cost", "--each", "3", "--peers", "fts5"),
        search,
        needs_corpora=True,
    ),
    "frontier": ShortForm(
        "benchmarks.frontier",
        ("--known", "100000", "--pages", "2000", "--rounds", "1"),
        ("--known", "2000", "--pages", "100", "--rounds", "1"),
        frontier,
    ),
    "exporting": ShortForm(
        "benchmarks.exporting",
        ("--articles", "20000", "--rounds", "2"),
        ("--articles", "300", "--rounds", "1"),
        exporting,
    ),
    "verifying": ShortForm("benchmarks.verifying", ("--pages", "2000"), ("--pages", "30"), verifying),
    "exploring": ShortForm("benchmarks.exploring", ("--family", "joomla"), ("--family", "vnpt"), exploring),
    "decoding": ShortForm("benchmarks.decoding", (), (), decoding),
}
