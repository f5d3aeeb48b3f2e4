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
    """One string of the tree: an element's `legacy_text` or `tail`, or an attribute."""

    element: HtmlElement
    slot: str
    text: str
    font: FontEncoding

    def replace_text(self, legacy_text: str) -> None:
        """Write another text in its place in the tree."""
        if self.slot in ("text", "tail"):
            setattr(self.element, self.slot, legacy_text)
        else:
            self.element.set(self.slot, legacy_text)


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Strings of the tree that form one printed line, and the number of the element around the line."""

    slots: tuple[TextSlot, ...]
    group: int

    @property
    def text(self) -> str:
        """The text of the line."""
        return "".join(legacy_slot.text for legacy_slot in self.slots)


def repair_legacy_html(legacy_tree: HtmlElement) -> tuple[str, ...]:
    """Replace legacy encodings by Unicode in texts, alt, title and content of a tree; URLs stay.

    Return a note for each encoding repaired (`tcvn3:12`, in lines), none for a page in Unicode.
    """
    if not may_be_legacy(str(TREE_TEXT(legacy_tree))):
        return ()
    legacy_lines = [
        printed_line
        for legacy_line in _printed_lines(legacy_tree)
        for printed_line in _split_mixed_line(legacy_line)
    ]
    encodings = choose_encodings(
        [
            LegacyLine(legacy_line.text, legacy_line.slots[0].font.encoding, legacy_line.group)
            for legacy_line in legacy_lines
        ]
    )
    for legacy_line, encoding in zip(legacy_lines, encodings, strict=True):
        for legacy_slot in legacy_line.slots if encoding else ():
            unicode_text = encoding.to_unicode(legacy_slot.text) if encoding else legacy_slot.text
            legacy_slot.replace_text(unicode_text.upper() if legacy_slot.font.is_capital else unicode_text)
    return repair_notes(encodings)


def _split_mixed_line(legacy_line: PrintedLine) -> Iterator[PrintedLine]:
    """Split a line with Unicode letters into its strings: a label of the site before a pasted legacy text."""
    if len(legacy_line.slots) == 1 or not UNICODE_LETTER.search(legacy_line.text):
        yield legacy_line
        return
    for legacy_slot in legacy_line.slots:
        yield PrintedLine((legacy_slot,), legacy_line.group)


def _printed_lines(legacy_tree: HtmlElement) -> list[PrintedLine]:
    """Return every line of the page in reading order, then its attributes, each alone."""
    block_of: dict[HtmlElement, HtmlElement] = {}
    fonts: dict[HtmlElement, FontEncoding] = {}
    slots_by_block: dict[HtmlElement, list[TextSlot]] = {}
    attribute_slots: list[TextSlot] = []
    for event, legacy_element in iterwalk(legacy_tree, events=("start", "end", "comment", "pi")):
        parent = legacy_element.getparent()
        if event == "start":
            block_of[legacy_element] = block = (
                legacy_element if _begins_line(legacy_element) else block_of[parent]
            )
            fonts[legacy_element] = _font_encoding(legacy_element) or fonts.get(parent) or FontEncoding()
            if legacy_element.text and _is_printed(legacy_element):
                slots_by_block.setdefault(block, []).append(
                    TextSlot(legacy_element, "text", legacy_element.text, fonts[legacy_element])
                )
            attribute_slots += [
                TextSlot(legacy_element, attribute_name, legacy_text, FontEncoding())
                for attribute_name in TEXT_ATTRIBUTES
                if (legacy_text := legacy_element.get(attribute_name))
            ]
        elif legacy_element.tail and parent is not None:
            slots_by_block.setdefault(block_of[parent], []).append(
                TextSlot(legacy_element, "tail", legacy_element.tail, fonts[parent])
            )
    line_groups = {legacy_element: slot_number for slot_number, legacy_element in enumerate(block_of)}
    legacy_lines = [
        PrintedLine(
            tuple(legacy_slots),
            line_groups[block.getparent() if block.getparent() is not None else block],
        )
        for block, legacy_slots in slots_by_block.items()
    ]
    return legacy_lines + [
        PrintedLine((legacy_slot,), -slot_number - 1)
        for slot_number, legacy_slot in enumerate(attribute_slots)
    ]


def _begins_line(legacy_element: HtmlElement) -> bool:
    return (
        legacy_element.getparent() is None
        or legacy_element.tag in LINE_TAGS
        or legacy_element.tag in ("title", "script", "option")
    )


def _is_printed(legacy_element: HtmlElement) -> bool:
    """Return whether an element's text is text: scripts are code, but for JSON-LD."""
    if legacy_element.tag == "script":
        return (legacy_element.get("type") or "").strip().lower() == "application/ld+json"
    return legacy_element.tag not in UNPRINTED_TAGS


def _font_encoding(legacy_element: HtmlElement) -> FontEncoding | None:
    """Return what the element's own font says; None when it names none."""
    font_name = legacy_element.get("face") if legacy_element.tag == "font" else None
    if styled_font := FONT_FAMILY.search(legacy_element.get("style") or ""):
        font_name = styled_font[1]
    if not font_name:
        return None
    if TCVN3_FONT.match(font_name):
        return FontEncoding("tcvn3", is_capital=CAPITAL_FONT.match(font_name) is not None)
    return FontEncoding("vni" if VNI_FONT.match(font_name) else None)
