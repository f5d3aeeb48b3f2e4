"""Marks: a text cut into what was found and what stands between (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from storage.search.results.snippets import Span

Pieces = tuple[tuple[str, bool], ...]
"""(text, whether it was asked for), in order; together the whole text."""


def cut(text: str, spans: Iterable[Span]) -> Pieces:
    """The text in pieces; spans are in order and apart."""
    found: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        found += [(text[at:start], False), (text[start:end], True)]
        at = end
    return tuple(piece for piece in (*found, (text[at:], False)) if piece[0])
