"""Download handler that writes every request and response to the WARC before the response is passed on."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.misc import build_from_crawler, load_object

from crawler.extensions.politeness import Politeness
from crawler.handlers.host_guard import HostGuardHandler
from crawler.handlers.replica_dial import ReplicaDialHandler
from crawler.site_run import site_run_of
from spiders.responses.failures import VisitStopped
from storage.database.writer import WriterClosedError
from storage.warc.errors import WarcError
from storage.warc.exchange import Exchange, Original

HTTP_HANDLER = "crawler.handlers.checked_connect.CheckedConnectHandler"


class WarcRecordHandler(BaseDownloadHandler):
    """Records exchanges; the capture is stored in `request.meta["capture"]`."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        http = build_from_crawler(load_object(crawler.settings.get("CONGDOAN_HTTP", HTTP_HANDLER)), crawler)
        visit = site_run_of(crawler)
        dial = ReplicaDialHandler(http, visit.config.dial)
        self._next = HostGuardHandler(dial, visit.askable_hosts, dial.hosts)

    async def download_request(self, request: Request) -> Response:
        """Wait for the politeness gap, download and record; raises NotAsked once the visit was stopped."""
        if (politeness := self.crawler.get_extension(Politeness)) is not None:
            await politeness.wait_for_gap(request)
        if site_run_of(self.crawler).halted:
            raise VisitStopped(f"{request.url}: {site_run_of(self.crawler).ending}")
        if request.meta.get("retry_times") or request.meta.get("walled"):
            site_run_of(self.crawler).count_repeated_request()
        at = datetime.now(UTC)
        response = await self._next.download_request(request)
        request.meta["fetched_at"] = at
        visit = site_run_of(self.crawler)
        try:
            request.meta["capture"] = visit.record(
                warc_exchange(request, response, at), revisited_capture(request)
            )
        except (WarcError, WriterClosedError) as error:
            visit.fail(error)  # without its raw bytes in the WARC a page is not processed
            raise
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._next.close()


def revisited_capture(request: Request) -> Original | None:
    """Return the earlier capture of the URL that a WARC revisit record may refer to."""
    task = request.meta.get("task")
    if task is None or not task.record_id or not task.payload_digest or not task.captured_at:
        return None
    return Original(task.record_id, task.payload_digest, sent_url(request), task.captured_at)


def sent_url(request: Request) -> str:
    """Return the URL as sent: without its fragment, which only tells frontier rows apart."""
    return request.url.partition("#")[0]


def warc_exchange(request: Request, response: Response, at: datetime) -> Exchange:
    """Build the WARC exchange of a request and its response, as far as Scrapy shows their bytes."""
    return Exchange(
        method=request.method,
        url=sent_url(request),
        request_headers=_header_pairs(request.headers),
        status=response.status,
        reason="",
        response_headers=_header_pairs(response.headers),
        body=response.body,
        fetched_at=at,
        ip=str(response.ip_address) if response.ip_address else None,
        dialled=request.meta.get("dialled"),
        request_body=request.body,
    )


def _header_pairs(headers: object) -> tuple[tuple[str, str], ...]:
    pairs = ((name, value) for name, values in headers.items() for value in values)  # type: ignore[attr-defined]
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)
