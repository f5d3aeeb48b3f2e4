"""Change feed of the API: every change of the archive in order, from any sequence number on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Annotated

import anyio
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from typing_extensions import Doc

from storage.articles import changes
from storage.records import ChangeKind
from storage.web.api.parameters import MAX_NUMBER
from storage.web.api.responses import json_response
from storage.web.context import WebContext

MAX_CHANGE_ROWS = 1000  # of the change feed, read for one page
MAX_CHANGE_WAIT_SECONDS = 30
CHANGE_POLL_SECONDS = 1.0  # between two reads of the newest change during a long poll


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One change; `seq` is its key: who has seen it may leave it out when it comes again."""

    seq: Annotated[int, Doc("its number, without gaps")]
    kind: Annotated[ChangeKind, Doc("what happened")]
    article: Annotated[int, Doc("number of the article")]
    revision: Annotated[int | None, Doc("internal id of the text it had then")]
    site: Annotated[str, Doc("key of the site it happened on")]
    url: Annotated[str, Doc("where")]
    at: Annotated[datetime, Doc("when")]
    story: Annotated[int | None, Doc("of a `clustered` row: the story it is in now")]


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """One page of the feed."""

    archive: Annotated[
        str,
        Doc("which archive this is; another value = it was begun anew, and so must you; empty = nothing yet"),
    ]
    changes: Annotated[tuple[FeedRow, ...], Doc("the oldest first")]
    next: Annotated[int, Doc("pass it as `since`: everything up to there has been looked at")]
    newest: Annotated[int, Doc("number of the last change; go on at once while `next` is below it")]


Since = Annotated[
    int, Query(ge=0, le=MAX_NUMBER, description="`next` of the page before; 0 = from the beginning")
]
ChangeKinds = Annotated[
    list[ChangeKind], Query(max_length=len(ChangeKind), description="only these; none = all of them")
]


def routes(context: WebContext) -> APIRouter:
    """Return the route of the change feed."""
    changes_api = APIRouter(tags=["changes"])

    @changes_api.get("/changes", response_model=ChangeFeed, summary="What changed, in order")
    async def feed(  # noqa: PLR0913, PLR0917 - what may be asked
        request: Request,
        since: Since = 0,
        kinds: ChangeKinds = [],  # noqa: B006 - never changed
        limit: Annotated[
            int, Query(ge=1, le=MAX_CHANGE_ROWS, description="rows to look at")
        ] = MAX_CHANGE_ROWS,
        compact: Annotated[bool, Query(description="only the last row of each article")] = False,
        archive: Annotated[
            str | None,
            Query(max_length=64, description="`archive` of the page before: 409 when it is another"),
        ] = None,
        wait: Annotated[
            int,
            Query(
                ge=0,
                le=MAX_CHANGE_WAIT_SECONDS,
                description="seconds to wait for a change when there is none",
            ),
        ] = 0,
    ) -> Response:
        wait_end = monotonic() + wait
        while monotonic() < wait_end and await run_in_threadpool(_has_no_newer_change, context, since):
            if await request.is_disconnected():
                break
            await anyio.sleep(CHANGE_POLL_SECONDS)
        change_page = await run_in_threadpool(_read_change_page, context, since, limit, compact=compact)
        if kinds:
            change_page = _only_kinds(change_page, kinds)
        if archive and archive != change_page.archive:
            raise HTTPException(409, f"you were reading {archive}, this is {change_page.archive or 'empty'}")
        return json_response(request, change_page)

    return changes_api


def _only_kinds(change_page: ChangeFeed, kinds: Sequence[str]) -> ChangeFeed:
    return replace(change_page, changes=tuple(row for row in change_page.changes if row.kind in kinds))


def _read_change_page(context: WebContext, since: int, limit: int, *, compact: bool) -> ChangeFeed:
    with context.connect() as connection:
        newest_change = changes.newest(connection)
        change_rows = list(changes.read(connection, since, limit, compact=compact))
        next_change = change_rows[-1].seq if len(change_rows) == limit else max(since, newest_change)
        return ChangeFeed(
            changes.identity(connection),
            tuple(map(_change_feed_row, change_rows)),
            next_change,
            newest_change,
        )


def _has_no_newer_change(context: WebContext, since: int) -> bool:
    with context.connect() as connection:
        return changes.newest(connection) <= since


def _change_feed_row(change_row: changes.Change) -> FeedRow:
    return FeedRow(
        change_row.seq,
        change_row.kind,
        change_row.article_id,
        change_row.revision_id,
        change_row.site,
        change_row.url,
        change_row.at,
        change_row.story_id,
    )
