"""HTML report: an overview as one file that needs nothing else, and as a badge for each site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup, escape

from crawler.health.baseline import VisitNumbers
from crawler.health.overview import Overview, SiteState
from storage.svg_charts import VisitBar, status_badge, trend_line, visit_chart

HEALTH_FOLDER = Path(__file__).parent
STATE_MARKS = {"trouble": "✗", "notice": "i", "well": "✓", "running": "…"}
STATE_COLOURS = {"trouble": "#a11212", "notice": "#5c5c00", "well": "#2d6a2f", "running": "#444444"}


def report_html(overview: Overview) -> str:
    """Return the report as one HTML page with its style and charts inside."""
    environment = Environment(
        loader=FileSystemLoader(HEALTH_FOLDER / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = _code_spans
    template = environment.get_template("report.html")
    sites = [{"state": state, **_site_charts(state)} for state in overview.sites]
    return template.render(overview=overview, summary=overview.summary(), sites=sites, marks=STATE_MARKS)


def _site_charts(state: SiteState) -> Mapping[str, Any]:
    """Charts of a site's visits, and the two numbers their captions name."""
    link_counts = [visit.article_links for visit in state.past if visit.is_complete]
    links = trend_line([float(count) for count in link_counts], "Articles linked from the site's listings")
    return {
        "bars": Markup(chart_of_visits(state.past)),  # noqa: S704 - our own SVG, its texts escaped
        "links": Markup(links),  # noqa: S704 - as above
        "lately": link_counts[-1] if link_counts else 0,
        "most": max((visit.new_articles for visit in state.past), default=0),
    }


def chart_of_visits(visits: Sequence[VisitNumbers]) -> str:
    """Return an SVG of new articles by visit, the newest at the right."""
    return visit_chart([_visit_bar(visit) for visit in visits])


def _visit_bar(visit: VisitNumbers) -> VisitBar:
    day = f"{visit.at:%Y-%m-%d}: " if visit.at else ""
    ending = "" if visit.is_complete else f", {visit.ending}"
    description = f"{day}{visit.new_articles} new of {visit.settled_urls} asked{ending}"
    return VisitBar(visit.new_articles, description, visit.trouble, not visit.is_complete)


def _code_spans(text: str) -> Markup:
    """Return the text with what stands between backticks as code."""
    parts = str(escape(text)).split("`")
    spans = (f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    return Markup("".join(spans))  # noqa: S704 - escaped above


def write_report_page(overview: Overview, path: Path) -> None:
    """Write the HTML report; a reader of the file never gets half of one."""
    _replace_file(path, report_html(overview))


def write_badges(overview: Overview, folder: Path) -> int:
    """Write one badge a site (`KEY.svg`), and `night.svg`; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for state in overview.sites:
        detail = " ".join(state.trouble_kinds).replace("_", " ")
        _replace_file(folder / f"{state.key}.svg", health_badge(state.key, state.state_word, detail))
    summary = overview.summary()
    word = "well" if overview.healthy else "trouble"
    detail = f"{summary['trouble']} of {summary['sites']} sites"
    _replace_file(folder / "night.svg", health_badge("night", word, detail))
    return len(overview.sites) + 1


def health_badge(name: str, state_word: str, detail: str) -> str:
    """Return the badge of a site or a night: its state in a word, and the detail."""
    status = f"{STATE_MARKS[state_word]} {state_word}"
    return status_badge(name, f"{status}: {detail}" if detail else status, STATE_COLOURS[state_word])


def _replace_file(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
