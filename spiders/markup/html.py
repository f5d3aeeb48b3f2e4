"""HTML: decode bytes, parse them into a tree, select elements by CSS, read their text."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Any

from cssselect import HTMLTranslator
from lxml import etree

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CHARSET = re.compile(r"(?i)charset\s*=\s*[\"']?\s*([a-z0-9_.:-]+)")
META = re.compile(rb"(?i)<meta[^>]+charset\s*=\s*[\"']?\s*([a-z0-9_.:-]+)")
DECLARED = re.compile(rb"^\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)[\"']")
CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\x0b\x0c\r\x1b")
DECLARATION_BYTES = 4096  # bytes in which a charset may be declared
CUT_WARNING = re.compile(r"Excessive depth")

Element = etree._Element
_string = etree.XPath("string()")


def looks_like_text(body: bytes) -> bool:
    """Return True when bytes look like text in some charset; compressed data has many control characters."""
    head = body[:DECLARATION_BYTES]
    return len(head.translate(None, CONTROLS)) * 50 >= len(head) * 49


def decode_markup(body: bytes, content_type: str | None = None) -> str:
    """Decode markup without errors: by BOM, else UTF-8 if valid, else as declared, else UTF-8 with U+FFFD.

    Enough for links and hints; the repair of legacy Vietnamese text is done where articles are read.
    """
    for bom, charset in BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(charset, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode(_declared_charset(body[:DECLARATION_BYTES], content_type), "replace")


def _declared_charset(head: bytes, content_type: str | None) -> str:
    """The first charset declared by header or markup that Python knows and that reads ASCII; else utf-8."""
    charsets = CHARSET.findall(content_type or "")
    charsets += [name.decode("ascii") for name in (*DECLARED.findall(head), *META.findall(head))]
    for name in charsets:
        try:
            b"a".decode(name)
            return codecs.lookup(name).name
        except (LookupError, UnicodeError):
            continue  # unknown, or a false utf-16: nothing with that name wrote these bytes
    return "utf-8"


def parse_html(text: str) -> tuple[Element | None, str | None]:
    """Parse HTML; return its root (None without markup) and a line on what was lost, or None.

    `huge_tree`: libxml2 silently cuts the rest of a page at nesting depth 256 (2,048 with it),
    which unclosed tags of old sites do reach.
    """
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    data = text.replace("\x00", "\ufffd").encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return None, str(error)
    if root is None:
        return None, None
    cut = any(CUT_WARNING.search(entry.message) for entry in parser.error_log)
    return root, "nested too deep, the rest of the page was cut off" if cut else None


@lru_cache(maxsize=2048)
def _css_xpath(css: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(css))


def select(node: Element, css: str) -> list[Element]:
    """Return the elements a CSS selector matches in a node, itself included, in document order."""
    elements: Any = _css_xpath(css)(node)
    return list(elements)


def text_of(node: Element) -> str:
    """Return the text of a node, white space collapsed."""
    return " ".join(str(_string(node)).split())
