"""The five site profiles, tried against the replicas they were written for."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from datetime import date as Day
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement

from crawler.demo.ground_truth import GroundTruth, TruthArticle
from crawler.demo.site_systems import SYSTEMS
from spiders.profile.site_profile import SPIDERS_FOLDER, SiteProfile, load_profiles

SITES = tuple(SYSTEMS)
Ask = Callable[..., Any]
Tidy = Callable[[str], str]
PROFILES = load_profiles()


def words(element: Any) -> str:
    return str(element.text_content())


def of(world: GroundTruth, site: str) -> tuple[TruthArticle, ...]:
    return next(found.articles for found in world.sites if found.key == site)


def local(url: str, site: str) -> str:
    return url.removeprefix(SYSTEMS[site].home.rstrip("/"))


def matches(patterns: tuple[str, ...], target: str) -> bool:
    return any(re.search(pattern, target) for pattern in patterns)


def refused(profile: SiteProfile, target: str) -> bool:
    return matches((*profile.urls.deny, *profile.urls.twin, *profile.urls.login), target)


def kind(profile: SiteProfile, target: str) -> str:
    if refused(profile, target):
        return "refused"
    if matches(profile.urls.attachment, target):
        return "attachment"
    if matches(profile.urls.article, target):
        return "article"
    return "listing" if matches(profile.urls.listing, target) else "unmatched"


def test_every_replica_has_a_profile_of_its_name_and_domain() -> None:
    assert {key: PROFILES[key].domain for key in SITES} == {k: s.domain for k, s in SYSTEMS.items()}


def test_profiles_are_short_honest_and_unknown_homes_are_reserved_names() -> None:
    for path in (SPIDERS_FOLDER / "sites").rglob("*.toml"):
        profile = PROFILES[path.stem]
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 40
        assert "no live page seen" in profile.verified
        assert (profile.status == "unidentified") == profile.domain.endswith(".example")
        assert all(urlsplit(seed).hostname in profile.hosts for seed in profile.seeds)
        if path.stem in SITES:
            assert all(seed.startswith(f"https://{profile.domain}/") for seed in profile.seeds)


def test_bac_kan_is_frozen_and_its_successor_province_noted() -> None:
    profile = PROFILES["congdoanbackan"]
    assert profile.status == "frozen"
    assert "Thái Nguyên" in (profile.notes or "")


@pytest.mark.parametrize("site", SITES)
def test_patterns_tell_articles_twins_and_everything_else_apart(site: str, world: GroundTruth) -> None:
    profile, system = PROFILES[site], SYSTEMS[site]
    for article in of(world, site):
        assert kind(profile, local(article.url, site)) == "article"
        assert all(kind(profile, local(file.url, site)) == "attachment" for file in article.attachments)
    assert {kind(profile, path) for path in (system.soft_404, system.dead)} == {"article"}
    assert {kind(profile, path) for path in system.extra} <= {"refused", "unmatched", "listing"}
    for path in ("/", "/dang-nhap?returnUrl=%2F", "/robots.txt", "/sitemap.xml", "/images/logo.png"):
        assert kind(profile, path) in {"unmatched", "refused"}, path


@pytest.mark.parametrize("site", SITES)
def test_every_article_is_reached_over_listings_and_pagers_alone(
    site: str, full_world: GroundTruth, ask_full: Ask
) -> None:
    profile = PROFILES[site]
    start = (*profile.seeds, *profile.discover.listings)
    queue = deque(local(url, site) or "/" for url in start)
    seen, found, pages = set(queue), set(), 0
    while queue:
        target = queue.popleft()
        answer = ask_full(site, target)
        assert answer.status == 200, target
        pages += 1
        for link in links(lxml_html.document_fromstring(answer.text), site, target):
            sort = kind(profile, link)
            if sort == "article":
                found.add(canonical(profile, link))
            elif sort == "listing" and link not in seen and not link.startswith("/tim-kiem"):
                seen.add(link)
                queue.append(link)
    truth = {local(article.url, site) for article in of(full_world, site)}
    assert truth - found == set()
    assert found - truth <= {SYSTEMS[site].soft_404, SYSTEMS[site].dead}
    assert pages > 3 * len(SYSTEMS[site].sections)


def canonical(profile: SiteProfile, target: str) -> str:
    path, mark, query = target.partition("?")
    kept = [p for p in query.split("&") if p and not matches(profile.urls.drop_params, p.partition("=")[0])]
    return f"{path}?{'&'.join(kept)}" if mark and kept else path


def links(tree: HtmlElement, site: str, target: str) -> list[str]:
    tree.make_links_absolute(SYSTEMS[site].home.rstrip("/") + target)
    urls = (a.get("href", "").partition("#")[0] for a in tree.iter("a"))
    return [local(url, site) for url in urls if url.startswith(SYSTEMS[site].home)]


@pytest.mark.parametrize("site", SITES)
def test_the_pager_rule_finds_the_next_pages_and_the_item_rule_the_entries(
    site: str, full_world: GroundTruth, ask_full: Ask
) -> None:
    profile, system = PROFILES[site], SYSTEMS[site]
    section = max(system.sections, key=lambda s: sum(a.section == s.trail for a in of(full_world, site)))
    path = system.listing.format(section=section.slug, number=section.number)
    tree = lxml_html.document_fromstring(ask_full(site, path).text)
    items = [item for css in profile.listing.item for item in tree.cssselect(css)]
    told = [a for a in of(full_world, site) if a.section == section.trail]
    assert len(items) == min(system.per_page, len(told))
    titles = [words(item.cssselect(profile.listing.title or "a")[0]) for item in items]
    assert set(titles) <= {article.title for article in told}
    pager = [a for css in profile.listing.pager for a in tree.cssselect(css)]
    assert pager
    assert len(told) > system.per_page
    assert all(kind(profile, local(a.get("href", ""), site)) == "listing" for a in pager)


@pytest.mark.parametrize("site", ["van_phong_dbqh_hdnd", "ha_noi_quan_huyen"])
def test_listings_date_what_the_article_page_does_not(site: str, world: GroundTruth, ask: Ask) -> None:
    profile, system = PROFILES[site], SYSTEMS[site]
    rule = profile.listing.date
    assert rule
    for section in system.sections:
        path = system.listing.format(section=section.slug, number=section.number)
        tree = lxml_html.document_fromstring(ask(site, path).text)
        truth = {a.title: a.published for a in of(world, site) if a.section == section.trail}
        for item in tree.cssselect(profile.listing.item[0]):
            title = words(item.cssselect(profile.listing.title or "a")[0])
            told = words(item.cssselect(rule.css[0])[0])
            known = truth[title]
            assert told == (f"{known.day:%d/%m/%Y}" if known and not known.time else "")


def cut(tree: HtmlElement, selectors: tuple[str, ...]) -> None:
    for element in list(chain.from_iterable(tree.cssselect(css) for css in selectors)):
        element.drop_tree()


def first_text(tree: HtmlElement, selectors: tuple[str, ...]) -> str | None:
    found = (element for css in selectors for element in tree.cssselect(css))
    return next((words(element) for element in found), None)


@pytest.mark.parametrize("site", SITES)
def test_the_layout_rules_read_title_lead_date_section_and_captions(
    site: str, world: GroundTruth, ask: Ask, tidy: Tidy
) -> None:
    layout = PROFILES[site].layout_at(Day(2025, 7, 1))
    for article in of(world, site):
        tree = lxml_html.document_fromstring(ask(site, article.url).text)
        cut(tree, layout.remove)
        assert tidy(first_text(tree, layout.title) or "") == article.title
        lead = tidy(first_text(tree, layout.lead) or "")
        prefix = f"({article.prefix}) " if article.prefix else ""
        assert lead == (prefix + article.lead if article.lead else "")
        sections = [tidy(words(e)) for css in layout.section for e in tree.cssselect(css)]
        assert tuple(sections) == article.section
        captions = [
            tidy(words(e)).removeprefix("Ảnh. ") for css in layout.caption for e in tree.cssselect(css)
        ]
        assert captions == [image.caption for image in article.images]
        offered = {SYSTEMS[site].home.rstrip("/") + str(a.get("href")) for a in tree.iter("a")}
        assert {file.url for file in article.attachments} <= offered
        if layout.date:
            assert article.published
            assert f"{article.published.day:%d/%m/%Y}" in tidy(first_text(tree, layout.date.css) or "")


@pytest.mark.parametrize("site", SITES)
def test_the_body_rule_holds_the_paragraphs_the_byline_and_nothing_more(
    site: str, world: GroundTruth, ask: Ask, tidy: Tidy
) -> None:
    layout = PROFILES[site].layout_at(Day(2025, 7, 1))
    for article in of(world, site):
        tree = lxml_html.document_fromstring(ask(site, article.url).text)
        cut(tree, (*layout.remove, *layout.caption, *layout.lead))
        body = next(element for css in layout.body for element in tree.cssselect(css))
        left = tidy(" ".join(str(text) for text in body.itertext()))
        for paragraph in article.body:
            for cell in paragraph.split(" | "):
                assert cell in left
                left = left.replace(cell, " ", 1)
        rest = tidy(left).split(article.source or "\0")[0]
        signature = (
            f"{article.author} - {article.author_unit}" if article.author_unit else article.author or ""
        )
        assert rest.removeprefix("Tin, ảnh: ").removesuffix("(Nguồn: ").strip(" (:") in {
            signature,
            f"{signature} (Nguồn".strip(),
            f"{signature} Nguồn".strip(),
            f"{signature} (Sưu tầm".strip(),
            *(label.strip(" (:") for label in ("(Nguồn", "Nguồn", "(Sưu tầm")),
        }, article.url


@pytest.mark.parametrize("site", SITES)
def test_what_the_profile_expects_is_what_the_site_can_give(site: str, world: GroundTruth) -> None:
    told, expect = of(world, site), PROFILES[site].expect
    shares = {
        "dated": sum(a.published is not None for a in told) / len(told),
        "authored": sum(a.author is not None for a in told) / len(told),
        "leads": sum(a.lead is not None for a in told) / len(told),
    }
    assert (expect.dated or 0) <= shares["dated"]
    assert (expect.authored or 0) <= shares["authored"]
    assert (expect.leads or 0) <= shares["leads"]
