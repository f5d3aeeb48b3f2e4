"""Extracts a Reading from a decoded page: metadata, body text by trafilatura, images, links, attachments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import trafilatura
from lxml.html import Element, HtmlElement

from pipelines.decode.charset import DecodedText
from pipelines.decode.legacy_text import repair_legacy_text
from pipelines.extract.attachment_links import find_attachments
from pipelines.extract.blocks import HtmlBlock, split_blocks
from pipelines.extract.legacy_html import repair_legacy_html
from pipelines.extract.metadata import PageMetadata, extract_metadata
from pipelines.extract.page_tree import (
    absolute_url,
    base_url,
    canonical_of_twin,
    page_links,
    parse_tree,
    select,
)
from pipelines.parse import clean
from pipelines.parse.clean import match_key
from pipelines.parse.printed_dates import DateClue, date_line_kind
from spiders.items import Page
from spiders.profile.regex_safety import ProfilePattern, compile_pattern
from spiders.profile.site_profile import Layout, SiteProfile
from storage.records import Attachment, FieldSource, Image

MIN_WHOLE_LINK_SHARE = 0.95  # of a line's characters in links: it is nothing but a link
MAX_LINES_BEFORE_TEXT = 3  # that may repeat title, lead or date
MAX_LINES_AFTER_TEXT = 2  # that may repeat byline or date
MIN_LINK_TEXT_CHARS = 20  # a longer text of a link may be a headline


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything extracted from one page: raw strings, each with the rule that found it."""

    metadata: PageMetadata  # title, lead, bylines, dates, section, tags, page title, …
    paragraphs: tuple[str, ...]  # of the body: clean, without title, lead, date line and captions
    outline: tuple[HtmlBlock, ...]  # every text line of the body; the paragraphs are a part of them
    body_rule: str  # CSS selector, or `trafilatura` for a page that no body rule matched
    images: tuple[Image, ...]  # `line` counts the lines of the outline above each
    attachments: tuple[Attachment, ...]
    canonical: str | None  # absolute URL
    links: tuple[tuple[str, str], ...]  # absolute URL and text, of the whole page
    link_share: float  # of the body's characters in links, 0-1
    listed: int  # lines of the body that are the text of a link, or just below one
    repairs: tuple[str, ...]  # notes on repairs of charset and legacy encodings


@dataclass(frozen=True, slots=True)
class _Body:
    paragraphs: tuple[str, ...]
    images: tuple[Image, ...] = ()
    link_share: float = 0.0
    listed: int = 0
    outline: tuple[HtmlBlock, ...] = ()


def extract(decoded: DecodedText, page: Page, profile: SiteProfile) -> Reading:
    """Extract a page by the layout of its profile that was in force on the day of capture."""
    tree, notes = parse_tree(decoded.text)
    notes += repair_legacy_html(tree)
    base = base_url(tree, page.final_url)
    layout = profile.layout_at(page.fetched_at.date())
    links = page_links(tree, base) + canonical_of_twin(tree, base)
    for element in [e for css in layout.remove for e in select(tree, css)]:
        if element.getparent() is not None:
            element.drop_tree()
    body_rule, bodies = _body_elements(tree, layout)
    hint = repair_legacy_text(page.hints.title)[0] if page.hints.title else None
    metadata = extract_metadata(tree, layout, hint, bodies[0] if bodies else None)
    attachments = find_attachments(tree, bodies, links, base, (profile, metadata))
    # From here on the tree is changed: body elements are moved out of it.
    body = _read_body(bodies, layout, base, profile) if bodies else _read_without_rule(tree, base)
    paragraphs, dates = _split_off_metadata(body.paragraphs, metadata)
    texts = {text for _, text in links if len(text) > MIN_LINK_TEXT_CHARS}
    return Reading(
        metadata=replace(metadata, dates=metadata.dates + dates),
        paragraphs=paragraphs,
        outline=body.outline,
        body_rule=body_rule,
        images=body.images,
        attachments=attachments,
        canonical=absolute_url(base, metadata.canonical) if metadata.canonical else None,
        links=links,
        link_share=body.link_share,
        listed=body.listed + sum(1 for line in paragraphs if line in texts),
        repairs=decoded.repairs + notes,
    )


