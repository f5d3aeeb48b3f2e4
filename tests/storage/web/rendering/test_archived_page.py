"""Stored pages made fit to look at: whatever their bytes, quickly, and without what acts."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.web.cache import TtlCache
from storage.web.pages.search_results import split_highlights
from storage.web.rendering.archived_page import html_content_type, image_urls, rewrite_archived_page

HOME = "https://mau.example/tin/bai.html"
PIECES = (
    b"<",
    b">",
    b"<img ",
    b"<a ",
    b"<script",
    b"</script",
    b" src=",
    b" href=",
    b'"',
    b"'",
    b"\xff",
    b"=",
    b" ",
)


@pytest.mark.parametrize(
    ("page", "pictures"),
    [
        (b'<img src="a.jpg">', ("https://mau.example/tin/a.jpg",)),
        (b"<IMG alt=x SRC=/b.png >", ("https://mau.example/b.png",)),
        (b'<base href="https://khac.example/x/"><img src=c.gif>', ("https://khac.example/x/c.gif",)),
        (
            b"<img src='cho.gif' data-src='that.jpg'>",
            ("https://mau.example/tin/that.jpg", "https://mau.example/tin/cho.gif"),
        ),
        ('<img src="ảnh.jpg?a=1&amp;b=2">'.encode(), ("https://mau.example/tin/ảnh.jpg?a=1&b=2",)),
        (b'<img src="data:image/png;base64,AA"><img src="http://[::1">', ()),
    ],
)
def test_pictures_of_a_page_by_address(page: bytes, pictures: tuple[str, ...]) -> None:
    assert image_urls(page, HOME) == pictures
    ours = {address: f"/file/{at}" for at, address in enumerate(pictures)}
    shown = rewrite_archived_page(page, HOME, ours)
    assert all(b"/file/" in shown for _ in pictures[:1])
    assert b"cho.gif" not in shown


@pytest.mark.parametrize(
    ("page", "left"),
    [
        (b"<p>A</p><script>evil()</script><p>B</p>", b"<p>A</p><p>B</p>"),
        (b"<p>A</p><SCRIPT src=x>never closed", b"<p>A</p>"),
        (b'<META HTTP-EQUIV="Refresh" content="0;url=/x">A', b"A"),
        (
            b'<a class="x" href="https://live.example">A</a>',
            b'<a class="x" data-href="https://live.example">A</a>',
        ),
        (b"<noscript><p>A</p></noscript>", b"<p>A</p>"),
        (b"<iframe src=x></iframe><embed src=y>A", b"A"),
        ("Chữ \u1ea5y".encode("cp1258", "replace"), "Chữ \u1ea5y".encode("cp1258", "replace")),
    ],
)
def test_what_acts_is_taken_out_and_the_rest_left_as_it_is(page: bytes, left: bytes) -> None:
    assert rewrite_archived_page(page, HOME, {}) == left


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=60).map(b"".join))
def test_no_bytes_break_it(page: bytes) -> None:
    kept = dict.fromkeys(image_urls(page, HOME), "/file/1")
    assert not re.search(rb"<script[\s/>]", rewrite_archived_page(page, HOME, kept).lower())


@pytest.mark.parametrize(
    "piece", [b"<a ", b"<img ", b"<script>", b"<meta ", b"<base ", b'<img src="', b" src=", b"<a x "]
)
def test_a_hostile_page_takes_no_longer_than_another(piece: bytes) -> None:
    page = piece * (400_000 // len(piece))
    begun = time.process_time()
    rewrite_archived_page(page, HOME, dict.fromkeys(image_urls(page, HOME), "/file/1"))
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("text/html; charset=windows-1258", "text/html; charset=windows-1258"),
        ("text/html", "text/html"),
        (None, "text/html"),
        ("text/html; charset=x\r\nSet-Cookie: a", "text/html; charset=x"),
        ("image/svg+xml; charset=utf-8", "text/html; charset=utf-8"),
    ],
)
def test_a_page_is_html_in_the_charset_its_server_told(told: str | None, shown: str) -> None:
    assert html_content_type(told) == shown


@given(st.text(max_size=30), st.data())
def test_pieces_are_the_whole_text(text: str, data: st.DataObject) -> None:
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False) if a < b]
    assert "".join(piece for piece, _ in split_highlights(text, spans)) == text


def test_figures_are_counted_once_a_minute() -> None:
    now, counted = [0.0], list[float]()
    memory = TtlCache(lambda: now[0])
    for now[0] in (0, 30, 60, 61, 100):
        memory.get_or_compute("held", lambda: counted.append(now[0]))
    assert counted == [0, 61]
