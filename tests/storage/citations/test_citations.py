"""Citations: every form says what it should, and reads back whatever a title holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from storage.articles import queries as catalogue
from storage.citations import bibtex, ris
from storage.citations.apa_chicago import CslStyle, apa_chicago_reference
from storage.citations.authors import authors_of
from storage.citations.citation_formats import CITATION_FORMATS, format_citation
from storage.citations.csl import csl_item
from storage.citations.html_metadata import json_ld, meta_tags, metadata_html
from storage.citations.lookup import CitationError, cite_all, cite_article, cite_capture
from storage.citations.reference import (
    ArchiveIdentity,
    Reference,
    ReferenceKind,
    one_line,
    reference_of_capture,
    reference_of_revision,
    reference_of_row,
    reference_path,
)
from storage.citations.vietnamese import vietnamese_reference
from storage.database.engine import reading
from storage.export.export_row import JsonRow
from storage.export.json_rows import read_rows
from storage.records import Capture, PrintedTime
from tests.storage.random_archive import Scribe

HOUSE = ArchiveIdentity("https://luu.example", "Lưu trữ báo chí", {"huyen": "Công đoàn huyện Ba Bể"})
EVENING = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # the second of March in Việt Nam
ONE = Reference(
    kind=ReferenceKind.REVISION,
    number=12,
    revision=2,
    title="Trao 1.500 suất quà “Tết Sum vầy”",
    authors=("Nguyễn Thị Thu Hà", "Minh Quân"),
    site="Công đoàn huyện Ba Bể",
    url="https://huyen.example/bai-1?id=5&muc=2_a",
    published=PrintedTime(date(2021, 6, 12), time(8, 5)),
    captured=EVENING,
    archive="Lưu trữ báo chí",
    address="https://luu.example/article/12/revision/2",
    lead="Sáng nay, LĐLĐ huyện trao quà.",
    tags=("tết sum vầy",),
)
UNSIGNED = replace(ONE, authors=(), published=None, title="Ai được vay vốn?")
HOSTILE = st.text(
    st.sampled_from("ađ Ễ\"'“”‘’«»{}\\%$&#_~^@=,;:-</>!?.\n\r\t\x00\x0b\x85\u2028\ufeff\u202e😀\ud800|[]()*`")
    | st.characters(),
    min_size=1,
    max_size=60,
).filter(lambda text: one_line(text) != "")
LATEX = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{f"\\{sign}": sign for sign in "&%$#_"},
}


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        (None, ()),
        ("  ", ()),
        ("Nguyễn Thị Thu Hà", ("Nguyễn Thị Thu Hà",)),
        ("Thu Hà - Minh Quân", ("Thu Hà", "Minh Quân")),
        ("Thu Hà – Minh Quân", ("Thu Hà", "Minh Quân")),
        ("Thu Hà-Minh Quân", ("Thu Hà", "Minh Quân")),
        ("Thu Hà, Minh Quân và K.Tiến", ("Thu Hà", "Minh Quân", "K.Tiến")),
        ("Thu Hà & Minh Quân", ("Thu Hà", "Minh Quân")),
        ("Thu Hà / Minh Quân", ("Thu Hà", "Minh Quân")),
        ("Đoàn Văn Thành; Trang Nhung", ("Đoàn Văn Thành", "Trang Nhung")),
        ("Thu Hà, Thu Hà", ("Thu Hà",)),
        # an office, or a name with what belongs to it, is one author
        ("Phòng Tuyên giáo, Nữ công", ("Phòng Tuyên giáo, Nữ công",)),
        ("Ban Nữ Công - LĐLĐ Tỉnh", ("Ban Nữ Công - LĐLĐ Tỉnh",)),
        ("Thu Hà - TTXVN", ("Thu Hà - TTXVN",)),
        ("Thu Hà (tổng hợp)", ("Thu Hà (tổng hợp)",)),
        ("H'Hen Niê-Kdăm", ("H'Hen Niê-Kdăm",)),
    ],
)
def test_a_byline_is_one_name_or_several(byline: str | None, names: tuple[str, ...]) -> None:
    assert authors_of(byline) == names


@given(st.text(max_size=80))
def test_no_word_of_a_byline_is_lost(byline: str) -> None:
    names = authors_of(one_line(byline))
    assert bool(names) == bool(one_line(byline))
    words = re.findall(r"\w+", " ".join(names))
    assert set(re.findall(r"\w+", one_line(byline))) - set(words) <= {"và"}


def test_the_vietnamese_form() -> None:
    assert vietnamese_reference(ONE) == (
        "Nguyễn Thị Thu Hà, Minh Quân, “Trao 1.500 suất quà ‘Tết Sum vầy’”, Công đoàn huyện Ba Bể, "
        "ngày 12/06/2021, https://huyen.example/bai-1?id=5&muc=2_a, bản lưu ngày 02/03/2026 (bản thứ 2) "
        "tại Lưu trữ báo chí: https://luu.example/article/12/revision/2."
    )
    assert vietnamese_reference(
        replace(UNSIGNED, kind=ReferenceKind.ARTICLE, address=None, title='Về "vốn" vay')
    ) == (
        "Công đoàn huyện Ba Bể, “Về ‘vốn’ vay”, không ghi ngày, https://huyen.example/bai-1?id=5&muc=2_a, "
        "bản lưu ngày 02/03/2026 tại Lưu trữ báo chí."
    )


def test_apa_and_chicago_leave_vietnamese_names_whole() -> None:
    kept = "Archived March 2, 2026, by Lưu trữ báo chí, https://luu.example/article/12/revision/2."
    assert apa_chicago_reference(ONE, CslStyle.APA) == (
        "Nguyễn Thị Thu Hà, & Minh Quân. (2021, June 12). Trao 1.500 suất quà “Tết Sum vầy”. "
        f"Công đoàn huyện Ba Bể. https://huyen.example/bai-1?id=5&muc=2_a {kept}"
    )
    assert apa_chicago_reference(ONE, CslStyle.CHICAGO) == (
        "Nguyễn Thị Thu Hà, and Minh Quân. “Trao 1.500 suất quà ‘Tết Sum vầy’.” Công đoàn huyện Ba Bể, "
        f"June 12, 2021. https://huyen.example/bai-1?id=5&muc=2_a. {kept}"
    )


def test_apa_and_chicago_of_an_unsigned_undated_article() -> None:
    assert apa_chicago_reference(UNSIGNED, CslStyle.APA).startswith(
        "Công đoàn huyện Ba Bể. (n.d.). Ai được vay vốn? Retrieved March 2, 2026, from https://huyen.example/"
    )
    told = apa_chicago_reference(UNSIGNED, CslStyle.CHICAGO)
    assert told.startswith("Công đoàn huyện Ba Bể. “Ai được vay vốn?” Công đoàn huyện Ba Bể")
    assert "Accessed March 2, 2026. https://huyen.example/" in told


@settings(max_examples=40, deadline=None)
@given(HOSTILE, st.sampled_from(CslStyle))
def test_styles_keep_the_words_of_any_title(text: str, style: CslStyle) -> None:
    title = one_line(text)
    told = apa_chicago_reference(replace(ONE, title=title), style)
    assert re.sub(r"\W", "", title) in re.sub(r"\W", "", told)
    assert told.endswith("https://luu.example/article/12/revision/2.")


def from_latex(value: str) -> str:
    return re.sub("|".join(map(re.escape, LATEX)), lambda found: LATEX[found[0]], value)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_bibtex_reads_back(title: str, name: str, site: str) -> None:
    one = replace(ONE, title=one_line(title), authors=(one_line(name), "Minh Quân"), site=one_line(site))
    library = parse_string(bibtex.bibtex_file([one, replace(UNSIGNED, kind=ReferenceKind.ARTICLE)]))
    assert library.failed_blocks == []
    first, second = library.entries
    assert (first.key, second.key) == ("congdoan-article-12-2", "congdoan-article-12")
    told = {key: str(field.value) for key, field in first.fields_dict.items()}
    assert from_latex(told["title"]) == "{" + one.title + "}"
    assert from_latex(told["author"]) == "{" + one_line(name) + "} and {Minh Quân}"
    assert from_latex(told["howpublished"]) == one.site
    assert (told["year"], told["month"], told["day"], told["urldate"]) == ("2021", "jun", "12", "2026-03-02")
    assert unquote(told["url"]) == one.url
    assert told["note"].endswith(r"\url{https://luu.example/article/12/revision/2}")
    assert "year" not in second.fields_dict
    assert str(second.fields_dict["author"].value) == "{Công đoàn huyện Ba Bể}"


@pytest.mark.parametrize("url", ["https://x.example/{a}\\b^~%7B", "https://x.example/bài viết?q=“a”"])
def test_an_address_in_bibtex_holds_nothing_tex_stumbles_over(url: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9:/?%=.~_-]+", bibtex.tex_url(url))
    assert unquote(bibtex.tex_url(url)) == unquote(url)


@given(HOSTILE, HOSTILE, st.lists(HOSTILE, max_size=3))
def test_ris_reads_back(title: str, name: str, tags: list[str]) -> None:
    one = replace(ONE, title=one_line(title), authors=(one_line(name),), tags=tuple(map(one_line, tags)))
    text = ris.ris_file([one, UNSIGNED])
    first, second = rispy.loads(text)
    assert first["title"] == one.title
    assert [part.replace(" ", "") for part in first["authors"]] == [
        one.authors[0].replace(", ", " - ").replace(",", "-").replace(" ", "")
    ]
    assert first.get("keywords", []) == list(one.tags)
    assert (first["type_of_reference"], first["id"]) == ("NEWS", "congdoan-article-12-2")
    assert (first["year"], first["date"], first["access_date"]) == ("2021", "2021/06/12", "2026/03/02")
    assert first["secondary_title"] == "Công đoàn huyện Ba Bể"
    assert first["urls"] == [one.url]
    assert "year" not in second
    assert second["authors"] == ["Công đoàn huyện Ba Bể"]
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", row) for row in text.split("\r\n") if row)


def test_csl_json_has_literal_names_and_no_empty_fields() -> None:
    item = csl_item(ONE)
    assert item["author"] == [{"literal": "Nguyễn Thị Thu Hà"}, {"literal": "Minh Quân"}]
    assert item["issued"] == {"date-parts": [[2021, 6, 12]]}
    assert item["custom"] == {"issued-instant": "2021-06-12T08:05:00+07:00"}
    assert item["archive_location"] == ONE.address
    bare = csl_item(replace(UNSIGNED, lead=None, tags=()))
    assert bare.keys().isdisjoint({"issued", "abstract", "keyword", "custom"})
    assert json.loads(format_citation(ONE, "csl")) == [item]


class Head(HTMLParser):
    """What a browser makes of a head: its meta elements, its scripts, and anything else."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.metas: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.tags: list[str] = []
        self.inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told: dict[str, Any] = dict(attrs)
        assert set(told) <= {"name", "content", "rel", "href", "type"}
        if tag == "meta":
            self.metas.append((told["name"], told["content"]))
        if tag == "script":
            self.scripts.append("")
        self.inside = tag == "script"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data
        else:
            assert not data.strip()

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


