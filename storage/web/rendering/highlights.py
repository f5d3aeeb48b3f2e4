"""Highlights: splits a text into the matched spans of a search and the text between them (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from storage.search.results.snippets import Span

HighlightedText = tuple[tuple[str, bool], ...]
"""(text, whether it matched the query), in order; together the whole text."""


def split_highlights(text: str, spans: Iterable[Span]) -> HighlightedText:
    """Return the text split at the matched spans, which are in order and do not overlap."""
    segments: list[tuple[str, bool]] = []
    position = 0
    for start, end in spans:
        segments += [(text[position:start], False), (text[start:end], True)]
        position = end
    segments.append((text[position:], False))
    return tuple(segment for segment in segments if segment[0])
