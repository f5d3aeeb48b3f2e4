"""Pages and profiles in the manner of the five seed systems."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.items import Hints, Page
from spiders.profile.site_profile import SiteProfile

FIXTURES = Path(__file__).parent / "fixtures"
LAYOUTS: dict[str, dict[str, Any]] = {
    "huyen": {
        "title": ["div.tieude"],
        "lead": ["div.trichdan"],
        "body": ["div.noidung"],
        "date": {"css": "div.ngaydang", "form": "dd/MM/yyyy"},
        "author": {"last_line": True},
        "section": ["div.chuyenmuc span"],
    },
    "van_phong": {"body": ["div.field-body"], "caption": ["em.chuthich"]},
    "bac_kan": {
        "title": ["div.post h1"],
        "body": ["div.content-detail"],
        "date": {"css": "p.time", "form": "HH:mm - dd/MM/yyyy"},
        "author": {"last_line": True, "unit": True},
    },
    "thu_do": {
        "lead": ["div.article-desc"],
        "body": ["#__MB_MASTERCMS_EL_3"],
        "date": {"css": ".article-date"},
        "author": {"css": ".article-author"},
    },
    "ha_noi": {"lead": ["div.summary"], "body": ["div.content"], "author": {"last_line": True}},
    "bare": {},
}
PageOf = Callable[..., Page]
ProfileOf = Callable[..., SiteProfile]


@pytest.fixture(scope="session")
def profile_of() -> ProfileOf:
    def build(name: str = "bare", **more: Any) -> SiteProfile:
        tables = {
            "key": name,
            "name": "Liên đoàn Lao động",
            "domain": "cong-doan.example",
            "level": "district",
            "verified": "fixture",
            "seeds": ["https://cong-doan.example/"],
            "layout": [LAYOUTS[name]],
        }
        return SiteProfile.model_validate({**tables, **more})

    return build


@pytest.fixture(scope="session")
def page_of() -> PageOf:
    def build(
        body: bytes | str,
        *,
        path: str = "/tin/bai-1.html",
        content_type: str | None = "text/html",
        **hints: Any,
    ) -> Page:
        if isinstance(body, str) and body in LAYOUTS and (FIXTURES / f"{body}.html").exists():
            body = (FIXTURES / f"{body}.html").read_bytes()
        return Page(
            site="cong_doan",
            url=f"https://cong-doan.example{path}",
            final_url=f"https://cong-doan.example{path}",
            kind="article",
            status=200,
            headers=(("content-type", content_type),) if content_type else (),
            body=body.encode() if isinstance(body, str) else body,
            fetched_at=datetime(2026, 1, 5, 20, 0, tzinfo=UTC),
            hints=Hints(**hints),
        )

    return build
