"""Prometheus metrics of an overview, as a file for node_exporter or as the response to `/metrics`."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, write_to_textfile

from crawler.health.findings import Failure, Sign
from crawler.health.overview import Overview, SiteState

SITE_LABEL = ("site",)
SITE_GAUGES = (
    ("healthy", "1 = the last visit has no problem", lambda s: float(bool(s.run.healthy))),
    ("last_visit_timestamp_seconds", "start of the last visit", lambda s: s.run.started_at.timestamp()),
    ("visit_seconds", "duration of the last visit", lambda s: s.report.get("seconds", 0.0)),
    ("urls_asked", "URLs settled by the last visit", lambda s: s.past[-1].settled_urls),
    ("articles_new", "new articles of the last visit, copies included", lambda s: s.past[-1].new_articles),
    ("listing_links", "article links on the site's listings", lambda s: s.past[-1].article_links),
    ("silent_days", "working days without a new article", lambda s: s.health.get("silent", 0)),
    ("whole", "1 = the last visit was complete", lambda s: float(s.past[-1].is_complete)),
)


def metrics_registry(overview: Overview) -> CollectorRegistry:
    """Return a registry of all gauges, by site."""
    registry = CollectorRegistry()
    for name, meaning, number in SITE_GAUGES:
        gauge = Gauge(f"congdoan_site_{name}", meaning, SITE_LABEL, registry=registry)
        for state in overview.sites:
            gauge.labels(state.key).set(number(state))
    _outcome_gauges(overview, registry)
    _trouble_gauges(overview, registry)
    _night_gauges(overview, registry)
    return registry


def _outcome_gauges(overview: Overview, registry: CollectorRegistry) -> None:
    gauge = Gauge("congdoan_site_urls", "URLs of the last visit", ("site", "outcome"), registry=registry)
    waiting = Gauge("congdoan_site_frontier", "all the site's URLs", ("site", "state"), registry=registry)
    for state in overview.sites:
        for outcome, count in state.report.get("counts", {}).items():
            gauge.labels(state.key, outcome).set(count)
        for name, count in state.report.get("states", {}).items():
            waiting.labels(state.key, name).set(count)


def _trouble_gauges(overview: Overview, registry: CollectorRegistry) -> None:
    """Set 1 for each sign or failure class a site is in trouble for; others have no line."""
    kinds = f"{', '.join(Failure)}, {', '.join(Sign)} or other"
    gauge = Gauge("congdoan_site_trouble", f"1 = in trouble for {kinds}", ("site", "kind"), registry=registry)
    for state in overview.sites:
        for kind in _kinds(state):
            gauge.labels(state.key, kind).set(1)


def _kinds(state: SiteState) -> tuple[str, ...]:
    return state.trouble_kinds if state.in_trouble else ()


def _night_gauges(overview: Overview, registry: CollectorRegistry) -> None:
    summary = overview.summary()
    numbers = {
        "sites": ("sites visited", summary["sites"]),
        "sites_in_trouble": ("sites in trouble", summary["trouble"]),
        "proposals": ("proposed status changes not yet decided", summary["proposals"]),
        "notice_undelivered": ("1 = the last message was not delivered", float(bool(overview.undelivered))),
        "timestamp_seconds": ("start of the night", overview.at.timestamp() if overview.at else 0.0),
    }
    for name, (meaning, number) in numbers.items():
        Gauge(f"congdoan_night_{name}", meaning, registry=registry).set(number)


def metrics_text(overview: Overview) -> bytes:
    """Return the metrics in Prometheus' text format."""
    return generate_latest(metrics_registry(overview))


def write_metrics(overview: Overview, path: Path) -> None:
    """Write the file node_exporter's textfile collector reads; the name must end in `.prom`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), metrics_registry(overview))
