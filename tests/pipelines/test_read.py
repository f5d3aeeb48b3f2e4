"""Articles read whole: their title, text, day, byline and pictures."""

from __future__ import annotations

import pickle
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.parse.bylines import last_line_byline
from pipelines.parse.clean import clean_paragraphs, is_related_heading, split_press_prefix
from pipelines.read import read
from storage.records import Article, Attachment, FieldSource, PrintedTime
from tests.paths import SHARED
from tests.pipelines.no_sockets import refuse_sockets

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sockets(monkeypatch)


def article_of(name: str, page_of: Any, profile_of: Any, **hints: Any) -> Article:
    result = read(page_of(name, **hints), profile_of(name))
    assert result.article, result.reason
    return result.article


def source_of(article: Article, field: str) -> FieldSource | None:
    return next((entry.source for entry in article.provenance if entry.field == field), None)


def test_a_district_page_of_nested_tables(page_of: Any, profile_of: Any) -> None:
    article = article_of("huyen", page_of, profile_of)
    assert article.title == "Công đoàn huyện chăm lo đoàn viên dịp đầu năm học mới"
    assert article.published == PrintedTime(date(2018, 8, 8))
    assert article.author == "Thanh Tâm"
    assert article.section == ("Tin tức - Sự kiện", "Học tập và làm theo Bác")
    assert article.lead
    assert article.lead.startswith("Chăm lo đời sống")
    assert article.body.split("\n")[2:] == [
        "Kết quả cụ thể:",
        "Tặng 120 suất học bổng.",
        "Sửa 4 nhà Mái ấm.",
        "Đơn vị | Số suất",
        "Khối giáo dục | 75",
        "Các đơn vị tiếp tục phối hợp thực hiện trong quý IV./.",
    ]


def test_an_undated_office_page_stays_undated(page_of: Any, profile_of: Any) -> None:
    article = article_of("van_phong", page_of, profile_of)
    assert article.published is None, "clock, legal citation and related list are no publication dates"
    assert article.images[0].caption == "Đoàn viên trồng cây tại khuôn viên trụ sở"
    assert "img_2022" not in article.body
    assert "chuthich" not in article.body
    assert article.body.split("\n")[-3:] == [
        "Nhiệm vụ thời gian tới",
        "- Tiếp tục quán triệt nghị quyết đại hội công đoàn các cấp;",
        "- Đổi mới nội dung sinh hoạt tổ công đoàn.",
    ]
    assert article.author is None


def test_a_hint_from_the_listing_dates_it(page_of: Any, profile_of: Any) -> None:
    article = article_of("van_phong", page_of, profile_of, date="31/12/2022", source="listing")
    assert article.published == PrintedTime(date(2022, 12, 31))
    assert source_of(article, "published") is FieldSource.LISTING


def test_a_province_page_with_a_logo_heading(page_of: Any, profile_of: Any) -> None:
    article = article_of("bac_kan", page_of, profile_of)
    assert article.title == "Giao thông vận tải giới thiệu đoàn viên ưu tú"
    assert article.published == PrintedTime(date(2022, 12, 19), time(9, 15), 420)
    assert (article.author, article.author_unit) == (
        "Hồng Vân",
        "Ban Quản lý, bảo trì công trình đường bộ",
    )
    assert article.images[0].caption == "Lễ kết nạp đảng viên tại chi bộ"
    assert article.attachments == (
        Attachment("https://cong-doan.example/upload/files/nam-2022/ke-hoach-12.pdf", "Kế hoạch số 12"),
    )
    assert article.body.split("\n")[-1].startswith("Công đoàn sẽ phấn đấu")


def test_a_press_page(page_of: Any, profile_of: Any) -> None:
    article = article_of("thu_do", page_of, profile_of)
    assert article.prefix == "LĐTĐ"
    assert article.lead
    assert article.lead.startswith("Mới đây, Liên đoàn")
    assert article.published == PrintedTime(date(2021, 3, 12), time(16, 58))
    assert article.author == "Thu Trang"
    assert article.body.startswith("Nâng cao hiệu quả công tác vận động\nMột trong")
    assert "Phát huy vai trò nòng cốt" in article.body.split("\n")
    assert article.images[0].caption == "LĐLĐ huyện luôn quan tâm đến người lao động. (Ảnh chụp trước dịch)"
    assert article.title not in article.body


