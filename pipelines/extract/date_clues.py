"""Date clues on a page, to publication and change: date rule, JSON-LD, meta, and the lines near the title."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement

from pipelines.extract.blocks import HtmlBlock, split_blocks
from pipelines.extract.html_head import HtmlHead, unescaped
from pipelines.extract.page_tree import select
from pipelines.parse.clean import tidy
from pipelines.parse.printed_dates import (
    DateClue,
    date_line_kind,
    is_updated_label,
    name_before_date,
    parse_printed_date,
)
from pipelines.parse.relative_dates import is_relative_date
from spiders.profile.site_profile import DateRule, Layout
from storage.records import FieldSource

PUBLISHED_META = ("article:published_time", "pubdate", "publishdate", "datepublished", "dc.date.issued")
UPDATED_META = ("article:modified_time", "lastmod", "datemodified", "og:updated_time")
MAX_LINES_TO_DATE = 12  # after the title, that may hold its date
MIN_TEXT_LINE_CHARS = 150  # the first line so long is the text


def find_dates(
    tree: HtmlElement, layout: Layout, head: HtmlHead, around: tuple[HtmlElement | None, HtmlElement | None]
) -> tuple[list[DateClue], list[DateClue], str | None]:
    """Return clues to publication and change, and a byline before the date; `around` is title and body.

    The lines near the title are searched only when the profile's date rule gives no readable date.
    """
    published, updated = structured_clues(tree, head)
    published_by_rule, updated_by_rule = rule_clue(tree, layout.date), rule_clue(tree, layout.updated)
    updated += [updated_by_rule] if updated_by_rule else []
    if published_by_rule and (
        parse_printed_date(published_by_rule.raw, published_by_rule.form)
        or is_relative_date(published_by_rule.raw)
    ):
        return [published_by_rule, *published], updated, name_before_date(published_by_rule.raw)
    near_title, near_updated, name = clues_near_title(lines_around_title(*around))
    return published + near_title, updated + near_updated, name


def rule_clue(tree: HtmlElement, rule: DateRule | None) -> DateClue | None:
    """Return the clue of the profile's date rule: the first element with a digit in it."""
    for css in rule.css if rule else ():
        for element in select(tree, css):
            assert rule
            date_text = element.get(rule.attr, "") if rule.attr else element.text_content()
            if any(char.isdigit() for char in date_text):
                return DateClue(FieldSource.PROFILE, css, tidy(date_text), rule.form, machine=bool(rule.attr))
    return None


def structured_clues(tree: HtmlElement, head: HtmlHead) -> tuple[list[DateClue], list[DateClue]]:
    """Return clues to publication and change in JSON-LD, meta elements and microdata."""
    published: list[DateClue] = []
    updated: list[DateClue] = []
    for clues, key, names in (
        (published, "datePublished", PUBLISHED_META),
        (updated, "dateModified", UPDATED_META),
    ):
        if raw := unescaped(head.article.get(key)):
            clues.append(DateClue(FieldSource.STRUCTURED, f"json-ld {key}", raw, machine=True))
        for name in names:
            if content := head.meta.get(name):
                clues.append(DateClue(FieldSource.STRUCTURED, f"meta {name}", content, machine=True))
        for element in select(tree, f'[itemprop="{key}"]:not(meta)')[:1]:
            machine_date = element.get("content") or element.get("datetime")
            date_text = machine_date or tidy(element.text_content())
            clues.append(
                DateClue(FieldSource.STRUCTURED, f"itemprop {key}", date_text, machine=bool(machine_date))
            )
    return published, updated


def lines_around_title(title: HtmlElement | None, body: HtmlElement | None) -> list[HtmlBlock]:
    """Return the lines of the smallest element that holds title and body, with a mark for each of these."""
    if title is None:
        return []
    root = _common_ancestor(title, body) if body is not None else _ancestor_with_text(title)
    marks = [(title, "title")] + ([(body, "body")] if body is not None else [])
    return [] if root is title or root is body else split_blocks(root, marks=marks)


def _common_ancestor(element: HtmlElement, other: HtmlElement) -> HtmlElement:
    ancestors = {element, *element.iterancestors()}
    return next((ancestor for ancestor in (other, *other.iterancestors()) if ancestor in ancestors), element)


def _ancestor_with_text(title: HtmlElement) -> HtmlElement:
    """Return the nearest ancestor with some text beside the title."""
    size = len(title.text_content())
    for ancestor in title.iterancestors():
        if (
            ancestor.tag in ("body", "html", "form")
            or len(ancestor.text_content()) > size + MIN_TEXT_LINE_CHARS
        ):
            return ancestor
    return title


def clues_near_title(lines: Sequence[HtmlBlock]) -> tuple[list[DateClue], list[DateClue], str | None]:
    """Return clues to publication and change near the title, and a byline printed before the date.

    Between title and text any date line counts; before the title only a labelled or lone one, below the text
    only a labelled one: a weekday there is the page's clock.
    """
    names = [block.text if block.kind == "mark" else "" for block in lines]
    title = names.index("title") if "title" in names else -1
    body = names.index("body") if "body" in names else len(lines)
    between = _lines_until_text(lines[title + 1 : body if body > title else len(lines)])
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
        kind = date_line_kind(block.text) if block.kind == "text" and block.link_share < 0.8 else None
        if kind in kinds:
            clue = DateClue(FieldSource.LABEL, f"{kind} line", block.text)
            (updated if is_updated_label(block.text) else published).append(clue)
            name = name or name_before_date(block.text)
    # A page that prints only "Cập nhật lúc …" means its publication by it.
    return published or updated, updated if published else [], name


def _lines_until_text(lines: Sequence[HtmlBlock]) -> list[HtmlBlock]:
    lines_before_text = []
    for block in lines[:MAX_LINES_TO_DATE]:
        if len(block.text) >= MIN_TEXT_LINE_CHARS:
            break
        lines_before_text.append(block)
    return lines_before_text
