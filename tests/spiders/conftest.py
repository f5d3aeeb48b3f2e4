from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from spiders.items import LinkKind, Page
from spiders.profile.site_profile import SiteProfile
from tests.paths import SHARED

MakeProfile = Callable[..., SiteProfile]
MakePage = Callable[..., Page]


def _profile(**over: Any) -> SiteProfile:
    told = {
        "key": "mau",
        "name": "Liên đoàn Lao động tỉnh Mẫu",
        "domain": "congdoanmau.org.vn",
        "level": "province",
        "verified": "made up for the tests",
        "seeds": ("https://congdoanmau.org.vn/",),
    }
    return SiteProfile.model_validate(told | over)


def _page(
    body: bytes | str,
    kind: LinkKind = "listing",
    url: str = "https://congdoanmau.org.vn/tin-tuc",
    content_type: str = "text/html; charset=utf-8",
    **over: Any,
) -> Page:
    return Page(
        site="mau",
        url=url,
        final_url=over.pop("final_url", url),
        kind=kind,
        status=200,
        headers=(("content-type", content_type),),
        body=body.encode() if isinstance(body, str) else body,
        fetched_at=datetime(2026, 3, 1, 20, tzinfo=UTC),
        **over,
    )


@pytest.fixture(scope="session")
def make_profile() -> MakeProfile:
    return _profile


@pytest.fixture(scope="session")
def make_page() -> MakePage:
    return _page


@pytest.fixture(scope="session")
def seen_article_urls() -> list[str]:
    path = SHARED / "sites.jsonl"
    if not path.is_file():
        pytest.skip(f"{path.name}: material beside the repository absent")
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return [url for row in rows for url in row["article_urls_seen"]]


@pytest.fixture(scope="session")
def trap_paths() -> list[str]:
    path = SHARED / "pages" / "hanoi-portal" / "trap_paths.txt"
    if not path.is_file():
        pytest.skip(f"{path.name}: material beside the repository absent")
    return path.read_text(encoding="utf-8").splitlines()
