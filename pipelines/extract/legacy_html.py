"""mend_tree: old alphabets in a page, wherever they are printed: a whole page, a pasted body, one element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

from pipelines.decode.legacy_text import Line, decide, suspicious, told
from pipelines.decode.syllables import OWN
from pipelines.extract.blocks import LINES

PRINTED = XPath("string()", smart_strings=False)
UNPRINTED = frozenset(("style", "noscript", "template", "textarea"))
ATTRIBUTES = ("alt", "title", "content")
FAMILY = re.compile(r"font-family\s*:\s*([^;]+)", re.IGNORECASE)
TCVN3_FONT = re.compile(r"(?i)^[\s'\"]*\.vn\w")
CAPITAL_FONT = re.compile(r"^[\s'\"]*\.(?i:vn)[\w ]*H\b")
VNI_FONT = re.compile(r"(?i)^[\s'\"]*vni[- ]")
HEALTHY = re.compile(f"[{OWN}{OWN.upper()}]")


@dataclass(frozen=True, slots=True)
class Font:
    """What a font says of the text printed in it."""

    alphabet: str | None = None
    capital: bool = False  # it draws small letters as capitals


@dataclass(frozen=True, slots=True)
class Spot:
    """One string of the tree: an element's `text` or `tail`, or an attribute."""

    element: HtmlElement
    slot: str
    text: str
    font: Font

    def put(self, text: str) -> None:
        """Write another text in its place."""
        if self.slot in ("text", "tail"):
            setattr(self.element, self.slot, text)
        else:
            self.element.set(self.slot, text)


@dataclass(frozen=True, slots=True)
class Printed:
    """Strings that form one line, and the element that this line and its neighbours stand in."""

    spots: tuple[Spot, ...]
    group: int

    @property
    def text(self) -> str:
        """The line."""
        return "".join(spot.text for spot in self.spots)


def mend_tree(tree: HtmlElement) -> tuple[str, ...]:
    """Put Unicode in the place of old alphabets in texts, alt, title and content; addresses stay.

    Changes the tree; gives a note for each alphabet met (`tcvn3:12`, in lines), none for a healthy page.
    """
    if not suspicious(str(PRINTED(tree))):
        return ()
    printed = [part for line in _lines(tree) for part in _parted(line)]
    alphabets = decide([Line(line.text, line.spots[0].font.alphabet, line.group) for line in printed])
    for line, alphabet in zip(printed, alphabets, strict=True):
        for spot in line.spots if alphabet else ():
            read = alphabet.read(spot.text) if alphabet else spot.text
            spot.put(read.upper() if spot.font.capital else read)
    return told(alphabets)


def _parted(line: Printed) -> Iterator[Printed]:
    """A line with healthy letters is judged string by string: a label of the site before a pasted text."""
    if len(line.spots) == 1 or not HEALTHY.search(line.text):
        yield line
        return
    for spot in line.spots:
        yield Printed((spot,), line.group)


def _lines(tree: HtmlElement) -> list[Printed]:
    """Every line of the page in reading order, then its attributes, each alone."""
    block_of: dict[HtmlElement, HtmlElement] = {}
    fonts: dict[HtmlElement, Font] = {}
    blocks: dict[HtmlElement, list[Spot]] = {}
    attributes: list[Spot] = []
    for event, element in iterwalk(tree, events=("start", "end", "comment", "pi")):
        parent = element.getparent()
        if event == "start":
            block_of[element] = block = element if _begins_line(element) else block_of[parent]
            fonts[element] = _font(element) or fonts.get(parent) or Font()
            if element.text and _is_printed(element):
                blocks.setdefault(block, []).append(Spot(element, "text", element.text, fonts[element]))
            attributes += [
                Spot(element, name, text, Font()) for name in ATTRIBUTES if (text := element.get(name))
            ]
        elif element.tail and parent is not None:
            blocks.setdefault(block_of[parent], []).append(Spot(element, "tail", element.tail, fonts[parent]))
    groups = {element: at for at, element in enumerate(block_of)}
    lines = [
        Printed(tuple(spots), groups[block.getparent() if block.getparent() is not None else block])
        for block, spots in blocks.items()
    ]
    return lines + [Printed((spot,), -at - 1) for at, spot in enumerate(attributes)]


def _begins_line(element: HtmlElement) -> bool:
    return element.getparent() is None or element.tag in LINES or element.tag in ("title", "script", "option")


def _is_printed(element: HtmlElement) -> bool:
    """Scripts are code, but for the JSON that tells machines of the article."""
    if element.tag == "script":
        return (element.get("type") or "").strip().lower() == "application/ld+json"
    return element.tag not in UNPRINTED


def _font(element: HtmlElement) -> Font | None:
    """What the element's own font says; None when it names none."""
    named = element.get("face") if element.tag == "font" else None
    if styled := FAMILY.search(element.get("style") or ""):
        named = styled[1]
    if not named:
        return None
    if TCVN3_FONT.match(named):
        return Font("tcvn3", capital=CAPITAL_FONT.match(named) is not None)
    return Font("vni" if VNI_FONT.match(named) else None)
