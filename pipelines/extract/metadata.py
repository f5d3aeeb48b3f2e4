"""What a page says about its article outside the body: title, dates, byline, section, tags."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from itertools import islice
from typing import Any

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from pipelines.extract.blocks import Block, segment
from pipelines.extract.default_rules import TAGS, breadcrumbs, lead_as_described
from pipelines.parse.clean import is_front, squash, tidy
from pipelines.parse.printed_dates import (
    DateClue,
    date_line,
    is_updated_label,
    name_before_date,
    parse_printed,
)
from pipelines.parse.relative_dates import is_relative
from pipelines.parse.source_link import link_in
from spiders.profile.site_profile import DateRule, Layout
from storage.records import FieldSource

PUBLISHED_META = ("article:published_time", "pubdate", "publishdate", "datepublished", "dc.date.issued")
UPDATED_META = ("article:modified_time", "lastmod", "datemodified", "og:updated_time")
ARTICLE_TYPES = frozenset({"Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "Report"})
NEAR = 12  # lines after the title that may hold its date
LONG_LINE = 150  # characters; the first such line is the text
TRAIL = re.compile(r"\s*(?:/|>|»|›|→|\|)\s*")
FILMS = (
    "video, audio, object[type*=flash], embed[type*=flash], iframe[src*='youtube'], iframe[src*='youtu.be'], "
    "iframe[src*='vimeo'], iframe[src*='facebook.com/plugins/video'], iframe[src*='video']"
)
TRANSLATED = re.compile(r"\btranslated-(?:ltr|rtl)\b")  # left by a browser's or a proxy's translation
PRINTS = re.compile(r"\bprint\s*\(")


@dataclass(frozen=True, slots=True)
class Raw:
    """One string as found, and which rule found it."""

    text: str
    source: FieldSource
    rule: str
    target: str = ""  # of a byline: where a link in it leads, as written


@dataclass(frozen=True, slots=True)
class Head:
    """What the page tells machines: meta elements and JSON-LD, first value of each name."""

    meta: dict[str, str]
    article: dict[str, Any]  # the JSON-LD object of the article
    page_title: str
    canonical: str | None


@dataclass(frozen=True, slots=True)
class About:
    """What stands around the body, raw, each with the rule that found it."""

    title: Raw | None
    lead: Raw | None
    byline: Raw | None  # by the profile's selector
    structured_author: Raw | None
    near_author: Raw | None  # printed before the date on a line near the title
    dates: tuple[DateClue, ...]
    updates: tuple[DateClue, ...]
    section: tuple[str, ...]
    section_raw: Raw | None
    tags: tuple[str, ...]
    page_title: str
    canonical: str | None  # as written
    headings: tuple[str, ...]  # the first few h1–h3 of the page
    password: bool  # the page asks for one
    films: int = 0  # players of video or sound on the page
    twin: bool = False  # the page says that it is the AMP or print form of another
    translated: bool = False  # by a machine, as the page says


def gather(tree: HtmlElement, layout: Layout, hint: str | None, body: HtmlElement | None) -> About:
    """All that is told outside the body; `body` is its first element."""
    head = read_head(tree)
    title, element = find_title(tree, layout, head, hint, body)
    byline, structured_author = find_byline(tree, layout, head)
    dates, updates, name = find_dates(tree, layout, head, (element, body))
    section, section_raw = find_section(tree, layout, head, title.text if title else "")
    return About(
        title=title,
        lead=find_lead(tree, layout, head),
        byline=byline,
        structured_author=structured_author,
        near_author=Raw(name, FieldSource.LABEL, "before date") if name else None,
        dates=tuple(dates),
        updates=tuple(updates),
        section=section,
        section_raw=section_raw,
        tags=find_tags(tree, layout),
        page_title=head.page_title,
        canonical=head.canonical,
        headings=tuple(tidy(e.text_content()) for e in islice(tree.iter("h1", "h2", "h3"), 6)),
        password=bool(tree.xpath('boolean(//input[@type="password"])')),
        films=len(select(tree, FILMS)),
        twin=is_twin(tree),
        translated=bool(TRANSLATED.search(tree.get("class", ""))),
    )


@cache
def selector(css: str) -> CSSSelector:
    """The compiled selector."""
    return CSSSelector(css, translator="html")


def select(tree: HtmlElement, css: str) -> list[HtmlElement]:
    """The elements a selector matches, in document order."""
    found = selector(css)(tree)
    return [each for each in found if isinstance(each, HtmlElement)] if isinstance(found, list) else []


def read_head(tree: HtmlElement) -> Head:
    """Meta elements (wherever they stand), the article's JSON-LD, the page title, the canonical link."""
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if content:
            for name in ("property", "name", "itemprop"):
                if key := element.get(name):
                    meta.setdefault(key.lower(), content)
    title = tree.find(".//title")
    link = next((e for e in tree.iter("link") if (e.get("rel") or "").lower() == "canonical"), None)
    page_title = tidy(title.text_content()) if title is not None else ""
    return Head(meta, _json_ld(tree), page_title, link.get("href") if link is not None else None)


