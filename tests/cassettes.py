"""CassetteHandler: a site's exchanges recorded and played back by vcrpy, below every handler of ours."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.misc import build_from_crawler, load_object
from vcr import VCR
from vcr.patch import PATCHER_NAMES
from vcr.request import Request as Asked

from crawler.extensions.politeness import Politeness
from crawler.handlers.warc_record import HTTP_HANDLER
from crawler.settings import EXTENSIONS
from tests.paths import ROOT

# What a download handler raises instead of answering; in a cassette it is a response of status 0.
FAILURES: Mapping[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        CannotResolveHostError,
        DownloadCancelledError,
        DownloadConnectionRefusedError,
        DownloadFailedError,
        DownloadTimeoutError,
        ResponseDataLossError,
        UnsupportedURLSchemeError,
    )
}
# One request at a time: the same URLs are asked in the same order whenever a cassette is played.
IN_ORDER = {"CONCURRENT_REQUESTS": 1, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}


class UnrecordedRequest(Exception):  # noqa: N818 - it names what happened
    """A request that the cassette has no (further) answer to."""


class Unhurried(Politeness):
    """Politeness towards a recording: Crawl-delay and Retry-After are heard, not waited for."""

    def widen_gap(self, host: str, seconds: float) -> None:
        """A recording need not be spared."""
        self._min_gaps[host.lower()] = 0.0


def playing(cassette: Path) -> dict[str, Any]:
    """The Scrapy settings under which a crawl is answered by a cassette alone.

    A folder stands for one cassette a site in it, `<site>.yaml`; so it does in `recording`.
    """
    patient = "crawler.extensions.politeness.Politeness"
    extensions = {**EXTENSIONS, patient: None, "tests.cassettes.Unhurried": 0}
    return {**_handled(cassette, "none"), "EXTENSIONS": extensions}


def recording(cassette: Path) -> dict[str, Any]:
    """The Scrapy settings under which everything a crawl is answered goes into a new cassette."""
    return _handled(cassette, "all")


def _handled(cassette: Path, mode: str) -> dict[str, Any]:
    handler = {"CONGDOAN_HTTP": "tests.cassettes.CassetteHandler"}
    return {**handler, **IN_ORDER, "CASSETTE": str(cassette), "CASSETTE_MODE": mode}


class CassetteHandler(BaseDownloadHandler):
    """Plays a cassette; in mode `all` it asks the handler below and writes the cassette at its end."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        told = Path(crawler.settings["CASSETTE"])
        self._path = told / f"{crawler.spidercls.name}.yaml" if told.is_dir() else told
        mode = crawler.settings.get("CASSETTE_MODE", "none")
        self._http = build_from_crawler(load_object(HTTP_HANDLER), crawler) if mode == "all" else None
        # the User-Agent tells the contact address of whoever recorded, and our version
        vcr = VCR(match_on=("method", "uri", "raw_body"), filter_headers=("User-Agent",))
        self._end = ExitStack()
        self._cassette: Any = self._end.enter_context(
            vcr.use_cassette(self._path, record_mode=mode, skip_patchers=PATCHER_NAMES)
        )

    async def download_request(self, request: Request) -> Response:
        """Answer from the cassette, or ask and record."""
        asked = asked_of(request)
        if self._http is not None:
            return await self._record(asked, request)
        if not self._cassette.can_play_response_for(asked):
            raise UnrecordedRequest(self._unrecorded(asked))
        return response_of(self._cassette.play_response(asked), request)

    async def _record(self, asked: Asked, request: Request) -> Response:
        assert self._http is not None
        try:
            response: Response = await self._http.download_request(request)
        except tuple(FAILURES.values()) as error:
            self._cassette.append(asked, failure_of(error, request.url, asked.uri))
            raise
        self._cassette.append(asked, answer_of(response))
        return response

    def _unrecorded(self, asked: Asked) -> str:
        path, site = self._path.absolute(), self.crawler.spider.name if self.crawler.spider else "…"
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        times = sum(one.uri == asked.uri for one in self._cassette.requests)
        told = f"only {times} time(s)" if times else "not"
        return (
            f"{asked.method} {asked.uri} is {told} in {shown}: if the crawl is right to ask it, "
            f"record the site again with `make record SITE={site}`"
        )

    async def close(self) -> None:
        """Write the cassette, if it was recorded."""
        self._end.close()
        if self._http is not None:
            await self._http.close()


def asked_of(request: Request) -> Asked:
    """The request under the URL the crawl knows it by, wherever it was dialled to."""
    headers = {
        name.decode("latin-1"): values[0].decode("latin-1") for name, values in request.headers.items()
    }
    return Asked(request.method, request.meta.get("url", request.url), request.body, headers)


def answer_of(response: Response) -> dict[str, Any]:
    """A response as vcrpy keeps it: the body exactly as sent, gzip and all."""
    headers = {
        name.decode("latin-1"): [value.decode("latin-1") for value in values]
        for name, values in response.headers.items()
    }
    status = {"code": response.status, "message": ""}
    return {"status": status, "headers": headers, "body": {"string": response.body}}


def failure_of(error: Exception, dialled: str, url: str) -> dict[str, Any]:
    """A failure as a response of status 0: class, message and cause, without the replica's address."""
    cause = error.__cause__
    headers = {"Cause": [type(cause).__name__, str(cause)]} if cause else {}
    told = str(error).replace(dialled, url)
    return {
        "status": {"code": 0, "message": type(error).__name__},
        "headers": headers,
        "body": {"string": told.encode()},
    }


def response_of(answer: Mapping[str, Any], request: Request) -> Response:
    """A recorded answer as the handler below gave it, or the failure it raised."""
    body: bytes = answer["body"]["string"]
    if answer["status"]["code"] == 0:
        raise _failed(answer, body.decode())
    headers = Headers(answer["headers"])
    kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
    return kind(request.url, status=answer["status"]["code"], headers=headers, body=body, protocol="HTTP/1.1")


def _failed(answer: Mapping[str, Any], told: str) -> Exception:
    error = FAILURES[answer["status"]["message"]](told)
    cause = answer["headers"].get("Cause")
    if cause:  # of its class only the name is known, which is what spiders.responses.failures goes by
        error.__cause__ = type(cause[0], (Exception,), {})(cause[1])
    return error
