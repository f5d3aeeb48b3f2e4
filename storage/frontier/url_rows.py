"""Frontier rows of one page and of the URLs it links to: read once, and kept in step with what is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from storage.database.schema import urls
from storage.frontier.revisit_policy import is_newer
from storage.frontier.tasks import PHASES, url_key
from storage.records import DiscoveredUrl, Outcome, Reason, UrlKind, UrlState

KEYS_PER_STATEMENT = 400  # SQLite's oldest limit on variables is 999


@dataclass(slots=True)
class UrlRow:
    """The columns of a frontier row that the steps of one transaction decide by."""

    key: str
    url: str
    kind: str
    state: str
    reason: str | None
    title_hint: str | None
    date_hint: str | None
    lastmod: str | None
    sitemap_run: int | None  # run in which a sitemap last listed it
    found_run: int  # run that discovered it
    last_run: int | None  # run that last visited it
    root: bool
    attempts: int  # failures in a row
    unchanged: int  # visits in a row that showed nothing new
    changed: int  # visits that showed a changed article
    last_visit: datetime | None
    payload_digest: str | None  # of the last response with a body

    def update(self, values: Mapping[str, Any]) -> None:
        """Take over column values that were written; other columns are left out."""
        for name in values.keys() & set(UrlRow.__slots__):
            setattr(self, name, values[name])


UrlRows = dict[str, UrlRow]
"""Rows by their key (storage.frontier.tasks.url_key)."""

_COLUMNS = tuple(UrlRow.__slots__)
_ROWS = select(*(urls.c[name] for name in _COLUMNS)).where(
    urls.c.site == bindparam("at_site"), urls.c.key.in_(bindparam("keys", expanding=True))
)


def read_url_rows(connection: Connection, site: str, addresses: Iterable[str]) -> UrlRows:
    """Return the rows of a site that exist for some URLs, by key."""
    keys = list(dict.fromkeys(map(url_key, addresses)))
    rows: UrlRows = {}
    for start in range(0, len(keys), KEYS_PER_STATEMENT):
        parameters = {"at_site": site, "keys": keys[start : start + KEYS_PER_STATEMENT]}
        rows.update({row.key: UrlRow(*row) for row in connection.execute(_ROWS, parameters)})
    return rows


def new_row_values(site: str, run: int, item: DiscoveredUrl, now: datetime, *, root: bool) -> dict[str, Any]:
    """Return the column values of a URL that the frontier does not have yet."""
    return {
        "site": site,
        "key": url_key(item.url),
        "url": item.url,
        "kind": item.kind.value,
        "phase": PHASES[item.kind],
        "state": (UrlState.REFUSED if item.refused else UrlState.PENDING).value,
        "root": root,
        "found_on": item.found_on,
        "found_run": run,
        "found_at": now,
        "title_hint": item.title_hint,
        "date_hint": item.date_hint,
        "hint_source": item.hint_source,
        "hint_form": item.hint_form,
        "lastmod": item.lastmod,
        "sitemap": _sitemap_key(item),
        "sitemap_run": run if _sitemap_key(item) else None,
        "attempts": 0,
        "unchanged": 0,
        "changed": 0,
        "outcome": Outcome.REFUSED.value if item.refused else None,
        "reason": item.refused.value if item.refused else None,
        "last_run": run if item.refused else None,
    }


def inserted_row(values: Mapping[str, Any]) -> UrlRow:
    """Return the row that inserting `values` made."""
    return UrlRow(**{name: values.get(name) for name in _COLUMNS})  # type: ignore[arg-type]


def sighting_changes(row: UrlRow, item: DiscoveredUrl, run: int) -> dict[str, Any]:
    """Return the column values by which a further sighting of a known URL changes its row (pure).

    Missing hints are filled in; a newer <lastmod>, or a link to what was refused before, makes it pending.
    """
    values: dict[str, Any] = {}
    if row.date_hint is None and item.date_hint:
        values |= {"date_hint": item.date_hint, "hint_source": item.hint_source}
        values |= {"hint_form": item.hint_form, "title_hint": row.title_hint or item.title_hint}
    if (sitemap := _sitemap_key(item)) and row.sitemap_run != run:
        values |= {"sitemap": sitemap, "sitemap_run": run}
        if row.kind == UrlKind.SITEMAP and row.state == UrlState.GONE:
            values["state"] = UrlState.PENDING.value  # listed once more
    if item.lastmod and item.lastmod != row.lastmod:
        values["lastmod"] = item.lastmod
        if _tells_of_change(row, item.lastmod, run):
            values["state"] = UrlState.PENDING.value
    if row.state == UrlState.REFUSED and item.refused is None and row.reason != Reason.ROBOTS:
        values |= {"state": UrlState.PENDING.value, "kind": item.kind.value, "phase": PHASES[item.kind]}
    return values


def _tells_of_change(row: UrlRow, lastmod: str, run: int) -> bool:
    visited_before = row.state in (UrlState.DONE, UrlState.GONE) and row.last_run != run
    return visited_before and (row.lastmod is not None or is_newer(lastmod, row.last_visit))


def _sitemap_key(item: DiscoveredUrl) -> str | None:
    return url_key(item.found_on) if item.hint_source == "sitemap" else None
