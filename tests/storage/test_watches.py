"""Watches: what is new of a search since it was last told, and the message that tells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from storage import watches
from storage.changes import newest
from storage.citations.cited import House
from storage.digest import MOST, digest
from storage.kinship import KinKind
from storage.readers import watches as table
from storage.records import ChangeKind
from storage.search.query import QueryError
from storage.watches import Finding, Watch, WatchError
from tests.storage.press import DAY, Press

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUSE = House("https://luu.example", "Lưu trữ báo chí")
GIFTS = "Trao quà Tết cho công nhân khó khăn."


@pytest.fixture
def press(archive: Engine) -> Iterator[Press]:
    with archive.begin() as connection:
        made = Press.opened(connection)
        made.prints("backan", DAY, f"{GIFTS} Bài cũ.")
        yield made


def watched(connection: Connection, query: str = '"quà Tết"') -> Watch:
    return watches.add(connection, "tet", query, "archivist", NOW)


def told(press: Press) -> list[tuple[int, ChangeKind, int]]:
    found = watches.find(press.connection, watches.named(press.connection, "tet"))
    return [(news.article_id, news.kind, news.copies) for news in found.news]


def test_only_what_is_new_and_matches_is_told(press: Press) -> None:
    watched(press.connection)
    assert told(press) == []
    press.prints("babe", DAY, "Một bài khác")
    two = press.prints("thudo", DAY, f"{GIFTS} Bài mới.")
    assert told(press) == [(two, ChangeKind.ADDED, 0)]
    press.edits("backan", 1, f"{GIFTS} Đã sửa.")
    press.edits("thudo", 3, f"{GIFTS} Sửa luôn.")
    assert told(press) == [(two, ChangeKind.ADDED, 0), (1, ChangeKind.REVISED, 0)]


def test_a_story_is_told_once(press: Press) -> None:
    watched(press.connection)
    one = press.prints("thudo", DAY, f"{GIFTS} Gốc.")
    two = press.prints("babe", DAY, f"{GIFTS} Chép.")
    press.akin(two, one, kind=KinKind.COPY)
    press.prints("backan", DAY, f"{GIFTS} Gốc.")  # the same text at a further address is no news
    assert told(press) == [(one, ChangeKind.ADDED, 1)]


def test_what_was_settled_is_not_told_again(press: Press) -> None:
    connection = press.connection
    watched(connection)
    press.prints("thudo", DAY, f"{GIFTS} Mới.")
    found = watches.find(connection, watches.named(connection, "tet"))
    assert (found.after, found.until) == (1, newest(connection))
    watches.settle(connection, "tet", found, NOW)
    assert told(press) == []
    after = watches.named(connection, "tet")
    assert (after.seen, after.ran_at, after.sent_at) == (newest(connection), NOW, NOW)
    watches.settle(connection, "tet", watches.find(connection, after), NOW + timedelta(1))
    quiet = watches.named(connection, "tet")
    assert (quiet.ran_at, quiet.sent_at) == (NOW + timedelta(1), NOW)


def test_one_run_at_a_time(press: Press) -> None:
    connection = press.connection
    watched(connection)
    assert watches.claim(connection, "tet", NOW)
    assert not watches.claim(connection, "tet", NOW + timedelta(minutes=1))
    assert watches.claim(connection, "tet", NOW + watches.TERM), "a claim lapses with its process"
    watches.release(connection, "tet")
    assert watches.claim(connection, "tet", NOW)
    assert not watches.claim(connection, "nothing", NOW)


def test_a_rebuilt_archive_is_watched_from_now_on(press: Press) -> None:
    connection = press.connection
    watched(connection)
    press.prints("thudo", DAY, f"{GIFTS} Mới.")
    for values in ({"archive": "0123456789abcdef"}, {"archive": "", "seen": 10**6}):
        connection.execute(update(table).values(**values))
        found = watches.find(connection, watches.named(connection, "tet"))
        assert found == Finding((), newest(connection), newest(connection), restarted=True)
    watches.settle(connection, "tet", found, NOW)
    press.prints("thudo", DAY, f"{GIFTS} Mới hơn.")
    assert len(told(press)) == 1


def test_a_watch_begun_on_an_empty_archive_tells_all(archive: Engine) -> None:
    with archive.begin() as connection:
        watched(connection)
        press = Press.opened(connection)
        press.prints("thudo", DAY, GIFTS)
        assert told(press) == [(1, ChangeKind.ADDED, 0)]


def test_what_cannot_be_watched_is_told(press: Press) -> None:
    connection = press.connection
    watched(connection)
    with pytest.raises(WatchError, match="watch tet: there is one of that name"):
        watched(connection)
    assert [each.name for each in watches.every(connection)] == ["tet"], "the transaction goes on"
    with pytest.raises(QueryError):
        watches.add(connection, "b", '"never closed', "archivist", NOW)
    for name in ("", "x" * 81):
        with pytest.raises(WatchError, match="1 to 80 characters"):
            watches.add(connection, name, "a", "archivist", NOW)
    for act in (watches.named, watches.remove):
        with pytest.raises(WatchError, match="watch khac: there is none"):
            act(connection, "khac")
    watches.remove(connection, "tet")
    assert watches.every(connection) == []


def test_a_digest_is_short_and_leads_to_the_articles(press: Press) -> None:
    connection = press.connection
    watch = watched(connection)
    for number in range(MOST + 2):
        press.prints("thudo", DAY, f"{GIFTS} Bài số {number}.", author="Thu Hà - Minh Quân")
    press.edits("backan", 1, f"{GIFTS} Đã sửa.")
    found = watches.find(connection, watch)
    made = digest(connection, HOUSE, watch, found)
    assert made.title == f"tet: {MOST + 3} bài mới"
    first, *articles, more = made.body.rstrip().split("\n\n")
    assert first.splitlines() == [
        f'{MOST + 3} bài mới hoặc vừa sửa cho tìm kiếm: "quà Tết"',
        f"(các thay đổi 2–{newest(connection)} của Lưu trữ báo chí)",
        "https://luu.example/search?q=%22qu%C3%A0%20T%E1%BA%BFt%22",
    ]
    assert len(articles) == MOST
    assert more == "… và 3 bài nữa"
    assert articles[0].splitlines() == [
        "Bài đã sửa",
        "Liên đoàn Lao động tỉnh Bắc Kạn, ngày 12/06/2021 (bản sửa thứ 2)",
        "https://luu.example/article/1",
    ]
    assert "Thu Hà, Minh Quân, Báo Lao động Thủ đô, ngày 12/06/2021" in articles[1]
    bare = digest(connection, House(), watch, found)
    assert "https://luu.example" not in bare.body
    assert "https://thudo.example/" in bare.body
