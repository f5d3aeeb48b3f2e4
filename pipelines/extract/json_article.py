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
        json_document = parse_json(page.body, page.header("content-type"))
    except ValueError:
        return None  # cut off, or no JSON after all: refused later as no HTML
    other_headers = tuple(json_header for json_header in page.headers if json_header[0] != "content-type")
    html_page = replace(
        page, body=_json_html(json_document, json_layout).encode(), headers=(*HTML_HEADERS, *other_headers)
    )
    json_paths = {
        _field_css(json_field): f"json {getattr(json_layout, json_field)}" for json_field in JSON_FIELDS
    }
    return JsonAsHtml(html_page, profile.model_copy(update={"layout": (_html_layout(layout),)}), json_paths)


def _field_css(json_field: str) -> str:
    return f".json-{json_field}"


@lru_cache(maxsize=256)
def _html_layout(layout: Layout) -> Layout:
    json_layout = layout.as_json
    assert json_layout
    json_author = layout.author.model_copy(
        update={"css": _field_css("author") if json_layout.author else None}
    )
    json_rules = {
        "until": None,
        "title": (_field_css("title"),),
        "lead": (_field_css("lead"),) if json_layout.lead else (),
        "body": (_field_css("body"),),
        "date": DateRule(css=_field_css("date"), form=json_layout.form) if json_layout.date else None,
        "author": json_author,
        "section": (_field_css("section"),) if json_layout.section else (),
    }
    return layout.model_copy(update=json_rules)


def _json_html(json_document: object, json_layout: JsonLayout) -> str:
    json_path_by_field = {
        json_field: getattr(json_layout, json_field) for json_field in ("title", "lead", "author", "section")
    }
    json_values = {
        json_field: _one_line(value_text(value_at(json_document, json_path)))
        for json_field, json_path in json_path_by_field.items()
        if json_path
    }
    if json_layout.date:
        json_values["date"] = _one_line(value_time(value_at(json_document, json_layout.date)))
    json_lines = [
        _field_html(json_field, json_values[json_field])
        for json_field in JSON_FIELDS
        if json_values.get(json_field)
    ]
    json_body = _body_html(value_text(value_at(json_document, json_layout.body)))
    return (
        f"<!DOCTYPE html><html><head><title>{escape(json_values['title'])}</title></head>"
        f"<body>{''.join(json_lines)}<div class='json-body'>{json_body}</div></body></html>"
    )


def _field_html(json_field: str, json_text: str) -> str:
    field_tag = "h1" if json_field == "title" else "p"
    return f"<{field_tag} class='json-{json_field}'>{escape(json_text)}</{field_tag}>"


def _one_line(json_text: str) -> str:
    """Return a field as one line of text: APIs put markup and entities into titles, too."""
    return " ".join(unescape(HTML_TAG.sub(" ", json_text)).split())


def _body_html(json_text: str) -> str:
    """Return the body as balanced markup; each line of plain text becomes a paragraph."""
    if not HTML_TAG.search(json_text) and ESCAPED_TAG.search(json_text):
        json_text = unescape(json_text)
    if not HTML_TAG.search(json_text):
        return "".join(f"<p>{escape(unescape(line))}</p>" for line in json_text.splitlines() if line.strip())
    try:
        json_body = fragment_fromstring(json_text.replace("\x00", "\ufffd"), create_parent="div")
    except ParserError:
        return ""  # comments and nothing else
    return str(tostring(json_body, encoding="unicode"))
