"""The passage that shows why an article was found: a file's only when the article does not say it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from storage.articles import file_links, files
from storage.articles import queries as catalogue
from storage.articles.files import DownloadedFile
from storage.articles.passages import passage
from storage.records import FileReading, FileStatus, OfferedFile, UrlKind
from storage.search.query.parse import parse
from tests.storage.copied_articles import DAY, Press

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAPER = "https://backan.example/ke-hoach.pdf"


@pytest.mark.parametrize(
    ("typed", "file", "shown"),
    [
        ("mái ấm", None, "Trao mái ấm"),
        ("dự toán", "Kế hoạch", "dự toán năm 2022"),
        ("file:mái", "Kế hoạch", "Kinh phí mái ấm"),
        ("title:bài", None, "Trao mái ấm"),
        ("vắng mặt", None, "Trao mái ấm"),
    ],
)
def test_which_text_is_shown(archive: Engine, typed: str, file: str | None, shown: str) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        number = press.prints("backan", DAY, "Trao mái ấm công đoàn.")
        url = "https://backan.example/1"
        file_links.link_to_article(
            connection, "backan", url, number, [OfferedFile(PAPER, UrlKind.ATTACHMENT, "Kế hoạch")], NOW
        )
        read = FileReading(FileStatus.READ, "pdf", "Kinh phí mái ấm: dự toán năm 2022.", pages=1)
        files.store_file(
            connection, DownloadedFile("backan", PAPER, UrlKind.ATTACHMENT, "d", 9, "x/y", None, NOW), read, 1
        )
        page = catalogue.current_revisions(connection, [number])[number].article
        name, window = passage(connection, parse(typed), number, page)
    assert name == file
    assert shown in window.text
