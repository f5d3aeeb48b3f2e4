from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine, select, update

from storage.articles import queries as catalogue
from storage.database.schema import appearances
from storage.records import Capture
from storage.stories.attribution import EvidenceKind, LikelySource
from storage.stories.relations import RelationKind, TextRelation
from storage.stories.source_names import (
    SiteIdentity,
    name_initials,
    source_by_credit_line,
    source_by_press_prefix,
)
from storage.stories.story import Story, current_story_id, read_story, story_of_article
from tests.storage.copied_articles import BOARDS, DAY, NOW, Press


@pytest.mark.parametrize(
    ("source", "site", "by"),
    [
        ("Theo Báo Lao động Thủ đô", "thudo", "name"),
        ("Báo lao động thủ đô điện tử, ngày 12/6/2021", "thudo", "name"),
        ("LĐTĐ", "thudo", "initials"),
        ("LĐLĐ TP Hà Nội", "thudo", "owner"),
        ("Theo Lao động", "lao_dong", "name"),
        ("Báo Người Lao động", None, None),
        ("Theo LĐLĐ tỉnh Bắc Kạn", "backan", "name"),
        ("LĐLĐ Ba Bể", "babe", "name"),
        ("https://congdoanbackan.example/tin/12", "backan", "address"),
        ("babe.example", "babe", "address"),
        ("Theo TTXVN", None, None),
        ("Liên đoàn Lao động", None, None),
    ],
)
def test_who_a_source_line_names(source: str, site: str | None, by: str | None) -> None:
    named = source_by_credit_line(source, BOARDS)
    assert (named and named.site.key, named and named.by) == (site, by)


def test_a_press_prefix_is_the_initials_of_a_paper_and_of_one_only() -> None:
    assert name_initials("Tạp chí Lao động và Công đoàn") == "LĐVCĐ"
    assert [
        (found := source_by_press_prefix(prefix, BOARDS)) and found.site.key
        for prefix in ("LĐTĐ", "LĐO", "TTO")
    ] == [
        "thudo",
        "lao_dong",
        None,
    ]
    twice = (*BOARDS, SiteIdentity("other", "Báo Lâm Đồng Tân Đô", "other.example"))
    assert source_by_press_prefix("LĐTĐ", twice) is None


@pytest.fixture
def press(archive: Engine) -> Iterator[Press]:
    with archive.begin() as connection:
        yield Press.opened(connection)


def told(press: Press, article: int) -> Story:
    found = story_of_article(press.connection, article)
    assert found
    return found


def test_a_story_has_all_its_appearances_in_the_order_they_were_printed(press: Press) -> None:
    late = press.prints("babe", DAY + timedelta(days=2))
    early = press.prints("backan", DAY, "Bản gốc", time(8, 5))
    press.prints("lao_dong", None, "Bản gốc")
    number = press.akin(late, early, kind=RelationKind.LENGTHENED)
    found = told(press, late)
    assert found == told(press, early) == read_story(press.connection, number or 0)
    assert (found.id, found.first.site) == (number, "backan")
    assert [place.site for place in found.places] == ["backan", "babe", "lao_dong"]
    assert [place.revision for place in found.places] == [1, 1, 1]


def test_the_kinship_is_told_to_the_first_appearance_whichever_was_crawled_first(press: Press) -> None:
    crawled_first = press.prints("babe", DAY + timedelta(days=2))
    printed_first = press.prints("backan", DAY)
    press.akin(printed_first, crawled_first, kind=RelationKind.LENGTHENED)
    first, second = told(press, printed_first).members
    assert (first.article_id, first.kinship) == (printed_first, None)
    assert second.kinship == TextRelation(RelationKind.SHORTENED, 0.8, 0.85, 0.9, 0.95, 1.0)


def test_an_article_of_its_own_is_its_own_story_with_its_exact_copies(press: Press) -> None:
    one = press.prints("thudo", DAY, "Một")
    assert press.prints("babe", DAY + timedelta(days=1), "Một") == one
    found = told(press, one)
    assert (found.id, len(found.members), [place.site for place in found.places]) == (
        None,
        1,
        ["thudo", "babe"],
    )
    assert found.source == LikelySource("thudo", "Báo Lao động Thủ đô")
    assert story_of_article(press.connection, 999) is None
    assert read_story(press.connection, 999) is None


def test_a_story_that_became_part_of_another_answers_under_its_old_number(press: Press) -> None:
    ids = [press.prints("babe", DAY) for _ in range(5)]
    first, second = press.akin(ids[1], ids[0]), press.akin(ids[3], ids[2])
    assert first and second
    press.akin(ids[4], ids[0], ids[3])
    assert current_story_id(press.connection, second) == first
    assert read_story(press.connection, second) == read_story(press.connection, first)


def test_a_story_nothing_is_left_of_is_none(press: Press) -> None:
    one, two = press.prints("babe", DAY), press.prints("backan", DAY)
    number = press.akin(two, one)
    press.akin(two)
    assert read_story(press.connection, number or 0) is None
    assert told(press, one).id is None


