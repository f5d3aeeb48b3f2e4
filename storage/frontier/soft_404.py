"""Hindsight: what the end of a run teaches of the answers it was given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, update

from storage.database.schema import appearances, urls
from storage.records import Reason, UrlKind, UrlState


def reset_soft_404s(connection: Connection, site: str, run: int, as_of: datetime) -> int:
    """Let articles that were never had be asked first in the next run; returns how many.

    A site that shows one not-found page whatever is asked has told nothing of them: they are news still.
    """
    shown = exists().where(appearances.c.site == urls.c.site, appearances.c.url == urls.c.url)
    told = update(urls).where(
        urls.c.site == site,
        urls.c.last_run == run,
        urls.c.kind == UrlKind.ARTICLE,
        urls.c.reason == Reason.SOFT_404,
        ~shown,
    )
    unread = {"etag": None, "last_modified": None, "payload_digest": None}
    again = {"state": UrlState.FAILED, "attempts": 1, "next_visit": as_of, **unread}
    return connection.execute(told.values(again)).rowcount
