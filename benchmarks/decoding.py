"""Bytes of pages made text: CPU beside trafilatura's decoding, and repairs that healthy text did not need."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time

import click
from trafilatura.utils import decode_file

from benchmarks.reading.gold import replica_pages
from crawler.demo.site_systems import DEMO_SYSTEMS
from pipelines.decode.charset import decode
from pipelines.decode.legacy_text import repair_legacy_text
from pipelines.extract.legacy_html import repair_legacy_html
from pipelines.extract.page_tree import parse_tree

# Changes of form, not of letters: composed marks, dropped joiners and controls; U+FFFD was there before.
PAGES_A_SITE = 4
ROUNDS = 3
HARMLESS = ("nfc", "zero_width", "control", "replacement")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--json", "figures", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(paths: tuple[Path, ...], figures: Path | None) -> None:
    """Measure the CPU of decoding the replicas' pages, beside trafilatura.

    For each corpus (.jsonl, .jsonl.gz) or folder of pages in PATHS every unwanted repair is printed, and
    the totals.
    """
    ours, peer = beside_trafilatura(
        [page.body for system in DEMO_SYSTEMS for page in replica_pages(system.key, PAGES_A_SITE)]
    )
    click.echo(f"replicas: decode {ours:.3f} ms a page, trafilatura's decode_file {peer:.3f}")
    for path in paths:
        if path.is_dir():
            pages(path)
        else:
            corpus(path)
    if figures:
        figures.write_text(json.dumps({"decode_ms": ours, "peer_ms": peer}) + "\n", encoding="utf-8")


def beside_trafilatura(bodies: list[bytes]) -> tuple[float, float]:
    """Return CPU ms a page of our decoding and of trafilatura's, each the cheapest of ROUNDS."""
    ways = (lambda body: decode(body, "text/html"), decode_file)
    return tuple(min(_milliseconds(way, bodies) for _ in range(ROUNDS)) for way in ways)  # type: ignore[return-value]


def _milliseconds(way: Callable[[bytes], object], bodies: list[bytes]) -> float:
    began = process_time()
    for body in bodies:
        way(body)
    return 1000 * (process_time() - began) / len(bodies)


def corpus(path: Path) -> None:
    """Each article as text (`repair_legacy_text`) and as the bytes of a page (`decode`)."""
    seen, told, mending, decoding = 0, Counter[str](), 0.0, 0.0
    for article in _articles(path):
        text = "\n".join(filter(None, (article["title"], article.get("abstract"), article["body"])))
        began = process_time()
        mended, note = repair_legacy_text(text)
        between = process_time()
        repairs = decode(text.encode(), "text/html; charset=utf-8").repairs
        mending, decoding = mending + between - began, decoding + process_time() - between
        seen += 1
        told.update(repair.split(":")[0] for repair in repairs)
        if note or mended != text or _letters(repairs):
            print(f"  {article['id']}: {note or 'no note'}; {', '.join(repairs)}")
            told["UNWANTED"] += 1
    print(f"{path.name}: {seen} articles, {told['UNWANTED']} unwanted repairs, {dict(told)}")
    print(f"  mend {1000 * mending / seen:.3f} ms, decode {1000 * decoding / seen:.3f} ms an article")


def pages(folder: Path) -> None:
    """Each page decoded, parsed and looked through as when it is read."""
    seen, told, looking = 0, Counter[str](), 0.0
    for path in sorted(path for path in folder.rglob("*.html") if path.is_file()):
        decoded = decode(path.read_bytes(), "text/html")
        tree, _ = parse_tree(decoded.text)
        began = process_time()
        notes = repair_legacy_html(tree)
        looking += process_time() - began
        seen += 1
        told.update(repair.split(":")[0] for repair in (*decoded.repairs, *notes))
        if unwanted := (*_letters(decoded.repairs), *notes):
            print(f"  {path.relative_to(folder)}: {', '.join(unwanted)}")
    print(f"{folder.name}: {seen} pages, {dict(told)}; looking {1000 * looking / max(seen, 1):.3f} ms a page")


def _articles(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)


def _letters(repairs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(repair for repair in repairs if not repair.startswith(HARMLESS))


if __name__ == "__main__":
    main()
