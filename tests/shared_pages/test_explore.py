"""`site new` on real saved pages: a mirror whose articles were not kept, and a draft without any."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.ingest.saved_pages import explore_saved
from spiders.explore.write_profile import ProfileProposal, propose_profile
from tests.paths import SHARED


def explored(name: str, url: str) -> ProfileProposal:
    folder = SHARED / "pages" / name
    if not folder.exists():
        pytest.skip(f"{folder} absent")
    return propose_profile(explore_saved(folder, url, datetime(2026, 1, 1, tzinfo=UTC)).survey, {})


def test_the_portal_s_articles_are_known_by_their_headlines_and_asked_for() -> None:
    found = explored("hanoi-portal", "https://sotttt.hanoi.gov.vn/")
    assert found.article[0] == r"^/[^/]+/-/view_content/\d+-[^/]+$"
    assert {"https://sotttt.hanoi.gov.vn/pctn", "https://sotttt.hanoi.gov.vn/cong-nghe-thong-tin"} <= {
        section.url for section in found.sections
    }
    assert not [section.url for section in found.sections if "?" in section.url or ".html" in section.url]
    assert found.item == ".asset-bounddary"
    assert found.item_date == ".block_timer"
    assert "no page of one was had" in found.doubts[0]


def test_the_draft_s_headlines_lead_nowhere() -> None:
    found = explored("ldld-phutho", "https://congdoanphutho.example/")
    assert found.article == ()
    assert "45 headlines are links to nowhere" in found.doubts[0]
