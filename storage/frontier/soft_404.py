"""Soft 404s: undo them at the end of a run in which a site answered every URL with one page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, update

from storage.database.schema import appearances, urls
from storage.records import Reason, UrlKind, UrlState


def reset_soft_404s(connection: Connection, site: str, run: int, as_of: datetime) -> int:
    """Make articles never stored that answered with a soft 404 due at once; return how many.

    A site that shows one not-found page for every URL has said nothing of them: they are news still.
    """
    shown = exists().where(appearances.c.site == urls.c.site, appearances.c.url == urls.c.url)
    answered = update(urls).where(
        urls.c.site == site,
        urls.c.last_run == run,
        urls.c.kind == UrlKind.ARTICLE,
        urls.c.reason == Reason.SOFT_404,
        ~shown,
    )
    no_validators = {"etag": None, "last_modified": None, "payload_digest": None}
    due_again = {"state": UrlState.FAILED, "attempts": 1, "next_visit": as_of, **no_validators}
    return connection.execute(answered.values(due_again)).rowcount
