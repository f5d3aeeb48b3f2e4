"""An article's text as safe HTML, as Markdown and as plain text, all from the one reading (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import groupby
from urllib.parse import urlsplit

from storage.records import Article, Image, LineKind, Shape

PARAGRAPH = Shape(-1, LineKind.QUOTE, 0)  # what a plain line is treated as: level 0
# Characters that Markdown gives a meaning anywhere, and those that have one at a line's beginning.
MARKED = re.compile(r"([\\`*_\[\]<>|])")
LINE_START = re.compile(r"^(\d*)([#+\-=~.)])")
CELL = " | "

_Group = Callable[[Sequence[tuple[str, Shape]]], str]
_Picture = Callable[[Image], str]


def to_text(article: Article) -> str:
    """Title, lead and body as plain text, paragraphs apart by an empty line."""
    return "\n\n".join(part for part in (article.title, article.lead, *article.body.split("\n")) if part)


def to_html(article: Article) -> str:
    """Lead and body as HTML of a dozen elements without attributes but `src` and `alt`; all text escaped.

    Pictures stand where they stood; only http and https addresses are let through.
    """
    lead = [f"<p><strong>{escape(article.lead)}</strong></p>"] if article.lead else []
    return "\n".join([*lead, *_woven(article, _html_group, _html_image)])


def to_markdown(article: Article) -> str:
    """Title, lead and body as CommonMark with the table extension."""
    head = [f"# {_marked(article.title)}"] + ([f"**{_marked(article.lead)}**"] if article.lead else [])
    return "\n\n".join([*head, *_woven(article, _markdown_group, _markdown_image)]) + "\n"


def _woven(article: Article, group: _Group, picture: _Picture) -> Iterator[str]:
    """The groups of lines of one kind, broken where pictures stand, and these."""
    lines = article.body.split("\n") if article.body else []
    shapes = {shape.line: shape for shape in article.shape}
    marks = [shapes.get(at, PARAGRAPH) for at in range(len(lines))]
    breaks = sorted({min(image.line or 0, len(lines)) for image in article.images} | {0, len(lines)})
    for start, end in zip(breaks, [*breaks[1:], len(lines)], strict=True):
        yield from (picture(i) for i in article.images if min(i.line or 0, len(lines)) == start and _web(i))
        part = list(zip(lines[start:end], marks[start:end], strict=True))
        for _, members in groupby(part, key=lambda pair: _kind(pair[1])):
            yield group(list(members))


def _kind(shape: Shape) -> LineKind | None:
    return shape.kind if shape.level else None


def _web(image: Image) -> bool:
    return urlsplit(image.url).scheme in ("http", "https")


def _html_group(members: Sequence[tuple[str, Shape]]) -> str:
    kind, lines = _kind(members[0][1]), [escape(text) for text, _ in members]
    if kind is LineKind.HEADING:
        return "\n".join(
            f"<h{min(6, shape.level + 1)}>{line}</h{min(6, shape.level + 1)}>"
            for line, (_, shape) in zip(lines, members, strict=True)
        )
    if kind is LineKind.ITEM:
        return "<ul>\n" + "\n".join(f"<li>{line}</li>" for line in lines) + "\n</ul>"
    if kind is LineKind.NUMBERED:
        return "<ol>\n" + "\n".join(f"<li>{line}</li>" for line in lines) + "\n</ol>"
    if kind is LineKind.ROW:
        rows = ("".join(f"<td>{cell}</td>" for cell in line.split(CELL)) for line in lines)
        return "<table>\n" + "\n".join(f"<tr>{row}</tr>" for row in rows) + "\n</table>"
    inside = "\n".join(f"<p>{line}</p>" for line in lines)
    return f"<blockquote>\n{inside}\n</blockquote>" if kind is LineKind.QUOTE else inside


def _html_image(image: Image) -> str:
    picture = f'<img src="{escape(image.url)}" alt="{escape(image.alt or image.caption or "")}">'
    caption = f"<figcaption>{escape(image.caption)}</figcaption>" if image.caption else ""
    return f"<figure>{picture}{caption}</figure>"


def _markdown_group(members: Sequence[tuple[str, Shape]]) -> str:
    kind, lines = _kind(members[0][1]), [_marked(text) for text, _ in members]
    if kind is LineKind.HEADING:
        return "\n\n".join(
            f"{'#' * min(6, shape.level + 1)} {line}" for line, (_, shape) in zip(lines, members, strict=True)
        )
    if kind is LineKind.ITEM:
        return "\n".join(
            f"{'  ' * (shape.level - 1)}- {line}" for line, (_, shape) in zip(lines, members, strict=True)
        )
    if kind is LineKind.NUMBERED:
        return "\n".join(f"{at}. {line}" for at, line in enumerate(lines, 1))
    if kind is LineKind.ROW:
        return _markdown_table([text.split(CELL) for text, _ in members])
    if kind is LineKind.QUOTE:
        return "\n>\n".join(f"> {line}" for line in lines)
    return "\n\n".join(lines)


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    width = max(map(len, rows))
    filled = [[*map(_marked, row), *[""] * (width - len(row))] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in filled]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _markdown_image(image: Image) -> str:
    url = image.url.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    picture = f"![{_marked(image.alt or image.caption or '')}]({url})"
    return f"{picture}\n\n*{_marked(image.caption)}*" if image.caption else picture


def _marked(text: str) -> str:
    return LINE_START.sub(r"\1\\\2", MARKED.sub(r"\\\1", text))
