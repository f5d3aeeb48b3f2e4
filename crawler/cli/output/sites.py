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
    province = provinces().get(profile.place or "")
    return {province.key, province.current_key} if province else {profile.place or ""}


def place_text(profile: SiteProfile) -> str:
    """`Bắc Kạn (now Thái Nguyên)`; empty where a site has no place."""
    then_province = provinces().get(profile.place or "")
    if then_province is None:
        return profile.place or ""
    now_province = province_on(then_province.key, REFORM)
    return (
        then_province.name
        if then_province == now_province
        else f"{then_province.name} (now {now_province.name})"
    )


def lineage_text(profile: SiteProfile) -> str:
    """Predecessors and successors: `← congdoanquangnam; → congdoandanang`."""
    before = [f"← {kin.key or kin.name}" for kin in profile.predecessors]
    return "; ".join([*before, *(f"→ {kin.key or kin.name}" for kin in profile.successors)])


def print_sites(out: Console, profiles: Iterable[SiteProfile]) -> None:
    """Print a table of profiles, and how many there are of each status."""
    table = Table()
    for column in SITE_COLUMNS:
        table.add_column(column)
    statuses: Counter[str] = Counter()
    for profile in profiles:
        statuses[profile.status] += 1
        cells = (profile.name, profile.level, place_text(profile), profile.status, profile.every)
        table.add_row(profile.key, *cells, profile.domain, lineage_text(profile))
    out.print(table)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    out.print(f"{statuses.total()} sites: {counts or 'none matches the filters'}")


def print_site(out: Console, profile: SiteProfile, source: str) -> None:
    """Print one profile: its facts in words, then the rules of its file."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, text in _profile_facts(profile):
        table.add_row(label, text)
    out.print(table, markup=False)
    rules = tomllib.loads(source)
    rule_tables = [
        key for key in ("discover", "urls", "listing", "layout", "expect", "fetch") if key in rules
    ]
    out.print(f"rules of its own: {', '.join(rule_tables) or 'none'}", markup=False)
    for key in rule_tables:
        for line in _rule_lines(key, rules[key]):
            out.print(f"  {line}", markup=False)


def _profile_facts(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    facts = (
        ("site", profile.key),
        ("name", profile.name),
        ("owner", profile.owner),
        ("domain", profile.domain),
        ("level", profile.level),
        ("place", place_text(profile)),
        ("status", _status(profile)),
        ("valid", valid_text(profile)),
        *(("predecessor", _related_site_text(kin)) for kin in profile.predecessors),
        *(("successor", _related_site_text(kin)) for kin in profile.successors),
        *(("mirror", host) for host in profile.mirrors),
        *(("edition", f"{e.domain} ({e.language}, {e.kind.replace('_', ' ')})") for e in profile.editions),
        ("platform", profile.platform or "none named"),
        ("every", profile.every),
        ("verified", profile.verified),
        *(("source", source) for source in profile.sources),
        ("notes", profile.notes),
        ("seeds", " ".join(profile.seeds)),
    )
    yield from ((label, text) for label, text in facts if text)


def _status(profile: SiteProfile) -> str:
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


def _related_site_text(kin: SiteRelation) -> str:
    day = f", {kin.since}" if kin.since else ""
    return f"{kin.key or kin.name} ({kin.kind}{day}){': ' + kin.why if kin.why else ''}"


def _rule_lines(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - a TOML value
    """`urls.article: …`, one line a value, whatever the nesting."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _rule_lines(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _rule_lines(name, inner)
    else:
        yield f"{name}: {value}"
