"""Download handler that renders pages in Chromium, for sites whose content is made by scripts."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import HtmlResponse, Response

from crawler.browser.page import BrowserPage, BrowserPageCrashed, BrowserResponse, RenderedPage, RenderLimits
from crawler.browser.process import BrowserDoesNotStartError
from crawler.handlers.browser_subrequests import BrowserSubrequests
from crawler.handlers.warc_record import WarcRecordHandler, sent_url
from crawler.site_run import SiteRun, site_run_of
from spiders.responses.cookie_wall import detect_cookie_wall
from spiders.responses.failures import UnrenderedError
from storage.database.writer import WriterClosedError
from storage.warc.content_encoding import undo_encodings
from storage.warc.errors import ContentError, WarcError
from storage.warc.exchange import Conversion

RENDERED_KINDS = {"seed", "listing", "article"}
CONDITIONAL_HEADERS = ("If-None-Match", "If-Modified-Since")
# Of the document as the server sent it; they do not fit the rendered one.
STALE_HEADERS = ("Content-Encoding", "Content-Length", "Transfer-Encoding", "ETag", "Last-Modified")
RENDER_ATTEMPTS = 2  # a browser that crashed is started again for the page


class BrowserRenderHandler(BaseDownloadHandler):
    """Downloads the document through the usual handlers and renders it in Chromium.

    The browser has no network: requests of the page's scripts go through `BrowserSubrequests`.
    """

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._warc_record = WarcRecordHandler(crawler)
        visit = site_run_of(crawler)
        fetch, config = visit.profile.fetch, visit.config
        hosts = visit.profile.hosts | {host.lower() for host in fetch.browser_hosts}
        self._limits = RenderLimits(
            config.browser_timeout, config.browser_requests, config.max_bytes, fetch.wait
        )
        self._subrequests = BrowserSubrequests(crawler, self._warc_record, hosts, visit.browser)
        self._browser_acquired = False

    async def download_request(self, request: Request) -> Response:
        """Download, and render the response when it is an HTML page of a kind that readers see."""
        if (
            request.method != "GET"
            or request.meta.get("robots")
            or request.meta.get("kind") not in RENDERED_KINDS
        ):
            return await self._warc_record.download_request(request)
        for name in CONDITIONAL_HEADERS:  # an unchanged document may be filled with changed content
            request.headers.pop(name, None)
        response = await self._warc_record.download_request(request)
        document = self._document(response)
        return response if document is None else await self._render_with_retries(request, response, document)

    async def close(self) -> None:
        """Close the connections, and the browser with the last crawl that uses it."""
        chromium = site_run_of(self.crawler).chromium
        if self._browser_acquired and chromium is not None:
            await chromium.release()
        await self._warc_record.close()

    def _document(self, response: Response) -> BrowserResponse | None:
        content_type = _header(response, "Content-Type")
        if response.status != 200 or "html" not in content_type.lower():
            return None
        if _header(response, "Content-Disposition").lower().startswith("attachment"):
            return None
        try:
            encodings = _header(response, "Content-Encoding")
            body = undo_encodings(response.body, encodings, self._limits.bytes)
        except ContentError:
            return None  # reported by the middleware that decodes every response
        return (
            None
            if detect_cookie_wall(200, body)
            else BrowserResponse(200, {"content-type": content_type}, body)
        )

    async def _render_with_retries(
        self, request: Request, response: Response, document: BrowserResponse
    ) -> Response:
        visit = site_run_of(self.crawler)
        crashed: BrowserPageCrashed | None = None
        for _ in range(RENDER_ATTEMPTS):
            try:
                rendered, browser_version = await self._render_once(visit, request, document)
            except BrowserPageCrashed as error:
                crashed = error
                visit.browser["crashes"] += 1
                continue
            except BrowserDoesNotStartError as error:
                visit.stop("browser", f"{error}; start it by hand and see what it says")
                raise UnrenderedError(str(error)) from error
            visit.browser["pages rendered"] += 1
            return self._rendered_response(visit, request, response, rendered, browser_version)
        raise UnrenderedError(f"the browser crashed {RENDER_ATTEMPTS} times on this page: {crashed}")

    async def _render_once(
        self, visit: SiteRun, request: Request, document: BrowserResponse
    ) -> tuple[RenderedPage, str]:
        chromium = visit.chromium
        assert chromium is not None, "a session has one"
        if not self._browser_acquired:
            chromium.acquire()
            self._browser_acquired = True
        agent = self.crawler.settings["USER_AGENT"]
        async with chromium.context(agent) as context:
            page = BrowserPage(context, self._limits, self._subrequests.fetch, visit.count_browser_event)
            return await page.render(sent_url(request), document), chromium.version_name

    def _rendered_response(
        self,
        visit: SiteRun,
        request: Request,
        response: Response,
        rendered: RenderedPage,
        browser_version: str,
    ) -> Response:
        if (
            rendered.moved_to
        ):  # redirected by script: treated like a 302, so the target gets its own frontier row
            return Response(
                response.url, status=302, headers={"Location": rendered.moved_to}, request=request
            )
        body = rendered.html.encode("utf-8", "replace")
        if len(body) > self._limits.bytes:
            raise DownloadCancelledError(f"{request.url}: {len(body)} bytes once its scripts had run")
        self._record_conversion(visit, request, body, browser_version)
        headers = response.headers.copy()
        for name in STALE_HEADERS:
            headers.pop(name, None)
        headers["Content-Type"] = "text/html; charset=utf-8"
        return HtmlResponse(
            response.url,
            headers=headers,
            body=body,
            encoding="utf-8",
            request=request,
            ip_address=response.ip_address,
            protocol=response.protocol,
        )

    @staticmethod
    def _record_conversion(visit: SiteRun, request: Request, body: bytes, browser_version: str) -> None:
        """Write the rendered page as a WARC conversion record, which becomes the capture of the page."""
        document_capture = request.meta["capture"]
        conversion = Conversion(
            sent_url(request),
            body,
            datetime.now(UTC),
            document_capture.record_id,
            browser_version,
            document_capture.dialled,
        )
        try:
            request.meta["capture"] = visit.convert(conversion)
        except (WarcError, WriterClosedError) as error:
            visit.fail(error)
            raise
        request.meta["rendered_by"] = browser_version


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")
