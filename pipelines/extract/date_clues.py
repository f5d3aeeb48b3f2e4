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
    published_clues, updated_clues = structured_clues(tree, head)
    published_by_rule, updated_by_rule = rule_clue(tree, layout.date), rule_clue(tree, layout.updated)
    updated_clues += [updated_by_rule] if updated_by_rule else []
    if published_by_rule and (
        parse_printed_date(published_by_rule.raw, published_by_rule.form)
        or is_relative_date(published_by_rule.raw)
    ):
        return [published_by_rule, *published_clues], updated_clues, name_before_date(published_by_rule.raw)
    near_title, near_updated, name_before = clues_near_title(lines_around_title(*around))
    return published_clues + near_title, updated_clues + near_updated, name_before


def rule_clue(tree: HtmlElement, rule: DateRule | None) -> DateClue | None:
    """Return the clue of the profile's date rule: the first element with a digit in it."""
    for date_css in rule.css if rule else ():
        for date_element in select(tree, date_css):
            assert rule
            date_text = date_element.get(rule.attr, "") if rule.attr else date_element.text_content()
            if any(char.isdigit() for char in date_text):
                return DateClue(
                    FieldSource.PROFILE, date_css, tidy(date_text), rule.form, machine=bool(rule.attr)
                )
    return None


def structured_clues(tree: HtmlElement, head: HtmlHead) -> tuple[list[DateClue], list[DateClue]]:
    """Return clues to publication and change in JSON-LD, meta elements and microdata."""
    published_clues: list[DateClue] = []
    updated_clues: list[DateClue] = []
    for date_clues, date_key, mark_names in (
        (published_clues, "datePublished", PUBLISHED_META),
        (updated_clues, "dateModified", UPDATED_META),
    ):
        if raw_date := unescaped(head.article.get(date_key)):
            date_clues.append(DateClue(FieldSource.STRUCTURED, f"json-ld {date_key}", raw_date, machine=True))
        for name_before in mark_names:
            if date_content := head.meta.get(name_before):
                date_clues.append(
                    DateClue(FieldSource.STRUCTURED, f"meta {name_before}", date_content, machine=True)
                )
        for date_element in select(tree, f'[itemprop="{date_key}"]:not(meta)')[:1]:
            machine_date = date_element.get("content") or date_element.get("datetime")
            date_text = machine_date or tidy(date_element.text_content())
            date_clues.append(
                DateClue(
                    FieldSource.STRUCTURED, f"itemprop {date_key}", date_text, machine=bool(machine_date)
                )
            )
    return published_clues, updated_clues


def lines_around_title(title: HtmlElement | None, body: HtmlElement | None) -> list[HtmlBlock]:
    """Return the lines of the smallest element that holds title and body, with a mark for each of these."""
    if title is None:
        return []
    clue_root = _common_ancestor(title, body) if body is not None else _ancestor_with_text(title)
    clue_marks = [(title, "title")] + ([(body, "body")] if body is not None else [])
    return [] if clue_root is title or clue_root is body else split_blocks(clue_root, marks=clue_marks)


def _common_ancestor(clue_element: HtmlElement, other: HtmlElement) -> HtmlElement:
    ancestors = {clue_element, *clue_element.iterancestors()}
    return next(
        (ancestor for ancestor in (other, *other.iterancestors()) if ancestor in ancestors), clue_element
    )


def _ancestor_with_text(title: HtmlElement) -> HtmlElement:
    """Return the nearest ancestor with some text beside the title."""
    title_chars = len(title.text_content())
    for ancestor in title.iterancestors():
        if (
            ancestor.tag in ("body", "html", "form")
            or len(ancestor.text_content()) > title_chars + MIN_TEXT_LINE_CHARS
        ):
            return ancestor
    return title


def clues_near_title(lines: Sequence[HtmlBlock]) -> tuple[list[DateClue], list[DateClue], str | None]:
    """Return clues to publication and change near the title, and a byline printed before the date.

    Between title and text any date line counts; before the title only a labelled or lone one, below the text
    only a labelled one: a weekday there is the page's clock.
    """
    mark_names = [date_block.text if date_block.kind == "mark" else "" for date_block in lines]
    title_at = mark_names.index("title") if "title" in mark_names else -1
    body_at = mark_names.index("body") if "body" in mark_names else len(lines)
    lines_before_body = _lines_until_text(lines[title_at + 1 : body_at if body_at > title_at else len(lines)])
    lines_before_title = lines[max(0, title_at - 3) : max(title_at, 0)]
    lines_after_body = lines[body_at + 1 : body_at + 4] if body_at > title_at else []
    published_clues: list[DateClue] = []
    updated_clues: list[DateClue] = []
    name_before = None
    date_places = (
        (lines_before_body, ("label", "lone", "clock", "relative")),
        (lines_before_title, ("label", "lone")),
        (lines_after_body, ("label",)),
    )
    for date_block, date_kinds in (
        (date_block, date_kinds) for date_blocks, date_kinds in date_places for date_block in date_blocks
    ):
        date_kind = (
            date_line_kind(date_block.text)
            if date_block.kind == "text" and date_block.link_share < 0.8
            else None
        )
        if date_kind in date_kinds:
            date_clue = DateClue(FieldSource.LABEL, f"{date_kind} line", date_block.text)
            (updated_clues if is_updated_label(date_block.text) else published_clues).append(date_clue)
            name_before = name_before or name_before_date(date_block.text)
    # A page that prints only "Cập nhật lúc …" means its publication by it.
    return published_clues or updated_clues, updated_clues if published_clues else [], name_before


def _lines_until_text(lines: Sequence[HtmlBlock]) -> list[HtmlBlock]:
    lines_before_text = []
    for line_block in lines[:MAX_LINES_TO_DATE]:
        if len(line_block.text) >= MIN_TEXT_LINE_CHARS:
            break
        lines_before_text.append(line_block)
    return lines_before_text
