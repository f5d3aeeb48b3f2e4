"""Shells of scripts are told from pages that say something."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from spiders.profile.site_profile import Fetch
from spiders.responses.js_shell import is_js_shell


@pytest.mark.parametrize(
    ("body", "shell"),
    [
        ("<body><div id='app'></div><script src='/a.js'></script></body>", True),
        ("<noscript>Vui lòng bật JavaScript để xem trang này</noscript><script></script>", True),
        ("<title>Tin tức công đoàn</title><style>a {}</style><SCRIPT>let a = '<a href=/b>'</SCRIPT>", True),
        ("<!-- <a href='/cu'> --><p>Đang tải…</p><script></script>", True),
        ("<div id='app'></div>", False),  # nothing would fill it
        ("<a href='/tin-tuc'>Tin tức</a><script></script>", False),
        ("<form action='/tim'></form><script></script>", False),
        (f"<p>{'Công đoàn cơ sở. ' * 20}</p><script></script>", False),
        ("<rss><channel></channel></rss>", False),
        ("", False),
    ],
)
def test_a_shell_has_scripts_and_nothing_else(body: str, shell: bool) -> None:
    assert is_js_shell(body.encode()) is shell


@pytest.mark.parametrize("told", [{"wait": ".tin"}, {"browser_hosts": ["api.cong-doan.example"]}])
def test_what_only_a_browser_uses_needs_one(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="without `browser = true`"):
        Fetch.model_validate(told)
    assert Fetch.model_validate({**told, "browser": True}).browser
