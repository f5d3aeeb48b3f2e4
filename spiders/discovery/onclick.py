"""Links in event handlers: `onclick="location.href='/bai-12.html'"`, `window.open('…')`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from spiders.markup.html import Element

# Only literal addresses: one that a script composes (`'/bai-' + id`) is not guessed.
OPENS = re.compile(
    r"""(?:\blocation(?:\.href)?\s*=|\blocation\.(?:assign|replace)\s*\(|(?<![\w.])(?:window\.)?open\s*\()"""
    r"""\s*(['"])(?P<url>[^'"\\\s<>{}]+)\1(?!\s*[+.])"""
)
_with_handler = etree.XPath("descendant-or-self::*[@onclick]")


def click_target(script: str | None) -> str | None:
    """Return the address an onclick script opens, as written; None when the script composes it."""
    opening = OPENS.search(script) if script else None
    return opening["url"] if opening else None


def clickable_elements(node: Element) -> Iterator[tuple[Element, str]]:
    """Yield the elements in a node, itself included, whose onclick opens an address, with that address."""
    elements: Any = _with_handler(node)
    for element in elements:
        url = click_target(element.get("onclick"))
        if url:
            yield element, url
