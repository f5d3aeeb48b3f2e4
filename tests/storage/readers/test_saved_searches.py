"""Watches: what is new of a search since it was last told, and the message that tells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from storage.articles.changes import newest
from storage.citations.reference import ArchiveIdentity
from storage.database.schema_users import watches as table
from storage.readers import saved_searches
from storage.readers.alert_digest import MAX_DIGEST_ARTICLES, alert_digest
from storage.readers.saved_searches import AlertRecipient, NewMatches, SavedSearch, SavedSearchError
from storage.records import ChangeKind
from storage.search.query.parse import QueryError
from storage.stories.relations import RelationKind
from tests.storage.copied_articles import DAY, Press

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUSE = ArchiveIdentity("https://luu.example", "Lưu trữ báo chí")
ARCHIVIST = AlertRecipient(target="archivist")
GIFTS = "Trao quà Tết cho công nhân khó khăn."


@pytest.fixture
def press(archive: Engine) -> Iterator[Press]:
    with archive.begin() as connection:
        made = Press.opened(connection)
        made.prints("backan", DAY, f"{GIFTS} Bài cũ.")
        yield made


def watched(connection: Connection, query: str = '"quà Tết"') -> SavedSearch:
    return saved_searches.add_search(connection, "tet", query, ARCHIVIST, NOW)


def tet(connection: Connection) -> SavedSearch:
    return saved_searches.search_by_name(connection, "tet")


def told(press: Press) -> list[tuple[int, ChangeKind, int]]:
    found = saved_searches.find_new_matches(press.connection, tet(press.connection))
    return [(news.article_id, news.kind, news.copies) for news in found.matches]


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
    press.akin(two, one, kind=RelationKind.COPY)
    press.prints("backan", DAY, f"{GIFTS} Gốc.")  # the same text at a further address is no news
    assert told(press) == [(one, ChangeKind.ADDED, 1)]


def test_what_was_settled_is_not_told_again(press: Press) -> None:
    connection = press.connection
    watched(connection)
    press.prints("thudo", DAY, f"{GIFTS} Mới.")
    found = saved_searches.find_new_matches(connection, tet(connection))
    assert (found.after_seq, found.until_seq) == (1, newest(connection))
    saved_searches.finish_run(connection, tet(connection), found, NOW)
    assert told(press) == []
    after = tet(connection)
    assert (after.last_seq, after.ran_at, after.sent_at) == (newest(connection), NOW, NOW)
    saved_searches.finish_run(
        connection, after, saved_searches.find_new_matches(connection, after), NOW + timedelta(1)
    )
    quiet = tet(connection)
    assert (quiet.ran_at, quiet.sent_at) == (NOW + timedelta(1), NOW)


def test_one_run_at_a_time(press: Press) -> None:
    connection = press.connection
    watched(connection)
    number = tet(connection).id
    assert saved_searches.claim_search(connection, number, NOW)
    assert not saved_searches.claim_search(connection, number, NOW + timedelta(minutes=1))
    assert saved_searches.claim_search(connection, number, NOW + saved_searches.CLAIM_TERM), (
        "a claim lapses with its process"
    )
    saved_searches.release_search(connection, tet(connection))
    assert saved_searches.claim_search(connection, number, NOW)
    assert not saved_searches.claim_search(connection, 10**9, NOW)


def test_a_rebuilt_archive_is_watched_from_now_on(press: Press) -> None:
    connection = press.connection
    watched(connection)
    press.prints("thudo", DAY, f"{GIFTS} Mới.")
    for values in ({"archive": "0123456789abcdef"}, {"archive": "", "seen": 10**6}):
        connection.execute(update(table).values(**values))
        found = saved_searches.find_new_matches(connection, tet(connection))
        assert found == NewMatches((), newest(connection), newest(connection), restarted=True)
    saved_searches.finish_run(connection, tet(connection), found, NOW)
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
    with pytest.raises(SavedSearchError, match="saved search tet: there is one of that name"):
        watched(connection)
    assert [each.name for each in saved_searches.all_searches(connection)] == ["tet"], (
        "the transaction goes on"
    )
    with pytest.raises(QueryError):
        saved_searches.add_search(connection, "b", '"never closed', ARCHIVIST, NOW)
    for name in ("", "x" * 81):
        with pytest.raises(SavedSearchError, match="1 to 80 characters"):
            saved_searches.add_search(connection, name, "a", ARCHIVIST, NOW)
    with pytest.raises(SavedSearchError, match="saved search khac: there is none"):
        saved_searches.search_by_name(connection, "khac")
    with pytest.raises(SavedSearchError, match="language fr: there are digests in vi, en"):
        saved_searches.add_search(connection, "b", "a", AlertRecipient(language="fr"), NOW)
    saved_searches.remove_search(connection, tet(connection))
    assert saved_searches.all_searches(connection) == []


def test_a_digest_is_short_and_leads_to_the_articles(press: Press) -> None:
    connection = press.connection
    watch = watched(connection)
    for number in range(MAX_DIGEST_ARTICLES + 2):
        press.prints("thudo", DAY, f"{GIFTS} Bài số {number}.", author="Thu Hà - Minh Quân")
    press.edits("backan", 1, f"{GIFTS} Đã sửa.")
    found = saved_searches.find_new_matches(connection, watch)
    made = alert_digest(connection, HOUSE, watch, found)
    assert made.title == f"tet: {MAX_DIGEST_ARTICLES + 3} bài mới"
    first, *articles, more = made.body.rstrip().split("\n\n")
    assert first.splitlines() == [
        f'{MAX_DIGEST_ARTICLES + 3} bài mới hoặc vừa sửa cho tìm kiếm: "quà Tết"',
        f"(các thay đổi 2–{newest(connection)} của Lưu trữ báo chí)",
        "https://luu.example/search?q=%22qu%C3%A0%20T%E1%BA%BFt%22",
    ]
    assert len(articles) == MAX_DIGEST_ARTICLES
    assert more == "… và 3 bài nữa"
    assert articles[0].splitlines() == [
        "Bài đã sửa",
        "Liên đoàn Lao động tỉnh Bắc Kạn, ngày 12/06/2021 (bản sửa thứ 2)",
        "https://luu.example/article/1",
    ]
    assert "Thu Hà, Minh Quân, Báo Lao động Thủ đô, ngày 12/06/2021" in articles[1]
    bare = alert_digest(connection, ArchiveIdentity(), watch, found)
    assert "https://luu.example" not in bare.body
    assert "https://thudo.example/" in bare.body


def test_a_digest_speaks_the_language_of_its_reader(press: Press) -> None:
    connection = press.connection
    watch = saved_searches.add_search(
        connection, "gifts", '"quà Tết"', AlertRecipient("mai", language="en"), NOW
    )
    press.prints("thudo", DAY, f"{GIFTS} Bài mới.")
    press.prints("babe", None, f"{GIFTS} Không ngày.")
    press.edits("backan", 1, f"{GIFTS} Đã sửa.")
    made = alert_digest(connection, HOUSE, watch, saved_searches.find_new_matches(connection, watch))
    assert made.title == "gifts: new articles: 3"
    assert made.body.startswith('New or just edited for the search "quà Tết": 3\n(changes 2–4 of ')
    assert "Bắc Kạn, 12 June 2021 (revision 2)" in made.body
    assert "Ba Bể, undated" in made.body
    assert " bài mới" not in made.body.replace("Bài mới", "")


def test_a_reader_has_watches_of_their_own(press: Press) -> None:
    connection = press.connection
    mai, lan = AlertRecipient("mai"), AlertRecipient("lan")
    one = saved_searches.add_search(connection, "tet", "quà", mai, NOW)
    saved_searches.add_search(connection, "tet", "quà", lan, NOW)
    saved_searches.add_search(connection, "tet", "quà", ARCHIVIST, NOW)
    assert [each.owner for each in saved_searches.all_searches(connection)] == ["", "lan", "mai"]
    assert saved_searches.searches_of(connection, "mai") == [one]
    assert saved_searches.search_by_id(connection, "mai", one.id) == one
    with pytest.raises(SavedSearchError, match="there is none of that number"):
        saved_searches.search_by_id(connection, "lan", one.id)
    with pytest.raises(SavedSearchError, match="one of that name"):
        saved_searches.add_search(connection, "tet", "khác", mai, NOW)
    for at in range(saved_searches.MAX_SAVED_SEARCHES - 1):
        saved_searches.add_search(connection, str(at), "quà", mai, NOW)
    with pytest.raises(SavedSearchError, match="mai has 50 saved searches"):
        saved_searches.add_search(connection, "more", "quà", mai, NOW)


def test_a_changed_search_is_watched_from_now_on(press: Press) -> None:
    connection = press.connection
    watch = watched(connection)
    press.prints("thudo", DAY, f"{GIFTS} Mới.")
    saved_searches.change_search(connection, watch, "tết", watch.query, "en")
    (again,) = saved_searches.all_searches(connection)
    assert (again.name, again.language, again.last_seq) == ("tết", "en", watch.last_seq)
    saved_searches.change_search(connection, again, "tết", "khó khăn", "en")
    (moved,) = saved_searches.all_searches(connection)
    assert moved.last_seq == newest(connection)
    saved_searches.finish_run(connection, again, NewMatches((), 0, 1), NOW)
    assert saved_searches.all_searches(connection)[0].last_seq == moved.last_seq, (
        "a run of the old search does not move the new one"
    )
    saved_searches.advance_cursor(connection, moved, 0)
    assert saved_searches.all_searches(connection)[0].last_seq == moved.last_seq, "never back"
    with pytest.raises(QueryError):
        saved_searches.change_search(connection, moved, "tết", "(", "vi")


def test_who_was_away_for_long_is_told_of_the_last_changes(press: Press) -> None:
    connection = press.connection
    watch = watched(connection)
    ids = [press.prints("thudo", DAY, f"{GIFTS} Bài số {number}.") for number in range(6)]
    found = saved_searches.find_new_matches(connection, watch, 2)
    assert ([news.article_id for news in found.matches], found.after_seq) == (
        [ids[5], ids[4]],
        newest(connection) - 2,
    )
    assert saved_searches.find_new_matches(connection, watch, 100) == saved_searches.find_new_matches(
        connection, watch
    )
