"""An HTML element cut into its lines of text and its pictures, in reading order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from lxml.html import HtmlElement

from pipelines.parse.clean import ASIDE_NAME, tidy
from storage.records import LineKind

Kind = Literal["text", "caption", "image", "mark"]
SILENT = frozenset(
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
# The last eight are trafilatura's own XML, so that its result is cut by the same rules.
LINES = frozenset(
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
HEADINGS = {"h1": 1, "h2": 1, "h3": 2, "h4": 3, "h5": 4, "h6": 5}  # levels below the article's title
LISTS, ITEMS, QUOTES = (
    frozenset({"ul", "ol", "list"}),
    frozenset({"li", "item"}),
    frozenset({"blockquote", "quote"}),
)
ROWS, CELLS = frozenset({"tr", "row"}), ("td", "th", "cell")
FRAMES = frozenset({"table", "figure"})  # a picture and the text in one frame belong together
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
PICTURE_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")
LONGEST_CELL = 300  # characters; a longer cell means a table that is layout


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text or one picture; `linked` is the share (0–1) of its characters inside links."""

    kind: Kind
    text: str  # tidied; for an image its URL as written, for a mark its name
    linked: float = 0.0
    aside: bool = False  # inside an element whose class or id says share, related, comment …
    frame: int = 0  # number of the innermost figure or table; 0 = none
    target: str = ""  # href of the last link in the line, as written
    alt: str = ""
    title: str = ""
    shape: LineKind | None = None  # of a line that is no plain paragraph
    level: int = 1  # of a heading, or of nesting in a list


def segment(
    root: HtmlElement,
    captions: Collection[HtmlElement] = (),
    marks: Iterable[tuple[HtmlElement, str]] = (),
) -> list[Block]:
    """The blocks of `root`; elements in `captions` become captions, marked ones a mark and nothing more."""
    walk = _Walk(frozenset(captions), dict(marks))
    walk.visit(root)
    walk.flush()
    return walk.blocks


class _Walk:
    """One pass over an element: text gathers until a block boundary flushes it."""

    def __init__(self, captions: frozenset[HtmlElement], marks: dict[HtmlElement, str]) -> None:
        self.captions, self.marks = captions, marks
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.linked = 0  # characters of `parts` inside links
        self.target = ""
        self.in_link = self.aside = False
        self.frame = self.frames = 0
        self.shape: LineKind | None = None
        self.level = 1
        self.lists: list[bool] = []  # the lists around, the innermost last; True = numbered

    def say(self, text: str | None) -> None:
        if text:
            self.parts.append(text)
            if self.in_link:
                self.linked += len(text.strip())

    def flush(self, kind: Kind = "text") -> None:
        if not self.parts:
            return
        text = tidy("".join(self.parts))
        if text:
            share = min(1.0, self.linked / len(text))
            told = self.shape if kind == "text" else None
            self.blocks.append(
                Block(kind, text, share, self.aside, self.frame, self.target, shape=told, level=self.level)
            )
            if self.shape in (LineKind.ITEM, LineKind.NUMBERED):
                self.shape = None  # what follows in the same item is a paragraph
        self.parts, self.linked, self.target = [], 0, ""

    def visit(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in SILENT and not (tag == "head" and element.get("rend")):
            return
        if element in self.marks:
            self.flush()
            self.blocks.append(Block("mark", self.marks[element]))
        elif tag == "img":
            self.picture(element)
        elif tag == "figcaption" or element in self.captions:
            self.caption(element)
        elif tag in LINES:
            self.line(element)
        elif not _hidden(element):
            self.inline(element)

    def inline(self, element: HtmlElement) -> None:
        was, self.in_link = self.in_link, self.in_link or element.tag == "a"
        if element.tag == "a":
            self.target = element.get("href", "")
        self.children(element)
        self.in_link = was

    def children(self, element: HtmlElement) -> None:
        self.say(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self.visit(child)
            self.say(child.tail)

    def line(self, element: HtmlElement) -> None:
        self.flush()
        if _hidden(element):
            return
        before = self.aside, self.frame, self.shape, self.level
        lists = len(self.lists)
        self.form(element)
        self.aside = self.aside or _is_aside(element)
        if element.tag in FRAMES or _is_picture_box(element):
            self.frames += 1
            self.frame = self.frames
        if element.tag in ROWS and _is_data_row(element):
            self.row(element)
        else:
            self.children(element)
        self.flush()
        self.aside, self.frame, self.shape, self.level = before
        del self.lists[lists:]

    def form(self, element: HtmlElement) -> None:
        """Take note of what the lines of an element are."""
        tag, rend = element.tag, element.get("rend", "")
        if tag in LISTS:
            self.lists.append("ol" in (tag, rend))
            self.shape = None
        elif tag in ITEMS:
            self.shape = LineKind.NUMBERED if self.lists and self.lists[-1] else LineKind.ITEM
            self.level = max(1, len(self.lists))
        elif heading := HEADINGS.get(rend if tag == "head" else tag):
            self.shape, self.level = LineKind.HEADING, heading
        elif tag in QUOTES:
            self.shape, self.level = LineKind.QUOTE, 1

    def row(self, element: HtmlElement) -> None:
        self.shape, self.level = LineKind.ROW, 1
        for at, cell in enumerate(element):
            if isinstance(cell.tag, str):
                self.say(" | " if at else "")
                self.say(" ".join(cell.itertext("*")))

    def caption(self, element: HtmlElement) -> None:
        self.flush()
        self.say("".join(element.itertext("*")))
        self.flush("caption")

    def picture(self, element: HtmlElement) -> None:
        source = next((element.get(name) for name in PICTURE_SOURCES if element.get(name)), None)
        if not source or source.startswith("data:") or _is_icon(element):
            return
        self.flush()
        alt, title = tidy(element.get("alt", "")), tidy(element.get("title", ""))
        self.blocks.append(Block("image", source.strip(), 0.0, self.aside, self.frame, "", alt, title))
        if title and "caption" in element.get("class", "").split():
            self.blocks.append(Block("caption", title))  # some themes print it below by script


def _is_picture_box(element: HtmlElement) -> bool:
    """A block of one picture and a few words: the words are its caption."""
    holds = element.find("img") is not None or element.find("a/img") is not None
    return holds and 0 < len(tidy("".join(element.itertext("*")))) <= LONGEST_CELL


def _hidden(element: HtmlElement) -> bool:
    return element.get("hidden") is not None or bool(HIDDEN.search(element.get("style", "")))


def _is_aside(element: HtmlElement) -> bool:
    if element.tag in ("nav", "aside"):
        return True
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return len(names) > 1 and bool(ASIDE_NAME.search(names))


def _is_icon(element: HtmlElement) -> bool:
    sizes = [element.get(name, "") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= 24 for size in sizes)


def _is_data_row(row: HtmlElement) -> bool:
    """A row of figures, not of layout: two cells or more, all short, none with a picture."""
    cells = [cell for cell in row if cell.tag in CELLS]
    if len(cells) < 2 or row.find(".//img") is not None or row.find(".//table") is not None:
        return False
    return all(len("".join(cell.itertext("*"))) <= LONGEST_CELL for cell in cells)
