"""Repairs legacy encodings in the tree of a page: in the whole page, a pasted body, or one element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

from pipelines.decode.legacy_text import LegacyLine, choose_encodings, may_be_legacy, repair_notes
from pipelines.decode.syllables import VIETNAMESE_ONLY_LETTERS
from pipelines.extract.blocks import LINE_TAGS

TREE_TEXT = XPath("string()", smart_strings=False)
UNPRINTED_TAGS = frozenset(("style", "noscript", "template", "textarea"))
TEXT_ATTRIBUTES = ("alt", "title", "content")
FONT_FAMILY = re.compile(r"font-family\s*:\s*([^;]+)", re.IGNORECASE)
TCVN3_FONT = re.compile(r"(?i)^[\s'\"]*\.vn\w")
CAPITAL_FONT = re.compile(r"^[\s'\"]*\.(?i:vn)[\w ]*H\b")
VNI_FONT = re.compile(r"(?i)^[\s'\"]*vni[- ]")
UNICODE_LETTER = re.compile(f"[{VIETNAMESE_ONLY_LETTERS}{VIETNAMESE_ONLY_LETTERS.upper()}]")


@dataclass(frozen=True, slots=True)
class FontEncoding:
    """What a font's name says of the text printed in it."""

    encoding: str | None = None  # legacy encoding by name; None for a Unicode font
    is_capital: bool = False  # it draws small letters as capitals


@dataclass(frozen=True, slots=True)
class TextSlot:
    """One string of the tree: an element's `text` or `tail`, or an attribute."""

    element: HtmlElement
    slot: str
    text: str
    font: FontEncoding

    def replace_text(self, text: str) -> None:
        """Write another text in its place in the tree."""
        if self.slot in ("text", "tail"):
            setattr(self.element, self.slot, text)
        else:
            self.element.set(self.slot, text)


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Strings of the tree that form one printed line, and the number of the element around the line."""

    slots: tuple[TextSlot, ...]
    group: int

    @property
    def text(self) -> str:
        """The text of the line."""
        return "".join(slot.text for slot in self.slots)


def repair_legacy_html(tree: HtmlElement) -> tuple[str, ...]:
    """Replace legacy encodings by Unicode in texts, alt, title and content of a tree; URLs stay.

    Return a note for each encoding repaired (`tcvn3:12`, in lines), none for a page in Unicode.
    """
    if not may_be_legacy(str(TREE_TEXT(tree))):
        return ()
    lines = [printed_line for line in _printed_lines(tree) for printed_line in _split_mixed_line(line)]
    encodings = choose_encodings(
        [LegacyLine(line.text, line.slots[0].font.encoding, line.group) for line in lines]
    )
    for line, encoding in zip(lines, encodings, strict=True):
        for slot in line.slots if encoding else ():
            decoded = encoding.to_unicode(slot.text) if encoding else slot.text
            slot.replace_text(decoded.upper() if slot.font.is_capital else decoded)
    return repair_notes(encodings)


def _split_mixed_line(line: PrintedLine) -> Iterator[PrintedLine]:
    """Split a line with Unicode letters into its strings: a label of the site before a pasted legacy text."""
    if len(line.slots) == 1 or not UNICODE_LETTER.search(line.text):
        yield line
        return
    for slot in line.slots:
        yield PrintedLine((slot,), line.group)


def _printed_lines(tree: HtmlElement) -> list[PrintedLine]:
    """Return every line of the page in reading order, then its attributes, each alone."""
    block_of: dict[HtmlElement, HtmlElement] = {}
    fonts: dict[HtmlElement, FontEncoding] = {}
    block_slots: dict[HtmlElement, list[TextSlot]] = {}
    attribute_slots: list[TextSlot] = []
    for event, element in iterwalk(tree, events=("start", "end", "comment", "pi")):
        parent = element.getparent()
        if event == "start":
            block_of[element] = block = element if _begins_line(element) else block_of[parent]
            fonts[element] = _font_encoding(element) or fonts.get(parent) or FontEncoding()
            if element.text and _is_printed(element):
                block_slots.setdefault(block, []).append(
                    TextSlot(element, "text", element.text, fonts[element])
                )
            attribute_slots += [
                TextSlot(element, name, text, FontEncoding())
                for name in TEXT_ATTRIBUTES
                if (text := element.get(name))
            ]
        elif element.tail and parent is not None:
            block_slots.setdefault(block_of[parent], []).append(
                TextSlot(element, "tail", element.tail, fonts[parent])
            )
    groups = {element: at for at, element in enumerate(block_of)}
    lines = [
        PrintedLine(tuple(slots), groups[block.getparent() if block.getparent() is not None else block])
        for block, slots in block_slots.items()
    ]
    return lines + [PrintedLine((slot,), -at - 1) for at, slot in enumerate(attribute_slots)]


def _begins_line(element: HtmlElement) -> bool:
    return (
        element.getparent() is None
        or element.tag in LINE_TAGS
        or element.tag in ("title", "script", "option")
    )


def _is_printed(element: HtmlElement) -> bool:
    """Return whether an element's text is text: scripts are code, but for JSON-LD."""
    if element.tag == "script":
        return (element.get("type") or "").strip().lower() == "application/ld+json"
    return element.tag not in UNPRINTED_TAGS


def _font_encoding(element: HtmlElement) -> FontEncoding | None:
    """Return what the element's own font says; None when it names none."""
    font_name = element.get("face") if element.tag == "font" else None
    if styled := FONT_FAMILY.search(element.get("style") or ""):
        font_name = styled[1]
    if not font_name:
        return None
    if TCVN3_FONT.match(font_name):
        return FontEncoding("tcvn3", is_capital=CAPITAL_FONT.match(font_name) is not None)
    return FontEncoding("vni" if VNI_FONT.match(font_name) else None)
