"""The truth is deterministic, adds up, and its copies are what they say they are."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

from crawler.demo.ground_truth import GroundTruth, TruthArticle, build_ground_truth, true_changes
from crawler.demo.prose import SLOT, shared_sentences, syllables, topics
from crawler.demo.prose_names import name_lists
from crawler.demo.second_night import replica_night
from crawler.demo.site_systems import SYSTEMS, slug
from crawler.demo.views import CHARACTER_WRITERS

Tidy = Callable[[str], str]


def articles(world: GroundTruth) -> list[TruthArticle]:
    return [article for site in world.sites for article in site.articles]


def families(world: GroundTruth) -> list[list[TruthArticle]]:
    by_story = defaultdict(list)
    for article in articles(world):
        by_story[article.story].append(article)
    return list(by_story.values())


def test_the_same_seed_tells_the_same_world_and_another_seed_another() -> None:
    first = build_ground_truth(2, scale=0.1)
    replica_night.cache_clear()
    assert build_ground_truth(2, scale=0.1) == first
    assert build_ground_truth(2, scale=0.1, seed=7) != first


def test_an_unknown_night_is_refused() -> None:
    with pytest.raises(ValueError, match="night 3"):
        build_ground_truth(3)


def test_every_site_has_its_count_and_every_url_is_its_own(full_world: GroundTruth) -> None:
    assert {site.key: len(site.articles) for site in full_world.sites} == {
        k: s.count for k, s in SYSTEMS.items()
    }
    urls = [article.url for article in articles(full_world)]
    assert len(set(urls)) == len(urls)


@pytest.mark.parametrize(
    ("site", "has_time", "offset"),
    [
        ("cong_thong_tin_huyen", False, None),
        ("van_phong_dbqh_hdnd", False, None),
        ("congdoanbackan", True, 420),
        ("laodongthudo", True, None),
    ],
)
def test_dates_are_known_as_far_as_the_site_prints_them(
    full_world: GroundTruth, site: str, has_time: bool, offset: int | None
) -> None:
    told = [a.published for a in articles(full_world) if a.site == site]
    assert all(p is not None and (p.time is not None) == has_time and p.offset == offset for p in told)


def test_the_hanoi_district_dates_by_feed_by_listing_or_not_at_all(full_world: GroundTruth) -> None:
    told = [a.published for a in articles(full_world) if a.site == "ha_noi_quan_huyen"]
    undated = sum(p is None for p in told) / len(told)
    assert 0.02 < undated < 0.09
    assert all((p.time is None) == (p.offset is None) for p in told if p)
    assert any(p and p.time for p in told)
    assert any(p and not p.time for p in told)


def test_about_one_story_in_twelve_is_printed_by_several_sites(full_world: GroundTruth) -> None:
    told = families(full_world)
    shared_share = sum(len(family) > 1 for family in told) / len(told)
    assert 0.06 < shared_share < 0.1
    assert {a.edit for a in articles(full_world)} == {"original", "identical", "prefix", "lead", "cut"}


def test_copies_differ_from_their_original_as_their_edit_says(full_world: GroundTruth) -> None:
    for family in families(full_world):
        original = next(a for a in family if a.edit == "original")
        for copy in (a for a in family if a is not original):
            assert copy.site != original.site
            assert copy.title == original.title
            same_lead = copy.edit == "lead" or original.lead is None or copy.lead == original.lead
            assert same_lead, copy.url
            if copy.edit == "cut":
                assert copy.body == original.body[: len(copy.body)] != original.body
            else:
                assert copy.body == original.body
            if copy.edit == "prefix":
                assert copy.prefix != original.prefix
            if copy.edit == "lead":
                assert copy.lead != original.lead


def test_an_exact_copy_has_a_lead_exactly_when_its_original_has(full_world: GroundTruth) -> None:
    exact = [f for f in families(full_world) if any(a.edit in {"identical", "prefix"} for a in f)]
    for family in exact:
        leads = {a.lead for a in family if a.edit in {"original", "identical", "prefix"}}
        assert len(leads) == 1, family[0].url


def test_bodies_have_the_length_of_real_articles_and_differ(full_world: GroundTruth) -> None:
    originals = [a for a in articles(full_world) if a.edit == "original"]
    lengths = [syllables(" ".join(a.body)) for a in originals]
    assert min(lengths) >= 280
    assert max(lengths) <= 1000
    assert len({a.body for a in originals}) == len(originals)
    assert len({a.title for a in originals}) > 0.8 * len(originals)


def test_prose_is_composed_vietnamese_without_a_slot_left_open(full_world: GroundTruth) -> None:
    for article in articles(full_world):
        text = "\n".join((article.title, article.lead or "", *article.body))
        assert unicodedata.is_normalized("NFC", text)
        assert not set("{}[]|@") & set(text.replace(" | ", ""))
        assert "  " not in text


def test_every_slot_of_the_grammar_can_be_filled() -> None:
    drawn = {"vb", "luat", "chon_qua", "chon_loai", "ngq", "ngk", "gio", "loi", "n", "n0", "tr", "pct"}
    facts = {"cap", "noi", "dv", "dv2", "dv3", "cd", "xa", "xa2", "chuc", "chuc2", "qd", "ngay", "nam"}
    facts |= {"nam_truoc", "nhiem_ky", "ng", "ng2", "ng3", "ng4", "anh3", "anh4", "ong4"}
    used = {found[1] for found in SLOT.finditer(f"{topics()} {shared_sentences()}")}
    assert used - drawn - facts == set()
    assert set(name_lists()["places"]) >= set(SYSTEMS)


def test_some_pages_send_decomposed_or_invisible_characters(full_world: GroundTruth, tidy: Tidy) -> None:
    sent = Counter(m.wire for site in replica_night(1, 20250701, 1.0).sites.values() for m in site)
    assert sent["nfd"] >= 5
    assert sent["invisible"] >= 5
    for article in articles(full_world)[::50]:
        for paragraph in (article.title, *article.body):
            assert all(tidy(send(paragraph)) == paragraph for send in CHARACTER_WRITERS.values())
            assert CHARACTER_WRITERS["nfd"](paragraph) != paragraph or paragraph.isascii()


def test_a_slug_loses_its_marks_and_is_cut_hard() -> None:
    assert slug("Đại hội Công đoàn Trường THCS Tân Lập", 50) == "dai-hoi-cong-doan-truong-thcs-tan-lap"
    assert len(slug("Đại hội " * 30, 50)) <= 50


def test_the_second_night_changes_a_few_articles_of_every_site(
    world: GroundTruth, second_world: GroundTruth
) -> None:
    found = true_changes(world, second_world)
    for system in SYSTEMS.values():
        mine = [
            [url for url in urls if url.startswith(system.home)]
            for urls in (found.new, found.edited, found.vanished)
        ]
        assert 4 <= len(mine[0]) <= 10
        assert 3 <= len(mine[1]) <= 6
        assert 2 <= len(mine[2]) <= 4


def test_everything_else_is_told_the_same_on_both_nights(
    world: GroundTruth, second_world: GroundTruth
) -> None:
    found = true_changes(world, second_world)
    before = {a.url: a for a in articles(world)}
    after = {a.url: a for a in articles(second_world)}
    touched = {*found.new, *found.edited, *found.vanished}
    assert all(before[url] == after[url] for url in before.keys() & after.keys() - touched)
    assert true_changes(world, world) == type(found)((), (), ())


def test_edits_change_numbers_add_paragraphs_and_change_titles(
    world: GroundTruth, second_world: GroundTruth
) -> None:
    before = {a.url: a for a in articles(world)}
    after = {a.url: a for a in articles(second_world)}
    ways = set()
    for url in true_changes(world, second_world).edited:
        old, new = before[url], after[url]
        assert (old.published, old.author, old.section) == (new.published, new.author, new.section)
        assert [image.url for image in old.images] == [image.url for image in new.images]
        ways.add((old.title != new.title, len(new.body) - len(old.body)))
    assert ways == {(True, 0), (False, 1), (False, 0)}
