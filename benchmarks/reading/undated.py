"""A page without its own date: what a theme prints that has the date switched off; all decoys stay."""

from __future__ import annotations

import re
from datetime import date as Day

from lxml.html import HtmlElement, document_fromstring, tostring

from spiders.profile.site_profile import DateRule, Layout

# What tells a machine when an article appeared or changed.
MACHINE = (
    "[itemprop=datePublished], [itemprop=dateModified], meta[property^='article:'], time.published, "
    "time.updated, .itemDateModified"
)
NUMBER = re.compile(r"\d{1,4}")
STRUCTURED_DATE = re.compile(r'"date(?:Published|Modified|Created)"\s*:\s*"[^"]*",?')


def without_date(body: bytes, layout: Layout, days: tuple[Day, ...]) -> bytes:
    """The UTF-8 page without `days` where its profile reads dates, and without dates for machines."""
    tree = document_fromstring(body.decode(), ensure_head_body=True)
    for rule in (layout.date, layout.updated):
        for element in _own(tree, rule, days):
            _cut(element)
    for element in tree.cssselect(MACHINE):
        _cut(element)
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json" and script.text:
            script.text = STRUCTURED_DATE.sub("", script.text).replace(",}", "}")
    return bytes(tostring(tree, encoding="utf-8", doctype="<!DOCTYPE html>"))


def _own(tree: HtmlElement, rule: DateRule | None, days: tuple[Day, ...]) -> list[HtmlElement]:
    """What the rule finds and tells one of the days; a clock or another article's date stays."""
    found = (element for css in (rule.css if rule else ()) for element in tree.cssselect(css))
    return [element for element in found if any(_tells(element, day) for day in days)]


def _tells(element: HtmlElement, day: Day) -> bool:
    numbers = {int(number) for number in NUMBER.findall(str(element.text_content()))}
    return {day.day, day.month, day.year} <= numbers or day.isoformat() in (element.get("datetime") or "")


def _cut(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
