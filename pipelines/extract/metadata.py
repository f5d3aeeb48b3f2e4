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
    tree: HtmlElement, layout: Layout, hint: str | None, body: HtmlElement | None
) -> PageMetadata:
    """Extract all metadata; `hint` is the title in a listing or feed, `body` the first body element."""
    head = read_head(tree)
    title, element = find_title(tree, layout, head, hint, body)
    byline, structured_author = find_byline(tree, layout, head)
    dates, updates, name = find_dates(tree, layout, head, (element, body))
    section, section_raw = find_section(tree, layout, head, title.text if title else "")
    return PageMetadata(
        title=title,
        lead=find_lead(tree, layout, head),
        byline=byline,
        structured_author=structured_author,
        near_author=RawField(name, FieldSource.LABEL, "before date") if name else None,
        dates=tuple(dates),
        updates=tuple(updates),
        section=section,
        section_raw=section_raw,
        tags=find_tags(tree, layout),
        page_title=head.page_title,
        canonical=head.canonical,
        headings=tuple(tidy(e.text_content()) for e in islice(tree.iter("h1", "h2", "h3"), 6)),
        password=bool(tree.xpath('boolean(//input[@type="password"])')),
        films=len(select(tree, FILM_CSS)),
        twin=is_amp_or_print(tree),
        translated=bool(TRANSLATED_CLASS.search(tree.get("class", ""))),
    )


def find_title(
    tree: HtmlElement, layout: Layout, head: HtmlHead, hint: str | None, body: HtmlElement | None
) -> tuple[RawField | None, HtmlElement | None]:
    """Return the title and its element: by the layout, else the heading that og:title names."""
    machine_title = tidy(head.meta.get("og:title") or unescaped(head.article.get("headline")))
    for css in layout.title:
        headings = [e for e in select(tree, css) if tidy(e.text_content())]
        if headings:
            element = _choose_heading(headings, (machine_title, tidy(hint or "")), head.page_title, body)
            return RawField(heading_text(element), FieldSource.PROFILE, css), element
    for element in tree.iter("h1", "h2", "h3"):
        text = heading_text(element)
        if len(text) > 15 and (_is_same_text(text, machine_title) or text in head.page_title):
            return RawField(text, FieldSource.LABEL, str(element.tag)), element
    if machine_title:
        return RawField(machine_title, FieldSource.STRUCTURED, "og:title"), None
    return _title_from_head(head.page_title, hint), None


def heading_text(element: HtmlElement) -> str:
    """Return the text of a heading; its lines, where it has several, separated by blanks."""
    spans_alone = len(element) > 1 and not any((text or "").strip() for text in _own_text(element))
    has_lines = spans_alone or any(True for _ in element.iter("br", "p", "div"))
    return tidy(" ".join(element.itertext("*")) if has_lines else element.text_content())


def _own_text(element: HtmlElement) -> Iterator[str | None]:
    yield element.text
    yield from (child.tail for child in element)


def _title_from_head(page_title: str, hint: str | None) -> RawField | None:
    listed_title = tidy(hint or "")
    if listed_title and (not page_title or match_key(listed_title) in match_key(page_title)):
        return RawField(listed_title, FieldSource.LISTING, "listing")
    parts = re.split(r"\s+[|–—-]\s+|\s+::\s+", page_title)
    text = parts[0] if len(parts[0]) > 25 else page_title
    return RawField(text, FieldSource.GUESS, "title") if text else None


def _choose_heading(
    headings: Sequence[HtmlElement], known_titles: Sequence[str], page_title: str, body: HtmlElement | None
) -> HtmlElement:
    """Return among several headings the one with a known title, else the last one before the body."""
    if len(headings) == 1:
        return headings[0]
    for element in headings:
        if any(_is_same_text(tidy(element.text_content()), text) for text in known_titles):
            return element
    if body is None:
        texts = {element: tidy(element.text_content()) for element in headings}
        return max(headings, key=lambda e: (len(texts[e]) > 40, texts[e] in page_title, len(texts[e])))
    order = {element: at for at, element in enumerate(body.getroottree().iter())}
    before = [element for element in headings if order[element] < order[body]]
    return before[-1] if before else headings[0]


def _is_same_text(text: str, other: str) -> bool:
    return bool(text) and match_key(text) == match_key(other)


def find_byline(tree: HtmlElement, layout: Layout, head: HtmlHead) -> tuple[RawField | None, RawField | None]:
    """Return the byline by the profile's rule, and the author in JSON-LD."""
    css = layout.author.css or ""
    bylines = ((tidy(element.text_content()), element) for element in (select(tree, css) if css else ()))
    byline = next(
        (
            RawField(text, FieldSource.PROFILE, css, last_link_target(element))
            for text, element in bylines
            if text
        ),
        None,
    )
    authors = head.article.get("author")
    person = authors[0] if isinstance(authors, list) and authors else authors
    kind = person.get("@type") if isinstance(person, dict) else None
    name = unescaped(person.get("name")) if isinstance(person, dict) and kind != "Organization" else ""
    structured_author = RawField(tidy(name), FieldSource.STRUCTURED, "json-ld author") if tidy(name) else None
    return byline, structured_author


def find_section(
    tree: HtmlElement, layout: Layout, head: HtmlHead, title: str
) -> tuple[tuple[str, ...], RawField | None]:
    """Return the sections from the broadest on, and the string they were read from."""
    for css in layout.section:
        texts = [tidy(element.text_content()) for element in select(tree, css)]
        trail = [
            part for text in texts for part in BREADCRUMB_SEPARATOR.split(text) if not is_front_page(part)
        ]
        if trail:
            return tuple(dict.fromkeys(trail)), RawField(" / ".join(texts), FieldSource.PROFILE, css)
    if crumbs := breadcrumbs(tree, title):
        return crumbs, RawField(" / ".join(crumbs), FieldSource.STRUCTURED, "json-ld BreadcrumbList")
    if section := tidy(head.meta.get("article:section") or unescaped(head.article.get("articleSection"))):
        return (section,), RawField(section, FieldSource.STRUCTURED, "article:section")
    return (), None


def find_tags(tree: HtmlElement, layout: Layout) -> tuple[str, ...]:
    """Return the tags by the profile's rule or the default one, each once."""
    rules = layout.tags or (() if layout.body else (DEFAULT_TAG_CSS,))
    tags = [tidy(e.text_content()).strip("#,; ") for css in rules for e in select(tree, css)]
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def find_lead(tree: HtmlElement, layout: Layout, head: HtmlHead) -> RawField | None:
    """Return the lead by the profile's rule, or where the page prints and marks it as its description.

    Without a rule for the body, a line that begins with the page's description is the lead.
    """
    for css in (*layout.lead, '[itemprop="description"]:not(meta)'):
        leads = [e for e in select(tree, css) if css in layout.lead or not _in_figure(e)]
        texts = [text for element in leads if (text := tidy(element.text_content()))]
        if texts:
            source = FieldSource.PROFILE if css in layout.lead else FieldSource.STRUCTURED
            return RawField(" ".join(texts), source, css)
    descriptions = (head.meta.get(name, "") for name in ("og:description", "description"))
    line = None if layout.body else lead_from_description(tree, descriptions)
    return RawField(line, FieldSource.STRUCTURED, "description as printed") if line else None


def _in_figure(element: HtmlElement) -> bool:
    return any(above.tag == "figure" for above in element.iterancestors())
