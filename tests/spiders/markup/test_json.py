from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.discovery.discover import discover
from spiders.items import Hints, Page
from spiders.markup.json import fill_template, is_json, parse_json, value_at, value_text, value_time
from spiders.profile.site_profile import ProfileError, SiteProfile, load_profile

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
DOCUMENT = {"data": {"items": [{"id": 7, "slug": "tết sum vầy", "tags": ["Tết", None, "vui"]}], "next": None}}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("data.items.0.id", "7"),
        ("data.items.0.tags", "Tết\nvui"),
        ("data.items.1.id", ""),
        ("data.items.x", ""),
        ("data.next", ""),
        ("data", ""),
        ("data.items.0.id.x", ""),
    ],
)
def test_values_are_found_by_path(path: str, text: str) -> None:
    assert value_text(value_at(DOCUMENT, path)) == text


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("/bai/{data.items.0.slug}-{data.items.0.id}", "/bai/t%E1%BA%BFt%20sum%20v%E1%BA%A7y-7"),
        ("{a}", "https://cong-doan.example/x?y=1&z=2"),
        ("/x?u={a}", "/x?u=https://cong-doan.example/x%3Fy=1%26z=2"),
        ("/bai/{data.next}", None),
    ],
)
def test_addresses_are_filled(template: str, address: str | None) -> None:
    assert fill_template(template, {**DOCUMENT, "a": "https://cong-doan.example/x?y=1&z=2"}) == address


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1709258400, "2024-03-01T09:00:00+07:00"),
        (1709258400000, "2024-03-01T09:00:00+07:00"),
        ("1709258400", "2024-03-01T09:00:00+07:00"),
        ("2024-03-01T18:00:00.123Z", "2024-03-02T01:00:00+07:00"),
        ("2024-03-01T18:00:00+07:00", "2024-03-01T18:00:00+07:00"),
        ("2024-03-01T18:00:00", "2024-03-01T18:00:00"),
        ("2024-13-01T18:00:00Z", "2024-13-01T18:00:00Z"),
        ("01/03/2024 09:00", "01/03/2024 09:00"),
        (20240301, "20240301"),
        (None, ""),
        (True, ""),
    ],
)
def test_times_are_told_as_the_clocks_showed_them(value: object, text: str) -> None:
    assert value_time(value) == text


@given(ANY_JSON, st.text(max_size=12))
def test_nothing_in_a_document_raises(document: Any, path: str) -> None:
    found = value_at(document, path)
    assert isinstance(value_text(found), str)
    assert isinstance(value_time(found), str)
    address = fill_template("/x/{a}", document)
    assert address is None or address.startswith("/x/")


def test_json_is_told_from_markup_and_read_with_its_mark() -> None:
    assert is_json(b'\xef\xbb\xbf {"a": 1}')
    assert parse_json(b'\xef\xbb\xbf {"a": 1}', None) == {"a": 1}
    assert not is_json(b"<html>")
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json(b"[" * 200_000, None)


@pytest.fixture
def profile(make_profile: Callable[..., SiteProfile]) -> SiteProfile:
    rule = {"items": "items", "url": "/api/bai/{id}", "title": "name", "date": "at", "next": "{links.next}"}
    urls = {"article": [r"^/api/bai/\d+$"], "deny": ["^/api/bai/9$"]}
    return make_profile(listing={"json": rule}, urls=urls)


def test_entries_carry_their_hints_and_the_next_page_is_the_documents(
    profile: SiteProfile, make_page: Callable[..., Page]
) -> None:
    body = (
        '{"items": [{"id": 3, "name": " Tết  sum vầy ", "at": "2024-01-02T03:04:05Z"}, {"id": 9}],'
        ' "links": {"next": "/api/bai?cursor=abc"}}'
    )
    found = discover(make_page(body, url="https://congdoanmau.org.vn/api/bai"), profile)
    first, denied, following = found.links
    assert (first.url, first.kind) == ("https://congdoanmau.org.vn/api/bai/3", "article")
    assert first.hints == Hints("Tết sum vầy", "2024-01-02T10:04:05+07:00", "listing")
    assert denied.refused == "denied"
    assert (following.url, following.next_page) == ("https://congdoanmau.org.vn/api/bai?cursor=abc", True)
    assert (following.kind, following.counted) == ("listing", False)


@pytest.mark.parametrize(
    ("template", "url", "following"),
    [
        ("/api/bai?page={page}", "/api/bai", "/api/bai?page=2"),
        ("/api/bai?page={page}", "/api/bai?page=9", "/api/bai?page=10"),
        ("/api/bai?page={page}", "/api/bai?cat=3&page=4", "/api/bai?page=5"),
        ("/api/bai?page={page}&size=20", "/api/bai?page=0&size=20", "/api/bai?page=1&size=20"),
        ("/api/bai/{page}", "/api/bai/6", "/api/bai/7"),
        ("/api/trang-{page}.json", "/api/trang-6.json", "/api/trang-7.json"),
        ("/api/bai?p={page}", "/api/bai?page=9", "/api/bai?p=2"),
    ],
)
def test_pages_are_counted_on_from_the_listings_own_address(
    make_profile: Callable[..., SiteProfile],
    make_page: Callable[..., Page],
    template: str,
    url: str,
    following: str,
) -> None:
    profile = make_profile(listing={"json": {"url": "/tin/{id}", "next": template}})
    page = make_page('[{"id": 1}]', url=f"https://congdoanmau.org.vn{url}")
    (paged,) = [link.url for link in discover(page, profile).links if link.next_page]
    assert paged == f"https://congdoanmau.org.vn{following}"


@pytest.mark.parametrize(
    ("rules", "key", "said_"),
    [
        ('[listing.json]\nurl = "/tin"', "listing.json.url", "address with paths in braces"),
        ('[listing.json]\nurl = "/tin/{}"', "listing.json.url", "address with paths in braces"),
        (
            '[listing.json]\nurl = "/tin/{id}"\ntitle = "a..b"',
            "listing.json.title",
            "path of keys and indexes",
        ),
        ('[listing.json]\nurl = "/tin/{id}"\nlink = "x"', "listing.json.link", "correct its spelling"),
        ('[[layout]]\njson = { title = "t" }', "layout.0.json.body", "required"),
        ('[listing]\nas_json = { url = "/tin/{id}" }', "listing.as_json", "correct its spelling"),
        ('[fetch]\nwall = "script"', "fetch.wall", "cookie"),
        ("[listing]\npostback = true", "listing", "say where the pager's links stand"),
    ],
)
def test_a_bad_rule_is_told_with_its_key(tmp_path: Path, rules: str, key: str, said_: str) -> None:
    path = tmp_path / "mau.toml"
    told = 'name = "Mẫu"\ndomain = "mau.example"\nlevel = "office"\nverified = "no"\nseeds = ["https://mau.example/"]\n'
    path.write_text(told + rules, encoding="utf-8")
    with pytest.raises(ProfileError, match=rf"key `{key}`.*{said_}"):
        load_profile(path)