def test_a_portal_page_of_line_breaks(page_of: Any, profile_of: Any) -> None:
    article = article_of("ha_noi", page_of, profile_of)
    assert article.published is None
    assert article.author == "K.Tiến"
    assert len(article.body.split("\n")) == 3
    assert article.images[0].caption == "Lễ ra mắt công đoàn công ty"


@pytest.mark.parametrize("name", ["huyen", "van_phong", "bac_kan", "thu_do", "ha_noi"])
def test_reading_without_any_rule_still_finds_an_article(name: str, page_of: Any, profile_of: Any) -> None:
    result = read(page_of(name), profile_of("bare"))
    assert result.article, result.reason
    assert result.article.published != PrintedTime(date(2024, 11, 4))
    assert "footer" not in result.article.body


def test_the_result_travels_between_processes(page_of: Any, profile_of: Any) -> None:
    page, profile = pickle.loads(pickle.dumps((page_of("bac_kan"), profile_of("bac_kan"))))
    result = read(page, profile)
    assert pickle.loads(pickle.dumps(result)) == result
    assert result.cpu_ms > 0
    assert ("https://cong-doan.example/upload/files/bieu-mau.docx", "Biểu mẫu") in result.links


def test_reading_twice_gives_the_same(page_of: Any, profile_of: Any) -> None:
    first, second = (read(page_of("thu_do"), profile_of("thu_do")) for _ in range(2))
    assert (first.article, first.fingerprint, first.links) == (
        second.article,
        second.fingerprint,
        second.links,
    )


def test_a_short_undated_article_is_kept(page_of: Any, profile_of: Any) -> None:
    body = (
        "<html><title>Tin buồn</title><h1>Tin buồn của công đoàn ngành</h1><p>Công đoàn ngành kính báo.</p>"
    )
    result = read(page_of(body), profile_of("bare"))
    assert result.article
    assert result.article.body == "Công đoàn ngành kính báo."
    assert result.article.published is None


SIGNED = (
    "<html><title>Hội nghị</title><h1>Hội nghị người lao động năm 2024</h1><p class=by>{by}</p><div id=b>"
    "<p>Công đoàn cơ sở vừa họp hội nghị người lao động, thông qua thỏa ước tập thể mới.</p><p>{last}</p>"
    "{file}</div>"
)
PAPER = '<p>Tải về: <a href="/ke-hoach.pdf">Kế hoạch số 12</a></p>'


@pytest.mark.parametrize(
    ("printed", "author", "end"),
    [
        (("Viết bởi Super User", "Thành Văn", ""), "Thành Văn", "mới."),
        (("Viết bởi Thành Văn", "Hội nghị kết thúc.", ""), "Thành Văn", "thúc."),
        (("admin", "Hội nghị kết thúc.", ""), None, "thúc."),
        (("admin", "Thành Văn", PAPER), "Thành Văn", "mới."),  # an offer of a file is no text
        (("admin", "Thành Văn", PAPER.replace("Tải về: ", "")), "Thành Văn", "Kế hoạch số 12"),
    ],
)
def test_an_account_does_not_sign_and_a_file_below_the_byline_hides_it_not(
    printed: tuple[str, str, str], author: str | None, end: str, page_of: Any, profile_of: Any
) -> None:
    by, last, file = printed
    profile = profile_of("bare", layout=[{"body": ["#b"], "author": {"css": ".by", "last_line": True}}])
    article = read(page_of(SIGNED.format(by=by, last=last, file=file)), profile).article
    assert article
    assert article.author == author
    assert article.body.endswith(end)
    assert "Thành Văn" not in article.body
    assert [paper.name for paper in article.attachments] == (["Kế hoạch số 12"] if file else [])


