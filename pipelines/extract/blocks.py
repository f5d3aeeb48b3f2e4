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
    root: HtmlElement,
    captions: Collection[HtmlElement] = (),
    marks: Iterable[tuple[HtmlElement, str]] = (),
) -> list[HtmlBlock]:
    """Return the blocks of `root`; elements in `captions` become captions, `marks` named marks."""
    splitter = _BlockSplitter(frozenset(captions), dict(marks))
    splitter.visit_element(root)
    splitter.flush_line()
    return splitter.blocks


class _BlockSplitter:
    """Walks once over an element: text is collected until a line boundary flushes it into a block."""

    def __init__(self, captions: frozenset[HtmlElement], marks: dict[HtmlElement, str]) -> None:
        self.captions, self.marks = captions, marks
        self.blocks: list[HtmlBlock] = []
        self.parts: list[str] = []
        self.linked_chars = 0  # characters of `parts` inside links
        self.target = ""
        self.in_link = self.aside = False
        self.frame = self.frames = 0
        self.shape: LineKind | None = None
        self.level = 1
        self.lists: list[bool] = []  # the lists around, the innermost last; True = numbered

    def add_text(self, text: str | None) -> None:
        if text:
            self.parts.append(text)
            if self.in_link:
                self.linked_chars += len(text.strip())

    def flush_line(self, kind: BlockKind = "text") -> None:
        if not self.parts:
            return
        text = tidy("".join(self.parts))
        if text:
            link_share = min(1.0, self.linked_chars / len(text))
            shape = self.shape if kind == "text" else None
            self.blocks.append(
                HtmlBlock(
                    kind, text, link_share, self.aside, self.frame, self.target, shape=shape, level=self.level
                )
            )
            if self.shape in (LineKind.ITEM, LineKind.NUMBERED):
                self.shape = None  # what follows in the same item is a paragraph
        self.parts, self.linked_chars, self.target = [], 0, ""

    def visit_element(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in TEXTLESS_TAGS and not (tag == "head" and element.get("rend")):
            return
        if element in self.marks:
            self.flush_line()
            self.blocks.append(HtmlBlock("mark", self.marks[element]))
        elif tag == "img":
            self.visit_image(element)
        elif tag == "figcaption" or element in self.captions:
            self.visit_caption(element)
        elif tag in LINE_TAGS:
            self.visit_line(element)
        elif not _is_hidden(element):
            self.visit_inline(element)

    def visit_inline(self, element: HtmlElement) -> None:
        was_in_link, self.in_link = self.in_link, self.in_link or element.tag == "a"
        if element.tag == "a":
            self.target = element.get("href", "")
        self.visit_children(element)
        self.in_link = was_in_link

    def visit_children(self, element: HtmlElement) -> None:
        self.add_text(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self.visit_element(child)
            self.add_text(child.tail)

    def visit_line(self, element: HtmlElement) -> None:
        self.flush_line()
        if _is_hidden(element):
            return
        outer_state = self.aside, self.frame, self.shape, self.level
        list_depth = len(self.lists)
        self.note_shape(element)
        self.aside = self.aside or _is_aside(element)
        if element.tag in FRAME_TAGS or _is_image_box(element):
            self.frames += 1
            self.frame = self.frames
        if element.tag in ROW_TAGS and _is_data_row(element):
            self.visit_row(element)
        else:
            self.visit_children(element)
        self.flush_line()
        self.aside, self.frame, self.shape, self.level = outer_state
        del self.lists[list_depth:]

    def note_shape(self, element: HtmlElement) -> None:
        """Note the shape (heading, item, quote) of the lines of an element."""
        tag, rend = element.tag, element.get("rend", "")
        if tag in LIST_TAGS:
            self.lists.append("ol" in (tag, rend))
            self.shape = None
        elif tag in ITEM_TAGS:
            self.shape = LineKind.NUMBERED if self.lists and self.lists[-1] else LineKind.ITEM
            self.level = max(1, len(self.lists))
        elif heading := HEADING_LEVELS.get(rend if tag == "head" else tag):
            self.shape, self.level = LineKind.HEADING, heading
        elif tag in QUOTE_TAGS:
            self.shape, self.level = LineKind.QUOTE, 1

    def visit_row(self, element: HtmlElement) -> None:
        self.shape, self.level = LineKind.ROW, 1
        for at, cell in enumerate(element):
            if isinstance(cell.tag, str):
                self.add_text(" | " if at else "")
                self.add_text(" ".join(cell.itertext("*")))

    def visit_caption(self, element: HtmlElement) -> None:
        self.flush_line()
        self.add_text("".join(element.itertext("*")))
        self.flush_line("caption")

    def visit_image(self, element: HtmlElement) -> None:
        source = next((element.get(name) for name in IMAGE_SOURCE_ATTRIBUTES if element.get(name)), None)
        if not source or source.startswith("data:") or _is_icon(element):
            return
        self.flush_line()
        alt, title = tidy(element.get("alt", "")), tidy(element.get("title", ""))
        self.blocks.append(HtmlBlock("image", source.strip(), 0.0, self.aside, self.frame, "", alt, title))
        if title and "caption" in element.get("class", "").split():
            self.blocks.append(HtmlBlock("caption", title))  # some themes print the title below by script


def _is_image_box(element: HtmlElement) -> bool:
    """Return whether an element holds one image and a few words, which are its caption."""
    holds = element.find("img") is not None or element.find("a/img") is not None
    return holds and 0 < len(tidy("".join(element.itertext("*")))) <= MAX_CELL_CHARS


def _is_hidden(element: HtmlElement) -> bool:
    return element.get("hidden") is not None or bool(HIDDEN_STYLE.search(element.get("style", "")))


def _is_aside(element: HtmlElement) -> bool:
    if element.tag in ("nav", "aside"):
        return True
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return len(names) > 1 and bool(ASIDE_ELEMENT_NAME.search(names))


def _is_icon(element: HtmlElement) -> bool:
    sizes = [element.get(name, "") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= 24 for size in sizes)


def _is_data_row(row: HtmlElement) -> bool:
    """Return whether a row is data, not layout: two cells or more, all short, none with an image."""
    cells = [cell for cell in row if cell.tag in CELL_TAGS]
    if len(cells) < 2 or row.find(".//img") is not None or row.find(".//table") is not None:
        return False
    return all(len("".join(cell.itertext("*"))) <= MAX_CELL_CHARS for cell in cells)
