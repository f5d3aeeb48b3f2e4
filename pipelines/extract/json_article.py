"""Turns an article's JSON into the HTML page a browser would show, so that it is extracted like any page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape

from lxml.etree import ParserError
from lxml.html import fragment_fromstring, tostring

from pipelines.extract.metadata import PageMetadata, RawField
from spiders.items import Page
from spiders.markup.json import is_json, parse_json, value_at, value_text, value_time
from spiders.profile.site_profile import DateRule, JsonLayout, Layout, SiteProfile

HTML_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|br|span|strong|b|i|em|a|img|table|ul|ol|h[1-6])\b", re.IGNORECASE)
HTML_HEADERS = (("content-type", "text/html; charset=utf-8"),)
JSON_FIELDS = ("section", "title", "date", "lead", "author")  # in the order a page shows them


@dataclass(frozen=True, slots=True)
class JsonAsHtml:
    """An HTML page made from one of JSON, and the profile that extracts it."""

    page: Page
    profile: SiteProfile
    json_paths: dict[str, str]  # selector → the JSON path that it stands for

    def with_json_paths(self, metadata: PageMetadata) -> PageMetadata:
        """Return metadata whose rules are named by JSON paths instead of the made-up selectors."""
        return replace(
            metadata,
            title=self._with_json_path(metadata.title),
            lead=self._with_json_path(metadata.lead),
            byline=self._with_json_path(metadata.byline),
            section_raw=self._with_json_path(metadata.section_raw),
            dates=tuple(
                replace(clue, rule=self.json_paths.get(clue.rule, clue.rule)) for clue in metadata.dates
            ),
        )

    def _with_json_path(self, raw: RawField | None) -> RawField | None:
        return replace(raw, rule=self.json_paths.get(raw.rule, raw.rule)) if raw else None


def json_to_html(page: Page, profile: SiteProfile) -> JsonAsHtml | None:
    """Return the page as HTML; None when its layout has no JSON rules, or its body is no JSON."""
    layout = profile.layout_at(page.fetched_at.date())
    json_layout = layout.as_json
    if json_layout is None or not is_json(page.body):
        return None
    try:
        document = parse_json(page.body, page.header("content-type"))
    except ValueError:
        return None  # cut off, or no JSON after all: refused later as no HTML
    other_headers = tuple(pair for pair in page.headers if pair[0] != "content-type")
    html_page = replace(
        page, body=_json_html(document, json_layout).encode(), headers=(*HTML_HEADERS, *other_headers)
    )
    json_paths = {_field_css(field): f"json {getattr(json_layout, field)}" for field in JSON_FIELDS}
    return JsonAsHtml(html_page, profile.model_copy(update={"layout": (_html_layout(layout),)}), json_paths)


def _field_css(field: str) -> str:
    return f".json-{field}"


@lru_cache(maxsize=256)
def _html_layout(layout: Layout) -> Layout:
    json_layout = layout.as_json
    assert json_layout
    author = layout.author.model_copy(update={"css": _field_css("author") if json_layout.author else None})
    rules = {
        "until": None,
        "title": (_field_css("title"),),
        "lead": (_field_css("lead"),) if json_layout.lead else (),
        "body": (_field_css("body"),),
        "date": DateRule(css=_field_css("date"), form=json_layout.form) if json_layout.date else None,
        "author": author,
        "section": (_field_css("section"),) if json_layout.section else (),
    }
    return layout.model_copy(update=rules)


def _json_html(document: object, json_layout: JsonLayout) -> str:
    paths = {field: getattr(json_layout, field) for field in ("title", "lead", "author", "section")}
    fields = {field: _one_line(value_text(value_at(document, path))) for field, path in paths.items() if path}
    if json_layout.date:
        fields["date"] = _one_line(value_time(value_at(document, json_layout.date)))
    lines = [_field_html(field, fields[field]) for field in JSON_FIELDS if fields.get(field)]
    body = _body_html(value_text(value_at(document, json_layout.body)))
    return (
        f"<!DOCTYPE html><html><head><title>{escape(fields['title'])}</title></head>"
        f"<body>{''.join(lines)}<div class='json-body'>{body}</div></body></html>"
    )


def _field_html(field: str, text: str) -> str:
    tag = "h1" if field == "title" else "p"
    return f"<{tag} class='json-{field}'>{escape(text)}</{tag}>"


def _one_line(text: str) -> str:
    """Return a field as one line of text: APIs put markup and entities into titles, too."""
    return " ".join(unescape(HTML_TAG.sub(" ", text)).split())


def _body_html(text: str) -> str:
    """Return the body as balanced markup; each line of plain text becomes a paragraph."""
    if not HTML_TAG.search(text) and ESCAPED_TAG.search(text):
        text = unescape(text)
    if not HTML_TAG.search(text):
        return "".join(f"<p>{escape(unescape(line))}</p>" for line in text.splitlines() if line.strip())
    try:
        body = fragment_fromstring(text.replace("\x00", "\ufffd"), create_parent="div")
    except ParserError:
        return ""  # comments and nothing else
    return str(tostring(body, encoding="unicode"))
