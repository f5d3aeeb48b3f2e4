"""ParsedPage: one page of an exploration, parsed once into tree, links to its site and lines of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from spiders.items import Page
from spiders.markup.html import Element, decode_markup, parse_html, text_of
from spiders.urls.classify import BadUrl, canonical

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "th",
        "tr",
        "ul",
        "marquee",
    ]
)
SILENT = frozenset(("script", "style", "noscript", "option", "template", "textarea", "svg"))
# `?ID=12&tieu-de-cua-bai-viet`: a title beside the key can be ignored
SLUG_PIECE = re.compile(r"[^=&]+(?:-[^=&-]+){3,}=?")
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class SiteLink:
    """One link of a page to the page's own site."""

    url: str  # canonical
    text: str
    node: Element


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a page: the text between two block boundaries."""

    text: str
    linked_chars: int  # characters of it inside links
    node: Element  # the block element that holds it
    line_number: int  # its number on the page

    @property
    def mask(self) -> str:
        """The text with its numbers masked, so that counters and clocks compare equal across pages."""
        return DIGITS.sub("#", self.text)

    @property
    def is_link(self) -> bool:
        """Return True when most of the line is link text."""
        return self.linked_chars * 2 > len(self.text)


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """One page, parsed once."""

    source: Page
    url: str  # canonical
    root: Element
    site_links: tuple[SiteLink, ...]
    lines: tuple[TextLine, ...]
    nodes: tuple[Element, ...]  # kept, so that elements can be compared

    @property
    def title(self) -> str:
        """The text of <title>."""
        return next((text_of(node) for node in self.root.iter("title")), "")


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The site's front page, and the hosts that belong to the site."""

    url: str  # canonical
    hosts: frozenset[str]

    def own_spelling(self, url: str) -> str | None:
        """Return a canonical URL with the front page's origin; None for a URL of another site."""
        if host_of(url) not in self.hosts:
            return None
        path, question_mark, query = url[url.index("/", 8) :].partition("?")
        query_left = "&".join(piece for piece in query.split("&") if not SLUG_PIECE.fullmatch(piece))
        return self.url[: self.url.index("/", 8)] + path + (question_mark + query_left if query_left else "")


def parse_page(page: Page, home: FrontPage) -> ParsedPage | None:
    """Parse a page; None when it is no HTML."""
    kind = page.header("content-type") or "html"
    if "html" not in kind.lower() and "text/plain" not in kind.lower():
        return None
    root, _ = parse_html(decode_markup(page.body, page.header("content-type")))
    if root is None:
        return None
    url = canonical(page.final_url or page.url)
    nodes = tuple(root.iter())
    anchors, lines = tuple(_anchors(root, url, home)), tuple(_lines(root))
    return ParsedPage(page, home.own_spelling(url) or url, root, anchors, lines, nodes)


def with_respelled_urls(page: ParsedPage, spell: Callable[[str], str]) -> ParsedPage:
    """Return the page with its own URL and those of its links passed through `spell`."""
    anchors = (SiteLink(spell(anchor.url), anchor.text, anchor.node) for anchor in page.site_links)
    return replace(page, url=spell(page.url), site_links=tuple(anchors))


def _anchors(root: Element, url: str, home: FrontPage) -> Iterator[SiteLink]:
    base = next((node.get("href") for node in root.iter("base") if node.get("href")), None)
    for node in root.iter("a"):
        href = node.get("href") or ""
        if not href or href.startswith("#") or re.match(r"(?i)(javascript|mailto|tel|data):", href):
            continue
        try:
            target = canonical(href, canonical(base, url) if base else url)
        except BadUrl:
            continue
        if own := home.own_spelling(target):
            yield SiteLink(own, text_of(node) or (node.get("title") or ""), node)


def host_of(url: str) -> str:
    """Return the host of a canonical URL, without its port."""
    return url[url.index("//") + 2 :].partition("/")[0].partition(":")[0]


def _lines(root: Element) -> Iterator[TextLine]:
    parts: list[tuple[str, bool]] = []
    blocks: list[Element] = [root]
    linked = silent = count = 0

    def flush() -> Iterator[TextLine]:
        nonlocal count
        line = _line(parts, blocks[-1], count)
        parts.clear()
        if line:
            count += 1
            yield line

    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = str(node.tag)
        opening = event == "start"
        if tag in BLOCKS:
            yield from flush()
            blocks.append(node) if opening else blocks.pop()
        silent += (tag in SILENT or tag == "head") * (1 if opening else -1)
        linked += (tag == "a") * (1 if opening else -1)
        chunk = node.text if opening else node.tail
        if chunk and not silent:
            parts.append((chunk, linked > 0))
    yield from flush()


def _line(parts: Sequence[tuple[str, bool]], node: Element, at: int) -> TextLine | None:
    text = " ".join("".join(chunk for chunk, _ in parts).split())
    linked = sum(len(" ".join(chunk.split())) for chunk, inside in parts if inside)
    return TextLine(text, linked, node, at) if text else None


def self_and_ancestors(node: Element) -> Iterator[Element]:
    """Yield the element and its ancestors, up to the root."""
    yield node
    yield from node.iterancestors()
