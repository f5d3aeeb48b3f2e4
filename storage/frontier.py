"""The frontier: every URL we know of a site, where it stands, and when it is asked again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, func, insert, or_, select, update

from storage.records import Found, Outcome, Reason, UrlKind, UrlState, Verdict
from storage.revisit import Asked, next_visit
from storage.schema import captures, urls

# Discovery goes first: an article is asked only when every page that may hint at it has been read.
PHASES = {
    UrlKind.SEED: 0,
    UrlKind.FEED: 0,
    UrlKind.SITEMAP: 0,
    UrlKind.LISTING: 1,
    UrlKind.ARTICLE: 2,
    UrlKind.ATTACHMENT: 3,
    UrlKind.IMAGE: 4,
}
DISCOVERY = 2  # phases below this are discovery
STATES = {Outcome.GONE: UrlState.GONE, Outcome.FAILED: UrlState.FAILED, Outcome.REFUSED: UrlState.REFUSED}
CHUNK = 400  # keys a statement: SQLite's oldest limit on variables is 999

# Made once, as in storage.store; an update sets the columns it is given values for.
_ADD = insert(urls)
_CHANGE = update(urls).where(urls.c.id == bindparam("row"))
_HERE = (urls.c.site == bindparam("at_site"), urls.c.key == bindparam("at_key"))
_DIGEST = select(urls.c.payload_digest).where(*_HERE)
_ASKED = select(urls.c.id, urls.c.kind, urls.c.root, urls.c.attempts, urls.c.unchanged, urls.c.lastmod).where(
    *_HERE
)
_KNOWN = select(
    urls.c.id,
    urls.c.key,
    urls.c.url,
    urls.c.state,
    urls.c.reason,
    urls.c.title_hint,
    urls.c.date_hint,
    urls.c.lastmod,
    urls.c.sitemap_run,
    urls.c.found_run,
    urls.c.last_run,
).where(urls.c.site == bindparam("at_site"), urls.c.key.in_(bindparam("keys", expanding=True)))


def url_key(url: str) -> str:
    """The frontier's key of a canonical URL: 32 hex digits."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Task:
    """One URL handed out to be asked."""

    id: int
    url: str
    kind: UrlKind
    title_hint: str | None
    date_hint: str | None
    hint_source: str | None
    hint_form: str | None
    lastmod: str | None
    etag: str | None
    last_modified: str | None
    payload_digest: str | None  # of the last response with a body
    record_id: str | None  # its WARC record
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the links of one page."""

    new: int = 0  # rows that did not exist
    known: int = 0
    refused: int = 0  # of the new ones, those never to be asked
    woken: int = 0  # known rows that became due


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of one visit."""

    url: str
    verdict: Verdict
    visited_at: datetime
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    capture_id: int | None = None
    day: date | None = None
    links: int | None = None  # article links, on a discovery page


