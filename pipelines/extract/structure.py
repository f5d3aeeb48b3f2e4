"""Structure of a body: which lines are headings, items, rows, quotes, and the lines above each image."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from pipelines.extract.blocks import HtmlBlock
from storage.records import Image, Shape


def match_structure(
    body_lines: Sequence[str], outline: Sequence[HtmlBlock], structure_images: Sequence[Image]
) -> tuple[tuple[Shape, ...], tuple[Image, ...]]:
    """Return the shapes of the body's lines, and the images with the number of body lines above each.

    `body_lines` are what is left of `outline` without byline, lead, dates and boilerplate; the first may
    have lost its press prefix. The images' own numbers count lines of the outline.
    """
    outline_places = _outline_places(body_lines, outline)
    body_shapes = tuple(
        Shape(outline_place, outline_block.shape, outline_block.level)
        for outline_place, outline_block in enumerate(_blocks_at(outline_places, outline))
        if outline_block.shape
    )
    structure_places = [outline_place for outline_place in outline_places if outline_place is not None]
    placed_images = tuple(
        replace(structure_image, line=bisect_left(structure_places, structure_image.line or 0))
        for structure_image in structure_images
    )
    return body_shapes, placed_images


def renumber_structure(
    remaining_lines: Sequence[int], body_shapes: Sequence[Shape], structure_images: Sequence[Image]
) -> tuple[tuple[Shape, ...], tuple[Image, ...]]:
    """Shapes and images of a body of which only the lines `stay` (ascending) are left."""
    new_line_numbers = {body_line: outline_place for outline_place, body_line in enumerate(remaining_lines)}
    remaining_shapes = tuple(
        replace(line_shape, line=new_line_numbers[line_shape.line])
        for line_shape in body_shapes
        if line_shape.line in new_line_numbers
    )
    return remaining_shapes, tuple(
        replace(structure_image, line=bisect_left(remaining_lines, structure_image.line or 0))
        for structure_image in structure_images
    )


def _outline_places(body_lines: Sequence[str], outline: Sequence[HtmlBlock]) -> list[int | None]:
    """Return each line's place in the outline, in order; None for a line that is not in it."""
    outline_places: list[int | None] = []
    outline_start = 0
    for body_line_number, body_line in enumerate(body_lines):
        outline_place = next(
            (
                outline_place
                for outline_place in range(outline_start, len(outline))
                if _is_outline_line(body_line, outline[outline_place].text, body_line_number == 0)
            ),
            None,
        )
        outline_places.append(outline_place)
        outline_start = outline_start if outline_place is None else outline_place + 1
    return outline_places


def _is_outline_line(body_line: str, outline_text: str, is_first_line: bool) -> bool:
    return outline_text == body_line or (is_first_line and outline_text.endswith(body_line))


def _blocks_at(outline_places: Sequence[int | None], outline: Sequence[HtmlBlock]) -> list[HtmlBlock]:
    paragraph_block = HtmlBlock("text", "")
    return [
        outline[outline_place] if outline_place is not None else paragraph_block
        for outline_place in outline_places
    ]
