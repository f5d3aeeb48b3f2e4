"""A small server for one made-up site that records its requests, and an archive to crawl it into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from sqlalchemy import select

from crawler.config import Config
from crawler.night.run import NightResult, crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import urls
from storage.records import Article

HOST = "cong-doan.example"
HOME = f"https://{HOST}"


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as the server received it."""

    method: str
    path: str  # with its query
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class SiteReply:
    """The reply the site gives."""

    body: str | bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class StandInServer(ThreadingHTTPServer):
    """Sends the reply that `site` returns for each request."""

    daemon_threads = True

    def __init__(self, site: Callable[[ReceivedRequest], SiteReply]) -> None:
        super().__init__(("127.0.0.1", 0), StandInHandler)
        self.site = site
        self.received: list[ReceivedRequest] = []

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.received]


class StandInHandler(BaseHTTPRequestHandler):
    server: StandInServer

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = ReceivedRequest(self.command, self.path, headers, self.rfile.read(length))
        self.server.received.append(request)
        reply = self.server.site(request)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        reply_headers = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(body)),
            **reply.headers,
        }
        for name, value in reply_headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server calls it by this name

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_server(site: Callable[[ReceivedRequest], SiteReply]) -> Iterator[StandInServer]:
    """Run the server on loopback while the block runs."""
    server = StandInServer(site)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def stand_in_profile(**fields: Any) -> SiteProfile:
    """Return a profile of the made-up site, with the given fields."""
    defaults = {
        "key": "cong_doan",
        "name": "Liên đoàn Lao động huyện Mẫu",
        "domain": HOST,
        "level": "district",
        "status": "unidentified",
        "verified": "made up for the tests",
        "seeds": [f"{HOME}/"],
        "urls": {"article": [r"/bai-\d+\.html$"], "listing": [r"^/tin-tuc"]},
    }
    return SiteProfile.model_validate({**defaults, **fields})


@dataclass(frozen=True, slots=True)
class CrawlArchive:
    """The archive one test crawls into."""

    data: Path

    def crawl(
        self,
        server: StandInServer,
        profile: SiteProfile,
        *,
        night: str = "one",
        again: bool = False,
        **more: Any,
    ) -> NightResult:
        """Crawl the site once, as a night does; `again` fetches every stored article again."""
        dial = dict.fromkeys(profile.hosts, f"127.0.0.1:{server.server_port}")
        options = {"data": self.data, "dial": dial, "delay": 0.0, "workers": 1, "timeout": 30.0, **more}
        config = Config.model_validate(options)
        upgrade(open_database(config.database_url))
        return crawl(config, [profile], NightSettings(night, datetime.now(UTC), revisit_all=again))

    def rows(self) -> dict[str, Any]:
        """Return the frontier rows by path (with query and fragment)."""
        engine = open_database(f"sqlite:///{self.data.absolute() / 'archive.db'}")
        with reading(engine) as connection:
            rows = {row.url.removeprefix(HOME): row for row in connection.execute(select(urls))}
        engine.dispose()
        return rows

    def articles(self) -> list[Article]:
        """Return the stored articles in the order of their URLs."""
        engine = open_database(f"sqlite:///{self.data.absolute() / 'archive.db'}")
        with reading(engine) as connection:
            articles = [article for article, _ in catalogue.articles_on_site(connection, "cong_doan")]
        engine.dispose()
        return sorted(articles, key=lambda article: article.url)


def prose(number: int) -> str:
    """Return three paragraphs that only article `number` has."""
    return "".join(
        f"<p>Công đoàn cơ sở số {number} tổ chức hội nghị người lao động lần thứ {part}, bàn việc chăm lo "
        f"đời sống cho {number * 7 + part} đoàn viên và ký kết thỏa ước lao động tập thể của đơn vị.</p>"
        for part in (1, 2, 3)
    )


def article_page(number: int) -> str:
    """Return the HTML of article `number`."""
    title = f"Hội nghị người lao động của công đoàn cơ sở số {number}"
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        f"<div class='ngay'>Ngày đăng: {number % 28 + 1:02d}/03/2024</div>"
        f"<div class='noidung'>{prose(number)}</div></body></html>"
    )
