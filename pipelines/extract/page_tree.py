"""The lxml tree of a page: parsing, CSS selection, base URL, links, and AMP or print forms."""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from urllib.parse import urljoin, urlsplit

from lxml.cssselect import CSSSelector
from lxml.etree import ParserError, strip_tags
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from pipelines.parse.clean import tidy
from spiders.discovery.onclick import clickable_elements

NOT_WEB_LINK = re.compile(
    r"(?i)^\s*(?:#|(?:javascript|mailto|tel|data|sms|zalo|skype|viber|about|file|blob):)"
)
PLAIN_PATH = re.compile(r"/[^/\s.][^\s.]*(?:\.[^\s./]+)*")  # a path without dot segments
STYLING_TAGS = ("font", "span", "b", "i", "u", "em", "strong", "center", "big", "small", "tt", "o:p")
MAX_TREE_DEPTH = 250  # levels; each takes three Python calls
OPENS_PRINTER = re.compile(r"\bprint\s*\(")


def parse_tree(text: str) -> tuple[HtmlElement, tuple[str, ...]]:
    """Return the page's tree, and a note when it is nested so deep that libxml2 would silently drop the rest.

    Old editors leave hundreds of <font> and <span> open: these are removed.
    """
    page_source, parser = text.encode(), HTMLParser(encoding="utf-8")
    try:
        tree = document_fromstring(page_source, parser=parser)
    except ParserError:
        return document_fromstring("<html><body></body></html>"), ()  # comments and nothing else
    if not any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        return tree, ()
    huge_tree = document_fromstring(page_source, parser=HTMLParser(encoding="utf-8", huge_tree=True))
    strip_tags(huge_tree, *STYLING_TAGS)
    if huge_tree.xpath(f"boolean(//*[count(ancestor::*) > {MAX_TREE_DEPTH}])"):
        return tree, ("cut_at_depth",)
    return huge_tree, ("too_deep",)


@cache
def selector(css: str) -> CSSSelector:
    """Return the compiled selector."""
    return CSSSelector(css, translator="html")


def select(tree: HtmlElement, css: str) -> list[HtmlElement]:
    """Return the elements a selector matches, in document order."""
    matched_elements = selector(css)(tree)
    return (
        [element for element in matched_elements if isinstance(element, HtmlElement)]
        if isinstance(matched_elements, list)
        else []
    )


def base_url(tree: HtmlElement, url: str) -> str:
    """Return the URL that the page's links are relative to: its `<base>` if that is a web URL, else `url`."""
    declared_base = next((e.get("href") for e in tree.iter("base") if e.get("href")), None)
    base_href = absolute_url(url, declared_base) if declared_base else None
    return (
        base_href if base_href and base_href.startswith(("http://", "https://")) and _host(base_href) else url
    )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None  # `http://[::1`


def absolute_url(base: str, link_href: str) -> str | None:
    """Return `link_href` joined to `base`; None for a malformed host."""
    try:
        return urljoin(base, link_href.strip())
    except ValueError:
        return None  # a malformed host


def page_links(tree: HtmlElement, base: str) -> tuple[tuple[str, str], ...]:
    """Return absolute URL and text of every web link; simple paths are joined by hand, urljoin is slow."""
    base_parts = urlsplit(base)
    page_origin = f"{base_parts.scheme}://{base_parts.netloc}"
    tree_links = []
    anchor_links = ((anchor, anchor.get("href")) for anchor in tree.iter("a"))
    for anchor, link_href in chain(anchor_links, clickable_elements(tree)):
        if not link_href or NOT_WEB_LINK.match(link_href):
            continue
        url = page_origin + link_href if PLAIN_PATH.fullmatch(link_href) else absolute_url(base, link_href)
        if url and url.startswith(("http://", "https://")):
            tree_links.append((url, tidy("".join(anchor.itertext()))))
    return tuple(tree_links)


def is_amp_or_print(tree: HtmlElement) -> bool:
    """Return whether a page is an AMP form, or one that opens the printer as it loads."""
    if tree.get("amp") is not None or tree.get("\u26a1") is not None:
        return True
    body_element = tree.find("body")
    return body_element is not None and bool(OPENS_PRINTER.search(body_element.get("onload", "")))


def canonical_of_twin(tree: HtmlElement, base: str) -> tuple[tuple[str, str], ...]:
    """Return the link to the full page of an AMP or print form, where it names one."""
    if not is_amp_or_print(tree):
        return ()
    canonical_links = (
        e.get("href", "") for e in tree.iter("link") if e.get("rel", "").lower() == "canonical"
    )
    urls = (absolute_url(base, link_href) for link_href in canonical_links)
    return tuple((url, "") for url in urls if url and url.startswith(("http://", "https://")))
