"""Repairs that healthy text did not need, and what looking for them costs, over corpora and saved pages."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from pipelines.decode.charset import decode
from pipelines.decode.legacy_text import repair_legacy_text
from pipelines.extract.legacy_html import repair_legacy_html
from pipelines.extract.page_tree import parse_tree

# Changes of form, not of letters: composed marks, dropped joiners and controls; U+FFFD was there before.
HARMLESS = ("nfc", "zero_width", "control", "replacement")


def main(paths: list[str]) -> None:
    """Print every unwanted repair and the totals, for each corpus (.jsonl, .jsonl.gz) or folder of pages."""
    for path in map(Path, paths):
        if path.is_dir():
            pages(path)
        else:
            corpus(path)


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
    main(sys.argv[1:])
