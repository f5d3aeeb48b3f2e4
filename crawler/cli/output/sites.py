"""What commands print about sites: the registry as a table, one profile in full."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from spiders.profile.provinces import REFORM, province_on, provinces
from spiders.profile.site_profile import SiteProfile, SiteRelation

COLUMNS = ("site", "name", "level", "place", "status", "every", "domain", "lineage")


def picked(
    profiles: Iterable[SiteProfile],
    status: str | None = None,
    level: str | None = None,
    place: str | None = None,
) -> list[SiteProfile]:
    """The profiles that answer every filter, by key; a place is that of its time or what it is now."""
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
    known = provinces().get(profile.place or "")
    return {known.key, known.current_key} if known else {profile.place or ""}


def place_text(profile: SiteProfile) -> str:
    """`Bắc Kạn (now Thái Nguyên)`; empty where a site has no place."""
    then = provinces().get(profile.place or "")
    if then is None:
        return profile.place or ""
    now = province_on(then.key, REFORM)
    return then.name if then == now else f"{then.name} (now {now.name})"


def lineage_text(profile: SiteProfile) -> str:
    """Kin in a few words: `← congdoanquangnam` came before, `→ congdoandanang` after."""
    before = [f"← {kin.key or kin.name}" for kin in profile.predecessors]
    return "; ".join([*before, *(f"→ {kin.key or kin.name}" for kin in profile.successors)])


def print_sites(out: Console, chosen: Iterable[SiteProfile]) -> None:
    """A table of the chosen profiles, and how many there are of each status."""
    table = Table()
    for column in COLUMNS:
        table.add_column(column)
    statuses: Counter[str] = Counter()
    for profile in chosen:
        statuses[profile.status] += 1
        told = (profile.name, profile.level, place_text(profile), profile.status, profile.every)
        table.add_row(profile.key, *told, profile.domain, lineage_text(profile))
    out.print(table)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    out.print(f"{statuses.total()} sites: {counts or 'none answers the filters'}")


def print_site(out: Console, profile: SiteProfile, source: str) -> None:
    """One profile for a person: who and when in words, then the rules as they stand in the file."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, text in _facts(profile):
        table.add_row(label, text)
    out.print(table, markup=False)
    rules = tomllib.loads(source)
    told = [key for key in ("discover", "urls", "listing", "layout", "expect", "fetch") if key in rules]
    out.print(f"rules of its own: {', '.join(told) or 'none'}", markup=False)
    for key in told:
        for line in _lines(key, rules[key]):
            out.print(f"  {line}", markup=False)


def _facts(profile: SiteProfile) -> Iterator[tuple[str, str]]:
    told = (
        ("site", profile.key),
        ("name", profile.name),
        ("owner", profile.owner),
        ("domain", profile.domain),
        ("level", profile.level),
        ("place", place_text(profile)),
        ("status", _status(profile)),
        ("valid", valid_text(profile)),
        *(("predecessor", _kin_text(kin)) for kin in profile.predecessors),
        *(("successor", _kin_text(kin)) for kin in profile.successors),
        *(("mirror", host) for host in profile.mirrors),
        *(("edition", f"{e.domain} ({e.language}, {e.kind.replace('_', ' ')})") for e in profile.editions),
        ("platform", profile.platform or "none named"),
        ("every", profile.every),
        ("verified", profile.verified),
        *(("source", source) for source in profile.sources),
        ("notes", profile.notes),
        ("seeds", " ".join(profile.seeds)),
    )
    yield from ((label, text) for label, text in told if text)


def _status(profile: SiteProfile) -> str:
    if profile.status == "unknown":
        return "unknown (the night does not ask it until a person has looked and set another status)"
    return profile.status


def valid_text(profile: SiteProfile) -> str:
    """`until 2025-06-30`, `2025-07-01 on`, or both days; empty where neither is known."""
    if profile.valid_from and profile.valid_until:
        return f"{profile.valid_from} to {profile.valid_until}"
    if profile.valid_until:
        return f"until {profile.valid_until}"
    return f"{profile.valid_from} on" if profile.valid_from else ""


def _kin_text(kin: SiteRelation) -> str:
    day = f", {kin.since}" if kin.since else ""
    return f"{kin.key or kin.name} ({kin.kind}{day}){': ' + kin.why if kin.why else ''}"


def _lines(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - a TOML value
    """`urls.article: …`, one line a value, whatever the nesting."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(name, inner)
    else:
        yield f"{name}: {value}"
