"""StandIn: a small server for one made-up site, its requests kept, crawled by the real night."""

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
class Asked:
    """One request as it arrived."""

    method: str
    path: str  # with its query
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site says to it."""

    body: str | bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class StandIn(ThreadingHTTPServer):
    """Answers with what `site` makes of each request."""

    daemon_threads = True

    def __init__(self, site: Callable[[Asked], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site = site
        self.asked: list[Asked] = []

    @property
    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked]


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        self.server.asked.append(asked)
        answer = self.server.site(asked)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        told = {"Content-Type": answer.content_type, "Content-Length": str(len(body)), **answer.headers}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server calls it by this name

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(site: Callable[[Asked], Answer]) -> Iterator[StandIn]:
    """The site, up on loopback while the block runs."""
    server = StandIn(site)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def profile_of(**told: Any) -> SiteProfile:
    """A profile of the made-up site."""
    below = {
        "key": "cong_doan",
        "name": "Liên đoàn Lao động huyện Mẫu",
        "domain": HOST,
        "level": "district",
        "status": "unidentified",
        "verified": "made up for the tests",
        "seeds": [f"{HOME}/"],
        "urls": {"article": [r"/bai-\d+\.html$"], "listing": [r"^/tin-tuc"]},
    }
    return SiteProfile.model_validate({**below, **told})


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the nights of one test go, and what they left."""

    data: Path

    def crawl(
        self, server: StandIn, profile: SiteProfile, *, night: str = "one", again: bool = False, **more: Any
    ) -> NightResult:
        """One night at the site, through the real path; `again` asks every known article."""
        dial = dict.fromkeys(profile.hosts, f"127.0.0.1:{server.server_port}")
        told = {"data": self.data, "dial": dial, "delay": 0.0, "workers": 1, "timeout": 30.0, **more}
        config = Config.model_validate(told)
        upgrade(open_database(config.database_url))
        return crawl(config, [profile], NightSettings(night, datetime.now(UTC), revisit_all=again))

    def rows(self) -> dict[str, Any]:
        """The frontier by path (with query and fragment)."""
        engine = open_database(f"sqlite:///{self.data.absolute() / 'archive.db'}")
        with reading(engine) as connection:
            found = {row.url.removeprefix(HOME): row for row in connection.execute(select(urls))}
        engine.dispose()
        return found

    def articles(self) -> list[Article]:
        """The articles shown, in the order of their addresses."""
        engine = open_database(f"sqlite:///{self.data.absolute() / 'archive.db'}")
        with reading(engine) as connection:
            found = [article for article, _ in catalogue.articles_on_site(connection, "cong_doan")]
        engine.dispose()
        return sorted(found, key=lambda article: article.url)


def prose(number: int) -> str:
    """Three paragraphs of an article of its own."""
    return "".join(
        f"<p>Công đoàn cơ sở số {number} tổ chức hội nghị người lao động lần thứ {part}, bàn việc chăm lo "
        f"đời sống cho {number * 7 + part} đoàn viên và ký kết thỏa ước lao động tập thể của đơn vị.</p>"
        for part in (1, 2, 3)
    )


def article_page(number: int) -> str:
    """An article page."""
    title = f"Hội nghị người lao động của công đoàn cơ sở số {number}"
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        f"<div class='ngay'>Ngày đăng: {number % 28 + 1:02d}/03/2024</div>"
        f"<div class='noidung'>{prose(number)}</div></body></html>"
    )
