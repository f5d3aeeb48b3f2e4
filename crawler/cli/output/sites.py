"""Site profiles as commands print them: the registry as a table, one profile in full."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from spiders.profile.provinces import REFORM, province_on, provinces
from spiders.profile.site_profile import SiteProfile, SiteRelation

SITE_COLUMNS = ("site", "name", "level", "place", "status", "every", "domain", "lineage")


def filtered_profiles(
    profiles: Iterable[SiteProfile],
    status: str | None = None,
    level: str | None = None,
    place: str | None = None,
) -> list[SiteProfile]:
    """The profiles that match every filter, by key; `place` is a province, former or present."""
    return sorted(
        (
            profile
            for profile in profiles
            if status in (None, profile.status)
            and level in (None, profile.level)
            and (place is None or place in _places_of(profile))
        ),
        key=lambda profile: profile.key,
    )


def _places_of(profile: SiteProfile) -> set[str]:
    site_province = provinces().get(profile.place or "")
    return {site_province.key, site_province.current_key} if site_province else {profile.place or ""}


def place_text(profile: SiteProfile) -> str:
    """`Bắc Kạn (now Thái Nguyên)`; empty where a site has no place."""
    former_province = provinces().get(profile.place or "")
    if former_province is None:
        return profile.place or ""
    present_province = province_on(former_province.key, REFORM)
    return (
        former_province.name
        if former_province == present_province
        else f"{former_province.name} (now {present_province.name})"
    )


def lineage_text(profile: SiteProfile) -> str:
    """Predecessors and successors: `← congdoanquangnam; → congdoandanang`."""
    before = [f"← {related_site.key or related_site.name}" for related_site in profile.predecessors]
    return "; ".join(
        [*before, *(f"→ {related_site.key or related_site.name}" for related_site in profile.successors)]
    )


def print_sites(sites_output: Console, profiles: Iterable[SiteProfile]) -> None:
    """Print a table of profiles, and how many there are of each status."""
    sites_table = Table()
    for column in SITE_COLUMNS:
        sites_table.add_column(column)
    site_statuses: Counter[str] = Counter()
    for profile in profiles:
        site_statuses[profile.status] += 1
        site_cells = (profile.name, profile.level, place_text(profile), profile.status, profile.every)
        sites_table.add_row(profile.key, *site_cells, profile.domain, lineage_text(profile))
    sites_output.print(sites_table)
    site_counts = ", ".join(f"{count} {status}" for status, count in sorted(site_statuses.items()))
    sites_output.print(f"{site_statuses.total()} sites: {site_counts or 'none matches the filters'}")


def print_site(sites_output: Console, profile: SiteProfile, source: str) -> None:
    """Print one profile: its facts in words, then the rules of its file."""
    sites_table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for site_fact, fact_text in _site_facts(profile):
        sites_table.add_row(site_fact, fact_text)
    sites_output.print(sites_table, markup=False)
    site_rules = tomllib.loads(source)
    site_rule_tables = [
        key for key in ("discover", "urls", "listing", "layout", "expect", "fetch") if key in site_rules
    ]
    sites_output.print(f"rules of its own: {', '.join(site_rule_tables) or 'none'}", markup=False)
    for key in site_rule_tables:
        for line in _site_rule_lines(key, site_rules[key]):
            sites_output.print(f"  {line}", markup=False)


def _site_facts(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    site_facts = (
        ("site", profile.key),
        ("name", profile.name),
        ("owner", profile.owner),
        ("domain", profile.domain),
        ("level", profile.level),
        ("place", place_text(profile)),
        ("status", _site_status(profile)),
        ("valid", valid_text(profile)),
        *(("predecessor", _related_site_text(related_site)) for related_site in profile.predecessors),
        *(("successor", _related_site_text(related_site)) for related_site in profile.successors),
        *(("mirror", host) for host in profile.mirrors),
        *(("edition", f"{e.domain} ({e.language}, {e.kind.replace('_', ' ')})") for e in profile.editions),
        ("platform", profile.platform or "none named"),
        ("every", profile.every),
        ("verified", profile.verified),
        *(("source", source) for source in profile.sources),
        ("notes", profile.notes),
        ("seeds", " ".join(profile.seeds)),
    )
    yield from ((site_fact, fact_text) for site_fact, fact_text in site_facts if fact_text)


def _site_status(profile: SiteProfile) -> str:
    if profile.status == "unknown":
        return "unknown (the night does not visit it until a person has looked and set another status)"
    return profile.status


def valid_text(profile: SiteProfile) -> str:
    """`until 2025-06-30`, `2025-07-01 on`, or both days; empty where neither is known."""
    if profile.valid_from and profile.valid_until:
        return f"{profile.valid_from} to {profile.valid_until}"
    if profile.valid_until:
        return f"until {profile.valid_until}"
    return f"{profile.valid_from} on" if profile.valid_from else ""


def _related_site_text(related_site: SiteRelation) -> str:
    day = f", {related_site.since}" if related_site.since else ""
    reason = f": {related_site.why}" if related_site.why else ""
    return f"{related_site.key or related_site.name} ({related_site.kind}{day}){reason}"


def _site_rule_lines(rule_name: str, rule_value: Any) -> Iterator[str]:  # noqa: ANN401 - a TOML value
    """`urls.article: …`, one line a value, whatever the nesting."""
    if isinstance(rule_value, dict):
        for key, inner_rule in rule_value.items():
            yield from _site_rule_lines(f"{rule_name}.{key}", inner_rule)
    elif isinstance(rule_value, list):
        for inner_rule in rule_value:
            yield from _site_rule_lines(rule_name, inner_rule)
    else:
        yield f"{rule_name}: {rule_value}"
