"""What a survey takes for what: capitals, shells, parameters, paths in parameters, sentences around dates."""

from __future__ import annotations

import re

import pytest

from spiders.explore.body_rules import article_samples
from spiders.explore.listing_rules import entry_date_rule
from spiders.explore.page import FrontPage, ParsedPage, parse_page
from spiders.explore.page_numbers import is_further_page
from spiders.explore.selectors import own_selectors
from spiders.explore.survey import Survey
from spiders.explore.url_patterns import generalized_shape, path_and_query, url_pattern, url_shape
from spiders.explore.write_profile import propose_profile
from spiders.markup.html import parse_html
from tests.spiders.explore.made_pages import page

SITE = "https://congdoan.example"
HOME = FrontPage(f"{SITE}/", frozenset(("congdoan.example",)))
SHELL = "<title>Công đoàn</title><script src='/app.js'></script><div id='root'></div>"
TEXT = "Sáng nay, công đoàn cơ sở đã tổ chức hội nghị người lao động với đông đủ đoàn viên của đơn vị. " * 8


def looked(url: str, html: str) -> ParsedPage:
    look = parse_page(page(url, html), HOME)
    assert look
    return look


def test_a_parameter_that_is_the_same_everywhere_is_kept() -> None:
    links = "".join(f'<a href="/?language=vi&op=tin/bai-{n}">Bài số {n}</a>' for n in range(9))
    assert {anchor.url.count("language=vi") for anchor in looked(f"{SITE}/", links).site_links} == {1}


def test_a_path_in_a_parameter_tells_kinds_of_page_apart() -> None:
    article = f"{SITE}/index.php?nv=news&op=Tin-trong-nganh-ta/dai-hoi-cong-doan-{{}}"
    urls = [article.format(n) for n in (41, 57)]
    pattern = re.compile(url_pattern(url_shape(urls[0]), urls))
    assert all(pattern.search(path_and_query(url)) for url in urls)
    others = ("op=Tin-trong-nganh-ta", "op=print/Tin-trong-nganh-ta/57", "op=Tin-trong-nganh-ta/page-x")
    for other in (f"{SITE}/index.php?nv=news&{query}" for query in others):
        assert not pattern.search(path_and_query(other))
        assert other.endswith("page-x") or generalized_shape(url_shape(other)) != generalized_shape(
            url_shape(urls[0])
        )


def test_a_pager_may_add_to_the_path_in_a_parameter() -> None:
    assert is_further_page(f"{SITE}/?nv=news&op=tin", f"{SITE}/?nv=news&op=tin/page-2", "2")
    assert not is_further_page(f"{SITE}/?nv=news&op=tin", f"{SITE}/?nv=news&op=van-ban/page-2", "2")


def test_elements_are_called_by_their_looks_only_where_nothing_near_has_a_name() -> None:
    root, _ = parse_html('<table width="610"><tr><td bgcolor="#FFF5DD">Tin</td></tr></table>')
    assert root is not None
    assert [list(own_selectors(node)) for node in root.iter("table", "td")] == [
        ['table[width="610"]'],
        ['td[bgcolor="#FFF5DD"]'],
    ]
    root, _ = parse_html('<div class="tin"><table><tr><td bgcolor="#FFF5DD">Tin</td></tr></table></div>')
    assert root is not None
    assert [list(own_selectors(node)) for node in root.iter("td")] == [[]]


def test_a_sentence_around_a_date_is_the_template_s() -> None:
    rubrics = ("Tin tức", "Pháp luật", "Nữ công", "Thi đua")
    said = "Bài này được đăng vào ngày {}.03.2013 lúc {}:10 trong chuyên mục {}. Bạn có thể theo dõi qua RSS."
    looks = [
        looked(
            f"{SITE}/{n}",
            f"<h1>Đại hội công đoàn lần thứ {n}</h1><p>{rubric} {TEXT}</p><p>{said.format(n, n, rubric)}</p>",
        )
        for n, rubric in enumerate(rubrics, 11)
    ]
    for copy in article_samples(looks, [next(look.root.iter("h1")) for look in looks]):
        assert [line.text[-20:] for line in copy.own_lines] == [TEXT.strip()[-20:]]


