"""Exploring: how far `congdoan site new` alone comes on replicas of systems nobody described to it."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.unknown import PLATFORMS, Outcome, measure
from crawler.demo.site_systems import DEMO_SYSTEMS, System
from crawler.onboarding.explore import load_platforms

FAMILIES = "tests.platforms.family"
# what the demo's replicas imitate, as their site profiles and address forms say; the others are home-made
IMITATED = {"laodongthudo": "mastercms", "ha_noi_quan_huyen": "liferay"}
DEMO_SCALE = 0.25  # of the demo's sites, which are larger
HEAD = ("site", "requests", "lines", "found %", "title %", "day %", "body F1", "extra %", "platform", "")


def families(module: str) -> Mapping[str, Sequence[System]]:
    """The replicas a module's `families()` gives, by family."""
    found: Mapping[str, Sequence[System]] = import_module(module).families()
    return found


def chosen(modules: Sequence[str], names: Sequence[str]) -> dict[str, tuple[Sequence[System], float]]:
    """Families to measure with the scale of their sites; the demo's five systems are the family `demo`."""
    found: dict[str, tuple[Sequence[System], float]] = {}
    for module in modules or (FAMILIES,):
        found |= {name: (systems, 1.0) for name, systems in families(module).items()}
    if not modules:
        found["demo"] = (DEMO_SYSTEMS, DEMO_SCALE)
    unknown = sorted(set(names) - set(found))
    if unknown:
        raise click.UsageError(f"no family called {', '.join(unknown)}; there are {', '.join(found)}")
    return {name: told for name, told in found.items() if not names or name in names}


def outcomes(picked: Mapping[str, tuple[Sequence[System], float]], *, lean: bool) -> Iterator[list[Outcome]]:
    """Family after family, measured."""
    for name, (systems, scale) in picked.items():
        with tempfile.TemporaryDirectory(prefix="congdoan-exploring-") as folder:
            yield measure(name, systems, Path(folder), lean=lean, scale=scale)


def platform_of(one: Outcome) -> str:
    """The platform a site is made with, by its family's name; none of the known for others."""
    if one.site in IMITATED:
        return IMITATED[one.site]
    family = one.family
    known = (name for name in load_platforms(PLATFORMS) if family == name or family.startswith(f"{name}_"))
    return max(known, key=len, default="none")


def confusion(found: Sequence[Outcome]) -> Counter[tuple[str, str]]:
    """Sites by true and guessed platform."""
    return Counter((platform_of(one), one.platform or "none") for one in found)


def table(found: Sequence[Outcome]) -> str:
    """The figures, for a person."""
    rows = [HEAD, *(_cells(one) for one in found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    lines = []
    for row in rows:
        cells = (
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, "", *summary(found), "", *_confused(found)])


def _cells(one: Outcome) -> tuple[str, ...]:
    shares = (one.found, one.titles, one.days)
    figures = (
        *(f"{share:.1%}".removesuffix("%") for share in shares),
        f"{one.bodies:.3f}",
        f"{100 * one.extra:.1f}",
    )
    return (
        one.site,
        str(one.requests),
        str(one.lines),
        *(figures if not one.trouble else ("–",) * len(figures)),
        one.platform or "none",
        "pass" if one.good else "FAIL",
    )


def summary(found: Sequence[Outcome]) -> list[str]:
    """What it comes to, one line each."""
    asked = sorted(one.requests for one in found)
    return [
        f"{sum(one.good for one in found)} of {len(found)} sites need no mending",
        f"requests: {asked[0]} to {asked[-1]}, median {median(asked):.0f}; "
        f"lines of a profile: at most {max(one.lines for one in found)}",
    ]


def _confused(found: Sequence[Outcome]) -> list[str]:
    counts = confusion(found)
    right = sum(count for (true, guessed), count in counts.items() if true == guessed)
    lines = [f"platform guessed right: {right} of {len(found)} sites"]
    for (true, guessed), count in sorted(counts.items()):
        lines.append(f"  {true:16} taken for {guessed:16} {count:3}{'' if true == guessed else '  wrong'}")
    return lines


def as_json(found: Sequence[Outcome]) -> dict[str, Any]:
    """JSON-ready: the sites, and the platforms told from each other."""
    counts = [
        {"true": true, "guessed": guessed, "sites": n} for (true, guessed), n in confusion(found).items()
    ]
    return {
        "good": sum(one.good for one in found),
        "sites": [one.as_dict() for one in found],
        "platforms": counts,
    }


@click.command()
@click.option("--family", "names", multiple=True, help="Only this family (may be repeated).")
@click.option("--from", "modules", multiple=True, help="A module whose families() to measure instead.")
@click.option("--lean", is_flag=True, help="Keep the guessed platform's rules out of the profiles.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write the figures here.")
@click.option("--floor", default=1.0, show_default=True, help="Share of sites that must need no mending.")
def main(
    names: tuple[str, ...], modules: tuple[str, ...], lean: bool, target: Path | None, floor: float
) -> None:
    """Measure; exit code 1 when too many sites need mending."""
    found: list[Outcome] = []
    for measured in outcomes(chosen(modules, names), lean=lean):
        found += measured
        for one in measured:
            click.echo(f"{one.site}: {'pass' if one.good else 'FAIL'} {one.trouble}", err=True)
            for line in () if one.good else one.wrong:
                click.echo(f"  {line}", err=True)
    click.echo(table(found))
    if target:
        target.write_text(json.dumps(as_json(found), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    raise SystemExit(0 if sum(one.good for one in found) >= floor * len(found) else 1)


if __name__ == "__main__":
    main()