@dataclass(frozen=True, slots=True)
class Frontier:
    """The URLs of one site during one run; every method works inside the caller's transaction."""

    site: str
    run: int
    as_of: datetime  # the instant due dates are reckoned from

    def seed(self, connection: Connection, roots: Sequence[Found], now: datetime) -> Added:
        """Make the profile's own URLs known; they are due in every run."""
        added = self.add(connection, roots, now, roots=True)
        keys = [url_key(found.url) for found in roots]
        connection.execute(
            update(urls)
            .where(urls.c.site == self.site, urls.c.key.in_(keys), urls.c.last_run.is_distinct_from(self.run))
            .values(root=True, state=UrlState.PENDING)
        )
        return added

    def wake(self, connection: Connection, *, revisit_all: bool = False) -> int:
        """Put back what a dead process had leased and make pending what is due; returns how many."""
        mine = urls.c.site == self.site
        lost = connection.execute(
            update(urls).where(mine, urls.c.state == UrlState.LEASED).values(state=UrlState.PENDING)
        ).rowcount
        due = urls.c.next_visit <= self.as_of
        if revisit_all:
            unwatched = urls.c.lastmod.is_(None)  # of the others the sitemap tells
            due = or_(due, and_(urls.c.kind == UrlKind.ARTICLE, urls.c.state == UrlState.DONE, unwatched))
        woken = connection.execute(
            update(urls)
            .where(mine, due, urls.c.state != UrlState.PENDING, urls.c.last_run.is_distinct_from(self.run))
            .values(state=UrlState.PENDING)
        ).rowcount
        return lost + woken

    def lease(self, connection: Connection, limit: int) -> tuple[Task, ...]:
        """Hand out up to `limit` pending URLs, discovery before articles."""
        phase = urls.c.phase < DISCOVERY if self._discovering(connection) else urls.c.phase >= DISCOVERY
        rows = connection.execute(queue(self.site).where(phase).limit(limit)).all()
        if rows:
            connection.execute(_CHANGE, [{"row": row.id, "state": UrlState.LEASED.value} for row in rows])
        return tuple(task_of(row) for row in rows)

    def _discovering(self, connection: Connection) -> bool:
        open_states = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED))
        waiting = exists().where(urls.c.site == self.site, open_states, urls.c.phase < DISCOVERY)
        return bool(connection.scalar(select(waiting)))

    def waiting(self, connection: Connection) -> int:
        """How many URLs are pending or leased."""
        states = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED))
        return connection.scalar(select(func.count()).where(urls.c.site == self.site, states)) or 0

    def add(
        self, connection: Connection, found: Sequence[Found], now: datetime, *, roots: bool = False
    ) -> Added:
        """Make URLs known; rows that exist get missing hints, and are woken by a newer <lastmod>."""
        once: dict[str, Found] = {}
        for item in found:
            once.setdefault(url_key(item.url), item)
        known = self._known(connection, list(once))
        fresh = [self._new_row(key, item, now, roots) for key, item in once.items() if key not in known]
        if fresh:
            connection.execute(_ADD, fresh)
        woken = sum(self._refresh(connection, known[key], once[key]) for key in known)
        return Added(
            new=len(fresh),
            known=len(known),
            refused=sum(row["state"] == UrlState.REFUSED for row in fresh),
            woken=woken,
        )

    def _known(self, connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
        rows: dict[str, Row[Any]] = {}
        for start in range(0, len(keys), CHUNK):
            asked = {"at_site": self.site, "keys": keys[start : start + CHUNK]}
            rows.update({row.key: row for row in connection.execute(_KNOWN, asked)})
        return rows

    def _new_row(self, key: str, item: Found, now: datetime, root: bool) -> dict[str, Any]:
        return {
            "site": self.site,
            "key": key,
            "url": item.url,
            "kind": item.kind.value,
            "phase": PHASES[item.kind],
            "state": (UrlState.REFUSED if item.refused else UrlState.PENDING).value,
            "root": root,
            "found_on": item.found_on,
            "found_run": self.run,
            "found_at": now,
            "title_hint": item.title_hint,
            "date_hint": item.date_hint,
            "hint_source": item.hint_source,
            "hint_form": item.hint_form,
            "lastmod": item.lastmod,
            "sitemap": _sitemap(item),
            "sitemap_run": self.run if _sitemap(item) else None,
            "attempts": 0,
            "unchanged": 0,
            "outcome": Outcome.REFUSED.value if item.refused else None,
            "reason": item.refused.value if item.refused else None,
            "last_run": self.run if item.refused else None,
        }

    def _refresh(self, connection: Connection, row: Row[Any], item: Found) -> int:
        """Carry what a new sighting says into a known row; 1 when that makes it due."""
        values: dict[str, Any] = {}
        if row.date_hint is None and item.date_hint:
            values |= {"date_hint": item.date_hint, "hint_source": item.hint_source}
            values |= {"hint_form": item.hint_form, "title_hint": row.title_hint or item.title_hint}
        if _sitemap(item) and row.sitemap_run != self.run:
            values |= {"sitemap": _sitemap(item), "sitemap_run": self.run}
        if item.lastmod and item.lastmod != row.lastmod:
            values["lastmod"] = item.lastmod
            if row.state in (UrlState.DONE, UrlState.GONE) and row.last_run != self.run:
                values["state"] = UrlState.PENDING.value
        if row.state == UrlState.REFUSED and item.refused is None and row.reason != Reason.ROBOTS:
            values |= {"state": UrlState.PENDING.value, "kind": item.kind.value, "phase": PHASES[item.kind]}
        if values:
            connection.execute(_CHANGE, {"row": row.id, **values})
        return int(values.get("state") == UrlState.PENDING)

    def turn_page(self, connection: Connection, listing: str, found: Sequence[Found]) -> int:
        """Wake the next page of a listing when this one showed an article first found in this run.

        A listing page on which every article was known before ends the paging: what lies behind it
        was read when it was on top, or its row is still pending.
        """
        linked = [item for item in found if item.kind is UrlKind.ARTICLE and not item.refused]
        # entries of the listing itself, where its profile knows them: sidebars show the newest everywhere
        entries = [item for item in linked if item.hint_source == "listing"] or linked
        articles = [url_key(item.url) for item in entries]
        pagers = [url_key(item.url) for item in found if item.next_page and not item.refused]
        seen = self._known(connection, articles + pagers)
        if not any(seen[key].found_run == self.run for key in articles if key in seen):
            return 0
        here = page_order(listing)
        asleep = [
            seen[key]
            for key in pagers
            if key in seen and seen[key].last_run != self.run and page_order(seen[key].url) > here
        ]
        if not asleep:
            return 0
        following = min(asleep, key=lambda row: page_order(row.url))
        changed = update(urls).where(urls.c.id == following.id, urls.c.state != UrlState.LEASED)
        return connection.execute(changed.values(state=UrlState.PENDING)).rowcount

    def miss(self, connection: Connection, sitemap: str) -> int:
        """Wake the articles a sitemap used to list and lists no more: they may be gone."""
        dropped = update(urls).where(
            urls.c.site == self.site,
            urls.c.sitemap == url_key(sitemap),
            urls.c.sitemap_run != self.run,
            urls.c.state == UrlState.DONE,
            urls.c.last_run.is_distinct_from(self.run),
        )
        return connection.execute(dropped.values(state=UrlState.PENDING, sitemap=None)).rowcount

    def again(self, connection: Connection, addresses: Sequence[str]) -> int:
        """Ask known addresses once more: what points at them has changed. Returns how many wait now."""
        once = update(urls).where(
            urls.c.site == self.site,
            urls.c.key.in_([url_key(url) for url in addresses[:CHUNK]]),
            urls.c.state == UrlState.DONE,
            urls.c.last_run.is_distinct_from(self.run),
        )
        return connection.execute(once.values(state=UrlState.PENDING)).rowcount

    def settle(self, connection: Connection, end: Settled) -> None:
        """Write the end of a visit into its row; the row must exist."""
        row = connection.execute(_ASKED, self._at(end.url)).one()
        outcome = end.verdict.outcome
        failing = outcome in (Outcome.FAILED, Outcome.GONE) or end.verdict.reason is Reason.SOFT_404
        attempts = row.attempts + 1 if failing else 0
        unchanged = row.unchanged + 1 if outcome is Outcome.SAME else 0
        asked = Asked(
            kind=UrlKind(row.kind),
            root=row.root,
            verdict=end.verdict,
            attempts=attempts,
            unchanged=unchanged,
            watched=row.lastmod is not None,
            day=end.day,
        )
        values: dict[str, Any] = {
            "row": row.id,
            "state": STATES.get(outcome, UrlState.DONE).value,
            "attempts": attempts,
            "unchanged": unchanged,
            "next_visit": next_visit(asked, self.as_of),
            "last_visit": end.visited_at,
            "last_run": self.run,
            "outcome": outcome.value,
            "reason": end.verdict.reason.value if end.verdict.reason else None,
            "detail": end.verdict.detail[:500] or None,
            "http_status": end.status,
        }
        if end.links is not None:  # an unchanged page (304) shows what it showed
            values["links"] = end.links
        connection.execute(_CHANGE, {**values, **_validators(end)})

    def payload_digest(self, connection: Connection, url: str) -> str | None:
        """The digest of the last body a URL answered with."""
        return connection.scalar(_DIGEST, self._at(url))

    def forget_answer(self, connection: Connection, url: str) -> None:
        """Ask a URL anew in the next run, and read its answer even if the bytes are the same."""
        nothing = {"payload_digest": None, "etag": None, "last_modified": None}
        chosen = update(urls).where(urls.c.site == self.site, urls.c.key == url_key(url))
        connection.execute(chosen.values(next_visit=self.as_of, **nothing))

    def _at(self, url: str) -> dict[str, str]:
        return {"at_site": self.site, "at_key": url_key(url)}

    def release(self, connection: Connection) -> int:
        """Put back what was leased and not asked; returns how many."""
        leased = update(urls).where(urls.c.site == self.site, urls.c.state == UrlState.LEASED)
        return connection.execute(leased.values(state=UrlState.PENDING)).rowcount


def _validators(end: Settled) -> Mapping[str, Any]:
    """A response with a body renews the validators; a 304 or a failure leaves them."""
    if end.payload_digest is None:
        return {}
    return {
        "etag": end.etag,
        "last_modified": end.last_modified,
        "payload_digest": end.payload_digest,
        **({"capture_id": end.capture_id} if end.capture_id is not None else {}),
    }


def _sitemap(item: Found) -> str | None:
    return url_key(item.found_on) if item.hint_source == "sitemap" else None


def page_order(url: str) -> list[tuple[int, str]]:
    """A sort key under which page 10 of a listing follows page 9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", url)]


def queue(site: str) -> Select[Any]:
    """The pending URLs of a site, in the order of a night; rows for task_of."""
    joined = urls.outerjoin(captures, captures.c.id == urls.c.capture_id)
    return (
        select(urls, captures.c.record_id, captures.c.fetched_at.label("captured_at"))
        .select_from(joined)
        .where(urls.c.site == site, urls.c.state == UrlState.PENDING)
        .order_by(urls.c.phase, urls.c.id)
    )


def task_of(row: Row[Any]) -> Task:
    """A row of `queue` as a task."""
    return Task(
        id=row.id,
        url=row.url,
        kind=UrlKind(row.kind),
        title_hint=row.title_hint,
        date_hint=row.date_hint,
        hint_source=row.hint_source,
        hint_form=row.hint_form,
        lastmod=row.lastmod,
        etag=row.etag,
        last_modified=row.last_modified,
        payload_digest=row.payload_digest,
        record_id=row.record_id,
        captured_at=row.captured_at,
    )
