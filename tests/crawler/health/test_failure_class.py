from __future__ import annotations

from typing import Any

import pytest

from crawler.health.failure_class import VisitEvidence, classify_failure
from crawler.health.findings import Failure, Sign, advice
from crawler.health.page_features import FetchedPage, PageFeatures, page_features, structure_similarity
from spiders.profile.site_profile import SiteProfile, load_profiles

HOME = "https://congdoan.example/"
UNION = (
    "<p>" + "Liên đoàn Lao động, công đoàn, đoàn viên, người lao động, hội nghị ban chấp hành. " * 8 + "</p>"
)


@pytest.fixture(scope="module")
def profile() -> SiteProfile:
    return next(iter(load_profiles().values()))


def page(title: str, body: str, profile: SiteProfile) -> PageFeatures:
    text = f"<html><head><title>{title}</title></head><body><div class='a'>{body}</div></body></html>"
    seen = page_features(FetchedPage(HOME, text.encode(), "text/html; charset=utf-8", "root"), profile)
    assert seen
    return seen


def tally(kind: str, outcome: str, reason: str | None, count: int = 1, detail: str = "") -> dict[str, Any]:
    told = {"kind": kind, "outcome": outcome, "reason": reason, "count": count}
    return {**told, "example": HOME, "detail": detail or None}


ROOT_FAILS = [
    ("dns", Failure.DNS_GONE),
    ("connection_refused", Failure.REFUSED),
    ("tls", Failure.CERTIFICATE),
    ("timeout", Failure.SLOW),
    ("connection_lost", Failure.UNREACHABLE),
    ("wall", Failure.WALL),
    ("unrendered", Failure.WALL),
    ("http_429", Failure.THROTTLED),
    ("http_5xx", Failure.SERVER_ERROR),
    ("http_404", Failure.SOFT_404),
]


@pytest.mark.parametrize(("reason", "kind"), ROOT_FAILS)
def test_a_site_whose_own_addresses_fail_is_classed_by_the_reason(reason: str, kind: Failure) -> None:
    outcome = "gone" if reason == "http_404" else "failed"
    met = VisitEvidence(
        "finished", "", [tally("seed", outcome, reason), tally("listing", outcome, reason, 2)], 0, 0
    )
    found = classify_failure(met)
    assert found
    assert found.kind is kind
    assert HOME in " ".join(found.evidence)


@pytest.mark.parametrize(
    ("ending", "detail", "kind"),
    [
        ("unreachable", f"{HOME}: dns: CannotResolveHostError: no such host", Failure.DNS_GONE),
        ("unreachable", f"{HOME}: tls: certificate has expired", Failure.CERTIFICATE),
        ("unreachable", f"{HOME}: connection_refused: ssl:<ssl.SSLContext>", Failure.REFUSED),
        ("unreachable", f"{HOME}: timeout: took longer than 60 s", Failure.SLOW),
        ("unreachable", "something new", Failure.UNREACHABLE),
        ("throttled", "HTTP 429 5 times in a row", Failure.THROTTLED),
        ("robots_unavailable", "robots.txt answered HTTP 503", Failure.ROBOTS),
    ],
)
def test_a_visit_that_ended_early_is_classed_by_its_ending(ending: str, detail: str, kind: Failure) -> None:
    found = classify_failure(VisitEvidence(ending, detail, [], 0, 0))
    assert found
    assert found.kind is kind


PAGES = [
    ("Nhà cái số 1", "<p>Casino, tài xỉu, nổ hũ, baccarat, kèo nhà cái, nạp tiền</p>", 0, Failure.HIJACKED),
    ("congdoan.example", "<h1>This domain is for sale</h1><p>Make an offer</p>", 0, Failure.PARKED),
    ("Welcome to nginx!", "<p>If you see this page…</p> welcome to nginx", 0, Failure.PARKED),
    ("Tin tức", "<p>" + "今日のニュース 労働者の組合 " * 60 + "</p>", 0, Failure.HIJACKED),
    ("Shop", "<p>" + "cheap shoes and bags for everybody in town " * 30 + "</p>", 0, Failure.HIJACKED),
    ("404 - Không tìm thấy trang", UNION, 3, Failure.SOFT_404),
    ("Website đang bảo trì", UNION, 0, Failure.SOFT_404),
    ("Liên đoàn Lao động", UNION, 0, Failure.EMPTY_LISTING),
    # a union may write about gambling
    (
        "Liên đoàn Lao động",
        UNION + "<p>Phá đường dây cá cược, lô đề, tài xỉu, đánh bài qua mạng</p>",
        9,
        None,
    ),
    ("Liên đoàn Lao động", UNION, 12, None),
]


@pytest.mark.parametrize(("title", "body", "links", "kind"), PAGES)
def test_pages_are_classed_by_what_stands_on_them(
    profile: SiteProfile, title: str, body: str, links: int, kind: Failure | None
) -> None:
    found = classify_failure(VisitEvidence("finished", "", [], links, 1, [page(title, body, profile)]))
    assert (found.kind if found else None) is kind


def test_nothing_linked_after_a_relayout_is_the_relayout() -> None:
    found = classify_failure(VisitEvidence("finished", "", [], 0, 2, layout_changed=True, usual_links=34))
    assert found
    assert found.kind is Failure.LAYOUT_CHANGED
    assert "usually 34" in found.evidence[0]


def test_a_site_that_sends_everybody_away_has_moved() -> None:
    away = tally("seed", "moved", "redirect_offsite", detail="https://moi.example/tin")
    found = classify_failure(VisitEvidence("finished", "", [away], 0, 0))
    assert found
    assert found.kind is Failure.MOVED
    assert "moi.example" in found.evidence[0]


def test_articles_that_mostly_fail_are_told_though_the_listings_are_read() -> None:
    told = [
        tally("listing", "discovered", None),
        tally("article", "failed", "timeout", 8),
        tally("article", "new", None, 2),
    ]
    found = classify_failure(VisitEvidence("finished", "", told, 40, 1))
    assert found
    assert found.kind is Failure.SLOW


def test_a_healthy_visit_has_no_class() -> None:
    told = [
        tally("listing", "discovered", None),
        tally("article", "failed", "timeout"),
        tally("article", "new", None, 9),
    ]
    assert classify_failure(VisitEvidence("finished", "", told, 40, 1)) is None


@pytest.mark.parametrize("kind", [*Failure, *Sign])
def test_everything_that_can_be_told_has_its_advice(kind: Failure | Sign) -> None:
    assert len(advice(kind)) > 30


def test_the_build_of_a_page_is_kept_by_other_words_and_lost_by_other_classes(profile: SiteProfile) -> None:
    body = "<div class='tin t{0}'><h3 class='de'><a href='/x'>{0}</a></h3><p class='tom'>{0}</p></div>"
    then = [page("A", "".join(body.format(n) for n in range(k, k + 5)), profile) for k in (1, 10)]
    same = page("B", "".join(body.format(n) for n in range(50, 70)), profile)
    other = page(
        "B",
        "<main><article class='card'><h2 class='card__t'>x</h2><section>y</section></article></main>",
        profile,
    )
    assert (structure_similarity(then, same) or 0) > 0.9
    assert (structure_similarity(then, other) or 0) < 0.5
    assert structure_similarity([], same) is None


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b'{"a": 1}', b"<?xml version='1.0'?><rss></rss>", b"   "])
def test_what_is_no_page_has_no_look(profile: SiteProfile, body: bytes) -> None:
    assert page_features(FetchedPage(HOME, body, None, "root"), profile) is None
