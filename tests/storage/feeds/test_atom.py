"""Atom feeds: after RFC 4287's rules, read as a reader program reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from storage.articles import queries as catalogue
from storage.citations.reference import ArchiveIdentity
from storage.database.engine import reading
from storage.feeds import entries as entries_of
from storage.feeds.atom import FeedEntry, FeedHead, atom_document
from storage.feeds.entries import archive_feed, search_feed, site_feed
from storage.search.query.parse import QueryError
from tests.storage.feeds.atom_rules import problems
from tests.storage.random_archive import Scribe

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUSE = ArchiveIdentity("https://luu.example", "Lưu trữ báo chí")
HEAD = FeedHead("https://luu.example/a.atom", "https://luu.example/", "Mới", "Lưu trữ báo chí", NOW)
TEXT = st.text(min_size=1, max_size=40)


def entry(number: int, title: str = "Bài", content: str = "<p>a</p>", **more: object) -> FeedEntry:
    address = f"https://luu.example/article/{number}"
    at = NOW + timedelta(minutes=number)
    authors = ("Thu Hà",)
    original = "https://x.example/?a=1&b=2"
    return FeedEntry(address, title, at, None, authors, title, content, original, **more)  # type: ignore[arg-type]


def test_an_empty_feed_is_a_feed() -> None:
    assert problems(atom_document(HEAD, [])) == []
    assert feedparser.parse(atom_document(HEAD, [])).feed.updated == "2026-11-22T00:00:00Z"


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_whatever_a_title_holds_it_is_a_feed(texts: list[tuple[str, str]]) -> None:
    made = atom_document(
        HEAD, [entry(n, title, content, tags=(title,)) for n, (title, content) in enumerate(texts)]
    )
    assert problems(made) == []


def test_the_last_change_comes_first_and_dates_the_feed() -> None:
    read = feedparser.parse(atom_document(HEAD, [entry(1), entry(3), entry(2)]))
    assert not read.bozo
    assert [each.id[-1] for each in read.entries] == ["3", "2", "1"]
    assert read.feed.updated == read.entries[0].updated == "2026-11-22T00:03:00Z"
    one = read.entries[0]
    assert (one.link, one.author) == ("https://luu.example/article/3", "Thu Hà")
    assert {link.rel: link.href for link in one.links}["via"] == "https://x.example/?a=1&b=2"


def test_rules_that_are_broken_are_found() -> None:
    whole = atom_document(HEAD, [entry(1)]).decode()
    for old, new, said in (
        ("https://luu.example/article/1</id>", "mot</id>", "4.2.6"),
        ("2026-11-22T00:01:00Z", "22/11/2026", "3.3"),
        ("<name>Thu Hà</name>", "", "3.2.1"),
        ("<title>Bài</title>", "", "title must be there once"),
        ('rel="self"', 'rel="related"', "4.1.1"),
    ):
        assert old in whole
        assert any(said in problem for problem in problems(whole.replace(old, new).encode())), said


def test_feeds_of_an_archive(archive: Engine) -> None:
    scribe = Scribe(archive)
    scribe.write(80)
    with reading(archive) as connection:
        for head, found in (
            archive_feed(connection, HOUSE, NOW),
            site_feed(connection, HOUSE, "tinh", NOW),
            search_feed(connection, HOUSE, '"an toan lao dong"', NOW),
        ):
            assert problems(atom_document(head, found)) == []
            assert 0 < len(found) <= entries_of.MAX_FEED_ENTRIES
            assert not feedparser.parse(atom_document(head, found)).bozo
        numbers = [number for number, _ in catalogue.all_articles(connection)]
        _, everything = archive_feed(connection, HOUSE, NOW)
        assert {each.address for each in everything} == {f"https://luu.example/article/{n}" for n in numbers}
        head, here = site_feed(connection, HOUSE, "tinh", NOW)
        assert head.address == "https://luu.example/site/tinh.atom"
        assert {each.address for each in here} == {
            f"https://luu.example/article/{n}"
            for n in numbers
            if any(place.site == "tinh" for place in catalogue.appearances_of(connection, n))
        }


def test_a_search_shows_its_words_and_only_what_it_finds(archive: Engine) -> None:
    Scribe(archive).write(80)
    with reading(archive) as connection:
        head, found = search_feed(connection, HOUSE, '"an toàn lao động" báo cáo', NOW)
        assert found
        assert all("an toàn lao động" in each.title for each in found)
        assert all("<b>báo</b> <b>cáo</b>" in each.content for each in found)
        asked = head.address.removeprefix("https://luu.example/search.atom?q=")
        assert asked.startswith("%22an%20to%C3%A0n%20lao")
        assert unquote(asked) == '"an toàn lao động" báo cáo'
        with pytest.raises(QueryError):
            search_feed(connection, HOUSE, '"never closed', NOW)
        with pytest.raises(ValueError, match="public_url"):
            archive_feed(connection, ArchiveIdentity(), NOW)


def test_many_matches_are_looked_for_along_the_changes(
    sqlite_archive: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scribe = Scribe(sqlite_archive)
    scribe.write(150)
    monkeypatch.setattr(entries_of, "CHANGES_PER_FEED_READ", 7)
    monkeypatch.setattr(entries_of, "MAX_FEED_ENTRIES", 10)
    monkeypatch.setattr(entries_of, "NEWEST_FEED_READS", 0)
    with reading(sqlite_archive) as connection:
        few = search_feed(connection, HOUSE, "đơn vị", NOW)
        monkeypatch.setattr(entries_of, "MAX_SORTED_FEED_MATCHES", 3)
        many = search_feed(connection, HOUSE, "đơn vị", NOW)
        monkeypatch.setattr(entries_of, "NEWEST_FEED_READS", 5)
        near = search_feed(connection, HOUSE, "đơn vị", NOW)
        assert len(few[1]) == len(many[1]) == 10
        assert many == near
        nothing = search_feed(connection, HOUSE, "khongcotunay", NOW)
        assert nothing[1] == []
        assert problems(atom_document(*nothing)) == []


def test_times_and_html_are_told_as_they_are() -> None:
    zone = timezone(timedelta(hours=7))
    one = entry(1, content="<p>1 &lt; 2 &amp; 3</p>")
    told = FeedEntry(
        **{name: getattr(one, name) for name in FeedEntry.__slots__}
        | {"published": datetime(2021, 6, 12, 8, 5, tzinfo=zone)}
    )
    read = feedparser.parse(atom_document(HEAD, [told])).entries[0]
    assert read.published == "2021-06-12T01:05:00Z"
    assert read.content[0].value == "<p>1 &lt; 2 &amp; 3</p>"
