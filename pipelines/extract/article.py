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
    page_tree, repair_notes = parse_tree(decoded.text)
    repair_notes += repair_legacy_html(page_tree)
    page_base = base_url(page_tree, page.final_url)
    layout = profile.layout_at(page.fetched_at.date())
    links = page_links(page_tree, page_base) + canonical_of_twin(page_tree, page_base)
    for removed_element in [
        unwanted_element for remove_css in layout.remove for unwanted_element in select(page_tree, remove_css)
    ]:
        if removed_element.getparent() is not None:
            removed_element.drop_tree()
    body_rule, body_elements = _body_elements(page_tree, layout)
    listed_title = repair_legacy_text(page.hints.title)[0] if page.hints.title else None
    metadata = extract_metadata(page_tree, layout, listed_title, body_elements[0] if body_elements else None)
    attachments = find_attachments(page_tree, body_elements, links, page_base, (profile, metadata))
    # From here on the tree is changed: body elements are moved out of it.
    extracted_body = (
        _read_body(body_elements, layout, page_base, profile)
        if body_elements
        else _read_without_rule(page_tree, page_base)
    )
    paragraphs, date_clues = _split_off_metadata(extracted_body.paragraphs, metadata)
    link_texts = {link_text for _, link_text in links if len(link_text) > MIN_LINK_TEXT_CHARS}
    return Reading(
        metadata=replace(metadata, dates=metadata.dates + date_clues),
        paragraphs=paragraphs,
        outline=extracted_body.outline,
        body_rule=body_rule,
        images=extracted_body.images,
        attachments=attachments,
        canonical=absolute_url(page_base, metadata.canonical) if metadata.canonical else None,
        links=links,
        link_share=extracted_body.link_share,
        listed=extracted_body.listed + sum(1 for body_line in paragraphs if body_line in link_texts),
        repairs=decoded.repairs + repair_notes,
    )


def _body_elements(page_tree: HtmlElement, layout: Layout) -> tuple[str, list[HtmlElement]]:
    """Return the first body rule that matches text and its outermost elements; else one with images."""
    body_with_images: tuple[str, list[HtmlElement]] = ("trafilatura", [])
    for body_css in layout.body:
        body_matches = select(page_tree, body_css)
        body_match_set = set(body_matches)
        outermost_bodies = [
            body_element
            for body_element in body_matches
            if not any(ancestor in body_match_set for ancestor in body_element.iterancestors())
        ]
        if any(body_element.text_content().strip() for body_element in outermost_bodies):
            return body_css, outermost_bodies
        if not body_with_images[1] and any(
            body_element.find(".//img") is not None for body_element in outermost_bodies
        ):
            body_with_images = body_css, outermost_bodies
    return body_with_images


def _read_without_rule(page_tree: HtmlElement, page_base: str) -> _Body:
    """Read a page that no body rule matches: trafilatura finds the body."""
    extraction = trafilatura.bare_extraction(page_tree, include_comments=False, include_tables=True)
    if extraction is None or isinstance(extraction, dict):
        return _Body(())
    outline = tuple(body_block for body_block in split_blocks(extraction.body) if body_block.kind == "text")
    body_lines = clean.clean_paragraphs(body_block.text for body_block in outline)
    page_blocks = split_blocks(page_tree)
    # One line is trafilatura's last resort, the text of the whole page: then links of the whole page count.
    link_share = _link_share(page_blocks) if len(body_lines) == 1 else 0.0
    body_images = _images_among_lines(page_blocks, body_lines, page_base)
    return _Body(
        body_lines, body_images, link_share, _count_lines_below_links(page_blocks, set(body_lines)), outline
    )


