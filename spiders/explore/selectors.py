"""Selectors: what an element could be called in CSS, so that other pages can be asked for the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spiders.markup import Element

NAME = re.compile(r"-?[A-Za-z_][\w-]*")
TOO_WIDE = frozenset(("html", "body", "form"))


def names_of(node: Element) -> Iterator[str]:
    """Selectors of an element by its own id, classes and itemprop, the surest first."""
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


def candidates(node: Element) -> Iterator[str]:
    """Selectors of an element: its own names, its tag, and its tag inside named ancestors."""
    tag = node.tag
    if not isinstance(tag, str) or tag in TOO_WIDE:
        return
    own = list(dict.fromkeys(names_of(node)))
    yield from own
    if tag in ("h1", "article", "main", "time", "figcaption"):
        yield tag
    parent = node.getparent()
    for distance, around in enumerate(node.iterancestors()):
        if distance > 3:
            break
        joint = " > " if around is parent else " "
        for name in list(names_of(around))[:3]:
            yield f"{name}{joint}{tag}"
            yield from (f"{name} {mine}" for mine in own[:2] if mine[0] == ".")
