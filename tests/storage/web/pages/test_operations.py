"""The operator's page: nights, sites in trouble, and proposals judged as `congdoan site judge` does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run, RunEnding
from storage.runs.status_reviews import NightNotice, ReviewDecision, StatusReview
from storage.web.roles import Role
from storage.web.settings import WebSettings
from tests.storage.web.pages.test_collections import OURS, signed_in
from tests.storage.web.pages.test_pages import flat
from tests.storage.web.sample_archive import NOW, publish

HEALTH = {
    "failing": {"kind": "moved", "advice": "check whose it is"},
    "findings": [{"sign": "silent", "alarm": False, "advice": "unheard"}],
    "since": "dem-1",
}


def trouble(engine: Engine) -> int:
    """A night with a site in trouble, and a proposal; the proposal's number."""
    with engine.begin() as connection:
        for site, healthy in (("thudo", True), ("huyen", False)):
            negotiate_language = Run(
                0, site, "dem-2", NOW, NOW + timedelta(days=1), None, 1, False, None, None, None
            )
            begun = runs.begin_run(connection, negotiate_language)
            report = {"problems": ["everybody is <sent> to dich.example"], "health": HEALTH}
            counts = {"new": 1200, "failed": 3}
            end = RunEnding(
                NOW + timedelta(days=1, hours=2), "finished", healthy, counts, {} if healthy else report
            )
            runs.finish_run(connection, begun.id, end)
        evidence = ("three visits were <sent> elsewhere",)
        proposal = StatusReview(0, "huyen", "dark", "moved", evidence, begun.id, NOW, None, None, None)
        assert judgements.propose_status(connection, proposal)
        judgements.save_notice(connection, NightNotice("dem-2", NOW, False, "target alarm: not taken", {}))
        return judgements.open_proposals(connection)[0].id


@pytest.fixture
def troubled(archive: Engine, tmp_path: Path) -> Iterator[tuple[Engine, WebSettings, int]]:
    (tmp_path / "warc").mkdir()
    settings = publish(archive, tmp_path / "warc")
    yield archive, settings, trouble(archive)


def operator(troubled: tuple[Engine, WebSettings, int]) -> TestClient:
    return signed_in(troubled[:2], "mai", Role.OPERATOR)


def test_the_page_tells_nights_trouble_and_proposals(troubled: tuple[Engine, WebSettings, int]) -> None:
    reader = operator(troubled)
    assert 'href="/operation"' in reader.get("/").text
    text = flat(reader.get("/operation"))
    assert "The last message, of the night dem-2, did not arrive. target alarm: not taken" in text
    assert "1 proposal to judge Liên đoàn Lao động huyện Ba Bể" in text
    assert "three visits were &lt;sent&gt; elsewhere" in text
    assert "2 sites in trouble Liên đoàn Lao động huyện Ba Bể" in text
    assert "everybody is &lt;sent&gt; to dich.example" in text
    assert "moved : check whose it is" in text
    assert "unheard" not in text
    assert "in trouble since the night dem-1" in text
    assert "dem-2 3 March 2026, 01:00 3 March 2026, 03:00 2" in text
    assert "! 1 2,400" in text
    assert "dem-1" in text
    told = flat(reader.get("/operation?lang=vi"))
    assert "đã chuyển sang tên miền khác : trang đưa mọi người sang tên miền khác" in told
    assert "check whose it is" not in told


@pytest.mark.parametrize(
    ("word", "decision"), [("accept", ReviewDecision.ACCEPTED), ("refuse", ReviewDecision.REFUSED)]
)
def test_a_proposal_is_judged_once(
    troubled: tuple[Engine, WebSettings, int], word: str, decision: ReviewDecision
) -> None:
    engine, _, number = troubled
    reader = operator(troubled)
    at = f"/operation/judge/{number}"
    page = reader.post(at, data={"word": word, "note": " asked <them> "}, headers=OURS)
    text = flat(page)
    assert "0 proposals to judge" in text
    assert f"huyện Ba Bể : {decision.value} (" in text
    assert "asked &lt;them&gt;" in text
    assert ('status = "moved"' in text) == (word == "accept")
    with engine.connect() as connection:
        (kept,) = judgements.read_reviews(connection, "huyen")
        assert (kept.decision, kept.note) == (decision, "asked <them>")
    assert reader.post(at, data={"word": "refuse"}, headers=OURS).status_code == 404, "it is judged"
    assert reader.post(at, data={"word": "burn"}, headers=OURS).status_code == 404


def test_what_is_flagged_is_called_usual(troubled: tuple[Engine, WebSettings, int]) -> None:
    engine, _, _ = troubled
    reader = operator(troubled)
    text = flat(reader.post("/operation/usual", data={"site": "huyen", "note": "so"}, headers=OURS))
    assert "1 site in trouble" in text
    assert "Liên đoàn Lao động huyện Ba Bể : called usual" in text
    assert "No site needs a person." in flat(
        reader.post("/operation/usual", data={"site": "backan"}, headers=OURS)
    )
    with engine.connect() as connection:
        newest = runs.newest_run(connection, "huyen")
        assert newest
        assert judgements.baseline_run(connection, "huyen") == newest.id
        assert judgements.read_reviews(connection, "huyen")[0].was == "dark"
    for site in ("khong_co", "x" * 81):
        assert reader.post("/operation/usual", data={"site": site}, headers=OURS).status_code == 404


def test_it_is_the_operators_alone_and_of_our_own_forms(troubled: tuple[Engine, WebSettings, int]) -> None:
    engine, _, number = troubled
    curator = signed_in(troubled[:2], "lan", Role.CURATOR)
    assert "/operation" not in curator.get("/").text
    at = f"/operation/judge/{number}"
    assert curator.get("/operation").status_code == 403
    assert curator.post(at, data={"word": "accept"}, headers=OURS).status_code == 403
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert operator(troubled).post(at, data={"word": "accept"}, headers=headers).status_code == 403
        assert (
            operator(troubled).post("/operation/usual", data={"site": "huyen"}, headers=headers).status_code
            == 403
        )
    with engine.connect() as connection:
        assert judgements.open_proposals(connection)


def test_an_empty_archive_has_the_page_too(archive: Engine, tmp_path: Path) -> None:
    reader = signed_in((archive, WebSettings(tmp_path)), "mai", Role.OPERATOR)
    assert "There was no night yet." in flat(reader.get("/operation"))
    assert reader.get("/operation?lang=vi").status_code == 200
