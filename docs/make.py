"""Write the generated pages and JSON schemas from the program itself: `python docs/make.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import click

from crawler.cli.main import congdoan
from crawler.cli.output.sites import lineage_text, place_text, valid_text
from crawler.config import Config, variable_of
from crawler.demo.faults import faults_text
from spiders.profile.site_profile import Level, SiteProfile, load_profiles, profile_schema_json
from storage.export.row_schema import article_json_schema_text as article_schema
from storage.export.row_schema import data_dictionary

REFERENCE = Path(__file__).parent / "reference"


def commands() -> str:
    """Return the page of all commands, with the text of their --help."""
    parts = ["# Commands", "", "Made by `python docs/make.py` from the commands' own help; do not edit.", ""]
    todo: list[tuple[str, click.Command]] = [("congdoan", congdoan)]
    while todo:
        name, command = todo.pop(0)
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        context.help_option_names = ["-h", "--help"]
        parts += [f"## {name}", "", "```", command.get_help(context).rstrip(), "```", ""]
        if isinstance(command, click.Group):
            within = ((key, command.get_command(context, key)) for key in command.list_commands(context))
            todo += [(f"{name} {key}", below) for key, below in within if below]
    return "\n".join(parts)


LEVELS = {
    "central": "National confederation",
    "sector": "National unions of an industry",
    "province": "Federations of provinces and cities",
    "district": "District level (ended 2025-06-30)",
    "ward": "Wards, communes, special zones (since 2025-07-01)",
    "grassroots": "Unions of a company, office or school",
    "press": "Union press",
    "aggregator": "Aggregators",
    "office": "Offices that publish union news",
}
SITES_INTRODUCTION = """# Sites

Made by `python docs/make.py` from the profiles; do not edit. **No profile has been tried on a live site:**
they are based on stored copies of public pages, public source code and saved pages, and `verified` says for
each profile what it was checked against.

- `live`: a page or a citation from after the reform of 1 July 2025 is known. `frozen`: no longer updated.
- `unknown`: the domain is known, nothing from after the reform was seen. `congdoan nightly` does not visit
  such a site: look at it in a browser, correct the profile, then set its status.
- `unidentified`: a system seen in a stored text whose domain is not known; its domain here is a reserved one.
- `←` names predecessors, `→` successors: after a move to another domain, a merger of provinces, the end of
  the district level. `congdoan site show KEY` says when, and names the sources.
"""


def sites() -> str:
    """Return the page of all registered sites: a table for each level, by province."""
    profiles = load_profiles().values()
    statuses = Counter(profile.status for profile in profiles)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    parts = [
        SITES_INTRODUCTION,
        f"{len(profiles)} sites: {counts}. Each is described in TOML; none needs a spider of its own.",
        "",
    ]
    for level in get_args(Level):
        parts += [f"## {LEVELS[level]}", "", *_table(p for p in profiles if p.level == level), ""]
    return "\n".join(parts)


def _table(profiles: Iterable[SiteProfile]) -> list[str]:
    rows = sorted(profiles, key=lambda profile: (profile.place or "", profile.key))
    if not rows:
        return ["None known yet."]
    head = ("province", "site", "name", "domain", "status", "valid", "platform", "verified", "lineage")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        domain = f"`{row.domain}`"
        cells = (place_text(row), f"`{row.key}`", row.name, domain, row.status, valid_text(row))
        lines.append(f"| {' | '.join((*cells, row.platform or '', row.verified, lineage_text(row)))} |")
    return lines


CONFIGURATION_INTRODUCTION = """# Configuration

Made by `python docs/make.py` from the settings' own descriptions in `crawler/config.py`; do not edit.

A setting is read from `congdoan.toml` in the working directory (or in the file that `CONGDOAN_CONFIG` names),
from a variable `CONGDOAN_…`, which overrides the file, or from an option of a command, which overrides both.
`congdoan config` prints every setting in force and its source. An unknown setting, or a value that cannot be
used, ends the command with exit code 3 and a line that names file, variable and key.

```toml
# congdoan.toml
contact = "mailto:archive@your-institution.example"
until = "05:00"
quiet = ["06:00-11:00", "13:00-22:00"]
```

Secrets are never options: `CONGDOAN_SECRET` signs sessions of the reading room, `CONGDOAN_NOTIFY_<NAME>` is
the address of the target `<name>`.

"""
DEFAULTS = {"workers": "one per processor"}  # defaults that differ from machine to machine


def configuration() -> str:
    """Return the page of all settings: name, variable, default and description of each."""
    lines = ["| setting | variable | default | meaning |", "|---|---|---|---|"]
    for key, field in Config.model_fields.items():
        default = DEFAULTS.get(key) or _default_text(field.default)
        lines.append(f"| `{key}` | `{variable_of(key)}` | {default} | {field.description} |")
    return CONFIGURATION_INTRODUCTION + "\n".join(lines) + "\n"


def _default_text(default: object) -> str:
    if isinstance(default, Path):
        root = REFERENCE.parents[1]
        return f"`{default.relative_to(root) if default.is_relative_to(root) else default}`"
    if isinstance(default, int | float):
        return f"{default:,.15g}"
    return f"`{default}`" if default else "none"


if __name__ == "__main__":
    (REFERENCE / "configuration.md").write_text(configuration(), encoding="utf-8")
    (REFERENCE / "sites.md").write_text(sites(), encoding="utf-8")
    (REFERENCE / "commands.md").write_text(commands(), encoding="utf-8")
    (REFERENCE / "faults.md").write_text(faults_text(), encoding="utf-8")
    (REFERENCE / "data.md").write_text(data_dictionary(), encoding="utf-8")
    (REFERENCE / "article.schema.json").write_text(article_schema(), encoding="utf-8")
    (REFERENCE / "profile.schema.json").write_text(profile_schema_json(), encoding="utf-8")
