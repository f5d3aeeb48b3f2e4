"""Splits an HTML element into blocks in reading order: lines of text, captions and images."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from lxml.html import HtmlElement

from pipelines.parse.clean import ASIDE_ELEMENT_NAME, tidy
from storage.records import LineKind

BlockKind = Literal["text", "caption", "image", "mark"]
TEXTLESS_TAGS = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "svg",
        "canvas",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "audio",
        "video",
        "map",
        "head",
    }
)
# The last eight are trafilatura's own XML, so that its result is split by the same rules.
LINE_TAGS = frozenset(
    {
        "p",
        "div",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "tr",
        "td",
        "th",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "caption",
        "blockquote",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "nav",
        "figure",
        "figcaption",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "pre",
        "center",
        "address",
        "form",
        "fieldset",
        "details",
        "summary",
        "body",
        "html",
        "hr",
        "br",
        "head",
        "list",
        "item",
        "row",
        "cell",
        "quote",
        "lb",
    }
)
HEADING_LEVELS = {"h1": 1, "h2": 1, "h3": 2, "h4": 3, "h5": 4, "h6": 5}  # levels below the article's title
LIST_TAGS, ITEM_TAGS, QUOTE_TAGS = (
    frozenset({"ul", "ol", "list"}),
    frozenset({"li", "item"}),
    frozenset({"blockquote", "quote"}),
)
ROW_TAGS, CELL_TAGS = frozenset({"tr", "row"}), ("td", "th", "cell")
FRAME_TAGS = frozenset({"table", "figure"})  # an image and the text in one frame belong together
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
IMAGE_SOURCE_ATTRIBUTES = ("data-src", "data-original", "data-lazy-src", "src")
MAX_CELL_CHARS = 300  # a longer cell means a table used for layout


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """One line of text or one picture of a page."""

    kind: BlockKind
    text: str  # cleaned; for an image its URL as written, for a mark its name
    link_share: float = 0.0  # of its characters inside links, 0-1
    aside: bool = False  # inside an element whose class or id says share, related, comment …
    frame: int = 0  # number of the innermost figure or table; 0 = none
    target: str = ""  # href of the last link in the line, as written
    alt: str = ""
    title: str = ""
    shape: LineKind | None = None  # of a line that is no plain paragraph
    level: int = 1  # of a heading, or of nesting in a list

    @property
    def is_mostly_link(self) -> bool:
        """Whether at least half of its characters are inside links."""
        return self.link_share >= 0.5


def split_blocks(
    block_root: HtmlElement,
    captions: Collection[HtmlElement] = (),
    marks: Iterable[tuple[HtmlElement, str]] = (),
) -> list[HtmlBlock]:
    """Return the blocks of `block_root`; elements in `captions` become captions, `marks` named marks."""
    splitter = _BlockSplitter(frozenset(captions), dict(marks))
    splitter.visit_element(block_root)
    splitter.flush_line()
    return splitter.blocks


class _BlockSplitter:
    """Walks once over an element: text is collected until a line boundary flushes it into a block."""

    def __init__(self, captions: frozenset[HtmlElement], marks: dict[HtmlElement, str]) -> None:
        self.captions, self.marks = captions, marks
        self.blocks: list[HtmlBlock] = []
        self.line_parts: list[str] = []
        self.linked_chars = 0  # characters of `parts` inside links
        self.target = ""
        self.in_link = self.aside = False
        self.frame = self.frames = 0
        self.shape: LineKind | None = None
        self.level = 1
        self.lists: list[bool] = []  # the lists around, the innermost last; True = numbered

    def add_text(self, text: str | None) -> None:
        if text:
            self.line_parts.append(text)
            if self.in_link:
                self.linked_chars += len(text.strip())

    def flush_line(self, block_kind: BlockKind = "text") -> None:
        if not self.line_parts:
            return
        block_text = tidy("".join(self.line_parts))
        if block_text:
            link_share = min(1.0, self.linked_chars / len(block_text))
            block_shape = self.shape if block_kind == "text" else None
            self.blocks.append(
                HtmlBlock(
                    block_kind,
                    block_text,
                    link_share,
                    self.aside,
                    self.frame,
                    self.target,
                    shape=block_shape,
                    level=self.level,
                )
            )
            if self.shape in (LineKind.ITEM, LineKind.NUMBERED):
                self.shape = None  # what follows in the same item is a paragraph
        self.line_parts, self.linked_chars, self.target = [], 0, ""

    def visit_element(self, block_element: HtmlElement) -> None:
        block_tag = block_element.tag
        if block_tag in TEXTLESS_TAGS and not (block_tag == "head" and block_element.get("rend")):
            return
        if block_element in self.marks:
            self.flush_line()
            self.blocks.append(HtmlBlock("mark", self.marks[block_element]))
        elif block_tag == "img":
            self.visit_image(block_element)
        elif block_tag == "figcaption" or block_element in self.captions:
            self.visit_caption(block_element)
        elif block_tag in LINE_TAGS:
            self.visit_line(block_element)
        elif not _is_hidden(block_element):
            self.visit_inline(block_element)

    def visit_inline(self, block_element: HtmlElement) -> None:
        was_block_in_link, self.in_link = self.in_link, self.in_link or block_element.tag == "a"
        if block_element.tag == "a":
            self.target = block_element.get("href", "")
        self.visit_children(block_element)
        self.in_link = was_block_in_link

    def visit_children(self, block_element: HtmlElement) -> None:
        self.add_text(block_element.text)
        for child_block in block_element:
            if isinstance(child_block.tag, str):
                self.visit_element(child_block)
            self.add_text(child_block.tail)

    def visit_line(self, block_element: HtmlElement) -> None:
        self.flush_line()
        if _is_hidden(block_element):
            return
        outer_block_state = self.aside, self.frame, self.shape, self.level
        block_list_depth = len(self.lists)
        self.note_shape(block_element)
        self.aside = self.aside or _is_aside(block_element)
        if block_element.tag in FRAME_TAGS or _is_image_box(block_element):
            self.frames += 1
            self.frame = self.frames
        if block_element.tag in ROW_TAGS and _is_data_row(block_element):
            self.visit_row(block_element)
        else:
            self.visit_children(block_element)
        self.flush_line()
        self.aside, self.frame, self.shape, self.level = outer_block_state
        del self.lists[block_list_depth:]

    def note_shape(self, block_element: HtmlElement) -> None:
        """Note the shape (heading, item, quote) of the lines of an element."""
        block_tag, block_rend = block_element.tag, block_element.get("rend", "")
        if block_tag in LIST_TAGS:
            self.lists.append("ol" in (block_tag, block_rend))
            self.shape = None
        elif block_tag in ITEM_TAGS:
            self.shape = LineKind.NUMBERED if self.lists and self.lists[-1] else LineKind.ITEM
            self.level = max(1, len(self.lists))
        elif heading_level := HEADING_LEVELS.get(block_rend if block_tag == "head" else block_tag):
            self.shape, self.level = LineKind.HEADING, heading_level
        elif block_tag in QUOTE_TAGS:
            self.shape, self.level = LineKind.QUOTE, 1

    def visit_row(self, block_element: HtmlElement) -> None:
        self.shape, self.level = LineKind.ROW, 1
        for cell_number, row_cell in enumerate(block_element):
            if isinstance(row_cell.tag, str):
                self.add_text(" | " if cell_number else "")
                self.add_text(" ".join(row_cell.itertext("*")))

    def visit_caption(self, block_element: HtmlElement) -> None:
        self.flush_line()
        self.add_text("".join(block_element.itertext("*")))
        self.flush_line("caption")

    def visit_image(self, block_element: HtmlElement) -> None:
        image_source = next(
            (block_element.get(name) for name in IMAGE_SOURCE_ATTRIBUTES if block_element.get(name)), None
        )
        if not image_source or image_source.startswith("data:") or _is_icon(block_element):
            return
        self.flush_line()
        alt, title = tidy(block_element.get("alt", "")), tidy(block_element.get("title", ""))
        self.blocks.append(
            HtmlBlock("image", image_source.strip(), 0.0, self.aside, self.frame, "", alt, title)
        )
        if title and "caption" in block_element.get("class", "").split():
            self.blocks.append(HtmlBlock("caption", title))  # some themes print the title below by script


def _is_image_box(block_element: HtmlElement) -> bool:
    """Return whether an element holds one image and a few words, which are its caption."""
    holds_image = block_element.find("img") is not None or block_element.find("a/img") is not None
    return holds_image and 0 < len(tidy("".join(block_element.itertext("*")))) <= MAX_CELL_CHARS


def _is_hidden(block_element: HtmlElement) -> bool:
    return block_element.get("hidden") is not None or bool(
        HIDDEN_STYLE.search(block_element.get("style", ""))
    )


def _is_aside(block_element: HtmlElement) -> bool:
    if block_element.tag in ("nav", "aside"):
        return True
    block_names = f"{block_element.get('class', '')} {block_element.get('id', '')}"
    return len(block_names) > 1 and bool(ASIDE_ELEMENT_NAME.search(block_names))


def _is_icon(block_element: HtmlElement) -> bool:
    icon_sizes = [block_element.get(name, "") for name in ("width", "height")]
    return any(icon_size.isdigit() and int(icon_size) <= 24 for icon_size in icon_sizes)


def _is_data_row(table_row: HtmlElement) -> bool:
    """Return whether a row is data, not layout: two cells or more, all short, none with an image."""
    row_cells = [row_cell for row_cell in table_row if row_cell.tag in CELL_TAGS]
    if len(row_cells) < 2 or table_row.find(".//img") is not None or table_row.find(".//table") is not None:
        return False
    return all(len("".join(row_cell.itertext("*"))) <= MAX_CELL_CHARS for row_cell in row_cells)