def test_the_date_of_an_entry_is_no_headline_on_the_front_page() -> None:
    rows = "".join(
        f"<tr><td width=80><font size=2>0{n}/03/2011</font><td><font size=2><a href=/{n}>Bài {n}</a>"
        for n in range(1, 6)
    )
    home = "".join(f"<tr><td><font size=2><a href=/{n}>Bài {n}</a>" for n in range(1, 6))
    listing = looked(f"{SITE}/tin", f"<table width=610>{rows}</table>")
    front = looked(f"{SITE}/", f"<table width=610>{home}</table>")
    css = entry_date_rule([listing], "tr", [front])
    assert css
    assert "80" in css


@pytest.mark.parametrize(("answer", "folds"), [(200, True), (404, False)])
def test_capitals_are_nothing_where_the_same_page_answers_without_them(answer: int, folds: bool) -> None:
    survey = Survey(HOME)
    heads = (
        "Hội nghị người lao động của đơn vị",
        "Đại hội công đoàn cơ sở nhiệm kỳ mới",
        "Tháng công nhân ở cơ sở",
    )
    links = "".join(
        f'<p><a href="/Tin/ChiTiet/{n}">{heads[n % 3]} lần thứ {n}</a></p>' for n in range(10, 22)
    )
    asked = []
    while url := survey.next_url():
        asked.append(url)
        path = url.removeprefix(SITE)
        number = path.rpartition("/")[2]
        known = path == "/" or path.startswith("/Tin/ChiTiet/")
        status = 200 if known else answer if path.startswith("/tin/chitiet/") else 404
        html = links if path == "/" else f"<title>{number}</title><h1>Bài {number}</h1><p>{number} {TEXT}</p>"
        survey.add_page(page(url, html, status))
    assert asked[-1].startswith(f"{SITE}/tin/chitiet/")
    assert survey.folds_case is folds
    found = propose_profile(survey, {})
    assert found.fold_case is folds
    assert found.article == (r"^/tin/chitiet/\d+$" if folds else r"^/Tin/ChiTiet/\d+$",)
    survey.folds_case, survey._survey_graph = None, None  # as with saved pages, which cannot be tried
    told = propose_profile(survey, {})
    assert (told.fold_case, told.article) == (False, (r"^/Tin/ChiTiet/\d+$",))


def test_a_shell_is_no_page_and_the_doubts_say_what_to_do() -> None:
    survey = Survey(HOME)
    survey.add_page(page(f"{SITE}/", SHELL))
    assert not survey.pages
    assert survey.js_shells == [f"{SITE}/"]
    assert "`[fetch] browser = true`" in propose_profile(survey, {}).doubts[0]


@pytest.mark.parametrize("href", ["", "#", "javascript:void(0)"])
def test_headlines_that_lead_nowhere_are_told(href: str) -> None:
    survey = Survey(HOME)
    links = "".join(f'<p><a href="{href}">Tiêu đề của bài viết mẫu số {n}</a></p>' for n in range(6))
    survey.add_page(page(f"{SITE}/", links))
    assert "6 headlines are links to nowhere" in propose_profile(survey, {}).doubts[0]


def test_headlines_that_all_lead_to_one_page_are_told_for_what_they_are() -> None:
    survey = Survey(HOME)
    links = "".join(f'<p><a href="/chi-tiet.php">Tiêu đề của bài viết mẫu số {n}</a></p>' for n in range(6))
    survey.add_page(page(f"{SITE}/", links))
    survey.add_page(page(f"{SITE}/chi-tiet.php", f"<h1>Bài viết mẫu</h1><p>{TEXT}</p>"))
    survey.stop_requests()
    assert (
        "6 different headlines all lead to https://congdoan.example/chi-tiet.php"
        in propose_profile(survey, {}).doubts[0]
    )
