"""The .NET, VNPT and MasterCMS families: every field of their pages, read without a listing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.demo.ground_truth import SEED, TruthArticle, build_ground_truth
from crawler.demo.pages import SitePages
from crawler.demo.second_night import replica_night
from crawler.demo.site_systems import System
from pipelines.read import ReadResult, read
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile, load_profiles
from spiders.urls.classify import site_url
from storage.records import Article
from tests.platforms.family import families

HERE = Path(__file__).parent
SCALE = 0.3  # 14 articles a site
FAMILIES = ("aspnet_mvc", "aspnet_webforms", "dotnetnuke", "mastercms", "onecms", "vnpt")
SYSTEMS = {system.key: system for name in FAMILIES for system in families()[name]}
PROFILES = load_profiles(HERE / "sites")
FIELDS = ("title", "lead", "prefix", "author", "published", "section", "attachments")


def asked(system: System, profile: SiteProfile) -> Iterator[tuple[TruthArticle, ReadResult]]:
    """Every article's truth, and its page as read without a hint from any listing."""
    pages = SitePages(system, replica_night(1, SEED, SCALE, (system,)))
    for truth in build_ground_truth(1, scale=SCALE, systems=(system,)).sites[0].articles:
        url = site_url(truth.url, profile)
        reply = pages.reply(url.removeprefix(system.home[:-1]))
        page = Page(
            site=profile.key,
            url=url,
            final_url=url,
            kind="article",
            status=reply.status,
            headers=(("content-type", reply.content_type),),
            body=reply.body,
            fetched_at=datetime(2025, 7, 1, 20, tzinfo=UTC),
        )
        yield truth, read(page, profile)


def pictures(article: Article | TruthArticle) -> list[tuple[str, str | None]]:
    return [(image.url, image.caption) for image in article.images]


@pytest.mark.parametrize("key", SYSTEMS)
def test_every_field_is_read_off_the_page_alone(key: str) -> None:
    """By the platform's rules: what trafilatura or a guess finds would say another source."""
    wrong = []
    for truth, found in asked(SYSTEMS[key], PROFILES[key]):
        article = found.article
        assert article, f"{truth.url}: {found.reason}, {found.detail}"
        wrong += [
            f"{truth.url}: {name} {getattr(article, name)!r}, in truth {getattr(truth, name)!r}"
            for name in FIELDS
            if getattr(article, name) != getattr(truth, name)
        ]
        sources = {told.field: told.source.value for told in article.provenance}
        assert sources["title"] == sources["published"] == sources["section"] == "profile", truth.url
        if pictures(article) != pictures(truth):
            wrong.append(f"{truth.url}: pictures {pictures(article)}, in truth {pictures(truth)}")
        if article.body.replace(" | ", " ") != "\n".join(truth.body).replace(" | ", " "):
            wrong.append(f"{truth.url}: body {article.body!r}, in truth {truth.body!r}")
    assert not wrong, "\n".join(wrong[:10])


def test_slug_and_language_of_dotnetnuke_are_no_identity() -> None:
    profile = PROFILES["dotnetnuke_cu_xanh"]
    home = profile.seeds[0]
    forms = (
        "&Group=10&NID=1373&ldld-tinh-trao-3-suat-qua&language=en-US",
        "&Group=10&NID=1373&LDLD-tinh-trao-3-suat-qua-cho&language=vi-VN",
        "&language=vi-VN&NID=1373&group=10",
        "&Group=10&NID=1373&ldld-tinh---cong-doan-nganh-",
    )
    found = {site_url(f"/Default.aspx?tabid=656{form}", profile, home) for form in forms}
    assert found == {f"{home}default.aspx?group=10&nid=1373&tabid=656"}
