"""Structure of a body: which lines are headings, items, rows, quotes, and the lines above each image."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from pipelines.extract.blocks import HtmlBlock
from storage.records import Image, Shape


def match_structure(
    lines: Sequence[str], outline: Sequence[HtmlBlock], images: Sequence[Image]
) -> tuple[tuple[Shape, ...], tuple[Image, ...]]:
    """Return the shapes of the body's lines, and the images with the number of body lines above each.

    `lines` are what is left of `outline` without byline, lead, dates and boilerplate; the first may have lost
    its press prefix. The images' own numbers count lines of the outline.
    """
    places = _outline_places(lines, outline)
    shapes = tuple(
        Shape(at, block.shape, block.level)
        for at, block in enumerate(_blocks_at(places, outline))
        if block.shape
    )
    known_places = [at for at in places if at is not None]
    placed_images = tuple(replace(image, line=bisect_left(known_places, image.line or 0)) for image in images)
    return shapes, placed_images


def renumber_structure(
    remaining: Sequence[int], shapes: Sequence[Shape], images: Sequence[Image]
) -> tuple[tuple[Shape, ...], tuple[Image, ...]]:
    """Shapes and images of a body of which only the lines `stay` (ascending) are left."""
    new_lines = {line: at for at, line in enumerate(remaining)}
    remaining_shapes = tuple(
        replace(shape, line=new_lines[shape.line]) for shape in shapes if shape.line in new_lines
    )
    return remaining_shapes, tuple(
        replace(image, line=bisect_left(remaining, image.line or 0)) for image in images
    )


def _outline_places(lines: Sequence[str], outline: Sequence[HtmlBlock]) -> list[int | None]:
    """Return each line's place in the outline, in order; None for a line that is not in it."""
    places: list[int | None] = []
    start = 0
    for number, line in enumerate(lines):
        at = next(
            (
                at
                for at in range(start, len(outline))
                if _is_outline_line(line, outline[at].text, number == 0)
            ),
            None,
        )
        places.append(at)
        start = start if at is None else at + 1
    return places


def _is_outline_line(line: str, text: str, first: bool) -> bool:
    return text == line or (first and text.endswith(line))


def _blocks_at(places: Sequence[int | None], outline: Sequence[HtmlBlock]) -> list[HtmlBlock]:
    paragraph_block = HtmlBlock("text", "")
    return [outline[at] if at is not None else paragraph_block for at in places]
