"""Relayouts, outages and take-overs on a replica: each is flagged at its first visit, with its class."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crawler.demo.pages import Reply, SitePages
from crawler.demo.server import ReplicaServer
from crawler.night.run import NightResult
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading
from storage.runs import runs
from storage.runs import status_reviews as judgements

SITE = "congdoanbackan"
SCALE = 0.03
Crawl = Callable[..., NightResult]
CASINO = """<html lang="vi"><head><title>Nhà cái uy tín số 1</title></head><body><h1>Nhà cái uy tín</h1>
<p>Casino trực tuyến, tài xỉu, nổ hũ, baccarat, kèo nhà cái hôm nay. Nạp tiền nhanh, rút tiền nhanh.</p>
<p>Đăng ký nhận thưởng, jackpot, bắn cá, lô đề online mỗi ngày.</p></body></html>"""
FOR_SALE = """<html><head><title>This domain is for sale</title></head>
<body><h1>Buy this domain</h1><p>The domain name is for sale. Make an offer.</p></body></html>"""


class Rebuilt(ReplicaServer):
    """A replica whose pages can be changed on their way out."""

    change: Callable[[str], str] | None = None
    changed: type[Changed] | None = None

    def pages(self, key: str) -> Any:
        whole = super().pages(key)
        return (self.changed or Changed)(whole, self.change) if self.change else whole


class Changed:
    def __init__(self, whole: SitePages, change: Callable[[str], str]) -> None:
        self._whole, self._change = whole, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def reply(self, target: str) -> Reply:
        reply = self._whole.reply(target)
        if "html" not in reply.content_type:
            return reply
        text = self._change(reply.body.decode("utf-8"))
        return replace(reply, body=text.encode("utf-8"), etag=None, modified=None)


def renamed(text: str) -> str:
    """The same structure under new class names."""
    return re.sub(r'class="([^"]+)"', lambda found: f'class="v2-{found[1].replace(" ", " v2-")}"', text)


def emptied(text: str) -> str:
    """The same page whose links lead to no article."""
    return re.sub(r'href="[^"]*bai-viet[^"]*"', 'href="/lien-he"', text)


def instead(page: str) -> Callable[[str], str]:
    return lambda _: page


@pytest.fixture
def server() -> Any:
    with Rebuilt(1, scale=SCALE, sites=[SITE]) as running:
        yield running


def health(result: NightResult) -> dict[str, Any]:
    (run,) = result.runs
    return dict((run.report or {})["health"])


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (renamed, "layout_changed"),
        (instead(CASINO), "hijacked"),
        (instead(FOR_SALE), "parked"),
        (emptied, "empty_listing"),
    ],
)
def test_pages_that_are_others_than_before_are_flagged_at_once_with_their_class(
    server: Rebuilt,
    crawled: Crawl,
    engine: Engine,
    profiles: dict[str, SiteProfile],
    change: Callable[[str], str],
    failing: str,
) -> None:
    first = crawled(server, [profiles[SITE]])
    assert first.healthy, first.runs[0].report
    assert health(first)["verdict"] == "well"
    server.change = change
    second = crawled(server, [profiles[SITE]], night="two", revisit_all=True)
    told = health(second)
    assert not second.healthy
    assert told["failing"]["kind"] == failing, told
    assert told["failing"]["advice"]
    assert told["since"] == "two"
    if failing == "layout_changed":
        (found,) = [each for each in told["findings"] if each["sign"] == "layout"]
        assert found["then"]["capture"].startswith("run 1,")
        assert found["now"]["capture"].startswith("run 2,")
        assert found["now"]["rules lost"]
        assert found["examples"]


def test_a_quiet_second_night_is_well_and_a_recovered_site_is_told(
    server: Rebuilt, crawled: Crawl, engine: Engine, profiles: dict[str, SiteProfile]
) -> None:
    crawled(server, [profiles[SITE]])
    assert health(crawled(server, [profiles[SITE]], night="two", revisit_all=True))["verdict"] == "well"
    server.change = emptied
    assert health(crawled(server, [profiles[SITE]], night="three"))["verdict"] == "trouble"
    server.change = None
    assert health(crawled(server, [profiles[SITE]], night="four"))["verdict"] == "well"


class Homely(Changed):
    """Whatever is asked, the front page comes, with its menus and its newest articles, and says 200."""

    def reply(self, target: str) -> Reply:
        return replace(self._whole.reply("/"), etag=None, modified=None)


def test_a_site_whose_every_address_shows_its_front_page_is_flagged(
    server: Rebuilt, crawled: Crawl, profiles: dict[str, SiteProfile]
) -> None:
    for day in range(3):
        assert health(crawled(server, [profiles[SITE]], night=str(day), days=day))["verdict"] == "well"
    server.changed, server.change = Homely, str
    nights = [health(crawled(server, [profiles[SITE]], night=str(day), days=day)) for day in (3, 4, 5)]
    told = next(each["failing"] for each in nights if each["failing"])
    assert told["kind"] == "soft_404", told
    assert "one and the same page" in told["evidence"][0]


@pytest.mark.parametrize(
    ("fault", "failing"),
    [("403", "wall"), ("503", "robots"), ("soft-404", "soft_404")],
)
def test_outages_are_classified_with_evidence(
    server: Rebuilt, crawled: Crawl, profiles: dict[str, SiteProfile], fault: str, failing: str
) -> None:
    crawled(server, [profiles[SITE]])
    server.faults[SITE, "*"] = fault
    told = health(crawled(server, [profiles[SITE]], night="two"))
    assert told["failing"]["kind"] == failing, told
    assert told["failing"]["evidence"]


def test_a_server_that_is_off_is_refused_and_nothing_is_proposed_within_a_day(
    server: Rebuilt, crawled: Crawl, engine: Engine, profiles: dict[str, SiteProfile], tmp_path: Path
) -> None:
    live = profiles[SITE].model_copy(update={"status": "live"})
    crawled(server, [live])
    server.change = instead(CASINO)
    for night in ("two", "three"):
        crawled(server, [live], night=night)
    with reading(engine) as connection:
        newest = runs.newest_run(connection, SITE)
        proposed = judgements.open_proposals(connection)
    assert newest and newest.report
    assert proposed == ()
    address = dict(server.dial)

    class Dead:
        dial = address

    server.stop()
    told = health(crawled(Dead(), [live], night="four"))
    assert told["failing"]["kind"] == "refused", told
    server.start()
