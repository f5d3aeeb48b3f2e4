"""HTTP server of one replica: sends the correct reply, or a fault of the connection."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import struct
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs

from crawler.demo.crawler_traps import trap_reply, with_fault_links
from crawler.demo.fault_effects import apply_fault
from crawler.demo.faults import FaultTable
from crawler.demo.pages import LIVE_COUNTERS, Reply, SitePages, header_clock
from crawler.demo.site_systems import System

HANG_SECONDS = 30.0  # seconds the "timeout" fault holds a connection
DRIP_SECONDS = 0.2  # seconds between the eight drips of "slow"
MAX_IDLE_SECONDS = 60.0  # seconds a kept-alive connection may be silent
FLOOD_HEADER = "x" * 2_000_000  # a header
ENDLESS_CHUNK = b"<p>Tin</p>" * 10_000  # one chunk of a body without end
POSTED_PAGE = re.compile(r"Page\$(\d+)")  # what the pager of a GridView posts
Connection = socket.socket | tuple[bytes, socket.socket]  # the second only for datagrams


class LoggedRequest(NamedTuple):
    """One line of the request log; status 0 = no answer was begun."""

    site: str
    method: str
    path: str
    status: int


class OwningServer(Protocol):
    """The interface of the replica server that a listener belongs to."""

    night: int
    faults: FaultTable
    stopped: Event

    def pages(self, key: str) -> SitePages:
        """The answers of one site tonight."""

    def note(self, request: LoggedRequest) -> None:
        """Write one line of the log."""


class ReplicaListener(ThreadingHTTPServer):
    """One site's listening socket on a free loopback port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, owner: OwningServer, system: System) -> None:
        super().__init__(("127.0.0.1", 0), ReplicaRequestHandler)
        self.owner = owner
        self.system = system
        self.ticks = itertools.count(1)
        self.steps = itertools.count(1)  # requests counted for crawler traps
        self._open: set[Connection] = set()

    def server_bind(self) -> None:
        """Bind without asking the resolver for our own name, which HTTPServer does."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Connection, client_address: object) -> None:
        """Remember the connection, so that stopping can end it."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Connection) -> None:
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the port and hang up on everybody."""
        super().server_close()
        for connection in [item for item in tuple(self._open) if isinstance(item, socket.socket)]:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster

    def handle_error(self, request: Connection, client_address: object) -> None:
        """A client that hangs up is its own business."""


class ReplicaRequestHandler(BaseHTTPRequestHandler):
    """Handles GET and HEAD, and POST of ASP.NET pagers; a correct reply is sent in one write."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 17
    timeout = MAX_IDLE_SECONDS
    server: ReplicaListener

    def log_message(self, format: str, *args: object) -> None:
        """The log is kept as values, not as lines on a terminal."""

    def do_GET(self) -> None:
        """Answer, or fail as the fault table says."""
        self._answer(self.path)

    def do_POST(self) -> None:
        """Answer a postback: the listing page that `Page$3` names, else the page itself, as ASP.NET does."""
        form_body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
        parameter = self.server.system.posted
        if parameter is None:
            self._send(405, {"Allow": "GET, HEAD", "Content-Type": "text/plain"}, b"")
            return
        form = parse_qs(form_body)
        page_match = POSTED_PAGE.fullmatch(form.get("__EVENTARGUMENT", [""])[-1])
        separator = "&" if "?" in self.path else "?"
        is_further_page = page_match and page_match[1] != "1" and form.get("__VIEWSTATE")
        self._answer(
            f"{self.path}{separator}{parameter}={page_match[1]}"
            if page_match and is_further_page
            else self.path
        )

    def _answer(self, target: str) -> None:
        owner, key = self.server.owner, self.server.system.key
        fault = owner.faults.fault_of_request(key, self.path)
        pages = owner.pages(key)
        reply = trap_reply(fault, target, pages, next(self.server.steps)) or pages.reply(target)
        if fault in {"soft-404", "feed-page"}:
            reply = pages.not_found(200)
        if target == "/" and (links := owner.faults.front_page_links(key)):
            reply = with_fault_links(reply, links, pages)
        CONNECTION_FAULTS.get(fault or "", ReplicaRequestHandler._send_reply)(self, apply_fault(fault, reply))

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def _send_reply(self, reply: Reply) -> None:
        if self._is_unchanged(reply):
            self._send(304, self._validators(reply), b"")
            return
        body = self._with_live_counters(reply)
        headers = self._response_headers(reply)
        if not reply.headers and len(body) > 500 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self._send(reply.status, headers, body)

    def _with_live_counters(self, reply: Reply) -> bytes:
        """Return the body with the night's clock and counters, different at every request."""
        if not reply.content_type.startswith("text/html"):
            return reply.body
        tick = next(self.server.ticks)
        clock = header_clock(self.server.owner.night, tick)
        counters = {"views": 100 + tick, "visits": 1_204_300 + tick, "online": 3 + tick % 17, "clock": clock}
        body = reply.body
        for name in LIVE_COUNTERS:
            body = body.replace(f"@@{name}@@".encode(), str(counters[name]).encode())
        return body

    def _validators(self, reply: Reply) -> dict[str, str]:
        headers = {"ETag": reply.etag} if reply.etag else {}
        if reply.modified:
            headers["Last-Modified"] = format_datetime(reply.modified.astimezone(UTC), usegmt=True)
        return headers

    def _response_headers(self, reply: Reply) -> dict[str, str]:
        retry = {"Retry-After": "1"} if reply.status in {429, 503} else {}
        return {"Content-Type": reply.content_type, **self._validators(reply), **retry, **reply.headers}

    def _is_unchanged(self, reply: Reply) -> bool:
        if_none_match = self.headers.get("If-None-Match")
        if if_none_match is not None:
            return reply.etag is not None and reply.etag in if_none_match
        if_modified_since = self.headers.get("If-Modified-Since")
        if if_modified_since is None or reply.modified is None:
            return False
        try:
            return reply.modified <= parsedate_to_datetime(if_modified_since)
        except (TypeError, ValueError):  # not a date: answered in full, as RFC 9110 says
            return False

    def _send(self, status: int, headers: Mapping[str, str], body: bytes, length: int | None = None) -> None:
        self._log(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _log(self, status: int) -> None:
        self.server.owner.note(LoggedRequest(self.server.system.key, self.command, self.path, status))

    def _close_unanswered(self, _reply: Reply) -> None:
        self._log(0)
        self.close_connection = True

    def _truncate(self, reply: Reply) -> None:
        self._send(
            200, self._response_headers(reply), reply.body[: len(reply.body) // 2], len(reply.body) + 1
        )
        self.close_connection = True

    def _reset(self, reply: Reply) -> None:
        self._truncate(reply)
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send_slowly(self, reply: Reply) -> None:
        self._send(200, self._response_headers(reply), b"", len(reply.body))
        step = len(reply.body) // 8 + 1
        for start in range(0, len(reply.body), step):
            if self.server.owner.stopped.wait(DRIP_SECONDS):
                break
            self.wfile.write(reply.body[start : start + step])
            self.wfile.flush()

    def _hang(self, _reply: Reply) -> None:
        self._log(0)
        self.server.owner.stopped.wait(HANG_SECONDS)
        self.close_connection = True

    def _send_bytewise(self, reply: Reply) -> None:
        self._send(200, self._response_headers(reply), b"", len(reply.body))
        for at in range(len(reply.body)):
            if self.server.owner.stopped.wait(DRIP_SECONDS):
                break
            self.wfile.write(reply.body[at : at + 1])
            self.wfile.flush()

    def _begin_chunks(self, reply: Reply, **more: str) -> None:
        self._log(200)
        self.send_response(200)
        for name, value in {**self._response_headers(reply), "Transfer-Encoding": "chunked", **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True

    def _bad_chunk(self, reply: Reply) -> None:
        self._begin_chunks(reply)
        self.wfile.write(b"zz\r\n" + reply.body)

    def _endless_body(self, reply: Reply) -> None:
        self._begin_chunks(reply)
        while not self.server.owner.stopped.is_set():
            self.wfile.write(f"{len(ENDLESS_CHUNK):x}\r\n".encode() + ENDLESS_CHUNK + b"\r\n")

    def _header_flood(self, reply: Reply) -> None:
        self._send(200, {**self._response_headers(reply), "X-Flood": FLOOD_HEADER}, reply.body)
        self.close_connection = True

    def _redirect_loop(self, reply: Reply) -> None:
        self._send(302, {"Location": self.path, "Content-Type": reply.content_type}, b"")


CONNECTION_FAULTS: Mapping[str, Callable[[ReplicaRequestHandler, Reply], None]] = {
    "refuse": ReplicaRequestHandler._close_unanswered,
    "reset": ReplicaRequestHandler._reset,
    "slow": ReplicaRequestHandler._send_slowly,
    "truncate": ReplicaRequestHandler._truncate,
    "timeout": ReplicaRequestHandler._hang,
    "unreachable": ReplicaRequestHandler._close_unanswered,
    "drip": ReplicaRequestHandler._send_bytewise,
    "bad-chunk": ReplicaRequestHandler._bad_chunk,
    "endless-body": ReplicaRequestHandler._endless_body,
    "header-flood": ReplicaRequestHandler._header_flood,
    "redirect-loop": ReplicaRequestHandler._redirect_loop,
}
