"""Real saved pages, served on loopback and crawled by the real command: traps, logins, soft 404s."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote, urlsplit

import pytest
from sqlalchemy import select

from crawler.cli.main import run
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading
from storage.database.schema import runs, urls

PORTAL = """
name = "Cổng thông tin một sở (bản lưu)"
domain = "portal.example"
level = "office"
status = "unidentified"
verified = "saved pages of 2022"
seeds = ["https://portal.example/"]
[discover]
listings = ["https://portal.example/moi-trang.html"]
[urls]
article = ['\\.html$']
deny = ['^/lien-he']
login = ['/(dang-nhap|login)[0-9a-f]*\\.html$']  # the mirror's spelling of queries
"""
PHU_THO = """
name = "Liên đoàn Lao động tỉnh Phú Thọ (bản mẫu)"
domain = "phu-tho.example"
level = "province"
status = "unidentified"
verified = "a vendor's prototype of 2025"
seeds = ["https://phu-tho.example/"]
[discover]
listings = ["https://phu-tho.example/tintuc.php"]
[urls]
article = ['^/tintuc-detail\\.php']
listing = ['^/[a-z]+\\.php$']
[[layout]]
date = { css = "time, .uk-article-meta, .text-888" }
"""


class SavedSite(ThreadingHTTPServer):
    """Serves a folder of saved pages; `also` answers for paths whose page was not kept."""

    def __init__(self, root: Path, also: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root, self.also = root, also
        self.asked: list[str] = []

    def find(self, path: str) -> bytes | None:
        name = unquote(urlsplit(path).path).lstrip("/") or "index.html"
        found = (self.root / name).resolve()
        if found.is_file() and found.is_relative_to(self.root):
            return found.read_bytes()
        return self.also.get(name)


class Handler(BaseHTTPRequestHandler):
    server: SavedSite

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.find(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body or b"<h1>404</h1>")

    def log_message(self, *_: object) -> None:
        pass


def serve(root: Path, also: dict[str, bytes]) -> Iterator[SavedSite]:
    server = SavedSite(root.resolve(), also)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def index_of(names: list[str]) -> bytes:
    links = "".join(f'<li><a href="/{quote(name)}">{escape(name)}</a></li>' for name in names)
    return f"<html><body><h1>Mọi trang</h1><ul>{links}</ul></body></html>".encode()


@pytest.fixture
def portal(shared: Path) -> Iterator[SavedSite]:
    """The saved portal; the paths of its trap answer with one of its pages, links and all."""
    root = shared / "pages" / "hanoi-portal" / "web" / "source"
    saved = sorted(str(path.relative_to(root)) for path in root.rglob("*.html") if path.is_file())
    trap = (shared / "pages" / "hanoi-portal" / "trap_paths.txt").read_text(encoding="utf-8").splitlines()
    page = next(root / name for name in saved if "view_content" in name).read_bytes()
    also = {name: page for name in trap if ".html/" in name}
    also["moi-trang.html"] = index_of([*saved, *trap[::40]])
    yield from serve(root, also)


def crawl(tmp_path: Path, site: SavedSite, profile: str, monkeypatch: pytest.MonkeyPatch) -> int:
    key = re.search(r'domain = "([a-z-]+)\.example"', profile)
    assert key
    folder = tmp_path / "sites" / "saved"
    folder.mkdir(parents=True)
    (folder / f"{key[1]}.toml").write_text(profile, encoding="utf-8")
    monkeypatch.setenv("CONGDOAN_DELAY", "0")
    dial = f"{key[1]}.example=127.0.0.1:{site.server_port}"
    options = ["--data", str(tmp_path / "archive"), "--sites", str(tmp_path / "sites")]
    return run([*options, "crawl", key[1], "--dial", dial])


def test_the_saved_portal_is_crawled_without_falling_into_its_traps(
    portal: SavedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crawl(tmp_path, portal, PORTAL, monkeypatch)
    said = capsys.readouterr().out
    trapped = [path for path in portal.asked if re.search(r"/(en|vi)/(en|vi)[/.]|\.html/(en|vi)[/.]", path)]
    assert trapped == []
    assert [path for path in portal.asked if re.search(r"dang-nhap|/login", path)] == []
    assert max(Counter(portal.asked).values()) == 1
    engine = open_database(f"sqlite:///{tmp_path / 'archive' / 'archive.db'}")
    with reading(engine) as connection:
        rows = connection.execute(select(urls)).all()
        stored = [page for page, _ in catalogue.articles_on_site(connection, "portal")]
        report = connection.scalars(select(runs.c.report)).one()
    engine.dispose()
    by_reason = Counter(row.reason for row in rows)
    assert by_reason["trap"] >= 100
    assert by_reason["login_link"] >= 12
    assert by_reason["soft_404"] >= 6
    titles = {page.title for page in stored}
    assert not [title for title in titles if re.search(r"Trạng thái|Đăng nhập|Status", title)]
    assert stored
    # every URL that became known is accounted for, with a reason where it is no article
    assert all(row.outcome for row in rows)
    assert [
        row.url for row in rows if row.outcome in {"refused", "gone", "not_an_article"} and not row.reason
    ] == []
    assert sum(report["counts"].values()) == len(rows) == report["found"]
    assert "login_link" in said


@pytest.fixture
def phu_tho(shared: Path) -> Iterator[SavedSite]:
    """The prototype: its pages were saved as _name.html, its links say name.php."""
    root = shared / "pages" / "ldld-phutho"
    also = {f"{path.stem.lstrip('_')}.php": path.read_bytes() for path in root.glob("_*.html")}
    also["index.html"] = (root / "_index.html").read_bytes()
    yield from serve(root, also)


def test_the_phu_tho_pages_give_the_article_and_nothing_else(
    phu_tho: SavedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert crawl(tmp_path, phu_tho, PHU_THO, monkeypatch) == 0, capsys.readouterr().out
    engine = open_database(f"sqlite:///{tmp_path / 'archive' / 'archive.db'}")
    with reading(engine) as connection:
        (article,) = [page for page, _ in catalogue.articles_on_site(connection, "phu-tho")]
        rows = connection.execute(select(urls)).all()
    engine.dispose()
    assert article.title.startswith("Đồng chí Hà Đức Quảng")
    assert article.published is not None
    assert article.published.day.isoformat() == "2025-07-04"  # not the clock of the header
    assert "TRANG CHỦ" not in article.body
    assert all(row.outcome for row in rows)
    assert not [path for path in phu_tho.asked if "dang" in path]
