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


def report_html(told: Overview) -> str:
    """The page."""
    room = Environment(
        loader=FileSystemLoader(HEALTH_FOLDER / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters["code"] = _code_spans
    template = room.get_template("report.html")
    sites = [{"state": state, **_site_charts(state)} for state in told.sites]
    return template.render(told=told, summary=told.summary(), sites=sites, marks=STATE_MARKS)


def _site_charts(state: SiteState) -> Mapping[str, Any]:
    whole = [visit for visit in state.past if visit.whole]
    most = max((visit.new for visit in state.past), default=0)
    drawn = line([float(visit.links) for visit in whole], "Articles linked from the site's listings")
    visits = Markup(bars(state.past))  # noqa: S704 - our own SVG, its texts escaped
    return {"bars": visits, "links": Markup(drawn), "lately": whole[-1].links if whole else 0, "most": most}  # noqa: S704 - as above


def _code_spans(text: str) -> Markup:
    """What stands between backticks, as code."""
    parts = str(escape(text)).split("`")
    told = (f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    return Markup("".join(told))  # noqa: S704 - escaped above


def write_report_page(told: Overview, path: Path) -> None:
    """Write the page; whoever has it open never reads half of one."""
    _replace_file(path, report_html(told))


def write_badges(told: Overview, folder: Path) -> int:
    """Write one badge a site (`KEY.svg`), and `night.svg`; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for state in told.sites:
        detail = " ".join(state.signs).replace("_", " ")
        _replace_file(folder / f"{state.key}.svg", badge(state.key, state.word, detail))
    summary = told.summary()
    word = "well" if told.healthy else "trouble"
    _replace_file(
        folder / "night.svg", badge("night", word, f"{summary['trouble']} of {summary['sites']} sites")
    )
    return len(told.sites) + 1


def _replace_file(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
