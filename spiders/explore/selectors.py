"""Candidate CSS selectors of an element, to find its counterparts on other pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from spiders.markup.html import Element

NAME = re.compile(r"-?[A-Za-z_][\w-]*")
TOO_WIDE = frozenset(("html", "body", "form"))
# on pages from before style sheets, where no class or id is near
PRESENTATION_ATTRIBUTES = ("summary", "width", "bgcolor", "color", "cellpadding", "align", "size")
PRESENTATION_VALUE = re.compile(r"[#%\w.-]{1,40}")
MAX_NAMED_ANCESTOR_LEVELS = 6  # levels up


def own_selectors(node: Element) -> Iterator[str]:
    """Yield selectors of an element by its own id, classes and itemprop, the most specific first."""
    if not isinstance(node.tag, str) or node.tag in ("html", "body"):
        return
    ident = node.get("id") or ""
    if NAME.fullmatch(ident):
        yield f"#{ident}"
    classes = [name for name in (node.get("class") or "").split() if NAME.fullmatch(name)]
    yield from (f".{name}" for name in classes)
    yield from (f"{node.tag}.{name}" for name in classes)
    if len(classes) > 1:
        yield "." + ".".join(classes[:4])
    itemprop = node.get("itemprop") or ""
    if NAME.fullmatch(itemprop):
        yield f'[itemprop="{itemprop}"]'
    if not (ident or classes or itemprop):
        yield from _presentation_selectors(node)


def _presentation_selectors(node: Element) -> Iterator[str]:
    """Yield selectors by presentation attributes, when no near ancestor has a class or id."""
    attributes = [(name, node.get(name) or "") for name in PRESENTATION_ATTRIBUTES]
    attributes = [(name, value) for name, value in attributes if PRESENTATION_VALUE.fullmatch(value)]
    around = islice(node.iterancestors(), MAX_NAMED_ANCESTOR_LEVELS) if attributes else ()
    if not any(up.tag not in ("html", "body") and (up.get("class") or up.get("id")) for up in around):
        yield from (f'{node.tag}[{name}="{value}"]' for name, value in attributes)


def candidate_selectors(node: Element) -> Iterator[str]:
    """Yield selectors of an element: its own, its tag, and its tag inside ancestors with a selector."""
    tag = node.tag
    if not isinstance(tag, str) or tag in TOO_WIDE:
        return
    node_selectors = list(dict.fromkeys(own_selectors(node)))
    yield from node_selectors
    if tag in ("h1", "article", "main", "time", "figcaption"):
        yield tag
    parent = node.getparent()
    for distance, around in enumerate(node.iterancestors()):
        if distance > 3:
            break
        joint = " > " if around is parent else " "
        for name in list(own_selectors(around))[:3]:
            yield f"{name}{joint}{tag}"
            yield from (
                f"{name} {own_selector}" for own_selector in node_selectors[:2] if own_selector[0] == "."
            )
