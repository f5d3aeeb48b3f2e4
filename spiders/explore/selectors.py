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


def own_selectors(selected_node: Element) -> Iterator[str]:
    """Yield selectors of an element by its own id, classes and itemprop, the most specific first."""
    if not isinstance(selected_node.tag, str) or selected_node.tag in ("html", "body"):
        return
    id_selector = selected_node.get("id") or ""
    if NAME.fullmatch(id_selector):
        yield f"#{id_selector}"
    class_selectors = [
        class_selector
        for class_selector in (selected_node.get("class") or "").split()
        if NAME.fullmatch(class_selector)
    ]
    yield from (f".{class_selector}" for class_selector in class_selectors)
    yield from (f"{selected_node.tag}.{class_selector}" for class_selector in class_selectors)
    if len(class_selectors) > 1:
        yield "." + ".".join(class_selectors[:4])
    itemprop_selector = selected_node.get("itemprop") or ""
    if NAME.fullmatch(itemprop_selector):
        yield f'[itemprop="{itemprop_selector}"]'
    if not (id_selector or class_selectors or itemprop_selector):
        yield from _presentation_selectors(selected_node)


def _presentation_selectors(selected_node: Element) -> Iterator[str]:
    """Yield selectors by presentation attributes, when no near ancestor has a class or id."""
    presentation_attributes = [
        (attribute_name, selected_node.get(attribute_name) or "")
        for attribute_name in PRESENTATION_ATTRIBUTES
    ]
    presentation_attributes = [
        (attribute_name, attribute_value)
        for attribute_name, attribute_value in presentation_attributes
        if PRESENTATION_VALUE.fullmatch(attribute_value)
    ]
    named_ancestors = (
        islice(selected_node.iterancestors(), MAX_NAMED_ANCESTOR_LEVELS) if presentation_attributes else ()
    )
    if not any(
        named_ancestor.tag not in ("html", "body")
        and (named_ancestor.get("class") or named_ancestor.get("id"))
        for named_ancestor in named_ancestors
    ):
        yield from (
            f'{selected_node.tag}[{attribute_name}="{attribute_value}"]'
            for attribute_name, attribute_value in presentation_attributes
        )


def candidate_selectors(selected_node: Element) -> Iterator[str]:
    """Yield selectors of an element: its own, its tag, and its tag inside ancestors with a selector."""
    selector_tag = selected_node.tag
    if not isinstance(selector_tag, str) or selector_tag in TOO_WIDE:
        return
    node_selectors = list(dict.fromkeys(own_selectors(selected_node)))
    yield from node_selectors
    if selector_tag in ("h1", "article", "main", "time", "figcaption"):
        yield selector_tag
    selector_parent = selected_node.getparent()
    for ancestor_distance, selector_ancestor in enumerate(selected_node.iterancestors()):
        if ancestor_distance > 3:
            break
        combinator = " > " if selector_ancestor is selector_parent else " "
        for ancestor_selector in list(own_selectors(selector_ancestor))[:3]:
            yield f"{ancestor_selector}{combinator}{selector_tag}"
            yield from (
                f"{ancestor_selector} {own_selector}"
                for own_selector in node_selectors[:2]
                if own_selector[0] == "."
            )