@given(HOSTILE, HOSTILE)
def test_a_head_holds_any_title(title: str, name: str) -> None:
    one = replace(
        ONE, title=one_line(title + "</script><!--"), authors=(one_line(name),), lead=one_line(title)
    )
    head = Head(metadata_html(one))
    assert head.tags == ["link", *["meta"] * len(meta_tags(one)), "script"]
    assert head.metas == list(meta_tags(one))
    (script,) = head.scripts
    told = json.loads(script)
    assert (told["headline"], told["author"]) == (one.title, [{"@type": "Person", "name": one_line(name)}])
    assert not set(script) & set("<>&\u2028\u2029")


def test_a_head_says_where_it_stood_and_where_it_is_kept() -> None:
    told = json.loads(json_ld(ONE))
    assert told["@type"] == "NewsArticle"
    assert (told["isBasedOn"], told["archivedAt"]) == (ONE.url, ONE.address)
    assert told["datePublished"] == "2021-06-12T08:05:00+07:00"
    day = replace(ONE, published=PrintedTime(date(2021, 6, 12)))
    assert json.loads(json_ld(day))["datePublished"] == "2021-06-12", "no hour is made up"
    unsigned = json.loads(json_ld(replace(UNSIGNED, address=None)))
    assert "datePublished" not in unsigned
    assert unsigned["author"] == [{"@type": "Organization", "name": "Công đoàn huyện Ba Bể"}]
    metas = dict(meta_tags(ONE))
    assert metas["citation_publication_date"] == "2021/06/12"
    assert metas["DC.date"] == "2021-06-12"
    assert metas["citation_public_url"] == metas["DC.identifier"] == ONE.address