def _body_elements(tree: HtmlElement, layout: Layout) -> tuple[str, list[HtmlElement]]:
    """Return the first body rule that matches text and its outermost elements; else one with images."""
    with_pictures: tuple[str, list[HtmlElement]] = ("trafilatura", [])
    for css in layout.body:
        matches = select(tree, css)
        matched = set(matches)
        outermost = [e for e in matches if not any(ancestor in matched for ancestor in e.iterancestors())]
        if any(e.text_content().strip() for e in outermost):
            return css, outermost
        if not with_pictures[1] and any(e.find(".//img") is not None for e in outermost):
            with_pictures = css, outermost
    return with_pictures


def _read_without_rule(tree: HtmlElement, base: str) -> _Body:
    """Read a page that no body rule matches: trafilatura finds the body."""
    extraction = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True)
    if extraction is None or isinstance(extraction, dict):
        return _Body(())
    outline = tuple(block for block in split_blocks(extraction.body) if block.kind == "text")
    lines = clean.clean_paragraphs(block.text for block in outline)
    blocks = split_blocks(tree)
    # One line is trafilatura's last resort, the text of the whole page: then links of the whole page count.
    link_share = _link_share(blocks) if len(lines) == 1 else 0.0
    images = _images_among_lines(blocks, lines, base)
    return _Body(lines, images, link_share, _count_lines_below_links(blocks, set(lines)), outline)


def _images_among_lines(blocks: Sequence[HtmlBlock], lines: Collection[str], base: str) -> tuple[Image, ...]:
    """Return the images among the lines of the body, each with the number of lines above it."""
    body_lines = set(lines)
    line_places = [place for place, block in enumerate(blocks) if block.text in body_lines]
    if len(line_places) < 2:
        return ()
    first_image = next(
        (
            place
            for place in range(line_places[0] - 1, max(-1, line_places[0] - 4), -1)
            if blocks[place].kind == "image"
        ),
        line_places[0],
    )
    body_blocks = [block for block in blocks[first_image : line_places[-1] + 4] if not block.aside]
    return _split_images(body_blocks, base)[1]


def _count_lines_below_links(blocks: Sequence[HtmlBlock], lines: Collection[str]) -> int:
    """Return how many lines are just below a linked heading, as the excerpts of a listing are."""
    is_link = [
        block.kind == "text" and block.is_mostly_link and len(block.text) > MIN_LINK_TEXT_CHARS
        for block in blocks
    ]
    below = {b.text for at, b in enumerate(blocks) if not is_link[at] and any(is_link[max(0, at - 2) : at])}
    return len(below.intersection(lines))


def _read_body(bodies: Sequence[HtmlElement], layout: Layout, base: str, profile: SiteProfile) -> _Body:
    """Read the body from its elements: split into lines here, cleaned by trafilatura."""
    captions = [e for css in layout.caption for e in select(bodies[0].getroottree().getroot(), css)]
    blocks = _cut_related_articles([block for body in bodies for block in split_blocks(body, captions)])
    text, images = _split_images(blocks, base)
    trafilatura_text = _trafilatura_text(bodies)
    file_patterns = [compile_pattern(pattern) for pattern in profile.urls.attachment]
    lines = [
        block.text
        for block in text
        if _is_body_line(block, trafilatura_text) and not _is_link_to_page(block, file_patterns)
    ]
    listed = _count_lines_below_links(blocks, set(lines))
    return _Body(clean.clean_paragraphs(lines), images, _link_share(blocks), listed, tuple(text))


def _link_share(blocks: Sequence[HtmlBlock]) -> float:
    text = [block for block in blocks if block.kind == "text"]
    size = sum(len(block.text) for block in text)
    return sum(len(block.text) * block.link_share for block in text) / size if size else 0.0


def _trafilatura_text(bodies: Sequence[HtmlElement]) -> str:
    """Return the text trafilatura keeps of the body elements, as a match key; moves them out of the tree."""
    root, article = Element("html"), Element("article")
    root.append(Element("body"))
    root[0].append(article)
    for body in bodies:
        body.tail, body.tag = None, "div"
        article.append(body)
    extraction = trafilatura.bare_extraction(
        root, fast=True, favor_recall=True, include_comments=False, include_tables=True
    )
    if extraction is None or isinstance(extraction, dict):
        return ""
    return match_key("".join(str(text) for text in extraction.body.itertext("*")))


