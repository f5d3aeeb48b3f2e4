"""WallMiddleware: the cookie that a cookie-and-reload wall hands out is shown to it, once a request."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.responses.cookie_wall import detect_cookie_wall


class CookieWallMiddleware:
    """Only for profiles that say `[fetch] wall = "cookie"`; a wall that stays one is told by the spider."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._cookies: dict[str, str] = {}  # by origin: kept for this run, shown to nobody else

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CookieWallMiddleware:
        """Scrapy's way to make the middleware."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Show the cookie that this very origin handed out."""
        cookie = self._cookies.get(_origin(request))
        if cookie is None:
            request.headers.pop("Cookie", None)
        else:
            request.headers["Cookie"] = cookie

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Repeat a walled request once; the second answer stands, whatever it is."""
        if not self._opens or request.meta.get("walled"):
            return response
        wall = detect_cookie_wall(response.status, response.body)
        shown = request.headers.get("Cookie")
        if wall is None or wall.cookie is None or shown == wall.cookie.encode():
            return response
        self._cookies[_origin(request)] = wall.cookie
        again = request.replace(dont_filter=True, meta={**request.meta, "walled": True})
        again.meta.pop("capture", None)  # of the wall; the answer gets its own
        return again

    @property
    def _opens(self) -> bool:
        profile = getattr(self.crawler.spider, "profile", None)
        return profile is not None and profile.fetch.wall == "cookie"


def _origin(request: Request) -> str:
    parts = urlsplit(request.url)
    return f"{parts.scheme}://{parts.netloc}".lower()
