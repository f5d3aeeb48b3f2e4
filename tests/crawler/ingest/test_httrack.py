"""A site saved by HTTrack is explored under the addresses it was copied from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.ingest.httrack import HttrackMirror, mirrored_from
from crawler.ingest.saved_pages import explore_saved
from spiders.explore.write_profile import propose_profile

HOST = "https://congdoan.example"
NOTE = "<!-- Mirrored from congdoan.example{} by HTTrack Website Copier/3.x [XR&CO'2014], Sat, 27 Aug -->"
KNOWN = {
    "web/index.html": f"{HOST}/",
    "web/tin.html": f"{HOST}/tin",
    "web/tin4f1a.html": f"{HOST}/tin?id=4&cur=2",
    "web/a/b.html": f"{HOST}/a/b",
}
HEADS = (
    "Hội nghị người lao động của đơn vị",
    "Đại hội công đoàn cơ sở nhiệm kỳ mới",
    "Tháng công nhân ở cơ sở",
)


def test_the_note_names_the_page_a_file_was_copied_from() -> None:
    assert mirrored_from(NOTE.format("/tin?id=4&cur=2").encode()) == "congdoan.example/tin?id=4&cur=2"
    assert mirrored_from(b"<html><p>Mirrored from congdoan.example/tin</p>") is None


@pytest.mark.parametrize(
    ("file", "href", "restored"),
    [
        ("web/index.html", "tin4f1a.html?id=4&amp;cur=2", f"{HOST}/tin?id=4&amp;cur=2"),
        ("web/index.html", "tin8c2e.html?id=9", f"{HOST}/tin?id=9"),  # not saved: its salt is taken off
        ("web/a/b.html", "../tin.html", f"{HOST}/tin"),
        ("web/a/b.html", "../tin/-/bai-so-12.html", f"{HOST}/tin/-/bai-so-12"),
        ("web/a/b.html", "anh.png", f"{HOST}/a/anh.png"),
        ("web/a/b.html", "../../khac.example/x.html", "../../khac.example/x.html"),  # another host's folder
        ("web/a/b.html", "#dau", "#dau"),
        ("web/a/b.html", "https://khac.example/tin.html", "https://khac.example/tin.html"),
        ("web/a/b.html", "javascript:;", "javascript:;"),
        ("web/a/b.html", "http://[x", "http://[x"),
    ],
)
def test_links_are_put_back(file: str, href: str, restored: str) -> None:
    mirror = HttrackMirror.from_pairs(KNOWN, HOST)
    body = mirror.restore_links(file, f'<a class="x" href="{href}">Tin tức</a>'.encode())
    assert body.decode() == f'<a class="x" href="{restored}">Tin tức</a>'


def test_a_mirror_that_kept_the_endings_keeps_them() -> None:
    mirror = HttrackMirror.from_pairs({"tin/a.html": f"{HOST}/tin/a.html", "b.html": f"{HOST}/b.html"}, HOST)
    assert mirror.address("tin/c.html", "") == f"{HOST}/tin/c.html"


def test_articles_that_were_not_saved_are_believed_by_their_headlines_and_asked_for(tmp_path: Path) -> None:
    for page, first in (("index", 1), ("tin", 20), ("nu-cong", 40)):
        links = "".join(
            f'<p class="e"><a href="tin/-/view/{n}-bai-viet-so-{n}.html">{HEADS[n % 3]} lần {n}</a></p>'
            for n in range(first, first + 12)
        )
        here = "/" if page == "index" else f"/{page}"
        menu = '<a href="tin.html">Tin</a> <a href="nu-cong.html">Nữ công</a>'
        path = tmp_path / "web" / f"{page}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"<html>{NOTE.format(here)}<body>{menu}{links}</body></html>", encoding="utf-8")
    explored = explore_saved(tmp_path, f"{HOST}/", datetime(2026, 1, 1, tzinfo=UTC))
    found = propose_profile(explored.survey, {})
    assert found.article == (r"^/tin/-/view/\d+-[^/]+$",)
    assert {section.url for section in found.sections} == {f"{HOST}/tin", f"{HOST}/nu-cong"}
    assert "36 headlines lead to addresses like" in found.doubts[0]
