from __future__ import annotations

import pytest

from spiders.outlinks import union_outlink


@pytest.mark.parametrize(
    ("url", "text", "reason"),
    [
        ("https://congdoanninhbinh.example/", "Trang chủ", "host"),
        ("http://www.ldldtinhmoi.example/tin", "", "host"),
        ("https://cdyt.org.vn/", "", "host"),
        ("https://baomoi.example/x", "LĐLĐ tỉnh Hà Giang", "text"),
        ("https://tinh.example/", "Liên đoàn  Lao động tỉnh", "text"),
        ("https://tinh.example/", "CÔNG ĐOÀN NGÀNH", "text"),
        ("https://tinh.example/", "Cổng thông tin điện tử", None),
        ("https://www.facebook.com/congdoan", "Công đoàn trên Facebook", None),
        ("https://dulich.example/", "Đoàn công tác", None),
        ("", "Công đoàn", None),
    ],
)
def test_what_looks_like_a_union(url: str, text: str, reason: str | None) -> None:
    found = union_outlink(url, text, "https://biet.example/")
    assert (found.reason if found else None) == reason
    if found:
        assert not found.host.startswith("www.")
        assert found.found_on == "https://biet.example/"