def _is_body_line(block: HtmlBlock, trafilatura_text: str) -> bool:
    """Return whether a line belongs to the body: trafilatura kept it, or nothing says that it is not text.

    (Trafilatura drops headings at the end, short items of mixed lists and text between blocks.)
    """
    if block.aside and block.is_mostly_link:
        return False
    return match_key(block.text) in trafilatura_text or not (block.aside or block.is_mostly_link)


def _is_link_to_page(block: HtmlBlock, file_patterns: Iterable[ProfilePattern]) -> bool:
    """Return whether a line is nothing but a link to another page: related news, not text.

    A file's name and a URL written out belong to the text.
    """
    if (
        block.link_share < MIN_WHOLE_LINK_SHARE
        or len(block.text) <= MIN_LINK_TEXT_CHARS
        or block.text.startswith(("http", "www."))
    ):
        return False
    return not any(pattern.search_or_skip(block.target) for pattern in file_patterns)


def _cut_related_articles(blocks: list[HtmlBlock]) -> list[HtmlBlock]:
    """Return the blocks above the heading of a list of related articles, when mostly links follow it."""
    for at, block in enumerate(blocks):
        if block.kind == "text" and clean.is_related_heading(block.text):
            following = [block for block in blocks[at + 1 :] if block.kind == "text"]
            if sum(block.is_mostly_link for block in following) * 2 >= len(following):
                return blocks[:at]
    return blocks


def _split_images(blocks: Iterable[HtmlBlock], base: str) -> tuple[list[HtmlBlock], tuple[Image, ...]]:
    """Return text blocks and images apart; a caption goes to the image before it."""
    text: list[HtmlBlock] = []
    images: list[Image] = []
    picture: HtmlBlock | None = None  # the last image, while only its own lines followed it
    for block in blocks:
        if block.kind == "image":
            picture = block
            if url := absolute_url(base, block.text):
                images.append(Image(url, None, block.alt or None, line=len(text)))
        elif block.kind == "caption":
            _add_caption(images, block.text)
        elif not clean.is_text(block.text):
            continue
        elif picture and block.text in (picture.alt, picture.title):
            continue  # the image's own attribute printed below it
        elif picture and (clean.is_caption(block.text) or _is_in_picture_frame(picture, block)):
            _add_caption(images, block.text)
        else:
            picture = None
            text.append(block)
    return text, _unique_images(images)


def _unique_images(images: Iterable[Image]) -> tuple[Image, ...]:
    unique: dict[str, Image] = {}
    for image in images:
        unique.setdefault(image.url, image)
    return tuple(unique.values())


def _is_in_picture_frame(picture: HtmlBlock, line: HtmlBlock) -> bool:
    return bool(picture.frame) and picture.frame == line.frame and len(line.text) <= 400


def _add_caption(images: list[Image], text: str) -> None:
    if images and images[-1].caption is None:
        images[-1] = replace(images[-1], caption=clean.caption_text(text), credit=clean.caption_credit(text))


def _split_off_metadata(
    lines: Sequence[str], metadata: PageMetadata
) -> tuple[tuple[str, ...], tuple[DateClue, ...]]:
    """Return the lines without repeated title, lead, byline and date lines, and clues from the latter."""
    title = match_key(metadata.title.text) if metadata.title else ""
    lead = match_key(metadata.lead.text) if metadata.lead else ""
    byline = match_key(metadata.byline.text) if metadata.byline else ""
    body: list[str] = []
    dates: list[DateClue] = []
    for at, line in enumerate(lines):
        key = match_key(line)
        at_edge = len(body) < MAX_LINES_BEFORE_TEXT or at >= len(lines) - MAX_LINES_AFTER_TEXT
        if key == title or (at_edge and key == byline) or (len(body) == 0 and key in lead):
            continue
        if at_edge and (kind := date_line_kind(line)):
            dates.append(DateClue(FieldSource.LABEL, f"{kind} line in body", line))
            continue
        body.append(line)
    return tuple(body), tuple(dates)
