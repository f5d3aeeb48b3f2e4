"""Line numbers of keys in TOML text, for error messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

TABLE_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
TOML_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def toml_line(text: str, place: Sequence[str | int]) -> int | None:
    """Return the line (from 1) of a key, given as a pydantic location: `("layout", 0, "body", 1)`.

    An inline table or array counts as its key's line. None when not even the first part is in the text.
    """
    best: tuple[int, int] | None = None
    for number, path in _key_lines(text):
        depth = _shared_depth(path, tuple(place))
        if depth and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _key_lines(text: str) -> list[tuple[int, tuple[str | int, ...]]]:
    """Every header and key with its line; arrays of tables are counted."""
    table: tuple[str | int, ...] = ()
    counts: Counter[str] = Counter()
    key_lines: list[tuple[int, tuple[str | int, ...]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := TABLE_HEADER.match(line):
            name = header[2]
            table = _key_parts(name)
            if header[1] == "[[":
                table = (*table, counts[name])
                counts[name] += 1
            key_lines.append((number, table))
        elif key := TOML_KEY.match(line):
            key_lines.append((number, (*table, *_key_parts(key[1]))))
    return key_lines


def _key_parts(name: str) -> tuple[str | int, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _shared_depth(path: tuple[str | int, ...], place: tuple[str | int, ...]) -> int:
    """How many parts of a place a key covers; 0 when the key leads elsewhere."""
    return len(path) if path == place[: len(path)] else 0
