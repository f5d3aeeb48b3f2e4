"""Which query parameters addresses can do without, by what links say."""

from __future__ import annotations

import pytest

from spiders.explore.ignorable_parameters import ignorable_parameters, without_parameters
from spiders.explore.page_numbers import is_further_page, is_pager_link
from spiders.explore.url_patterns import url_pattern, url_shape

SITE = "https://x.example"
HEAD = ("Công đoàn huyện trao nhà cho đoàn viên", "Hội thi an toàn lao động ở khu công nghiệp")


def test_what_stands_beside_one_headline_is_decoration() -> None:
    texts = {f"{SITE}/a": HEAD[0], f"{SITE}/a?redirect=%2F": HEAD[0], f"{SITE}/b?redirect=%2Ftin": HEAD[1]}
    assert ignorable_parameters(texts, {}) == {"redirect"}


def test_what_tells_headlines_or_sections_apart_is_none() -> None:
    keys = {f"{SITE}/d?id=1": HEAD[0], f"{SITE}/d?id=2": HEAD[1], f"{SITE}/d": "Tin tức"}
    assert ignorable_parameters(keys, {}) == frozenset()
    # one article under two tabs; the tabs themselves are two sections
    tabs = {f"{SITE}/d?tab=1&id=5": HEAD[0], f"{SITE}/d?tab=2&id=5": HEAD[0]}
    named = tabs | {f"{SITE}/d?tab=1": "Nữ công", f"{SITE}/d?tab=2": "Pháp luật"}
    assert "tab" not in ignorable_parameters(named, {})
    many = tabs | {f"{SITE}/d?tab={n}&id={m}": f"{HEAD[1]} {m}" for n in (1, 2) for m in range(9)}
    seen = {f"{SITE}/d?tab=1": "Nữ công - Công đoàn", f"{SITE}/d?tab=2": "Pháp luật - Công đoàn"}
    assert "tab" not in ignorable_parameters(many | dict.fromkeys(seen, ""), seen)


def test_two_decorations_are_found_one_after_the_other() -> None:
    texts = {
        f"{SITE}/a": HEAD[0],
        f"{SITE}/a?u=1": HEAD[0],
        f"{SITE}/b?u=1&v=2": HEAD[1],
        f"{SITE}/b?u=1": HEAD[1],
    }
    assert ignorable_parameters(texts, {}) == {"u", "v"}
    assert without_parameters(f"{SITE}/a?u=1&id=3&v=2", frozenset("uv")) == f"{SITE}/a?id=3"


@pytest.mark.parametrize(
    ("url", "other", "label", "is_page"),
    [
        ("/tin", "/tin/trang-2.html", "2", True),
        ("/tin", "/tin/trang-2.html", "Trang sau »", True),
        ("/tin", "/tin/bai-so-2.html", "Bài số hai", False),
        ("/tin?id=3", "/tin?id=3&page=2", "2", True),
        ("/tin?id=3", "/tin?id=4", "Nữ công", False),
    ],
)
def test_a_pager_is_told_by_its_words_and_its_address(
    url: str, other: str, label: str, is_page: bool
) -> None:
    assert is_pager_link(SITE + url, SITE + other, label) is is_page


def test_a_portal_s_pager_may_add_many_parameters() -> None:
    more = "&".join(f"p_{n}=v" for n in range(7))
    assert is_further_page(f"{SITE}/tin", f"{SITE}/tin?{more}&cur=2", "2")


def test_a_word_in_the_query_tells_kinds_of_page_apart() -> None:
    urls = [f"{SITE}/index.php?id={n}&mod=tin" for n in range(3)]
    pattern = url_pattern(url_shape(urls[0]), urls)
    assert pattern == r"^(?=.*[?&]mod=tin(&|$))/index\.php\?(.*&)?id=\d+"
    assert url_shape(urls[0]) != url_shape(f"{SITE}/index.php?id=7&mod=in")
