"""Completeness of a run: every link of every discovery page, counted by what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from storage.database.schema import urls
from storage.frontier.tasks import BEHIND, DISCOVERY, PHASES
from storage.records import UrlKind, UrlState

DISCOVERY_KINDS = tuple(kind for kind, phase in PHASES.items() if phase < DISCOVERY)


@dataclass(frozen=True, slots=True)
class LinkAccounting:
    """Counts of what became of the links of one discovery page, each link once."""

    links: int  # to the site's own addresses, each URL once
    new_links: int  # had no row in the frontier
    known_links: int  # had one
    refused: Mapping[str, int]  # by reason, new or known
    not_followed: int  # further pages of a listing that shows nothing new any more
    paging: str  # turned (the next page was woken), known (all entries were), end (no further page), none

    def as_json(self) -> dict[str, Any]:
        """Return the counts as the frontier stores them (column `haul`)."""
        return {
            "seen": self.links,
            "new": self.new_links,
            "known": self.known_links,
            "refused": self.refused,
            "unbelieved": self.not_followed,
            "paging": self.paging,
        }


@dataclass(frozen=True, slots=True)
class CompletenessProof:
    """Counts of a run's discovery that have to add up: `unexplained` and `lost` are 0 in a complete run."""

    pages: Mapping[str, int]  # seeds, feeds, sitemaps, listings read, by kind
    not_modified: int  # of them: answered "not modified"
    links: int  # on these pages, to the site's own addresses
    new_links: int
    known_links: int
    refused: Mapping[str, int]  # by reason
    not_followed: int  # further pages of listings that show nothing new any more
    unexplained: int  # links that are neither new, known, refused nor not followed
    paging: Mapping[str, int]  # listing pages by how their paging went on
    articles: int  # URLs of articles discovered in this run
    settled: int  # of them: settled in this run
    waiting: int  # of them: still to be requested
    lost: int  # of them: neither settled nor waiting
    backlog: int  # URLs of the site that wait in the backlog

    @property
    def holds(self) -> bool:
        """Whether every link and article is accounted for."""
        return not self.unexplained and not self.lost

    def as_json(self) -> dict[str, Any]:
        """Return the proof as reports hold it."""
        return {
            "pages": self.pages,
            "still": self.not_modified,
            "seen": self.links,
            "new": self.new_links,
            "known": self.known_links,
            "refused": self.refused,
            "unbelieved": self.not_followed,
            "unexplained": self.unexplained,
            "paging": self.paging,
            "articles": self.articles,
            "asked": self.settled,
            "waiting": self.waiting,
            "lost": self.lost,
            "backlog": self.backlog,
        }


EMPTY_PROOF = CompletenessProof({}, 0, 0, 0, 0, {}, 0, 0, {}, 0, 0, 0, 0, 0)


def prove_completeness(connection: Connection, site: str, run: int) -> CompletenessProof:
    """Return the proof of one run of a site, from the frontier's rows."""
    discovery_pages = connection.execute(
        select(urls.c.kind, urls.c.haul).where(
            urls.c.last_run == run,
            urls.c.site == site,
            urls.c.kind.in_(DISCOVERY_KINDS),
            urls.c.attempts == 0,
        )
    ).all()
    accounts = [page.haul for page in discovery_pages if page.haul]
    link_totals = {
        name: sum(int(account[name]) for account in accounts)
        for name in ("seen", "new", "known", "unbelieved")
    }
    refused_links = _sum_by_reason([account["refused"] for account in accounts])
    paging_counts = Counter(account["paging"] for account in accounts if account["paging"] != "none")
    article_counts = _article_counts(connection, site, run)
    settled_articles, waiting_articles = article_counts.settled or 0, article_counts.waiting or 0
    backlog_count = select(func.count()).where(
        urls.c.site == site, urls.c.state == UrlState.PENDING, urls.c.phase >= BEHIND
    )
    explained = link_totals["new"] + link_totals["known"] + link_totals["unbelieved"]
    explained += sum(refused_links.values())
    return CompletenessProof(
        pages=dict(sorted(Counter(page.kind for page in discovery_pages).items())),
        not_modified=len(discovery_pages) - len(accounts),
        links=link_totals["seen"],
        new_links=link_totals["new"],
        known_links=link_totals["known"],
        refused=refused_links,
        not_followed=link_totals["unbelieved"],
        unexplained=link_totals["seen"] - explained,
        paging=dict(sorted(paging_counts.items())),
        articles=article_counts.total,
        settled=settled_articles,
        waiting=waiting_articles,
        lost=article_counts.total - settled_articles - waiting_articles,
        backlog=connection.scalar(backlog_count) or 0,
    )


def _article_counts(connection: Connection, site: str, run: int) -> Row[Any]:
    """Return total, settled and waiting of the article URLs discovered in a run."""
    settled_articles = urls.c.last_run == run
    waiting_articles = urls.c.state.in_(
        (UrlState.PENDING, UrlState.LEASED)
    ) & urls.c.last_run.is_distinct_from(run)
    return connection.execute(
        select(
            func.count().label("total"),
            func.sum(case((settled_articles, 1), else_=0)).label("settled"),
            func.sum(case((waiting_articles, 1), else_=0)).label("waiting"),
        ).where(
            urls.c.site == site,
            urls.c.found_run == run,
            urls.c.kind == UrlKind.ARTICLE,
            urls.c.state != UrlState.REFUSED,
        )
    ).one()


def _sum_by_reason(reason_counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    reason_totals: Counter[str] = Counter()
    for reason_count in reason_counts:
        reason_totals.update(reason_count)
    return dict(sorted(reason_totals.items()))