def _json_ld(tree: HtmlElement) -> dict[str, Any]:
    for script in tree.iter("script"):
        text = script.text or ""
        if script.get("type") != "application/ld+json" or (
            "datePublished" not in text and "headline" not in text
        ):
            continue
        try:
            told = json.loads(text, strict=False)
        except ValueError:
            continue  # hand-written JSON-LD is often broken; the page has other places
        for thing in _things(told):
            kinds = thing.get("@type")
            if ARTICLE_TYPES & set(kinds if isinstance(kinds, list) else [str(kinds)]):
                return thing
    return {}


def _things(told: object) -> Iterator[dict[str, Any]]:
    if isinstance(told, list):
        for part in told:
            yield from _things(part)
    elif isinstance(told, dict):
        yield told
        yield from _things(told.get("@graph", []))


def is_twin(tree: HtmlElement) -> bool:
    """True for the AMP form of a page, and for one that opens the printer as it loads."""
    if tree.get("amp") is not None or tree.get("\u26a1") is not None:
        return True
    body = tree.find("body")
    return body is not None and bool(PRINTS.search(body.get("onload", "")))


def find_title(
    tree: HtmlElement, layout: Layout, head: Head, hint: str | None, body: HtmlElement | None
) -> tuple[Raw | None, HtmlElement | None]:
    """The title and its element: by the layout, else the heading that machines or the page title name."""
    machine = tidy(head.meta.get("og:title") or _text(head.article.get("headline")))
    for css in layout.title:
        found = [e for e in select(tree, css) if tidy(e.text_content())]
        if found:
            element = _nearest(found, (machine, tidy(hint or "")), head.page_title, body)
            return Raw(heading_text(element), FieldSource.PROFILE, css), element
    for element in tree.iter("h1", "h2", "h3"):
        text = heading_text(element)
        if len(text) > 15 and (_same(text, machine) or text in head.page_title):
            return Raw(text, FieldSource.LABEL, str(element.tag)), element
    if machine:
        return Raw(machine, FieldSource.STRUCTURED, "og:title"), None
    return _plain_title(head.page_title, hint), None


def heading_text(element: HtmlElement) -> str:
    """The text of a heading; its lines, where it has several, parted by blanks."""
    beside = len(element) > 1 and not any((text or "").strip() for text in _own_text(element))
    broken = beside or any(True for _ in element.iter("br", "p", "div"))
    return tidy(" ".join(element.itertext("*")) if broken else element.text_content())


def _own_text(element: HtmlElement) -> Iterator[str | None]:
    yield element.text
    yield from (child.tail for child in element)


def _plain_title(page_title: str, hint: str | None) -> Raw | None:
    told = tidy(hint or "")
    if told and (not page_title or squash(told) in squash(page_title)):
        return Raw(told, FieldSource.LISTING, "listing")
    parts = re.split(r"\s+[|–—-]\s+|\s+::\s+", page_title)
    text = parts[0] if len(parts[0]) > 25 else page_title
    return Raw(text, FieldSource.GUESS, "title") if text else None


