"""A site whose articles all carry the same lines: learned in the first night, taken out, never an edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.cli.main import run
from storage.articles import boilerplate_lines, changes
from storage.database.engine import open_database, reading
from tests.stand_in_server import (
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    StandInServer,
    article_page,
    running_server,
    stand_in_profile,
)

LAYOUT = [{"title": ["h1"], "body": ["div.noidung"], "date": {"css": ".ngay"}}]
TICKER = "<p>Đường dây nóng tư vấn pháp luật: 0209 000 111</p>"


class Site:
    """Fifteen articles, and more from the second night on; the counter runs at every request."""

    def __init__(self) -> None:
        self.articles, self.views = 15, 0

    def __call__(self, asked: ReceivedRequest) -> SiteReply:
        self.views += 7
        if asked.path == "/robots.txt":
            return SiteReply("", status=404)
        if asked.path == "/":
            links = "".join(f'<a href="/bai-{n}.html">Tin {n}</a>' for n in range(1, self.articles + 1))
            return SiteReply(f"<html><h1>Tin tức</h1>{links}</html>")
        page = article_page(int(asked.path.removeprefix("/bai-").removesuffix(".html")))
        own = f"{TICKER}<p>Bài viết đã được {self.views} lượt bạn đọc quan tâm</p></div>"
        return SiteReply(page.replace("</div></body>", own + "</body>"))


def told(archive: CrawlArchive) -> list[str]:
    engine = open_database(f"sqlite:///{archive.data.absolute() / 'archive.db'}")
    with reading(engine) as connection:
        found = [change.kind.value for change in changes.read(connection)]
    engine.dispose()
    return found


def bodies(archive: CrawlArchive) -> str:
    return "\n".join(article.body for article in archive.articles())


@pytest.fixture
def archive(tmp_path: Path) -> CrawlArchive:
    return CrawlArchive(tmp_path)


def nights(archive: CrawlArchive, server: StandInServer, site: Site) -> None:
    profile = stand_in_profile(layout=LAYOUT, every="1h")
    assert archive.crawl(server, profile).healthy
    site.articles = 18
    assert archive.crawl(server, profile, night="two").healthy


def test_lines_of_every_article_are_learned_and_no_edit_is_told(
    archive: CrawlArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site()
    with running_server(site) as server:
        nights(archive, server, site)
    assert len(archive.articles()) == 18
    assert "Đường dây nóng" not in bodies(archive)
    assert "lượt bạn đọc" not in bodies(archive)
    assert bodies(archive).count("tổ chức hội nghị") == 3 * 18
    assert told(archive).count("re_extracted") == 15
    assert "revised" not in told(archive)
    folder = archive.data / "sites"
    folder.mkdir()
    (folder / "cong_doan.toml").write_text(PROFILE, encoding="utf-8")
    command = ["--data", str(archive.data), "--sites", str(folder)]
    assert run([*command, "site", "boilerplate", "cong_doan"]) == 0
    shown = capsys.readouterr().out
    assert "0209 000 111" in shown
    key = next(line.split()[0] for line in shown.splitlines() if "0209" in line)
    assert run([*command, "site", "boilerplate", "cong_doan", "--text", key]) == 0
    capsys.readouterr()
    assert run([*command, "reprocess", "cong_doan"]) == 0
    assert "18 articles changed" in capsys.readouterr().out
    assert bodies(archive).count("Đường dây nóng") == 18, "put back from the captures"
    assert "lượt bạn đọc" not in bodies(archive)
    assert run([*command, "reprocess", "cong_doan"]) == 0
    assert "0 articles changed" in capsys.readouterr().out
    assert run([*command, "site", "boilerplate", "cong_doan", "--text", "nothing"]) == 1


def test_what_is_interrupted_has_learned_nothing(
    archive: CrawlArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr("crawler.reprocess.boilerplate_removal.settle", broken)
    with running_server(Site()) as server:
        archive.crawl(server, stand_in_profile(layout=LAYOUT, every="1h"))
    engine = open_database(f"sqlite:///{archive.data.absolute() / 'archive.db'}")
    with reading(engine) as connection:
        assert boilerplate_lines.learned_lines(connection, "cong_doan") == ()
    engine.dispose()
    assert "re_extracted" not in told(archive)


PROFILE = """name = "Liên đoàn Lao động huyện Mẫu"
domain = "cong-doan.example"
level = "district"
status = "unidentified"
verified = "made up for the tests"
seeds = ["https://cong-doan.example/"]
[urls]
article = ['/bai-\\d+\\.html$']
[[layout]]
title = ["h1"]
body = ["div.noidung"]
date = { css = ".ngay" }
"""
