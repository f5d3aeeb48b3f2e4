"""Atom feeds of the archive, a site and a search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Query as QueryParameter
from sqlalchemy import Connection

from storage.articles.statistics import site_names
from storage.citations.reference import ArchiveIdentity
from storage.feeds.atom import ATOM_MEDIA_TYPE, FeedEntry, FeedHead, atom_document
from storage.feeds.entries import archive_feed, search_feed, site_feed
from storage.web.context import WebContext, with_etag
from storage.web.pages.citations import archive_identity

MAX_FEED_QUERY_CHARS = 1000  # characters of a query, as of the results page
ReadFeed = Callable[[Connection, ArchiveIdentity, datetime], tuple[FeedHead, list[FeedEntry]]]


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the Atom feeds."""
    feed_routes = APIRouter()

    def send_feed(request: Request, read_feed: ReadFeed) -> Response:
        # The day, not the moment: an empty feed is the same all day.
        feed_day = datetime.combine(datetime.now(UTC).date(), time(), UTC)
        with context.connect() as connection:
            feed_document = atom_document(
                *read_feed(connection, archive_identity(context, request), feed_day)
            )
        return with_etag(request, Response(feed_document, media_type=ATOM_MEDIA_TYPE))

    @feed_routes.get("/archive.atom")
    def archive(request: Request) -> Response:
        return send_feed(request, archive_feed)

    @feed_routes.get("/site/{key}.atom")
    def site(request: Request, key: str) -> Response:
        def read_feed(
            connection: Connection, archive: ArchiveIdentity, now: datetime
        ) -> tuple[FeedHead, list[FeedEntry]]:
            if key not in site_names(connection):
                raise HTTPException(404)
            return site_feed(connection, archive, key, now)

        return send_feed(request, read_feed)

    @feed_routes.get("/search.atom")
    def search(request: Request, q: Annotated[str, QueryParameter()] = "") -> Response:
        feed_query = q.strip()
        if not feed_query or len(feed_query) > MAX_FEED_QUERY_CHARS:
            raise HTTPException(404)
        return send_feed(
            request, lambda connection, archive, now: search_feed(connection, archive, feed_query, now)
        )

    return feed_routes
