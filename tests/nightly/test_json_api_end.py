"""What an API answers past its last page ends the list; it is no failed visit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from pipelines.judge import StoredState, judge_status
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from spiders.site_spider import SiteSpider
from storage.records import Outcome

API = "https://congdoanmau.example/api/tin"


def page_of(url: str, status: int, rule: dict[str, Any] | None, kind: str = "listing") -> Page:
    told = {
        "key": "mau",
        "name": "Mẫu",
        "domain": "congdoanmau.example",
        "level": "office",
        "verified": "made up",
        "seeds": (API,),
        "listing": {"json": rule} if rule else {},
    }
    spider = SiteSpider(name="mau", profile=SiteProfile.model_validate(told))
    meta = {"url": url, "kind": kind, "fetched_at": datetime(2026, 3, 1, tzinfo=UTC)}
    response = TextResponse(url, status, body=b'{"code": "invalid_page"}', request=Request(url, meta=meta))
    (visit,) = spider.parse(response)
    assert isinstance(visit, Page)
    return visit


RULE = {"url": "/tin/{id}", "next": "/api/tin?page={page}"}


@pytest.mark.parametrize(
    ("url", "status", "rule", "kind", "outcome"),
    [
        (f"{API}?page=7", 400, RULE, "listing", Outcome.DISCOVERED),
        (f"{API}?page=2", 404, RULE, "listing", Outcome.DISCOVERED),
        (f"{API}?page=7", 500, RULE, "listing", Outcome.FAILED),
        (f"{API}?page=7", 403, RULE, "listing", Outcome.FAILED),
        (API, 400, RULE, "listing", Outcome.FAILED),  # the listing itself
        (f"{API}?page=1", 404, RULE, "listing", Outcome.GONE),
        (f"{API}?page=7", 400, RULE, "article", Outcome.FAILED),
        (f"{API}?page=7", 400, {**RULE, "pages": "total"}, "listing", Outcome.FAILED),  # it says how many
        (f"{API}?page=7", 400, {"url": "/tin/{id}", "next": "{links.next}"}, "listing", Outcome.FAILED),
        (f"{API}?page=7", 400, None, "listing", Outcome.FAILED),
    ],
)
def test_only_a_page_that_was_counted_on_may_be_missing(
    url: str, status: int, rule: dict[str, Any] | None, kind: str, outcome: Outcome
) -> None:
    verdict = judge_status(page_of(url, status, rule, kind), StoredState())
    assert verdict
    assert verdict.outcome is outcome
    assert outcome is not Outcome.DISCOVERED or "past the listing's last page" in verdict.detail
