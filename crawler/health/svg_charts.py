"""Charts: small SVG pictures of a site's visits, readable without colour (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from crawler.health.baseline import VisitNumbers

WIDTH, HEIGHT = 320, 44  # of the drawing, in its own units
STEP = 8  # a visit
FOOT = 34  # the baseline
TOP = 2


def bars(visits: Sequence[VisitNumbers]) -> str:
    """New articles by visit, the newest at the right; below, trouble has a cross, a visit cut short a dot.

    Heights go with the square root, so that a first visit does not flatten all others.
    """
    most = max((visit.new_articles for visit in visits), default=0)
    shown = visits[-(WIDTH // STEP) :]
    begin = WIDTH - STEP * len(shown)
    drawn = [_bar(visit, begin + STEP * place, most) for place, visit in enumerate(shown)]
    drawn.append(f'<line class="base" x1="0" y1="{FOOT}" x2="{WIDTH}" y2="{FOOT}"/>')
    total = sum(visit.new_articles for visit in shown)
    marked = sum(visit.trouble for visit in shown)
    description = f"New articles in the last {len(shown)} visits: {total}; {marked} visits in trouble"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
        f"<title>{escape(description)}</title>{''.join(drawn)}</svg>"
    )


def _bar(visit: VisitNumbers, x: int, most: int) -> str:
    tall = math.sqrt(visit.new_articles / most) * (FOOT - TOP) if most else 0.0
    when = f"{visit.at:%Y-%m-%d}: " if visit.at else ""
    ending = "" if visit.is_complete else f", {visit.ending}"
    description = f"{when}{visit.new_articles} new of {visit.settled_urls} asked{ending}"
    shape = (
        f'<rect x="{x + 1}" y="{FOOT - tall:.1f}" width="{STEP - 2}" height="{tall:.1f}"/>' if tall else ""
    )
    return f'<g class="{_class(visit)}"><title>{escape(description)}</title>{shape}{_mark(visit, x)}</g>'


def _class(visit: VisitNumbers) -> str:
    return "bad" if visit.trouble else "good"


def _mark(visit: VisitNumbers, x: int) -> str:
    left, top = x + 1, FOOT + 3
    if visit.trouble:
        return f'<path class="cross" d="M{left} {top}l6 6m0 -6l-6 6"/>'
    if not visit.is_complete:
        return f'<circle class="dot" cx="{x + STEP / 2}" cy="{FOOT + 6}" r="2"/>'
    return ""


def line(values: Sequence[float], label: str) -> str:
    """A line of numbers by visit, from nought to its highest."""
    if len(values) < 2:
        return ""
    most = max(values) or 1.0
    step = WIDTH / (len(values) - 1)
    points = [(step * place, 2 + FOOT - value / most * (FOOT - TOP)) for place, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    description = f"{label}: lately {values[-1]:.0f}, at most {most:.0f}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {FOOT + 6}" role="img" aria-label="{escape(description)}">'
        f'<title>{escape(description)}</title><polyline points="{path}"/>'
        f'<circle class="last" cx="{points[-1][0] - 3:.1f}" cy="{points[-1][1]:.1f}" r="3"/></svg>'
    )


BADGE = {
    "well": ("#2d6a2f", "✓ well"),
    "notice": ("#5c5c00", "i notice"),
    "trouble": ("#a11212", "✗ trouble"),
    "running": ("#444444", "… running"),
}


def badge(site: str, word: str, detail: str) -> str:
    """A status badge: what it says is in words, never in colour alone."""
    colour, said = BADGE[word]
    text = f"{said}{': ' + detail if detail else ''}"
    left, right = _wide(site), _wide(text)
    description = escape(f"{site}: {text}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{description}"><title>{description}</title>'
        f'<rect width="{left}" height="20" fill="#333333"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        '<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}">{escape(site)}</text>'
        f'<text x="{left + 6}" y="14" textLength="{right - 12}">{escape(text)}</text></g></svg>\n'
    )


def _wide(text: str) -> int:
    return 12 + round(6.7 * len(text))
