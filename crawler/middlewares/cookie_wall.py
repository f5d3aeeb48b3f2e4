"""Downloader middleware that passes cookie walls: repeats a walled request once with the cookie it set."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.responses.cookie_wall import detect_cookie_wall


class CookieWallMiddleware:
    """Works for profiles with `[fetch] wall = "cookie"`; the spider reports a wall that stays."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._cookies: dict[str, str] = {}  # by origin, for this run; sent to no other origin

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CookieWallMiddleware:
        """Build the middleware for a crawler."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Send the cookie that this origin's wall set, and no other cookie."""
        cookie = self._cookies.get(_origin(request))
        if cookie is None:
            request.headers.pop("Cookie", None)
        else:
            request.headers["Cookie"] = cookie

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Repeat a walled request once with the cookie; the second response is final."""
        if not self._opens or request.meta.get("walled"):
            return response
        wall = detect_cookie_wall(response.status, response.body)
        shown = request.headers.get("Cookie")
        if wall is None or wall.cookie is None or shown == wall.cookie.encode():
            return response
        self._cookies[_origin(request)] = wall.cookie
        repeated = request.replace(dont_filter=True, meta={**request.meta, "walled": True})
        repeated.meta.pop("capture", None)  # the wall page's capture; the repeated request gets its own
        return repeated

    @property
    def _opens(self) -> bool:
        profile = getattr(self.crawler.spider, "profile", None)
        return profile is not None and profile.fetch.wall == "cookie"


def _origin(request: Request) -> str:
    parts = urlsplit(request.url)
    return f"{parts.scheme}://{parts.netloc}".lower()
