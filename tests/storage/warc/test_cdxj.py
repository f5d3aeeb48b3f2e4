"""Index lines as the usual tools make them (the keys were compared with the `surt` package 0.3.1)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from storage.warc.cdxj import cdxj
from storage.warc.exchange import Exchange, Original
from storage.warc.payload_digest import sha1_label
from storage.warc.surt import surt
from storage.warc.write import WarcWriter

NOW = datetime(2026, 10, 3, 6, 15, 30, 999999, tzinfo=timezone(timedelta(hours=7)))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.tin.example.vn/Tin-Tuc/?b=2&a=1", "vn,example,tin)/tin-tuc?a=1&b=2"),
        ("http://WWW2.example.vn:80", "vn,example)/"),
        ("https://example.vn:8443/a/../b//c/./d/#top", "vn,example:8443)/b/c/d"),
        ("http://127.0.0.1:8001/?", "1,0,0,127:8001)/"),
        ("https://u:p@example.vn/b%C3%A0i%20vi%E1%BA%BFt", "vn,example)/b%c3%a0i%20vi%e1%ba%bft"),
        ("https://công-đoàn.vn/", "vn,xn--cng-on-mta9myk)/"),
        (
            "http://example.vn/x.aspx?q=%2541&ASPSESSIONIDabcdefgh=ABCDEFGHIJKLMNOPQRSTUVWX",
            "vn,example)/x.aspx?&q=a",
        ),
        ("http://example.vn/(S(abcdefghijklmnopqrstuvwx))/tin.aspx", "vn,example)/tin.aspx"),
        ("http://example.vn/?PHPSESSID=0123456789abcdef0123456789abcdef", "vn,example)/"),
        ("urn:khong-phai-url", "urn:khong-phai-url"),
    ],
)
def test_keys(url: str, key: str) -> None:
    assert surt(url) == key


def test_lines(tmp_path: Path) -> None:
    out = WarcWriter(tmp_path, "night", software="congdoan/0.1")
    html = (("Content-Type", "text/html; charset=utf-8"),)
    first = out.write(Exchange("GET", "https://www.example.vn/A", (), 200, "OK", html, b"Mai am", NOW))
    same = Original(first.record_id, first.payload_digest, first.url, first.fetched_at)
    out.write(Exchange("GET", "https://www.example.vn/A", (), 200, "OK", html, b"Mai am", NOW), same)
    out.write(Exchange("GET", "http://example.vn/b", (), 404, "No", (), b"", NOW, dialled="127.0.0.1:8001"))
    out.close()
    lines = [line.split(" ", 2) for line in cdxj(tmp_path / first.warc_file)]
    assert [line[:2] for line in lines] == [
        ["vn,example)/a", "20261002231530"],
        ["vn,example)/a", "20261002231530"],
        ["vn,example)/b", "20261002231530"],
    ]
    fields = [json.loads(line[2]) for line in lines]
    assert fields[0] == {
        "url": "https://www.example.vn/A",
        "mime": "text/html",
        "status": "200",
        "digest": sha1_label(b"Mai am"),
        "length": str(first.length),
        "offset": str(first.offset),
        "filename": "night-00000.warc.gz",
    }
    assert (fields[1]["mime"], fields[1]["digest"]) == ("warc/revisit", sha1_label(b"Mai am"))
    assert (fields[2]["mime"], fields[2]["status"], fields[2]["dialled"]) == ("unk", "404", "127.0.0.1:8001")
