"""Ledger: what the archive itself says of a night, read after it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Engine, func, select

from storage.captures import fixity
from storage.database.engine import integrity, open_database, reading
from storage.database.schema import appearances, captures, changes, runs, urls
from storage.records import ChangeKind

REVISED = (ChangeKind.REVISED, ChangeKind.PARTED)
GONE = (ChangeKind.REMOVED, ChangeKind.VANISHED)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The archive at a database URL; every reading opens and closes it."""

    url: str

    @property
    def engine(self) -> Engine:
        """The database."""
        return open_database(self.url)

    def last_run(self) -> int:
        """The number of the last run begun; 0 before the first."""
        with reading(self.engine) as connection:
            return connection.scalar(select(func.max(runs.c.id))) or 0

    def known(self) -> set[tuple[str, str]]:
        """Every (site, URL) the frontier has."""
        with reading(self.engine) as connection:
            return {(row.site, row.url) for row in connection.execute(select(urls.c.site, urls.c.url))}

    def problems(self, after: int) -> dict[str, tuple[str, ...]]:
        """Site → the problems its report tells, of the runs after run `after` that are not healthy."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(runs.c.site, runs.c.report).where(runs.c.id > after)).all()
        told = {row.site: tuple((row.report or {}).get("problems", ("no report",))) for row in rows}
        return {site: lines for site, lines in told.items() if lines}

    def shortest_gap(self, after: int) -> float:
        """Seconds between two requests of one visit by one process, robots.txt included, after run `after`.

        A process that was killed and the one that went on both began at the instant of their night.
        """
        times: dict[str, list[float]] = {}
        asked = select(captures.c.warc_file, captures.c.fetched_at).where(captures.c.run_id > after)
        with reading(self.engine) as connection:
            for row in connection.execute(asked.order_by(captures.c.fetched_at)):
                times.setdefault(row.warc_file, []).append(row.fetched_at.timestamp())
        gaps = [later - one for moments in times.values() for one, later in pairwise(moments)]
        return min(gaps, default=float("inf"))

    def shown(self) -> set[tuple[str, str]]:
        """Every (site, URL) that shows, or showed, an article."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(appearances.c.site, appearances.c.url))
            return {(row.site, row.url) for row in rows}

    def told(self, kinds: tuple[ChangeKind, ...]) -> set[tuple[str, str]]:
        """(site, URL) of every change of these kinds."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(changes.c.site, changes.c.url).where(
                    changes.c.kind.in_([kind.value for kind in kinds])
                )
            )
            return {(row.site, row.url) for row in rows}

    def damage(self, warcs: Path) -> tuple[str, ...]:
        """What the database finds wrong with itself, and `congdoan verify` with the WARCs."""
        with reading(self.engine) as connection:
            reports = [
                fixity.verify_file(connection, warcs, name)
                for name in fixity.files_to_verify(connection, warcs)
            ]
        told = [f"{p.warc_file}: {p.kind}: {p.said}" for report in reports for p in report.problems]
        return (*integrity(self.engine), *told)
