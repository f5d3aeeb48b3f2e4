"""SiteSpider: the only spider; all it knows of a site comes from the profile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.discovery.discover import DiscoveredLinks, discover
from spiders.discovery.json_listings import is_guessed_page
from spiders.items import FailedVisit, Link, LinkKind, Page, Visit
from spiders.markup.html import looks_like_text
from spiders.profile.site_profile import SiteProfile
from spiders.responses.cookie_wall import CookieWall, detect_cookie_wall
from spiders.responses.failures import VisitStopped, failure_reason
from spiders.responses.js_shell import is_js_shell
from spiders.urls.classify import BadUrl, canonical, classify, site_url, url_rules

DISCOVERING = {"seed", "feed", "sitemap", "listing"}
RENDERED_KINDS = {"seed", "listing", "article"}  # what a browser would show to people
MOVED = {301, 302, 303, 307, 308}


class SiteSpider(Spider):
    """Turns responses into pages and links; which URLs are asked is the frontier's affair."""

    profile: SiteProfile
    config: Any = None  # crawler.config.Config; only carried here
    session: Any = None  # crawler.night.session.CrawlSession, shared by the spiders of a night
    owns_session: bool = False  # opened for this spider alone
    run: Any = None  # crawler.site_run.SiteRun, set by crawler.night.spider_loader.open_run

    async def start(self) -> AsyncIterator[Request]:
        """Nothing: the scheduler hands out what the frontier holds."""
        none: tuple[Request, ...] = ()
        for request in none:
            yield request

    def parse(self, response: Response) -> Iterator[Visit]:
        """One response → one page with the links discovered on it; a wall is none."""
        page = Page.from_response(self.name, response)
        if wall := detect_cookie_wall(page.status, page.body):
            cookie_sent = response.request is not None and "Cookie" in response.request.headers
            yield _walled(page, wall, cookie_sent=cookie_sent)
        elif self._is_empty(page):
            yield _shell(page)
        elif _is_packed(page):
            yield _unpackable(page)
        elif page.status in MOVED:
            yield self._moved(page)
        elif page.status == 200 and page.kind in DISCOVERING:
            yield _with(page, discover(page, self.profile))
        else:
            yield replace(page, counted=is_guessed_page(page, self.profile))

    def failed(self, failure: Failure) -> Iterator[FailedVisit]:
        """One failed request → one visit that gave no page, with its reason; none for one never sent."""
        if isinstance(failure.value, VisitStopped):
            return
        request: Request = failure.request  # type: ignore[attr-defined]  # scrapy sets it
        reason, detail = failure_reason(failure.value or IgnoreRequest("no error given"))
        yield FailedVisit(
            site=self.name,
            url=request.meta["url"],
            kind=request.meta["kind"],
            reason=reason,
            detail=detail,
            at=datetime.now(UTC),
            capture=request.meta.get("capture"),
        )

    def _is_empty(self, page: Page) -> bool:
        """Whether the page is a shell; where JSON is read instead, it is not missed."""
        profile = self.profile
        if profile.listing.as_json or any(layout.as_json for layout in profile.layout):
            return False
        return page.status == 200 and page.kind in RENDERED_KINDS and is_js_shell(page.body)

    def _moved(self, page: Page) -> Page:
        target = page.header("location") or ""
        try:
            url = site_url(target, self.profile, page.final_url)
            if url == page.url:  # only the host's spelling differs: ask it as the server wants it
                url = canonical(target, page.final_url)
        except BadUrl as error:
            return _with(page, DiscoveredLinks(trouble=(str(error),)))
        classified = classify(url, self.profile)
        if page.kind == "image" and classified.kind is None:  # an image's address says nothing else
            classified = url_rules(self.profile).classify_image(url)
        if classified.refused in {"offsite", "asset"}:
            return _with(page, DiscoveredLinks(offsite=1))
        if url == page.url:
            return page  # to itself: the verdict says so
        refused = classified.refused if classified.refused != "unmatched" else None
        kind: LinkKind = classified.kind or page.kind
        target_link = Link(url, kind, page.url, page.hints, refused=refused)
        return _with(page, DiscoveredLinks((target_link,)))


def _shell(page: Page) -> FailedVisit:
    detail = "a page of scripts without a link or a text"
    if page.rendered_by:
        detail += ", even after a browser ran them: name in `[fetch] wait` what they fill in"
    else:
        detail += ": look for the API they ask (`[listing.json]`), or let a browser run them "
        detail += "(`[fetch] browser = true`)"
    at, capture, status = page.fetched_at, page.capture, page.status
    return FailedVisit(page.site, page.url, page.kind, "unrendered", detail, at, capture, status)


def _is_packed(page: Page) -> bool:
    """Whether a content-encoding is left that nobody could undo; some servers name one and use none."""
    return page.status == 200 and bool(page.header("content-encoding")) and not looks_like_text(page.body)


def _unpackable(page: Page) -> FailedVisit:
    detail = f"content-encoding {page.header('content-encoding')}: not known"
    at, capture = page.fetched_at, page.capture
    return FailedVisit(page.site, page.url, page.kind, "bad_encoding", detail, at, capture, page.status)


def _walled(page: Page, wall: CookieWall, *, cookie_sent: bool) -> FailedVisit:
    detail = "a page that only sets a cookie by script and reloads"
    if cookie_sent:
        detail += ", again after its cookie was shown"
    elif wall.cookie is None:
        detail += ", computed by the script: not answered"
    else:
        detail += '; `[fetch] wall = "cookie"` in the profile shows it that cookie'
    return FailedVisit(
        page.site, page.url, page.kind, "wall", detail, page.fetched_at, page.capture, page.status
    )


def _with(page: Page, links_found: DiscoveredLinks) -> Page:
    return replace(
        page,
        links=links_found.links,
        offsite=links_found.offsite,
        trouble=links_found.trouble,
        outlinks=links_found.outlinks,
    )