@pytest.mark.parametrize("form", CITATION_FORMATS)
def test_every_form_writes_any_number(form: str) -> None:
    assert CITATION_FORMATS[form].write([]) in {"", "[]\n"}
    assert CITATION_FORMATS[form].write([ONE, UNSIGNED]).count("https://huyen.example/bai-1") == 2


def test_addresses() -> None:
    assert reference_path(ReferenceKind.ARTICLE, 12) == "/article/12"
    assert reference_path(ReferenceKind.REVISION, 12, 2) == "/article/12/revision/2"
    assert reference_path(ReferenceKind.CAPTURE, 34) == "/capture/34"
    assert (
        ArchiveIdentity("https://a.example/room/").address("/article/1") == "https://a.example/room/article/1"
    )
    assert ArchiveIdentity().address("/article/1") is None


def test_what_the_archive_holds_is_cited(archive: Engine) -> None:
    scribe = Scribe(archive)
    scribe.write(40)
    with reading(archive) as connection:
        numbers = [number for number, _ in catalogue.all_articles(connection)]
        edited = next(n for n in numbers if len(catalogue.revisions_of(connection, n)) > 1)
        texts = catalogue.revisions_of(connection, edited)
        now = cite_article(connection, HOUSE, edited)
        assert now.address == f"https://luu.example/article/{edited}"
        assert (now.revision, now.title, now.captured) == (
            len(texts),
            texts[-1].article.title,
            texts[-1].noticed_at,
        )
        first = cite_article(connection, HOUSE, edited, 1)
        assert first.address == f"https://luu.example/article/{edited}/revision/1"
        assert first.captured == texts[0].noticed_at
        assert {each.site for each in cite_all(connection, HOUSE, [(n, None) for n in numbers])} <= {
            "Công đoàn huyện Ba Bể",
            "Nganh",
            "Tinh",
        }
        row: JsonRow = read_rows(connection, [edited])[0]
        names = ArchiveIdentity(
            HOUSE.base_url, HOUSE.name, {"huyen": "Công đoàn huyện Ba Bể", "nganh": "Nganh"}
        )
        assert reference_of_row(names, row) == reference_of_revision(names, texts[-1])
        with pytest.raises(CitationError, match="no article 999"):
            cite_article(connection, HOUSE, 999)
        with pytest.raises(CitationError, match=f"has no revision {len(texts) + 1}: it has 1 to"):
            cite_article(connection, HOUSE, edited, len(texts) + 1)
        with pytest.raises(CitationError, match="no capture 7"):
            cite_capture(connection, HOUSE, 7)


def test_a_capture_is_cited_by_its_own_address_and_time(sqlite_archive: Engine) -> None:
    Scribe(sqlite_archive).write(5)
    at = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    capture = Capture("<urn:uuid:1>", "https://x.example/", at, 200, None, "sha1:A", "a.warc.gz", 0, 1)
    with reading(sqlite_archive) as connection:
        (text,) = catalogue.revisions_of(connection, 1)
    made = reference_of_capture(HOUSE, 34, capture, text)
    assert (made.address, made.key) == ("https://luu.example/capture/34", "congdoan-capture-34")
    assert (made.url, made.captured, made.revision) == ("https://x.example/", at, None)
    assert "bản lưu ngày 01/04/2026 tại" in vietnamese_reference(made)
