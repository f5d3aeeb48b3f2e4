"""Page: an overview as one HTML file that needs nothing else, and as badges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup, escape

from crawler.health.overview import Overview, SiteState
from crawler.health.svg_charts import badge, bars, line

HEALTH_FOLDER = Path(__file__).parent
STATE_MARKS = {"trouble": "✗", "notice": "i", "well": "✓", "running": "…"}


def report_html(overview: Overview) -> str:
    """The page."""
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
    complete = [visit for visit in state.past if visit.is_complete]
    most_new = max((visit.new_articles for visit in state.past), default=0)
    drawn = line(
        [float(visit.article_links) for visit in complete], "Articles linked from the site's listings"
    )
    visits = Markup(bars(state.past))  # noqa: S704 - our own SVG, its texts escaped
    return {
        "bars": visits,
        "links": Markup(drawn),  # noqa: S704 - as above
        "lately": complete[-1].article_links if complete else 0,
        "most": most_new,
    }


def _code_spans(text: str) -> Markup:
    """What stands between backticks, as code."""
    parts = str(escape(text)).split("`")
    spans = (f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    return Markup("".join(spans))  # noqa: S704 - escaped above


def write_report_page(overview: Overview, path: Path) -> None:
    """Write the page; whoever has it open never reads half of one."""
    _replace_file(path, report_html(overview))


def write_badges(overview: Overview, folder: Path) -> int:
    """Write one badge a site (`KEY.svg`), and `night.svg`; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for state in overview.sites:
        detail = " ".join(state.trouble_kinds).replace("_", " ")
        _replace_file(folder / f"{state.key}.svg", badge(state.key, state.state_word, detail))
    summary = overview.summary()
    word = "well" if overview.healthy else "trouble"
    _replace_file(
        folder / "night.svg", badge("night", word, f"{summary['trouble']} of {summary['sites']} sites")
    )
    return len(overview.sites) + 1


def _replace_file(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