def test_an_old_capture_is_read_by_the_layout_of_its_day(page_of: Any, profile_of: Any) -> None:
    old = {"until": "2026-02-01", "title": ["b.old"], "body": ["#old"]}
    body = "<html><b class=old>Tiêu đề theo mẫu cũ</b><div id=old><p>Bài theo mẫu cũ.</p></div><h1>Khác</h1>"
    result = read(page_of(body), profile_of("bare", layout=[{"title": ["h1"]}, old]))
    assert result.article
    assert result.article.title == "Tiêu đề theo mẫu cũ"


@pytest.mark.parametrize(
    ("name", "day", "author"),
    [
        ("VnExpress_2025_10_22.html", date(2025, 10, 22), "Lê Phương"),
        ("hanoimoi.html", date(2026, 1, 28), "Thanh Bình"),
    ],
)
def test_whole_press_pages_without_a_profile(
    name: str, day: date, author: str, page_of: Any, profile_of: Any
) -> None:
    path = SHARED / "pages" / "articles" / name
    if not path.is_file():
        pytest.skip(f"{path} absent")
    page = page_of(path.read_bytes())
    result = read(page, profile_of("bare"))
    assert result.article
    assert result.article.author == author
    if day < page.fetched_at.date():
        assert result.article.published
        assert result.article.published.day == day
    else:
        assert result.article.published is None, "a date after the capture is not believed"


@pytest.mark.parametrize(
    ("number", "author", "unit", "prefix"),
    [
        ("000", "Thanh Tâm", None, None),
        ("001", None, None, None),
        ("002", "Hồng Vân", "Ban Quản lý, bảo trì công trình đường bộ Bắc Kạn", None),
        ("003", "Thu Trang", None, "LĐTĐ"),
        ("004", "K.Tiến", None, None),
    ],
)
def test_the_signatures_and_prefixes_of_the_seeds(
    number: str, author: str | None, unit: str | None, prefix: str | None
) -> None:
    page_files = sorted((SHARED / "seeds").glob(f"{number}_*.txt"))
    if not page_files:
        pytest.skip(f"{SHARED / 'seeds'} absent")
    lines = clean_paragraphs(page_files[0].read_text(encoding="utf-8").splitlines())
    end = next((at for at, line in enumerate(lines) if is_related_heading(line)), len(lines))
    rest, byline = last_line_byline(lines[:end])
    assert (byline.author, byline.office) == (author, unit) if byline else author is None
    assert len(rest) == end - (byline is not None)
    assert next((name for line in lines[:4] if (name := split_press_prefix(line)[0])), None) == prefix
    assert not [line for line in rest if line.endswith((".jpg", ".png"))]


def test_open_tags_by_the_hundred_lose_no_text(page_of: Any, profile_of: Any) -> None:
    deep = "<font>" * 400
    body = f"<html><h1>Trình soạn thảo cũ</h1><div id=b><p>Một.{deep}</p><p>Hai.</p></div>"
    result = read(page_of(body), profile_of("bare", layout=[{"body": ["#b"]}]))
    assert result.article
    assert result.article.body == "Một.\nHai."
    assert "too_deep" in result.article.repairs
    nested = read(page_of(f"<h1>Lồng quá sâu</h1>{'<div>' * 3000}mất"), profile_of("bare"))
    assert nested.reason or (nested.article and "cut_at_depth" in nested.article.repairs)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["huyen", "van_phong", "bac_kan", "thu_do", "ha_noi"]), st.data())
def test_no_broken_page_breaks_the_reader(
    page_of: Any, profile_of: Any, name: str, data: st.DataObject
) -> None:
    whole = (FIXTURES / f"{name}.html").read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    body = whole[:start] + data.draw(st.binary(max_size=12)) + whole[end:]
    page = page_of(body)
    result = read(page, profile_of(name))
    assert (result.article is None) == (result.reason is not None)
    assert (result.article is None) == (result.fingerprint is None)
    if result.article:
        assert result.article.title
        assert "\ufffd" not in result.article.body or any(
            note.startswith("replacement") for note in result.article.repairs
        )
