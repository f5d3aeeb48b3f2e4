"""The frontier: the queue of a site's URLs, their states, and when each is visited again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from storage.database.schema import runs, urls
from storage.frontier import revisit_budget as allowance
from storage.frontier.pagination import Pager, PagerState
from storage.frontier.revisit_budget import ALLOWANCE, RevisitBudget
from storage.frontier.revisit_policy import MAX_ARTICLE_DAYS, SLACK, VisitedUrl, next_visit
from storage.frontier.tasks import (
    BACKLOG,
    BEHIND,
    DISCOVERY,
    PHASES,
    AddedUrls,
    LeasedUrl,
    RunProgress,
    queue,
    task_of,
    validators,
)
from storage.frontier.tasks import VisitRecord as VisitRecord
from storage.frontier.tasks import page_order as page_order
from storage.frontier.tasks import url_key as url_key
from storage.frontier.url_rows import (
    KEYS_PER_STATEMENT,
    UrlRow,
    UrlRows,
    inserted_row,
    new_row_values,
    read_url_rows,
    sighting_changes,
)
from storage.records import DiscoveredUrl, Outcome, Reason, UrlKind, UrlState

STATES = {Outcome.GONE: UrlState.GONE, Outcome.FAILED: UrlState.FAILED, Outcome.REFUSED: UrlState.REFUSED}
# A page that leads to new URLs of these kinds is worth visiting.
TELLING = {UrlKind.ARTICLE, UrlKind.ATTACHMENT, UrlKind.SITEMAP}

# Made once, as in storage.articles.store; an update sets the columns it is given values for.
_ADD = insert(urls)
_CHANGE = update(urls).where(urls.c.id == bindparam("row"))
_CHANGE_AT = update(urls).where(urls.c.site == bindparam("at_site"), urls.c.key == bindparam("at_key"))


@dataclass(frozen=True, slots=True)
class Frontier:
    """The URLs of one site during one run; every method works inside the caller's transaction."""

    site: str
    run: int
    as_of: datetime  # the instant due dates are reckoned from
    allowance: RevisitBudget = ALLOWANCE  # requests for stored articles that may have changed
    backfill: int = 1_000_000  # URLs of the backlog this process may lease
    pager_state: PagerState = field(default_factory=PagerState, compare=False)
    progress: RunProgress = field(default_factory=RunProgress, compare=False)

    def seed(self, connection: Connection, roots: Sequence[DiscoveredUrl], now: datetime) -> AddedUrls:
        """Add the profile's own URLs; those never visited are due at once. Return the counts."""
        added = self.add(connection, roots, now, roots=True)
        keys = [url_key(root.url) for root in roots]
        root_rows = update(urls).where(urls.c.site == self.site, urls.c.key.in_(keys))
        connection.execute(root_rows.values(root=True))
        idle = and_(urls.c.next_visit.is_(None), urls.c.last_run.is_distinct_from(self.run))
        connection.execute(root_rows.where(idle).values(state=UrlState.PENDING))
        return added

    def make_due(self, connection: Connection, *, revisit_all: bool = False) -> int:
        """Return URLs leased by a dead process, and make due URLs pending; return how many.

        Stored articles, feeds, sitemaps and listings are left out: `lease` makes them pending as far as the
        revisit budget goes.
        """
        of_site = urls.c.site == self.site
        lost = connection.execute(
            update(urls).where(of_site, urls.c.state == UrlState.LEASED).values(state=UrlState.PENDING)
        ).rowcount
        self._put_behind(connection)
        # No wait is so long: a clock was wrong when it was set.
        ahead = urls.c.next_visit > self.as_of + timedelta(days=2 * MAX_ARTICLE_DAYS)
        connection.execute(update(urls).where(of_site, ahead).values(next_visit=self.as_of))
        had_body = or_(urls.c.state != UrlState.FAILED, urls.c.payload_digest.is_not(None))
        revisits = and_(urls.c.kind.in_(allowance.REVISITED), urls.c.state.in_(allowance.KNOWN), had_body)
        polls = and_(
            urls.c.phase < DISCOVERY,
            urls.c.kind != UrlKind.SEED,
            urls.c.state.in_(allowance.POLLED),
            had_body,
        )
        due: ColumnElement[bool] = and_(urls.c.next_visit <= self.as_of + SLACK, ~revisits, ~polls)
        if revisit_all:
            unwatched = urls.c.lastmod.is_(None)  # of the others the sitemap tells
            every_article = and_(urls.c.kind == UrlKind.ARTICLE, urls.c.state == UrlState.DONE, unwatched)
            due = or_(urls.c.next_visit <= self.as_of + SLACK, every_article)
        woken = connection.execute(
            update(urls)
            .where(of_site, due, urls.c.state != UrlState.PENDING, urls.c.last_run.is_distinct_from(self.run))
            .values(state=UrlState.PENDING)
        ).rowcount
        return lost + woken

    def _put_behind(self, connection: Connection) -> None:
        """Move URLs that earlier runs discovered and did not reach into the backlog.

        What the last run could not reach because it was cut short (a deadline, an outage) is left where it
        was for one night more: it is news still.
        """
        runs_before = select(runs.c.id, runs.c.ending).where(runs.c.site == self.site, runs.c.id < self.run)
        last = connection.execute(runs_before.order_by(runs.c.id.desc()).limit(1)).one_or_none()
        cut_short = last is not None and last.ending not in {"finished", "budget"}
        backlog_phase = case(
            *((urls.c.kind == kind, literal(phase)) for kind, phase in BACKLOG.items()), else_=urls.c.phase
        )
        unreached = update(urls).where(
            urls.c.site == self.site,
            urls.c.state == UrlState.PENDING,
            urls.c.phase < BEHIND,
            urls.c.last_visit.is_(None),
            urls.c.root.is_(False),
            urls.c.found_run < (last.id if last is not None and cut_short else self.run),
        )
        connection.execute(unreached.values(phase=backlog_phase))

    def lease(self, connection: Connection, limit: int) -> tuple[LeasedUrl, ...]:
        """Lease up to `limit` pending URLs: discovery, then articles, the newest discovered first.

        A quarter is out of the backlog while both have some; revisits come when nothing new is pending, as
        far as the revisit budget goes.
        """
        discovering = self._discovering(connection) or self.poll(connection) > 0
        ahead = self._ahead(connection, limit, discovering=discovering)
        if not ahead and not discovering and not self._in_flight(connection) and self.revisit(connection):
            ahead = self._ahead(connection, limit, discovering=False)
        share = limit // 4 if ahead or discovering else limit
        share = min(share, self.backfill - self.progress.backfilled)
        backlog = self._rows(connection, share, urls.c.phase >= BEHIND) if share > 0 else []
        rows = [*ahead[: limit - len(backlog)], *backlog]
        if rows:
            connection.execute(_CHANGE, [{"row": row.id, "state": UrlState.LEASED.value} for row in rows])
        self.progress.backfilled += len(backlog)
        self.progress.backlog_urls.update(row.url for row in backlog)
        return tuple(task_of(row) for row in rows)

    def _ahead(self, connection: Connection, limit: int, *, discovering: bool) -> list[Row[Any]]:
        if discovering:
            return self._rows(connection, limit, urls.c.phase < DISCOVERY)
        first = self._since(connection)
        news = self._rows(connection, limit, urls.c.phase.between(DISCOVERY, BEHIND - 1), urls.c.id >= first)
        if len(news) == limit:
            return news
        others = (urls.c.phase.between(DISCOVERY, BEHIND - 1), urls.c.id < first)
        return [*news, *self._rows(connection, limit - len(news), *others)]

    def _rows(self, connection: Connection, limit: int, *which: ColumnElement[bool]) -> list[Row[Any]]:
        return list(connection.execute(queue(self.site).where(*which).limit(limit)))

    def _since(self, connection: Connection) -> int:
        """The first row id of this run: its own discoveries are visited before older ones."""
        if self.progress.first_row is None:
            first_of_run = select(func.min(urls.c.id)).where(
                urls.c.site == self.site, urls.c.found_run == self.run
            )
            newest = select(func.coalesce(func.max(urls.c.id), 0) + 1)
            self.progress.first_row = connection.scalar(first_of_run) or connection.scalar(newest) or 1
        return self.progress.first_row

    def poll(self, connection: Connection) -> int:
        """Make due feeds, sitemaps and listings pending, as far as the budget goes; return how many.

        Every third day one request less: it is left for a stored article.
        """
        due = allowance.polls(self.site, self.run, self.as_of + SLACK)
        if self.allowance.hinted and allowance.undated(connection, self.site, self.run):
            due = allowance.hinting(self.site, self.run)
        waiting = list(connection.scalars(due.limit(KEYS_PER_STATEMENT)))
        if not waiting:
            return 0
        room = self._room(connection)
        return allowance.rouse(connection, waiting[: max(0, room - (self.as_of.toordinal() % 3 == 0))])

    def revisit(self, connection: Connection) -> int:
        """Make stored articles due for a revisit pending, as far as the budget goes; return how many."""
        room = self._room(connection)
        if room < 1:
            return 0
        due = allowance.due(self.site, self.run, self.as_of + SLACK)
        sampled = allowance.sample(connection, self.site, self.run) if self.allowance.sampling else 0
        return sampled + allowance.wake(connection, due, min(room - sampled, KEYS_PER_STATEMENT))

    def _room(self, connection: Connection) -> int:
        spent = allowance.spent(connection, self.site, self.run, self.progress.repeated_requests)
        return self.allowance.left(spent) - self.allowance.spared

    def is_backlog(self, url: str) -> bool:
        """Return whether a URL in flight came out of the backlog: what it leads to is old as well."""
        return url in self.progress.backlog_urls

    def _discovering(self, connection: Connection) -> bool:
        open_states = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED))
        waiting = exists().where(urls.c.site == self.site, open_states, urls.c.phase < DISCOVERY)
        return bool(connection.scalar(select(waiting)))

    def _in_flight(self, connection: Connection) -> bool:
        """Whether a response is awaited: it may bring documents, which come before revisits."""
        leased = exists().where(urls.c.site == self.site, urls.c.state == UrlState.LEASED)
        return bool(connection.scalar(select(leased)))

    def lease_batch(self, connection: Connection, limit: int) -> tuple[tuple[LeasedUrl, ...], int]:
        """Lease up to `limit` URLs; return them, and how many are pending or leased afterwards."""
        return self.lease(connection, limit), self.count_waiting(connection)

    def count_waiting(self, connection: Connection) -> int:
        """Return how many URLs are pending or leased."""
        states = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED))
        return connection.scalar(select(func.count()).where(urls.c.site == self.site, states)) or 0

    def read_rows(self, connection: Connection, addresses: Iterable[str]) -> UrlRows:
        """Return the rows of some URLs, to be handed to what is done next in this transaction."""
        return read_url_rows(connection, self.site, addresses)

    def add(
        self,
        connection: Connection,
        discovered: Sequence[DiscoveredUrl],
        now: datetime,
        *,
        roots: bool = False,
        backlog: bool = False,
        rows: UrlRows | None = None,
    ) -> AddedUrls:
        """Insert discovered URLs, into the backlog when the page that led to them is old; return the counts.

        Rows that exist get missing hints, and become pending by a newer <lastmod>. `rows` has those that
        were read before, and is kept in step; without it they are read here.
        """
        links: dict[str, DiscoveredUrl] = {}
        for item in discovered:
            links.setdefault(url_key(item.url), item)
        if rows is None:
            rows = self.read_rows(connection, (item.url for item in links.values()))
        known_keys = [key for key in links if key in rows]
        new = [
            new_row_values(self.site, self.run, item, now, root=roots)
            for key, item in links.items()
            if key not in rows
        ]
        for values in new if backlog else ():
            values["phase"] = BACKLOG[UrlKind(values["kind"])]
        if new:
            connection.execute(_ADD, new)
        woken = self._update_known(connection, {key: links[key] for key in known_keys}, rows)
        rows.update({values["key"]: inserted_row(values) for values in new})
        return AddedUrls(
            new=len(new),
            existing=len(known_keys),
            refused=sum(values["state"] == UrlState.REFUSED for values in new),
            woken=woken,
            telling=sum(values["kind"] in TELLING and values["state"] != UrlState.REFUSED for values in new),
        )

    def _update_known(self, connection: Connection, links: Mapping[str, DiscoveredUrl], rows: UrlRows) -> int:
        """Carry further sightings into known rows, a statement per set of columns; return how many wake."""
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        woken = 0
        for key, item in links.items():
            if values := sighting_changes(rows[key], item, self.run):
                rows[key].update(values)
                woken += values.get("state") == UrlState.PENDING
                parameters = {"at_site": self.site, "at_key": key, **values}
                by_columns.setdefault(tuple(sorted(values)), []).append(parameters)
        for changes in by_columns.values():
            connection.execute(_CHANGE_AT, changes)
        return woken

    @property
    def pager(self) -> Pager:
        """The pager of this run's listings."""
        return Pager(self.site, self.run, self.pager_state)

    def wake_roots(self, connection: Connection) -> int:
        """Make every root pending: a page that shows only news may not show all. Return how many."""
        sleeping = update(urls).where(
            urls.c.site == self.site,
            urls.c.root.is_(True),
            urls.c.state == UrlState.DONE,
            urls.c.last_run.is_distinct_from(self.run),
        )
        return connection.execute(sleeping.values(state=UrlState.PENDING)).rowcount

    def drop_from_sitemap(self, connection: Connection, sitemap: str) -> int:
        """Make articles pending that a sitemap lists no more: they may be gone. Return how many."""
        dropped = update(urls).where(
            urls.c.site == self.site,
            urls.c.sitemap == url_key(sitemap),
            urls.c.sitemap_run != self.run,
        )
        unvisited = dropped.where(urls.c.state == UrlState.DONE, urls.c.last_run.is_distinct_from(self.run))
        woken = connection.execute(unvisited.values(state=UrlState.PENDING, sitemap=None)).rowcount
        connection.execute(dropped.values(sitemap=None))  # asked in this run already, or gone before
        return woken

    def requeue(self, connection: Connection, addresses: Sequence[str]) -> int:
        """Make known URLs pending once more: the article that offers them has changed. Return how many."""
        waiting = update(urls).where(
            urls.c.site == self.site,
            urls.c.key.in_([url_key(url) for url in addresses[:KEYS_PER_STATEMENT]]),
            urls.c.state == UrlState.DONE,
            urls.c.last_run.is_distinct_from(self.run),
        )
        return connection.execute(waiting.values(state=UrlState.PENDING)).rowcount

    def record_visit(self, connection: Connection, end: VisitRecord, row: UrlRow | None = None) -> None:
        """Record a visit in its URL's row, which must exist; it is read here unless it is given."""
        row = row or self.read_rows(connection, [end.url])[url_key(end.url)]
        outcome = end.verdict.outcome
        failing = outcome in (Outcome.FAILED, Outcome.GONE) or end.verdict.reason is Reason.SOFT_404
        attempts = row.attempts + 1 if failing else 0
        is_unchanged = end.new_links == 0 or (end.new_links is None and outcome is Outcome.SAME)
        unchanged = row.unchanged + 1 if is_unchanged else 0
        changed = row.changed + (outcome is Outcome.REVISED)
        visited = VisitedUrl(
            kind=UrlKind(row.kind),
            root=row.root,
            verdict=end.verdict,
            attempts=attempts,
            unchanged=unchanged,
            watched=row.lastmod is not None,
            day=end.day,
            changed=changed,
        )
        self.progress.backlog_urls.discard(end.url)
        values: dict[str, Any] = {
            "at_site": self.site,
            "at_key": row.key,
            "state": STATES.get(outcome, UrlState.DONE).value,
            "attempts": attempts,
            "unchanged": unchanged,
            "changed": changed,
            "phase": PHASES[visited.kind],
            "haul": end.accounting,
            "next_visit": next_visit(visited, self.as_of),
            "last_visit": end.visited_at,
            "last_run": self.run,
            "outcome": outcome.value,
            "reason": end.verdict.reason.value if end.verdict.reason else None,
            "detail": end.verdict.detail[:500] or None,
            "http_status": end.status,
        }
        if end.links is not None:  # an unchanged page (304) shows what it showed
            values["links"] = end.links
        connection.execute(_CHANGE_AT, {**values, **validators(end)})

    def clear_validators(self, connection: Connection, url: str) -> None:
        """Make a URL due in the next run, and have its page read even if the bytes are the same."""
        validators = {"payload_digest": None, "etag": None, "last_modified": None}
        row = update(urls).where(urls.c.site == self.site, urls.c.key == url_key(url))
        connection.execute(row.values(next_visit=self.as_of, **validators))

    def release(self, connection: Connection) -> int:
        """Return leased URLs that were not visited to the queue; return how many."""
        leased = update(urls).where(urls.c.site == self.site, urls.c.state == UrlState.LEASED)
        return connection.execute(leased.values(state=UrlState.PENDING)).rowcount
