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
        kept_query = "&".join(
            query_piece for query_piece in query.split("&") if not SLUG_PIECE.fullmatch(query_piece)
        )
        return self.url[: self.url.index("/", 8)] + path + (question_mark + kept_query if kept_query else "")


def parse_page(page: Page, home: FrontPage) -> ParsedPage | None:
    """Parse a page; None when it is no HTML."""
    content_type = page.header("content-type") or "html"
    if "html" not in content_type.lower() and "text/plain" not in content_type.lower():
        return None
    root, _ = parse_html(decode_markup(page.body, page.header("content-type")))
    if root is None:
        return None
    url = canonical(page.final_url or page.url)
    page_nodes = tuple(root.iter())
    page_anchors, lines = tuple(_page_links(root, url, home)), tuple(_page_lines(root))
    return ParsedPage(page, home.own_spelling(url) or url, root, page_anchors, lines, page_nodes)


def with_respelled_urls(page: ParsedPage, respell: Callable[[str], str]) -> ParsedPage:
    """Return the page with its own URL and those of its links passed through `respell`."""
    page_anchors = (SiteLink(respell(anchor.url), anchor.text, anchor.node) for anchor in page.site_links)
    return replace(page, url=respell(page.url), site_links=tuple(page_anchors))


def _page_links(root: Element, url: str, home: FrontPage) -> Iterator[SiteLink]:
    page_base = next((node.get("href") for node in root.iter("base") if node.get("href")), None)
    for node in root.iter("a"):
        link_href = node.get("href") or ""
        if (
            not link_href
            or link_href.startswith("#")
            or re.match(r"(?i)(javascript|mailto|tel|data):", link_href)
        ):
            continue
        try:
            link_target = canonical(link_href, canonical(page_base, url) if page_base else url)
        except BadUrl:
            continue
        if own_link_url := home.own_spelling(link_target):
            yield SiteLink(own_link_url, text_of(node) or (node.get("title") or ""), node)


def host_of(url: str) -> str:
    """Return the host of a canonical URL, without its port."""
    return url[url.index("//") + 2 :].partition("/")[0].partition(":")[0]


def _page_lines(root: Element) -> Iterator[TextLine]:
    line_chunks: list[tuple[str, bool]] = []
    block_stack: list[Element] = [root]
    link_depth = silent_depth = line_count = 0

    def flush() -> Iterator[TextLine]:
        nonlocal line_count
        line = _text_line(line_chunks, block_stack[-1], line_count)
        line_chunks.clear()
        if line:
            line_count += 1
            yield line

    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = str(node.tag)
        is_opening = event == "start"
        if tag in BLOCKS:
            yield from flush()
            block_stack.append(node) if is_opening else block_stack.pop()
        silent_depth += (tag in SILENT or tag == "head") * (1 if is_opening else -1)
        link_depth += (tag == "a") * (1 if is_opening else -1)
        line_chunk = node.text if is_opening else node.tail
        if line_chunk and not silent_depth:
            line_chunks.append((line_chunk, link_depth > 0))
    yield from flush()


def _text_line(
    line_chunks: Sequence[tuple[str, bool]], block_element: Element, line_number: int
) -> TextLine | None:
    line_text = " ".join("".join(line_chunk for line_chunk, _ in line_chunks).split())
    linked_chars = sum(len(" ".join(line_chunk.split())) for line_chunk, in_link in line_chunks if in_link)
    return TextLine(line_text, linked_chars, block_element, line_number) if line_text else None


def self_and_ancestors(node: Element) -> Iterator[Element]:
    """Yield the element and its ancestors, up to the root."""
    yield node
    yield from node.iterancestors()
