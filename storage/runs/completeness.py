"""The proof that a run missed nothing: every link of every discovery page, by what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from storage.database.schema import urls
from storage.frontier.tasks import BEHIND, DISCOVERY, PHASES
from storage.records import UrlKind, UrlState

DISCOVERY_KINDS = tuple(kind for kind, phase in PHASES.items() if phase < DISCOVERY)


@dataclass(frozen=True, slots=True)
class LinkAccounting:
    """What became of the links of one page, each counted once."""

    seen: int  # links to the site's own addresses, once each by URL
    new: int  # rows that did not exist
    known: int
    refused: Mapping[str, int]  # by reason, new or known
    unbelieved: int  # further pages of a listing that shows nothing new any more: not followed
    paging: str  # turned (the next page was woken), known (all entries were), end (no further page), none

    def as_json(self) -> dict[str, Any]:
        """As kept in the frontier."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CompletenessProof:
    """What a run's discovery came to, in numbers that add up: `unexplained` and `lost` are 0."""

    pages: Mapping[str, int]  # seeds, feeds, sitemaps, listings read, by kind
    still: int  # of them, those that answered "not modified"
    seen: int
    new: int
    known: int
    refused: Mapping[str, int]
    unbelieved: int
    unexplained: int  # links seen and neither new, known, refused nor unbelieved
    paging: Mapping[str, int]  # listings' pages by how the paging went on
    articles: int  # articles first heard of in this run
    asked: int  # of them: settled in this run
    waiting: int  # of them: still to be asked
    lost: int  # of them: neither settled nor waiting
    backlog: int  # URLs of the site that wait in the backlog

    @property
    def holds(self) -> bool:
        """Whether everything is accounted for."""
        return not self.unexplained and not self.lost


EMPTY_PROOF = CompletenessProof({}, 0, 0, 0, 0, {}, 0, 0, {}, 0, 0, 0, 0, 0)


def prove_completeness(connection: Connection, site: str, run: int) -> CompletenessProof:
    """The proof of one run, from the frontier's rows."""
    pages = connection.execute(
        select(urls.c.kind, urls.c.haul).where(
            urls.c.last_run == run,
            urls.c.site == site,
            urls.c.kind.in_(DISCOVERY_KINDS),
            urls.c.attempts == 0,
        )
    ).all()
    hauls = [row.haul for row in pages if row.haul]
    total = {name: sum(int(haul[name]) for haul in hauls) for name in ("seen", "new", "known", "unbelieved")}
    refused = _sum_by_reason([haul["refused"] for haul in hauls])
    found = _article_counts(connection, site, run)
    waits = select(func.count()).where(
        urls.c.site == site, urls.c.state == UrlState.PENDING, urls.c.phase >= BEHIND
    )
    return CompletenessProof(
        pages=dict(sorted(Counter(row.kind for row in pages).items())),
        still=len(pages) - len(hauls),
        **total,
        refused=refused,
        unexplained=total["seen"]
        - total["new"]
        - total["known"]
        - total["unbelieved"]
        - sum(refused.values()),
        paging=dict(sorted(Counter(haul["paging"] for haul in hauls if haul["paging"] != "none").items())),
        articles=found.total,
        asked=found.asked or 0,
        waiting=found.waiting or 0,
        lost=found.total - (found.asked or 0) - (found.waiting or 0),
        backlog=connection.scalar(waits) or 0,
    )


def _article_counts(connection: Connection, site: str, run: int) -> Row[Any]:
    asked = urls.c.last_run == run
    waits = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED)) & urls.c.last_run.is_distinct_from(run)
    return connection.execute(
        select(
            func.count().label("total"),
            func.sum(case((asked, 1), else_=0)).label("asked"),
            func.sum(case((waits, 1), else_=0)).label("waiting"),
        ).where(
            urls.c.site == site,
            urls.c.found_run == run,
            urls.c.kind == UrlKind.ARTICLE,
            urls.c.state != UrlState.REFUSED,
        )
    ).one()


def _sum_by_reason(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    summed: Counter[str] = Counter()
    for each in counts:
        summed.update(each)
    return dict(sorted(summed.items()))