def test_quotations_and_follow_ups_are_told_apart(press: Press) -> None:
    one, two = press.prints("babe", DAY), press.prints("backan", DAY)
    press.akin(two, one)
    quoting = press.prints("thudo", DAY)
    press.akin(quoting, one, kind=RelationKind.QUOTING)
    found = told(press, two)
    assert [(each.article_id, each.of, each.kinship.kind) for each in found.relatives] == [
        (quoting, one, RelationKind.QUOTING)
    ]
    assert [(each.article_id, each.kinship.kind) for each in told(press, quoting).relatives] == [
        (one, RelationKind.QUOTED)
    ]


def test_the_source_is_who_is_named_over_who_printed_first(press: Press) -> None:
    one = press.prints("babe", DAY)
    two = press.prints("thudo", DAY + timedelta(days=1))
    three = press.prints("backan", DAY + timedelta(days=2), source_name="Báo Lao động Thủ đô", prefix="LĐTĐ")
    press.akin(two, one)
    press.akin(three, two)
    found = told(press, one)
    assert found.source == LikelySource("thudo", "Báo Lao động Thủ đô")
    assert [(each.ground, each.site) for each in found.evidence] == [
        (EvidenceKind.NAMED, "thudo"),
        (EvidenceKind.PREFIX, "thudo"),
        (EvidenceKind.PRINTED, "babe"),
    ]
    assert [each.said for each in found.evidence] == [
        "backan names its source “Báo Lao động Thủ đô”: its name, Báo Lao động Thủ đô",
        "backan begins with (LĐTĐ): its initials, Báo Lao động Thủ đô",
        "babe printed it 12/06/2021, thudo 13/06/2021: the earliest",
    ]
    assert found.members[2].kinship is None, "akin to the first through the second"


@pytest.mark.parametrize(
    ("first", "second", "ground", "said"),
    [
        ((DAY, None), (DAY, time(9, 0)), EvidenceKind.SEEN, "which was earlier is not told"),
        ((DAY, time(8, 0)), (DAY, time(9, 0)), EvidenceKind.PRINTED, "the earliest"),
        ((DAY, time(8, 0)), (None, None), EvidenceKind.SEEN, "backan undated: which was earlier is not told"),
        ((None, None), (None, None), EvidenceKind.SEEN, "nothing is dated"),
    ],
)
def test_dates_speak_only_where_they_tell(
    press: Press,
    first: tuple[date | None, time | None],
    second: tuple[date | None, time | None],
    ground: EvidenceKind,
    said: str,
) -> None:
    one = press.prints("babe", first[0], at=first[1])
    press.akin(press.prints("backan", second[0], at=second[1]), one)
    (evidence,) = told(press, one).evidence
    assert evidence.ground is ground
    assert said in evidence.said
    assert (told(press, one).source is not None) == (ground is EvidenceKind.PRINTED)


def test_a_source_that_is_no_site_of_the_archive_is_told_by_its_name(press: Press) -> None:
    one = press.prints("babe", DAY, source_name="TTXVN")
    found = told(press, one)
    assert found.source == LikelySource(None, "TTXVN")
    assert found.evidence[0].said == "babe names its source “TTXVN”: no site of this archive"


def test_an_own_prefix_is_no_proof_and_an_owner_may_be_named(press: Press) -> None:
    one = press.prints("thudo", DAY, prefix="LĐTĐ")
    assert [(each.ground, told(press, one).source) for each in told(press, one).evidence] == [
        (EvidenceKind.SIGNED, None)
    ]
    two = press.prints("babe", DAY, source_name="LĐLĐ thành phố Hà Nội")
    assert told(press, two).source == LikelySource(None, "LĐLĐ thành phố Hà Nội")
    owners = {"thudo": "Liên đoàn Lao động thành phố Hà Nội"}
    found = story_of_article(press.connection, two, owners)
    assert found
    assert found.source == LikelySource("thudo", "Báo Lao động Thủ đô")


def test_what_a_run_brought_in_knows_its_copies(press: Press) -> None:
    def captured(number: int) -> int:
        capture = Capture(f"<urn:uuid:{number}>", "https://x.example/", NOW, 200, None, "sha1:A", "a", 0, 1)
        return press.store.capture(press.connection, "babe", capture)

    one = press.prints("backan", DAY, "Bản gốc")
    two = press.prints("babe", DAY)
    press.prints("thudo", DAY, "Bản gốc")
    press.prints("thudo", DAY)
    press.akin(two, one)
    for number, row in enumerate(press.connection.execute(select(appearances.c.id)).all()):
        capture_id = captured(number)
        chosen = update(appearances).where(appearances.c.id == row.id)
        press.connection.execute(chosen.values(capture_id=capture_id))
    brought = catalogue.filled_fields(press.connection, press.placing.run)
    assert sorted(each.copied for each in brought) == [False, False, True, True]