def _images_among_lines(
    blocks: Sequence[HtmlBlock], lines: Collection[str], page_base: str
) -> tuple[Image, ...]:
    """Return the images among the lines of the body, each with the number of lines above it."""
    body_lines = set(lines)
    line_blocks = [
        block_number for block_number, body_block in enumerate(blocks) if body_block.text in body_lines
    ]
    if len(line_blocks) < 2:
        return ()
    first_image = next(
        (
            block_number
            for block_number in range(line_blocks[0] - 1, max(-1, line_blocks[0] - 4), -1)
            if blocks[block_number].kind == "image"
        ),
        line_blocks[0],
    )
    body_blocks = [
        body_block for body_block in blocks[first_image : line_blocks[-1] + 4] if not body_block.aside
    ]
    return _split_off_images(body_blocks, page_base)[1]


def _count_lines_below_links(blocks: Sequence[HtmlBlock], lines: Collection[str]) -> int:
    """Return how many lines are just below a linked heading, as the excerpts of a listing are."""
    is_link_line = [
        body_block.kind == "text" and body_block.is_mostly_link and len(body_block.text) > MIN_LINK_TEXT_CHARS
        for body_block in blocks
    ]
    lines_below_links = {
        page_block.text
        for block_number, page_block in enumerate(blocks)
        if not is_link_line[block_number] and any(is_link_line[max(0, block_number - 2) : block_number])
    }
    return len(lines_below_links.intersection(lines))


def _read_body(
    body_elements: Sequence[HtmlElement], layout: Layout, page_base: str, profile: SiteProfile
) -> _Body:
    """Read the body from its elements: split into lines here, cleaned by trafilatura."""
    captions = [
        caption_element
        for caption_css in layout.caption
        for caption_element in select(body_elements[0].getroottree().getroot(), caption_css)
    ]
    body_blocks = _cut_related_articles(
        [body_block for body_element in body_elements for body_block in split_blocks(body_element, captions)]
    )
    text_blocks, body_images = _split_off_images(body_blocks, page_base)
    trafilatura_text = _trafilatura_text(body_elements)
    file_patterns = [compile_pattern(pattern) for pattern in profile.urls.attachment]
    body_lines = [
        body_block.text
        for body_block in text_blocks
        if _is_body_line(body_block, trafilatura_text) and not _is_link_to_page(body_block, file_patterns)
    ]
    listed = _count_lines_below_links(body_blocks, set(body_lines))
    return _Body(
        clean.clean_paragraphs(body_lines), body_images, _link_share(body_blocks), listed, tuple(text_blocks)
    )


def _link_share(blocks: Sequence[HtmlBlock]) -> float:
    text_blocks = [body_block for body_block in blocks if body_block.kind == "text"]
    text_chars = sum(len(body_block.text) for body_block in text_blocks)
    return (
        sum(len(body_block.text) * body_block.link_share for body_block in text_blocks) / text_chars
        if text_chars
        else 0.0
    )


def _trafilatura_text(body_elements: Sequence[HtmlElement]) -> str:
    """Return the text trafilatura keeps of the body elements, as a match key; moves them out of the tree."""
    trafilatura_root, trafilatura_article = Element("html"), Element("article")
    trafilatura_root.append(Element("body"))
    trafilatura_root[0].append(trafilatura_article)
    for body_element in body_elements:
        body_element.tail, body_element.tag = None, "div"
        trafilatura_article.append(body_element)
    extraction = trafilatura.bare_extraction(
        trafilatura_root, fast=True, favor_recall=True, include_comments=False, include_tables=True
    )
    if extraction is None or isinstance(extraction, dict):
        return ""
    return match_key("".join(str(text) for text in extraction.body.itertext("*")))


def _is_body_line(body_block: HtmlBlock, trafilatura_text: str) -> bool:
    """Return whether a line belongs to the body: trafilatura kept it, or nothing says that it is not text.

    (Trafilatura drops headings at the end, short items of mixed lists and text between blocks.)
    """
    if body_block.aside and body_block.is_mostly_link:
        return False
    return match_key(body_block.text) in trafilatura_text or not (
        body_block.aside or body_block.is_mostly_link
    )


