"""unfold: the JSON of an article to the page a browser would have made of it, for the usual reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape

from lxml.etree import ParserError
from lxml.html import fragment_fromstring, tostring

from pipelines.extract.metadata import About, Raw
from spiders.items import Page
from spiders.markup.json import is_json, parse_json, value_at, value_text, value_time
from spiders.profile.site_profile import DateRule, JsonLayout, Layout, SiteProfile

TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|br|span|strong|b|i|em|a|img|table|ul|ol|h[1-6])\b", re.IGNORECASE)
HEADERS = (("content-type", "text/html; charset=utf-8"),)
FIELDS = ("section", "title", "date", "lead", "author")  # in the order a page shows them


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A page of markup in the place of one of JSON, and the profile that reads it."""

    page: Page
    profile: SiteProfile
    names: dict[str, str]  # selector → the JSON path that it stands for

    def named(self, about: About) -> About:
        """What was read, told by the JSON's paths instead of our selectors."""
        return replace(
            about,
            title=self._raw(about.title),
            lead=self._raw(about.lead),
            byline=self._raw(about.byline),
            section_raw=self._raw(about.section_raw),
            dates=tuple(replace(clue, rule=self.names.get(clue.rule, clue.rule)) for clue in about.dates),
        )

    def _raw(self, raw: Raw | None) -> Raw | None:
        return replace(raw, rule=self.names.get(raw.rule, raw.rule)) if raw else None


def unfold(page: Page, profile: SiteProfile) -> Unfolded | None:
    """The page as markup; None when its layout knows no JSON, or its bytes are none."""
    layout = profile.layout_at(page.fetched_at.date())
    rule = layout.as_json
    if rule is None or not is_json(page.body):
        return None
    try:
        document = parse_json(page.body, page.header("content-type"))
    except ValueError:
        return None  # cut off, or no JSON after all: refused as what it is
    other = tuple(pair for pair in page.headers if pair[0] != "content-type")
    shown = replace(page, body=_markup(document, rule).encode(), headers=(*HEADERS, *other))
    names = {_css(field): f"json {getattr(rule, field)}" for field in FIELDS}
    return Unfolded(shown, profile.model_copy(update={"layout": (_layout(layout),)}), names)


def _css(field: str) -> str:
    return f".json-{field}"


@lru_cache(maxsize=256)
def _layout(layout: Layout) -> Layout:
    rule = layout.as_json
    assert rule
    author = layout.author.model_copy(update={"css": _css("author") if rule.author else None})
    told = {
        "until": None,
        "title": (_css("title"),),
        "lead": (_css("lead"),) if rule.lead else (),
        "body": (_css("body"),),
        "date": DateRule(css=_css("date"), form=rule.form) if rule.date else None,
        "author": author,
        "section": (_css("section"),) if rule.section else (),
    }
    return layout.model_copy(update=told)


def _markup(document: object, rule: JsonLayout) -> str:
    told = {"title": _line(value_text(value_at(document, rule.title)))}
    told |= {field: _line(value_text(value_at(document, path))) for field in ("lead", "author", "section")
             if (path := getattr(rule, field))}  # fmt: skip
    if rule.date:
        told["date"] = _line(value_time(value_at(document, rule.date)))
    lines = [_element(field, told[field]) for field in FIELDS if told.get(field)]
    body = _body(value_text(value_at(document, rule.body)))
    return (
        f"<!DOCTYPE html><html><head><title>{escape(told['title'])}</title></head>"
        f"<body>{''.join(lines)}<div class='json-body'>{body}</div></body></html>"
    )


def _element(field: str, text: str) -> str:
    tag = "h1" if field == "title" else "p"
    return f"<{tag} class='json-{field}'>{escape(text)}</{tag}>"


def _line(text: str) -> str:
    """A field as one line of text: APIs put markup and entities into titles, too."""
    return " ".join(unescape(TAG.sub(" ", text)).split())


def _body(text: str) -> str:
    """The body's markup, balanced; plain text becomes a paragraph a line."""
    if not TAG.search(text) and ESCAPED_TAG.search(text):
        text = unescape(text)
    if not TAG.search(text):
        return "".join(f"<p>{escape(unescape(line))}</p>" for line in text.splitlines() if line.strip())
    try:
        held = fragment_fromstring(text.replace("\x00", "\ufffd"), create_parent="div")
    except ParserError:
        return ""  # comments and nothing else
    return str(tostring(held, encoding="unicode"))
