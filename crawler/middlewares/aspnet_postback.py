"""Downloader middleware that reaches further pages of an ASP.NET listing by posting its form back."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.site_run import site_run_of
from spiders.discovery.aspnet_postback import (
    PostbackForm,
    postback_form_in_body,
    postback_page_number,
    postback_page_url,
)
from spiders.responses.cookie_wall import detect_cookie_wall
from spiders.responses.failures import PagerPageUnreachable

MAX_POSTBACK_STEPS = 200  # of ten pages each, where a pager shows ten
FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"


class AspnetPostbackMiddleware:
    """Keeps the newest form of each listing; walks from the first page to a page the form does not offer.

    So a frontier row needs only its URL, and a later process can fetch it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._forms: dict[str, PostbackForm] = {}  # by the listing's address
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AspnetPostbackMiddleware:
        """Build the middleware for a crawler."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | Response | None:
        """Replace the request for a further page by the form POST that the pager's link would send."""
        number = postback_page_number(str(request.meta.get("url", "")))
        if number is None or request.method == "POST" or not self._is_enabled:
            return None
        listing = _listing_url(request)
        async with self._locks[listing]:
            reached = await self._walk_to_page(request, listing, number)
        return _postback_request(request, reached, number) if isinstance(reached, PostbackForm) else reached

    def process_response(self, request: Request, response: Response) -> Response:
        """Store the form of a listing page; drop it when the page failed: the server may refuse it."""
        if self._is_enabled and request.meta.get("kind") in {"listing", "seed"}:
            self._forms.pop(_listing_url(request), None)
            if form := self._form(request, response):
                self._forms[_listing_url(request)] = form
        return response

    @property
    def _is_enabled(self) -> bool:
        profile = getattr(self.crawler.spider, "profile", None)
        return profile is not None and bool(profile.listing.postback)

    def _form(self, request: Request, response: Response) -> PostbackForm | None:
        if response.status != 200 or request.meta.get("robots"):
            return None
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        profile = getattr(self.crawler.spider, "profile")  # noqa: B009 - SiteSpider has it, Spider does not
        return postback_form_in_body(response.body, content_type, request.meta["url"], profile)

    async def _walk_to_page(
        self, request: Request, listing: str, number: int
    ) -> PostbackForm | Response | Request:
        """Return a form that offers the page, or the failed response on the way, as the page's own response.

        When the visit is stopped on the way, return the request itself: it is not sent in this run.
        """
        form = self._forms.get(listing)
        if form is None or (number not in form.pages and form.current_page >= number):
            form, answer = await self._download(request, _step_request(request, listing, listing))
            if form is None:
                return answer
        for _ in range(MAX_POSTBACK_STEPS):
            if number in form.pages:
                return form
            step = form.nearest_page(number)
            if step is None:
                break
            if site_run_of(self.crawler).halted:
                return request.copy()
            step_url = postback_page_url(listing, step)
            form, answer = await self._download(
                request, _postback_request(_step_request(request, step_url, listing), form, step)
            )
            if form is None:
                return answer
        offered = ", ".join(map(str, sorted(form.pages))) or "none"
        raise PagerPageUnreachable(
            f"{listing}: page {form.current_page} of its pager leads to {offered}, not to {number}"
        )

    async def _download(self, outer: Request, inner: Request) -> tuple[PostbackForm | None, Response]:
        assert self.crawler.engine
        answer = await self.crawler.engine.download_async(inner)
        form = self._form(inner, answer)
        if form is None and answer.status == 200 and not detect_cookie_wall(answer.status, answer.body):
            raise PagerPageUnreachable(f"{inner.meta['url']}: no form of this site with a __VIEWSTATE on it")
        inner_meta = answer.request.meta if answer.request else {}
        outer.meta.update({key: inner_meta[key] for key in ("capture", "fetched_at") if key in inner_meta})
        return form, answer.replace(request=outer)


def _listing_url(request: Request) -> str:
    return str(request.meta["url"]).partition("#")[0]


def _step_request(request: Request, url: str, listing: str) -> Request:
    """Build the request for a page on the way: it has no frontier row, its exchange is recorded."""
    meta = {"url": url, "kind": request.meta["kind"], "verbatim_url": True}
    return Request(listing, priority=request.priority, meta=meta, callback=NO_CALLBACK, dont_filter=True)


def _postback_request(request: Request, form: PostbackForm, number: int) -> Request:
    headers = request.headers.copy()
    headers["Content-Type"] = FORM_CONTENT_TYPE
    return request.replace(url=form.action, method="POST", body=form.post_body(number), headers=headers)
