"""Extracts a page's metadata around the body: title, lead, byline, section, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.date_clues import find_dates
from pipelines.extract.default_rules import DEFAULT_TAG_CSS, breadcrumbs, lead_from_description
from pipelines.extract.html_head import HtmlHead, read_head, unescaped
from pipelines.extract.page_tree import is_amp_or_print, select
from pipelines.parse.clean import is_front_page, match_key, tidy
from pipelines.parse.printed_dates import (
    DateClue,
)
from pipelines.parse.source_link import last_link_target
from spiders.profile.site_profile import Layout
from storage.records import FieldSource

BREADCRUMB_SEPARATOR = re.compile(r"\s*(?:/|>|»|›|→|\|)\s*")
FILM_CSS = (
    "video, audio, object[type*=flash], embed[type*=flash], iframe[src*='youtube'], iframe[src*='youtu.be'], "
    "iframe[src*='vimeo'], iframe[src*='facebook.com/plugins/video'], iframe[src*='video']"
)
TRANSLATED_CLASS = re.compile(r"\btranslated-(?:ltr|rtl)\b")  # left by a browser's or a proxy's translation


@dataclass(frozen=True, slots=True)
class RawField:
    """One string as printed, and which rule found it."""

    text: str
    source: FieldSource
    rule: str  # CSS selector, meta name, or a word for the place
    target: str = ""  # of a byline: where a link in it leads, as written


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """Metadata of a page outside its body, raw, each with the rule that found it."""

    title: RawField | None
    lead: RawField | None
    byline: RawField | None  # by the profile's selector
    structured_author: RawField | None
    near_author: RawField | None  # printed before the date on a line near the title
    dates: tuple[DateClue, ...]
    updates: tuple[DateClue, ...]
    section: tuple[str, ...]
    section_raw: RawField | None
    tags: tuple[str, ...]
    page_title: str
    canonical: str | None  # as written
    headings: tuple[str, ...]  # the first few h1–h3 of the page
    password: bool  # the page has a password field
    films: int = 0  # players of video or sound on the page
    twin: bool = False  # the page says that it is the AMP or print form of another
    translated: bool = False  # by a machine, as the page says


def extract_metadata(
    page_tree: HtmlElement, layout: Layout, listed_title: str | None, body_element: HtmlElement | None
) -> PageMetadata:
    """Extract all metadata; `listed_title` is that of a listing or feed, `body_element` the first one."""
    head = read_head(page_tree)
    title, title_element = find_title(page_tree, layout, head, listed_title, body_element)
    byline, structured_author = find_byline(page_tree, layout, head)
    dates, updates, author_name = find_dates(page_tree, layout, head, (title_element, body_element))
    section, section_raw = find_section(page_tree, layout, head, title.text if title else "")
    return PageMetadata(
        title=title,
        lead=find_lead(page_tree, layout, head),
        byline=byline,
        structured_author=structured_author,
        near_author=RawField(author_name, FieldSource.LABEL, "before date") if author_name else None,
        dates=tuple(dates),
        updates=tuple(updates),
        section=section,
        section_raw=section_raw,
        tags=find_tags(page_tree, layout),
        page_title=head.page_title,
        canonical=head.canonical,
        headings=tuple(
            tidy(heading_element.text_content())
            for heading_element in islice(page_tree.iter("h1", "h2", "h3"), 6)
        ),
        password=bool(page_tree.xpath('boolean(//input[@type="password"])')),
        films=len(select(page_tree, FILM_CSS)),
        twin=is_amp_or_print(page_tree),
        translated=bool(TRANSLATED_CLASS.search(page_tree.get("class", ""))),
    )


def find_title(
    page_tree: HtmlElement,
    layout: Layout,
    head: HtmlHead,
    listed_title: str | None,
    body_element: HtmlElement | None,
) -> tuple[RawField | None, HtmlElement | None]:
    """Return the title and its element: by the layout, else the heading that og:title names."""
    machine_title = tidy(head.meta.get("og:title") or unescaped(head.article.get("headline")))
    for title_css in layout.title:
        title_headings = [e for e in select(page_tree, title_css) if tidy(e.text_content())]
        if title_headings:
            title_element = _choose_heading(
                title_headings, (machine_title, tidy(listed_title or "")), head.page_title, body_element
            )
            return RawField(heading_text(title_element), FieldSource.PROFILE, title_css), title_element
    for title_element in page_tree.iter("h1", "h2", "h3"):
        title_text = heading_text(title_element)
        if len(title_text) > 15 and (
            _is_same_title(title_text, machine_title) or title_text in head.page_title
        ):
            return RawField(title_text, FieldSource.LABEL, str(title_element.tag)), title_element
    if machine_title:
        return RawField(machine_title, FieldSource.STRUCTURED, "og:title"), None
    return _title_from_head(head.page_title, listed_title), None


def heading_text(heading_element: HtmlElement) -> str:
    """Return the text of a heading; its lines, where it has several, separated by blanks."""
    spans_alone = len(heading_element) > 1 and not any(
        (title_text or "").strip() for title_text in _heading_strings(heading_element)
    )
    has_lines = spans_alone or any(True for _ in heading_element.iter("br", "p", "div"))
    return tidy(" ".join(heading_element.itertext("*")) if has_lines else heading_element.text_content())


def _heading_strings(heading_element: HtmlElement) -> Iterator[str | None]:
    yield heading_element.text
    yield from (child.tail for child in heading_element)


def _title_from_head(page_title: str, listed_title: str | None) -> RawField | None:
    listing_title = tidy(listed_title or "")
    if listing_title and (not page_title or match_key(listing_title) in match_key(page_title)):
        return RawField(listing_title, FieldSource.LISTING, "listing")
    title_parts = re.split(r"\s+[|–—-]\s+|\s+::\s+", page_title)
    title_text = title_parts[0] if len(title_parts[0]) > 25 else page_title
    return RawField(title_text, FieldSource.GUESS, "title") if title_text else None


def _choose_heading(
    title_headings: Sequence[HtmlElement],
    known_titles: Sequence[str],
    page_title: str,
    body_element: HtmlElement | None,
) -> HtmlElement:
    """Return among several headings the one with a known title, else the last one before the body."""
    if len(title_headings) == 1:
        return title_headings[0]
    for title_heading in title_headings:
        if any(
            _is_same_title(tidy(title_heading.text_content()), known_title) for known_title in known_titles
        ):
            return title_heading
    if body_element is None:
        heading_texts = {
            title_heading: tidy(title_heading.text_content()) for title_heading in title_headings
        }
        return max(
            title_headings,
            key=lambda e: (len(heading_texts[e]) > 40, heading_texts[e] in page_title, len(heading_texts[e])),
        )
    element_order = {
        title_heading: element_number
        for element_number, title_heading in enumerate(body_element.getroottree().iter())
    }
    headings_before_body = [
        title_heading
        for title_heading in title_headings
        if element_order[title_heading] < element_order[body_element]
    ]
    return headings_before_body[-1] if headings_before_body else title_headings[0]


def _is_same_title(title_text: str, other_title: str) -> bool:
    return bool(title_text) and match_key(title_text) == match_key(other_title)


def find_byline(
    page_tree: HtmlElement, layout: Layout, head: HtmlHead
) -> tuple[RawField | None, RawField | None]:
    """Return the byline by the profile's rule, and the author in JSON-LD."""
    byline_css = layout.author.css or ""
    bylines = (
        (tidy(byline_element.text_content()), byline_element)
        for byline_element in (select(page_tree, byline_css) if byline_css else ())
    )
    byline = next(
        (
            RawField(byline_text, FieldSource.PROFILE, byline_css, last_link_target(byline_element))
            for byline_text, byline_element in bylines
            if byline_text
        ),
        None,
    )
    author_jsons = head.article.get("author")
    author_json = author_jsons[0] if isinstance(author_jsons, list) and author_jsons else author_jsons
    author_kind = author_json.get("@type") if isinstance(author_json, dict) else None
    author_name = (
        unescaped(author_json.get("name"))
        if isinstance(author_json, dict) and author_kind != "Organization"
        else ""
    )
    structured_author = (
        RawField(tidy(author_name), FieldSource.STRUCTURED, "json-ld author") if tidy(author_name) else None
    )
    return byline, structured_author