def _is_link_to_page(body_block: HtmlBlock, file_patterns: Iterable[ProfilePattern]) -> bool:
    """Return whether a line is nothing but a link to another page: related news, not text.

    A file's name and a URL written out belong to the text.
    """
    if (
        body_block.link_share < MIN_WHOLE_LINK_SHARE
        or len(body_block.text) <= MIN_LINK_TEXT_CHARS
        or body_block.text.startswith(("http", "www."))
    ):
        return False
    return not any(pattern.search_or_skip(body_block.target) for pattern in file_patterns)


def _cut_related_articles(blocks: list[HtmlBlock]) -> list[HtmlBlock]:
    """Return the blocks above the heading of a list of related articles, when mostly links follow it."""
    for block_number, body_block in enumerate(blocks):
        if body_block.kind == "text" and clean.is_related_heading(body_block.text):
            following_blocks = [
                body_block for body_block in blocks[block_number + 1 :] if body_block.kind == "text"
            ]
            if sum(body_block.is_mostly_link for body_block in following_blocks) * 2 >= len(following_blocks):
                return blocks[:block_number]
    return blocks


def _split_off_images(
    blocks: Iterable[HtmlBlock], page_base: str
) -> tuple[list[HtmlBlock], tuple[Image, ...]]:
    """Return text blocks and images apart; a caption goes to the image before it."""
    text_blocks: list[HtmlBlock] = []
    body_images: list[Image] = []
    last_image: HtmlBlock | None = None  # the last image, while only its own lines followed it
    for body_block in blocks:
        if body_block.kind == "image":
            last_image = body_block
            if image_url := absolute_url(page_base, body_block.text):
                body_images.append(Image(image_url, None, body_block.alt or None, line=len(text_blocks)))
        elif body_block.kind == "caption":
            _add_caption(body_images, body_block.text)
        elif not clean.is_text(body_block.text):
            continue
        elif last_image and body_block.text in (last_image.alt, last_image.title):
            continue  # the image's own attribute printed below it
        elif last_image and (
            clean.is_caption(body_block.text) or _is_in_picture_frame(last_image, body_block)
        ):
            _add_caption(body_images, body_block.text)
        else:
            last_image = None
            text_blocks.append(body_block)
    return text_blocks, _unique_images(body_images)


def _unique_images(body_images: Iterable[Image]) -> tuple[Image, ...]:
    image_by_url: dict[str, Image] = {}
    for image in body_images:
        image_by_url.setdefault(image.url, image)
    return tuple(image_by_url.values())


def _is_in_picture_frame(last_image: HtmlBlock, line: HtmlBlock) -> bool:
    return bool(last_image.frame) and last_image.frame == line.frame and len(line.text) <= 400


def _add_caption(body_images: list[Image], text: str) -> None:
    if body_images and body_images[-1].caption is None:
        body_images[-1] = replace(
            body_images[-1], caption=clean.caption_text(text), credit=clean.caption_credit(text)
        )


def _split_off_metadata(
    body_lines: Sequence[str], metadata: PageMetadata
) -> tuple[tuple[str, ...], tuple[DateClue, ...]]:
    """Return the lines without repeated title, lead, byline and date lines, and clues from the latter."""
    title_key = match_key(metadata.title.text) if metadata.title else ""
    lead_key = match_key(metadata.lead.text) if metadata.lead else ""
    byline_key = match_key(metadata.byline.text) if metadata.byline else ""
    remaining_lines: list[str] = []
    date_clues: list[DateClue] = []
    for block_number, body_line in enumerate(body_lines):
        line_key = match_key(body_line)
        at_edge = (
            len(remaining_lines) < MAX_LINES_BEFORE_TEXT
            or block_number >= len(body_lines) - MAX_LINES_AFTER_TEXT
        )
        if (
            line_key == title_key
            or (at_edge and line_key == byline_key)
            or (len(remaining_lines) == 0 and line_key in lead_key)
        ):
            continue
        if at_edge and (date_kind := date_line_kind(body_line)):
            date_clues.append(DateClue(FieldSource.LABEL, f"{date_kind} line in body", body_line))
            continue
        remaining_lines.append(body_line)
    return tuple(remaining_lines), tuple(date_clues)