def _nearest(
    found: Sequence[HtmlElement], known: Sequence[str], page_title: str, body: HtmlElement | None
) -> HtmlElement:
    """Among several headings: the one known from elsewhere, else the last one before the body."""
    if len(found) == 1:
        return found[0]
    for element in found:
        if any(_same(tidy(element.text_content()), text) for text in known):
            return element
    if body is None:
        texts = {element: tidy(element.text_content()) for element in found}
        return max(found, key=lambda e: (len(texts[e]) > 40, texts[e] in page_title, len(texts[e])))
    order = {element: at for at, element in enumerate(body.getroottree().iter())}
    before = [element for element in found if order[element] < order[body]]
    return before[-1] if before else found[0]


def _same(one: str, other: str) -> bool:
    return bool(one) and squash(one) == squash(other)


def _text(value: object) -> str:
    return unescape(value) if isinstance(value, str) else ""


def find_dates(
    tree: HtmlElement, layout: Layout, head: Head, around: tuple[HtmlElement | None, HtmlElement | None]
) -> tuple[list[DateClue], list[DateClue], str | None]:
    """Clues to publication and change, and a byline printed before the date; `around` is title and body.

    The lines near the title are looked at only when the profile's own rules give nothing readable.
    """
    published, updated = structured_clues(tree, head)
    ruled, changed = rule_clue(tree, layout.date), rule_clue(tree, layout.updated)
    updated += [changed] if changed else []
    if ruled and (parse_printed(ruled.raw, ruled.form) or is_relative(ruled.raw)):
        return [ruled, *published], updated, name_before_date(ruled.raw)
    near, near_updated, name = near_clues(lines_around(*around))
    return published + near, updated + near_updated, name


def rule_clue(tree: HtmlElement, rule: DateRule | None) -> DateClue | None:
    """What the profile's date rule finds, the first element with a digit in it."""
    for css in rule.css if rule else ():
        for element in select(tree, css):
            assert rule
            said = element.get(rule.attr, "") if rule.attr else element.text_content()
            if any(char.isdigit() for char in said):
                return DateClue(FieldSource.PROFILE, css, tidy(said), rule.form, machine=bool(rule.attr))
    return None


def structured_clues(tree: HtmlElement, head: Head) -> tuple[list[DateClue], list[DateClue]]:
    """Publication and change as told to machines: JSON-LD, meta, microdata."""
    published: list[DateClue] = []
    updated: list[DateClue] = []
    for clues, key, names in (
        (published, "datePublished", PUBLISHED_META),
        (updated, "dateModified", UPDATED_META),
    ):
        if raw := _text(head.article.get(key)):
            clues.append(DateClue(FieldSource.STRUCTURED, f"json-ld {key}", raw, machine=True))
        for name in names:
            if said := head.meta.get(name):
                clues.append(DateClue(FieldSource.STRUCTURED, f"meta {name}", said, machine=True))
        for element in select(tree, f'[itemprop="{key}"]:not(meta)')[:1]:
            told = element.get("content") or element.get("datetime")
            text = told or tidy(element.text_content())
            clues.append(DateClue(FieldSource.STRUCTURED, f"itemprop {key}", text, machine=bool(told)))
    return published, updated


def lines_around(title: HtmlElement | None, body: HtmlElement | None) -> list[Block]:
    """Lines of the smallest element that holds title and body; both stand there as marks."""
    if title is None:
        return []
    root = _meeting(title, body) if body is not None else _room_below(title)
    marks = [(title, "title")] + ([(body, "body")] if body is not None else [])
    return [] if root is title or root is body else segment(root, marks=marks)


def _meeting(one: HtmlElement, other: HtmlElement) -> HtmlElement:
    above = {one, *one.iterancestors()}
    return next((e for e in (other, *other.iterancestors()) if e in above), one)


def _room_below(title: HtmlElement) -> HtmlElement:
    """The nearest ancestor with some text beside the title."""
    size = len(title.text_content())
    for ancestor in title.iterancestors():
        if ancestor.tag in ("body", "html", "form") or len(ancestor.text_content()) > size + LONG_LINE:
            return ancestor
    return title