def find_section(
    page_tree: HtmlElement, layout: Layout, head: HtmlHead, title: str
) -> tuple[tuple[str, ...], RawField | None]:
    """Return the sections from the broadest on, and the string they were read from."""
    for section_css in layout.section:
        section_texts = [
            tidy(section_element.text_content()) for section_element in select(page_tree, section_css)
        ]
        section_trail = [
            section_name
            for section_text in section_texts
            for section_name in BREADCRUMB_SEPARATOR.split(section_text)
            if not is_front_page(section_name)
        ]
        if section_trail:
            return tuple(dict.fromkeys(section_trail)), RawField(
                " / ".join(section_texts), FieldSource.PROFILE, section_css
            )
    if breadcrumb_sections := breadcrumbs(page_tree, title):
        return breadcrumb_sections, RawField(
            " / ".join(breadcrumb_sections), FieldSource.STRUCTURED, "json-ld BreadcrumbList"
        )
    if meta_section := tidy(
        head.meta.get("article:section") or unescaped(head.article.get("articleSection"))
    ):
        return (meta_section,), RawField(meta_section, FieldSource.STRUCTURED, "article:section")
    return (), None


def find_tags(page_tree: HtmlElement, layout: Layout) -> tuple[str, ...]:
    """Return the tags by the profile's rule or the default one, each once."""
    tag_rules = layout.tags or (() if layout.body else (DEFAULT_TAG_CSS,))
    tags = [
        tidy(tag_element.text_content()).strip("#,; ")
        for tag_css in tag_rules
        for tag_element in select(page_tree, tag_css)
    ]
    return tuple(dict.fromkeys(tag_text for tag_text in tags if tag_text))


def find_lead(page_tree: HtmlElement, layout: Layout, head: HtmlHead) -> RawField | None:
    """Return the lead by the profile's rule, or where the page prints and marks it as its description.

    Without a rule for the body, a line that begins with the page's description is the lead.
    """
    for lead_css in (*layout.lead, '[itemprop="description"]:not(meta)'):
        lead_elements = [
            e for e in select(page_tree, lead_css) if lead_css in layout.lead or not _in_figure(e)
        ]
        lead_texts = [
            lead_text for lead_element in lead_elements if (lead_text := tidy(lead_element.text_content()))
        ]
        if lead_texts:
            lead_source = FieldSource.PROFILE if lead_css in layout.lead else FieldSource.STRUCTURED
            return RawField(" ".join(lead_texts), lead_source, lead_css)
    meta_descriptions = (head.meta.get(meta_name, "") for meta_name in ("og:description", "description"))
    described_lead = None if layout.body else lead_from_description(page_tree, meta_descriptions)
    return (
        RawField(described_lead, FieldSource.STRUCTURED, "description as printed") if described_lead else None
    )


def _in_figure(element: HtmlElement) -> bool:
    return any(above.tag == "figure" for above in element.iterancestors())
