"""What the lines of a body are - headings, items, rows, quotes - and where its pictures stand (pure)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from pipelines.extract.blocks import Block
from storage.records import Image, Shape


def outlined(
    lines: Sequence[str], outline: Sequence[Block], images: Sequence[Image]
) -> tuple[tuple[Shape, ...], tuple[Image, ...]]:
    """The shapes of the body's lines, and the images with the number of lines that stand above each.

    `lines` are what is left of `outline` after byline, lead, dates and furniture were taken out; the first
    may have lost its press prefix. The images' own numbers count lines of the outline.
    """
    stayed = _stayed(lines, outline)
    shapes = tuple(
        Shape(at, block.shape, block.level)
        for at, block in enumerate(_blocks(stayed, outline))
        if block.shape
    )
    known = [at for at in stayed if at is not None]
    placed = tuple(replace(image, line=bisect_left(known, image.line or 0)) for image in images)
    return shapes, placed


def moved(
    stay: Sequence[int], shapes: Sequence[Shape], images: Sequence[Image]
) -> tuple[tuple[Shape, ...], tuple[Image, ...]]:
    """Shapes and images of a body of which only the lines `stay` (ascending) are left."""
    places = {line: at for at, line in enumerate(stay)}
    kept = tuple(replace(shape, line=places[shape.line]) for shape in shapes if shape.line in places)
    return kept, tuple(replace(image, line=bisect_left(stay, image.line or 0)) for image in images)


def _stayed(lines: Sequence[str], outline: Sequence[Block]) -> list[int | None]:
    """For each line its place in the outline, in order; None for a line that is not there as it is."""
    found: list[int | None] = []
    start = 0
    for number, line in enumerate(lines):
        at = next((at for at in range(start, len(outline)) if _is(line, outline[at].text, number == 0)), None)
        found.append(at)
        start = start if at is None else at + 1
    return found


def _is(line: str, text: str, first: bool) -> bool:
    return text == line or (first and text.endswith(line))


def _blocks(stayed: Sequence[int | None], outline: Sequence[Block]) -> list[Block]:
    plain = Block("text", "")
    return [outline[at] if at is not None else plain for at in stayed]
