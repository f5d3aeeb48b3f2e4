"""Render one document in a browser page until its scripts have finished; requests go through a callback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error

from spiders.responses.failures import UnrenderedError

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Request, Route

FORWARDED_RESOURCE_TYPES = {
    "script",
    "xhr",
    "fetch",
}  # images, fonts, media and the like add no text
NETWORK_IDLE_SECONDS = 0.5  # without an open request: then the page is complete
POLL_SECONDS = 0.05  # between two checks
NO_POPUPS_SCRIPT = "window.open = () => null"


class BrowserPageCrashed(Exception):  # noqa: N818 - an event: the caller tries once more
    """The page, or the browser with it, crashed while rendering."""


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Limits of time, requests and bytes for one page, and the sign that it is ready."""

    seconds: float  # of browser time; waits for the site's responses do not count
    requests: int
    bytes: int  # of all responses together, and of the rendered document
    wait: str | None  # CSS selector that appears when the page is ready; None = network idle


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """A request of a page's script, to be sent by us."""

    method: str
    url: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    kind: str  # script, xhr or fetch


@dataclass(frozen=True, slots=True)
class BrowserResponse:
    """The response given to the browser; its content encoding is undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """The HTML after the scripts ran, or the URL they redirected to."""

    html: str
    moved_to: str | None = None  # URL its scripts navigated to


class BrowserPage:
    """One page in a browser context of its own; `fetch` returns None for a refused request."""

    def __init__(
        self,
        context: BrowserContext,
        limits: RenderLimits,
        fetch: Callable[[BrowserRequest], Awaitable[BrowserResponse | None]],
        count: Callable[[str], None],
    ) -> None:
        self._context = context
        self._limits = limits
        self._fetch = fetch
        self._count = count
        self._document: BrowserResponse | None = None  # until the browser has loaded it
        self._page: Page | None = None
        self._moved_to: str | None = None
        self._subrequests: set[asyncio.Future[BrowserResponse | None]] = set()
        self._open_requests = 0
        self._request_count = 0
        self._bytes = 0
        self._last_activity = 0.0
        self._crashed = False
        self._failure: BaseException | None = None  # of our own handlers: the page must not be stored

    async def render(self, url: str, document: BrowserResponse) -> RenderedPage:
        """Return the document as its scripts leave it.

        Raises UnrenderedError when it is not ready in time, BrowserPageCrashed, and what `fetch` raises.
        """
        self._document = document
        load = asyncio.ensure_future(self._load(url))
        try:
            return await self._watch_time_limit(load)
        except Error as error:
            if self._crashed or "closed" in str(error) or "crashed" in str(error).lower():
                raise BrowserPageCrashed(str(error)) from error
            raise UnrenderedError(f"the browser says: {str(error).splitlines()[0]}") from error
        finally:
            await self._cancel_requests(load)

    async def _cancel_requests(self, load: asyncio.Future[RenderedPage]) -> None:
        """Cancel the load and all open sub-requests."""
        tasks: tuple[asyncio.Future[Any], ...] = (load, *self._subrequests)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _load(self, url: str) -> RenderedPage:
        await self._context.add_init_script(NO_POPUPS_SCRIPT)
        await self._context.route("**/*", self._route)
        self._page = page = await self._context.new_page()
        page.on("crash", self._mark_crashed)
        await page.goto(url, wait_until="domcontentloaded", timeout=0)
        if self._limits.wait:
            await page.wait_for_selector(self._limits.wait, state="attached", timeout=0)
        else:
            await self._wait_for_network_idle()
        return RenderedPage(await page.content(), self._moved_to)

    async def _wait_for_network_idle(self) -> None:
        self._last_activity = monotonic()
        while self._open_requests or monotonic() - self._last_activity < NETWORK_IDLE_SECONDS:
            await asyncio.sleep(POLL_SECONDS)

    async def _watch_time_limit(self, load: asyncio.Future[RenderedPage]) -> RenderedPage:
        browser_seconds, last_check = 0.0, monotonic()
        while not load.done():
            await asyncio.wait({load}, timeout=POLL_SECONDS)
            now = monotonic()
            browser_seconds += 0.0 if self._open_requests else now - last_check
            last_check = now
            if self._failure is not None:
                raise self._failure
            if self._crashed:
                raise BrowserPageCrashed("its tab crashed")
            if self._moved_to is not None:
                return RenderedPage("", self._moved_to)
            if browser_seconds > self._limits.seconds:
                raise UnrenderedError(self._timeout_message())
        return load.result()

    def _timeout_message(self) -> str:
        wait = f", and `{self._limits.wait}` is not there" if self._limits.wait else ""
        requests = f"its scripts made {self._request_count} requests"
        return f"not finished after {self._limits.seconds:g} s{wait}; {requests}"

    def _mark_crashed(self, _: Page) -> None:
        self._crashed = True

    async def _route(self, route: Route) -> None:
        self._open_requests += 1
        try:
            await self._handle_request(route, route.request)
        except Error:
            pass  # the page is closed
        except Exception as error:  # noqa: BLE001 - raised again by `render`
            self._failure = error
        finally:
            self._open_requests -= 1
            self._last_activity = monotonic()

    async def _handle_request(self, route: Route, request: Request) -> None:
        if request.is_navigation_request():
            await self._handle_navigation(route, request)
        elif request.resource_type == "stylesheet":
            # some loaders wait for their style sheets: an empty one costs the site no request
            await _fulfill(route, BrowserResponse(200, {"content-type": "text/css"}, b""))
        elif request.resource_type not in FORWARDED_RESOURCE_TYPES:
            self._count(f"left out: {request.resource_type}")
            await route.abort()
        elif self._request_count >= self._limits.requests or self._bytes > self._limits.bytes:
            self._count("refused: beyond the limit of a page")
            await route.abort()
        else:
            await self._fulfill_from_site(route, request)

    async def _handle_navigation(self, route: Route, request: Request) -> None:
        if self._document is not None:
            document, self._document = self._document, None
            await _fulfill(route, document)
        elif self._is_main_frame(request):
            if request.method == "GET" and request.url.startswith("http"):
                self._moved_to = request.url
            await route.fulfill(status=204)  # anything else would replace the page
        else:
            self._count("left out: frame")
            await route.abort()

    def _is_main_frame(self, request: Request) -> bool:
        try:
            return self._page is not None and request.frame == self._page.main_frame
        except Error:
            return False  # of a window that is not open yet

    async def _fulfill_from_site(self, route: Route, request: Request) -> None:
        self._request_count += 1
        browser_request = BrowserRequest(
            request.method,
            request.url.partition("#")[0],
            request.headers,
            request.post_data_buffer or b"",
            request.resource_type,
        )
        subrequest = asyncio.ensure_future(self._fetch(browser_request))
        self._subrequests.add(subrequest)
        try:
            response = await subrequest
        except asyncio.CancelledError:
            return  # the page was closed
        finally:
            self._subrequests.discard(subrequest)
        if response is None:
            await route.abort("blockedbyclient")
            return
        self._bytes += len(response.body)
        await _fulfill(route, response)


async def _fulfill(route: Route, response: BrowserResponse) -> None:
    await route.fulfill(status=response.status, headers=dict(response.headers), body=response.body)
