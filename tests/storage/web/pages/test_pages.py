"""Every page of the reading room, on both databases: what it tells, and what it lets nobody do."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.storage.web.sample_archive import PNG, TITLE

PAGES = (
    "/",
    "/search",
    "/search?q=hoa+giai",
    "/search?q=thang+cong+nhan&sort=newest&fold=no",
    "/article/1",
    "/article/1/revision/1",
    "/article/1/changes",
    "/article/1/changes/2/1",
    "/article/2",
    "/article/3",
    "/story/1",
    "/capture/1",
    "/capture/2",
    "/sites",
    "/site/backan",
    "/site/thudo",
    "/site/huyen",
    "/places",
    "/place/bac_kan",
    "/place/bac_kan/ba_be",
    "/place/thai_nguyen",
    "/organisations",
    "/organisation/Liên đoàn Lao động huyện Ba Bể",
    "/organisation/Liên đoàn Lao động thành phố Hà Nội",
    "/documents",
    "/document/02-NQ/TW",
    "/about",
    "/help",
)
BROKEN = ("/nowhere", "/article/999", "/article/x", "/article/1/revision/9", "/article/1/changes/1/9")
MISSING = (*BROKEN, "/story/99", "/capture/99", "/file/99", "/file/1/9", "/site/x", "/place/x", "/document/x")


class Page(HTMLParser):
    """What must hold of every page's markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def flat(response: Response) -> str:
    """The text of a page without its tags, white space evened."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_whole_and_keeps_the_policy(client: TestClient, language: str) -> None:
    for path in PAGES:
        _is_whole(client, path, language)


def _is_whole(client: TestClient, path: str, language: str) -> None:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code == 200, path
    page = Page(response.text)
    assert response.headers["content-language"] == language
    assert page.tags[0] == ("html", {"lang": language})
    assert (page.count("h1"), page.count("main")) == (1, 1), path
    told = response.headers["content-security-policy"]
    assert "script-src 'self'" in told
    assert "unsafe" not in told
    assert response.headers["x-content-type-options"] == "nosniff"
    for tag, attributes in page.tags:
        assert "style" not in attributes, (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        data = attributes.get("type") == "application/ld+json"
        assert not (tag == "script" and not attributes.get("src") and not data), "inline script"
        for name in ("src", "srcset", "poster"):
            assert (attributes.get(name) or "/").startswith("/"), (tag, attributes)
    named = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(named) == len(set(named)), f"{path}: an id stands twice"


@pytest.mark.parametrize("path", ["/", "/article/1", "/search?q=hoa+giai", "/help"])
def test_an_answer_the_reader_has_is_not_sent_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_what_is_not_there_is_told_kindly(client: TestClient) -> None:
    for path in MISSING:
        response = client.get(path)
        assert response.status_code == 404, path
        assert "There is nothing at this address" in flat(response)
        assert Page(response.text).count("form") == 1, path


def test_links_of_the_pages_lead_somewhere(client: TestClient) -> None:
    todo, done, families = ["/"], set[str](), Counter[str]()
    while todo:
        path = todo.pop(0)
        family = path.split("?")[0].split("/")[1]
        if path in done or families[family] >= 5:
            continue
        done.add(path)
        families[family] += 1
        response = client.get(path, follow_redirects=True)
        assert response.status_code == 200, path
        if "html" in response.headers["content-type"] and not path.endswith("/page"):
            links = (
                attributes.get("href") or "" for tag, attributes in Page(response.text).tags if tag == "a"
            )
            todo += [link for link in links if link.startswith("/") and "lang=" not in link]
    reached = {"article", "story", "site", "document", "capture", "file", "place", "organisation", "search"}
    assert reached <= set(families)


def test_the_reader_chooses_the_language_by_address_and_it_is_remembered(client: TestClient) -> None:
    assert "How to search" in client.get("/help").text
    chosen = client.get("/help?lang=vi")
    assert "Cách tìm" in chosen.text
    assert "lang=vi" in chosen.headers["set-cookie"]
    assert "HttpOnly" in chosen.headers["set-cookie"]
    assert "Cách tìm" in client.get("/help").text
    assert 'href="/help?lang=en"' in client.get("/help").text


def test_an_article_tells_where_it_comes_from(client: TestClient) -> None:
    text = flat(client.get("/article/1"))
    assert TITLE in text
    assert "4 March 2022, 08:30" in text
    assert "likely" in text
    assert "sitemap: 2022-03-05" in text
    assert "h1.tieude" in text
    assert "huyện Ba Bể" in text
    assert "now tỉnh Thái Nguyên" in text
    assert "&lt;b&gt;nhắc&lt;/b&gt;" in text, "markup of the text itself is text"
    html = client.get("/article/1").text
    assert '<img src="/file/1" alt="Quang cảnh hội nghị">' in html
    assert 'src="https://khac.example/x.jpg' not in html, "a picture that is not kept is not asked for"
    assert "1 picture is not kept Không lưu" in text
    assert '<a href="/document/02-NQ/TW">' in html
    assert "<td>98</td>" in html
    assert "<td>96</td>" in client.get("/article/1/revision/1").text
    assert "This is an earlier text: revision 1 of 2." in flat(client.get("/article/1/revision/1"))


def test_changes_are_told_word_by_word(client: TestClient) -> None:
    assert re.search(r"<del>96\s*</del><ins>98\s*</ins>", client.get("/article/1/changes").text)
    assert re.search(r"<del>98\s*</del><ins>96\s*</ins>", client.get("/article/1/changes/2/1").text)
    assert "one text only" in client.get("/article/3/changes").text


def test_a_story_tells_its_first_appearance_its_source_and_the_differences(client: TestClient) -> None:
    text = flat(client.get("/story/1"))
    assert "One text, found at 3 addresses." in text
    assert "shortened, 80%" in text
    assert "a copy names it as its source" in text
    assert "<del>" in client.get("/story/1").text
    assert "/story/1" in client.get("/article/2").text


def test_sites_tell_their_life_and_health(client: TestClient) -> None:
    text = flat(client.get("/site/backan"))
    for told in ("until 30 June 2025", "Liên đoàn Lao động tỉnh Thái Nguyên", "NukeViet", "a stored page"):
        assert told in text
    assert "needs a person" in text
    assert "2 of 30 visits failed" in text
    assert "m.thudo.example" in flat(client.get("/site/thudo"))
    assert "2015" in flat(client.get("/site/thudo"))


def test_places_offer_what_they_were(client: TestClient) -> None:
    assert "It ended on 30 June 2025. 2 articles are about it." in flat(client.get("/place/bac_kan"))
    assert 'href="/place/bac_kan"' in client.get("/place/thai_nguyen").text
    assert "24" in flat(client.get("/place/ha_noi"))


def test_documents_and_organisations_lead_to_their_articles(client: TestClient) -> None:
    assert "02-NQ/TW Nghị quyết Bộ Chính trị 12 June 2021 1" in flat(client.get("/documents"))
    assert "1 article cites it." in flat(client.get("/document/02-NQ/TW"))
    text = flat(client.get("/organisation/Liên đoàn Lao động thành phố Hà Nội"))
    assert "24 articles were issued by it." in text
    assert "Báo Thử nghiệm Thủ đô" in text


def test_a_site_the_archive_does_not_know_and_an_address_it_does(client: TestClient) -> None:
    found = client.get("/at", params={"url": "https://thudo.example/hoa-giai.html"}, follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, "/article/1")
    assert client.get("/at", params={"url": "https://live.example/"}).status_code == 404


def test_an_address_typed_into_the_search_box_leads_to_what_stood_there(client: TestClient) -> None:
    found = client.get("/search", params={"q": " https://backan.example/bai/1 "})
    assert (found.status_code, found.url.path) == (200, "/article/1")


def test_what_was_edited_or_vanished_is_told_at_home_and_on_the_sites(client: TestClient) -> None:
    text = flat(client.get("/"))
    assert "gone Thông báo &lt;không ghi ngày&gt;" in text
    assert f"edited {TITLE}" in text
    assert "1 address gone from the web" in flat(client.get("/site/huyen"))


@pytest.mark.parametrize("host", ["a b", "x;script-src *", "[::1]:80", "evil.example/path"])
def test_a_strange_host_gets_no_say_in_policies(client: TestClient, host: str) -> None:
    response = client.get("/capture/1/page", headers={"Host": host})
    told = response.headers["content-security-policy"]
    assert told.count(";") == 6
    assert "script" not in told


def test_pictures_are_drawn_and_everything_else_is_saved(client: TestClient) -> None:
    picture = client.get("/file/1")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["content-disposition"].startswith("inline")
    assert client.get("/file/1", headers={"If-None-Match": picture.headers["etag"]}).status_code == 304
    paper, old = client.get("/file/2"), client.get("/file/2/1")
    assert (paper.content, old.content) == (b"%PDF-1.4 moi", b"%PDF-1.4 cu")
    assert paper.headers["content-type"] == "application/pdf", "what the bytes are, not what a server told"
    assert 'attachment; filename="ke-hoach.pdf"' in paper.headers["content-disposition"]
    for response in (picture, paper):
        assert response.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert response.headers["x-content-type-options"] == "nosniff"


def test_a_stored_page_is_shown_without_what_acts(client: TestClient) -> None:
    response = client.get("/capture/1/page")
    told = response.headers["content-security-policy"]
    assert told.startswith("sandbox; default-src 'none'; img-src http://room.example/file/ 'self'")
    assert "allow" not in told
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for word in ("<script", "http-equiv", "<base", "<link", 'src="https://live', " href="):
        assert word not in response.text, word
    assert '<img src="/file/1" class="ours"' in response.text
    assert TITLE in response.text
    raw = client.get("/capture/1/raw")
    assert b"<script" in raw.content
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["content-disposition"].startswith("attachment")


def test_a_revisit_leads_to_the_capture_that_has_the_body(client: TestClient) -> None:
    assert "Unchanged since captured page 1" in flat(client.get("/capture/2")).replace(" ,", ",")
    assert TITLE in client.get("/capture/2/page").text
    assert client.get("/capture/3/page").status_code == 200, "a picture a server told to be a page"


def test_only_questions_are_answered(client: TestClient) -> None:
    response = client.post("/search", data={"q": "x"})
    assert response.status_code == 405
    assert "it changes nothing" in flat(response)
