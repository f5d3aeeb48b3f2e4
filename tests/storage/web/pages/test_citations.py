"""Citing in the reading room: the box, the head, files of references, feeds, results as files."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import feedparser
import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from fastapi.testclient import TestClient

from tests.storage.feeds.atom_rules import problems

ROOM = "http://room.example"


def test_an_article_shows_every_form_as_text(client: TestClient) -> None:
    page = client.get("/article/1").text
    for form in ("vn", "apa", "chicago", "bibtex", "ris", "csl"):
        assert f'id="cite-{form}"' in page
    told = unescape(re.sub(r"<[^>]+>", "", page))
    assert "Hòa giải viên lao động" in told
    assert f"{ROOM}/article/1." in told
    assert "@misc{congdoan-article-1," in told
    assert "TY  - NEWS" in told
    assert 'href="/article/1.bib" download' in page
    assert page.count('<button type="button" class="copying"') == page.count(" hidden>") == 6
    assert "To cite these very words" in told
    assert f"{ROOM}/article/1/revision/1." in unescape(client.get("/article/1/revision/1").text)


def test_the_head_tells_zotero(client: TestClient) -> None:
    page = client.get("/article/1").text
    head = page[: page.index("</head>")]
    assert '<meta name="citation_title" content="Hòa giải viên' in head
    assert '<meta name="z:itemType" content="newspaperArticle">' in head
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', head)
    assert found
    told = json.loads(found[1])
    assert (told["@type"], told["archivedAt"]) == ("NewsArticle", f"{ROOM}/article/1")
    assert head.count('rel="canonical"') == 1


@pytest.mark.parametrize("path", ["/article/1", "/article/1/revision/1"])
def test_references_as_files(client: TestClient, path: str) -> None:
    bib, ris, item = (client.get(path + suffix) for suffix in (".bib", ".ris", ".csl.json"))
    (entry,) = parse_string(bib.text).entries
    (reference,) = rispy.loads(ris.text)
    (csl,) = item.json()
    assert (
        entry.key
        == reference["id"]
        == csl["id"]
        == path.replace("/article", "congdoan-article")
        .replace("/revision/", "-")
        .replace("article/", "article-")
    )
    assert reference["unknown_tag"]["AV"] == [ROOM + path]
    assert bib.headers["content-disposition"] == f'attachment; filename="{entry.key}.bib"'
    assert bib.headers["content-type"].startswith("application/x-bibtex")
    assert client.get(path + ".bib", headers={"If-None-Match": bib.headers["etag"]}).status_code == 304


def test_a_capture_of_an_article_is_cited(client: TestClient) -> None:
    page = client.get("/article/1").text
    found = re.search(r'href="(/capture/\d+)"', page)
    assert found
    (item,) = client.get(f"{found[1]}.csl.json").json()
    assert item["archive_location"] == ROOM + found[1]


@pytest.mark.parametrize(
    "path",
    [
        *("/article/999.bib", "/article/x.bib", "/article/1/revision/9.ris", "/capture/999.csl.json"),
        *("/article/1.docx", "/site/x.atom", "/search.atom", "/search.csv", f"/search.csv?q={'a' * 1001}"),
        "/article/99999999999999999999999.bib",
    ],
)
def test_what_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/archive.atom", "/site/backan.atom", "/search.atom?q=hoa+giai"])
def test_feeds(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert problems(answer.content) == []
    read = feedparser.parse(answer.content)
    assert read.entries
    assert read.feed.id == ROOM + path.replace("+", "%20")
    for entry in read.entries:
        assert client.get(entry.link.removeprefix(ROOM)).status_code == 200
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_pages_name_their_feeds(client: TestClient) -> None:
    for page, feed in (
        ("/", "/archive.atom"),
        ("/site/backan", "/site/backan.atom"),
        ("/search?q=h%C3%B2a+gi%E1%BA%A3i", "/search.atom?q=h%C3%B2a%20gi%E1%BA%A3i"),
    ):
        assert 'type="application/atom+xml" title="' in client.get(page).text
        assert f'href="{feed}"' in client.get(page).text


def test_a_result_as_files(client: TestClient) -> None:
    words = "?q=lao+dong"
    sheet = client.get(f"/search.csv{words}")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"), newline="")))
    lines = [json.loads(line) for line in client.get(f"/search.jsonl{words}").text.splitlines()]
    references = rispy.loads(client.get(f"/search.ris{words}").text)
    entries = parse_string(client.get(f"/search.bib{words}").text).entries
    assert len(rows) == len(lines) == len(references) == len(entries) > 0
    assert [int(row["id"]) for row in rows] == [line["id"] for line in lines]
    assert int(sheet.headers["x-articles-found"]) == int(sheet.headers["x-articles-given"]) == len(rows)
    assert sheet.headers["content-disposition"] == 'attachment; filename="search.csv"'
    nothing = client.get("/search.csv?q=khongcotunay")
    assert nothing.content.decode("utf-8-sig").count("\n") == 1


@pytest.mark.parametrize("path", ["/search.csv", "/search.ris", "/search.atom"])
def test_a_query_that_is_none_is_told_kindly(client: TestClient, path: str) -> None:
    answer = client.get(path, params={"q": '"never closed'})
    assert answer.status_code == 400
    assert "This question cannot be understood" in answer.text