def near_clues(lines: Sequence[Block]) -> tuple[list[DateClue], list[DateClue], str | None]:
    """Publication and change printed near the title, and a byline printed before the date.

    Between title and text any date line counts; before the title and below the text only a
    labelled or lone one: a weekday there is the page's clock.
    """
    names = [block.text if block.kind == "mark" else "" for block in lines]
    title = names.index("title") if "title" in names else -1
    body = names.index("body") if "body" in names else len(lines)
    between = _until_text(lines[title + 1 : body if body > title else len(lines)])
    before = lines[max(0, title - 3) : max(title, 0)]
    after = lines[body + 1 : body + 4] if body > title else []
    published: list[DateClue] = []
    updated: list[DateClue] = []
    name = None
    places = (
        (between, ("label", "lone", "clock", "relative")),
        (before, ("label", "lone")),
        (after, ("label",)),
    )
    for block, kinds in ((block, kinds) for blocks, kinds in places for block in blocks):
        kind = date_line(block.text) if block.kind == "text" and block.linked < 0.8 else None
        if kind in kinds:
            clue = DateClue(FieldSource.LABEL, f"{kind} line", block.text)
            (updated if is_updated_label(block.text) else published).append(clue)
            name = name or name_before_date(block.text)
    # A page that prints only "Cập nhật lúc …" means by it when it was put up.
    return published or updated, updated if published else [], name


def _until_text(lines: Sequence[Block]) -> list[Block]:
    near = []
    for block in lines[:NEAR]:
        if len(block.text) >= LONG_LINE:
            break
        near.append(block)
    return near


def find_byline(tree: HtmlElement, layout: Layout, head: Head) -> tuple[Raw | None, Raw | None]:
    """The byline by the profile's rule, and the author told to machines."""
    css = layout.author.css or ""
    found = ((tidy(each.text_content()), each) for each in (select(tree, css) if css else ()))
    ruled = next((Raw(text, FieldSource.PROFILE, css, link_in(each)) for text, each in found if text), None)
    told = head.article.get("author")
    person = told[0] if isinstance(told, list) and told else told
    kind = person.get("@type") if isinstance(person, dict) else None
    name = _text(person.get("name")) if isinstance(person, dict) and kind != "Organization" else ""
    structured = Raw(tidy(name), FieldSource.STRUCTURED, "json-ld author") if tidy(name) else None
    return ruled, structured


def find_section(
    tree: HtmlElement, layout: Layout, head: Head, title: str
) -> tuple[tuple[str, ...], Raw | None]:
    """The section trail from the broadest on, and what it was read from."""
    for css in layout.section:
        texts = [tidy(element.text_content()) for element in select(tree, css)]
        trail = [part for text in texts for part in TRAIL.split(text) if not is_front(part)]
        if trail:
            return tuple(dict.fromkeys(trail)), Raw(" / ".join(texts), FieldSource.PROFILE, css)
    if crumbs := breadcrumbs(tree, title):
        return crumbs, Raw(" / ".join(crumbs), FieldSource.STRUCTURED, "json-ld BreadcrumbList")
    if told := tidy(head.meta.get("article:section") or _text(head.article.get("articleSection"))):
        return (told,), Raw(told, FieldSource.STRUCTURED, "article:section")
    return (), None


def find_tags(tree: HtmlElement, layout: Layout) -> tuple[str, ...]:
    """Tags by the profile's rule, each once."""
    rules = layout.tags or (() if layout.body else (TAGS,))
    found = [tidy(e.text_content()).strip("#,; ") for css in rules for e in select(tree, css)]
    return tuple(dict.fromkeys(text for text in found if text))


def find_lead(tree: HtmlElement, layout: Layout, head: Head) -> Raw | None:
    """The lead by the profile's rule, or as marked for machines where it is printed.

    Without any rule for the body, a line that begins with the page's own description is the lead.
    """
    for css in (*layout.lead, '[itemprop="description"]:not(meta)'):
        found = [e for e in select(tree, css) if css in layout.lead or not _in_figure(e)]
        texts = [text for element in found if (text := tidy(element.text_content()))]
        if texts:
            source = FieldSource.PROFILE if css in layout.lead else FieldSource.STRUCTURED
            return Raw(" ".join(texts), source, css)
    told = (head.meta.get(name, "") for name in ("og:description", "description"))
    line = None if layout.body else lead_as_described(tree, told)
    return Raw(line, FieldSource.STRUCTURED, "description as printed") if line else None


def _in_figure(element: HtmlElement) -> bool:
    return any(above.tag == "figure" for above in element.iterancestors())
