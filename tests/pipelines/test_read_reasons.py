"""Pages that are no article, and the reason each is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.read import read
from storage.records import Reason
from tests.paths import SHARED
from tests.pipelines.no_sockets import refuse_sockets

PORTAL = SHARED / "pages" / "hanoi-portal" / "web" / "source"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sockets(monkeypatch)


def html(title: str, rest: str = "") -> str:
    return f"<html><title>{title}</title>{rest}</html>"


STATUS = "<h1>Trạng thái</h1><h3>Không tìm thấy</h3><p>Tài nguyên được yêu cầu không có.</p>"
FEED = '<?xml version="1.0"?><rss version="2.0"><channel/></rss>'
UNTITLED = f"<html><body><p>{'Một đoạn văn không có tiêu đề nào cả. ' * 12}</p></body></html>"
NOT_ARTICLES = [
    ("", Reason.EMPTY_BODY, "text/html"),
    ("   \n ", Reason.EMPTY_BODY, "text/html"),
    ("%PDF-1.4 abc", Reason.NOT_HTML, "application/pdf"),
    ('{"a": 1}', Reason.NOT_HTML, "application/json"),
    (FEED, Reason.NOT_HTML, "text/xml"),
    (
        html("Không tìm thấy trang", "<h1>Không tìm thấy trang</h1><p>Mời quay lại.</p>"),
        Reason.SOFT_404,
        "text/html",
    ),
    (html("404 - Cổng thông tin", "<p>Địa chỉ sai.</p>"), Reason.SOFT_404, "text/html"),
    (html("Trạng thái - Cổng", STATUS), Reason.SOFT_404, "text/html"),
    (html("Đăng nhập", "<form><input name=u><input type=password></form>"), Reason.LOGIN, "text/html"),
    (html("Chỉ có tiêu đề", "<h1>Chỉ có tiêu đề của bài</h1>"), Reason.NO_TEXT, "text/html"),
    (UNTITLED, Reason.NO_TITLE, "text/html"),
]


@pytest.mark.parametrize(("body", "reason", "kind"), NOT_ARTICLES)
def test_pages_that_are_not_articles_say_why(
    body: str, reason: Reason, kind: str, page_of: Any, profile_of: Any
) -> None:
    result = read(page_of(body, content_type=kind), profile_of("bare"))
    assert (result.article, result.fingerprint) == (None, None)
    assert result.reason is reason
    assert result.detail


PICTURES = "".join(f'<p><img src="/anh/{n}.jpg"></p>' for n in range(4))
PLAYER = '<iframe src="https://www.youtube.com/embed/abc"></iframe>'
CELLS = (
    ("Số ký hiệu", "45/KH-LĐLĐ"),
    ("Ngày ban hành", "05/03/2021"),
    ("Người ký", "Lê Văn Hoà"),
    ("Trích yếu", "Kế hoạch tổ chức Tháng Công nhân"),
    ("Cơ quan ban hành", "Liên đoàn Lao động huyện"),
)
ROWS = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in CELLS)
DECISION = f'<table>{ROWS}</table><a href="/tep/45.pdf">Tải về</a>'
ADDRESS = "<p>Liên đoàn Lao động huyện, số 5 đường Trần Phú.</p><p>Điện thoại: 0209 000 111</p>"
STORY = "<p>Sáng nay, công đoàn huyện đã trao 120 suất quà cho đoàn viên có hoàn cảnh khó khăn.</p>"


@pytest.mark.parametrize(
    ("inside", "title", "reason"),
    [
        (PICTURES, "Ảnh hoạt động hè", Reason.GALLERY),
        (PICTURES + STORY, "Chùm ảnh: Trao quà cho đoàn viên", None),
        (PLAYER, "Phóng sự: Công đoàn đồng hành", Reason.VIDEO),
        (PLAYER + STORY, "Phóng sự: Công đoàn đồng hành", None),
        (DECISION, "Kế hoạch số 45/KH-LĐLĐ", Reason.DOCUMENT_PAGE),
        (STORY * 4 + DECISION, "Huyện công bố kế hoạch Tháng Công nhân", Reason.DOCUMENT_PAGE),
        (STORY.replace("nay", "{0}") * 12 + DECISION, "Huyện công bố kế hoạch Tháng Công nhân", None),
        (ADDRESS, "Liên hệ", Reason.CONTACT),
        (ADDRESS + STORY, "Liên hệ ngay khi cần: công đoàn trực dịp Tết", None),
    ],
)
def test_what_is_no_article_is_told_apart(
    inside: str, title: str, reason: Reason | None, page_of: Any, profile_of: Any
) -> None:
    body = f"<html><title>{title}</title><body><h1>{title}</h1><div id=c>{inside}</div></body></html>"
    result = read(page_of(body), profile_of("bare", layout=[{"title": ["h1"], "body": ["#c"]}]))
    assert result.reason is reason
    assert (result.article is None) is (reason is not None)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("<html amp><head><link rel=canonical href='/tin-1.html'>", Reason.TWIN),
        ("<html \u26a1 lang=vi><head><link rel=canonical href='/tin-1.html'>", Reason.TWIN),
        ("<html><head></head><body onload='window.print()'>", Reason.TWIN),
        ("<html class='translated-ltr' lang=ja><head></head>", Reason.TRANSLATED),
        ("<html class='no-js'><head></head><body onload='init()'>", None),
    ],
)
def test_twins_and_translations_say_so_themselves(
    start: str, reason: Reason | None, page_of: Any, profile_of: Any
) -> None:
    body = f"{start}<title>Trao quà cho đoàn viên</title><h1>Trao quà cho đoàn viên</h1>{STORY * 3}"
    result = read(page_of(body), profile_of("bare"))
    assert result.reason is reason
    wanted = ("https://cong-doan.example/tin-1.html", "")
    assert (wanted in result.links) is ("canonical" in start), "the whole form is asked in its place"


def test_a_listing_is_not_an_article(page_of: Any, profile_of: Any) -> None:
    entry = (
        '<div class="item"><h3><a href="/a-{n}.html">Công đoàn cơ sở số {n} họp hội nghị người lao động</a>'
        "</h3><span>0{n}/03/2021</span><p>Hội nghị đã đánh giá kết quả năm trước và bàn nhiệm vụ "
        "của đơn vị số {n}.</p></div>"
    )
    items = "".join(entry.format(n=n) for n in range(1, 9))
    page = page_of(f"<html><title>Tin tức</title><h1>Tin tức</h1><div id=list>{items}</div></html>")
    assert read(page, profile_of("bare")).reason is Reason.LISTING_PAGE
    ruled = profile_of("bare", layout=[{"body": ["#list"]}])
    assert read(page, ruled).reason is Reason.LISTING_PAGE


def test_a_profile_names_its_own_soft_404(page_of: Any, profile_of: Any) -> None:
    body = "<html><title>Thông báo</title><h1>Bài viết đã gỡ</h1><p>Xin mời xem tin khác của chúng tôi.</p>"
    assert read(page_of(body), profile_of("bare", soft_404=["đã gỡ"])).reason is Reason.SOFT_404


def test_a_headline_may_say_that_something_was_not_found(page_of: Any, profile_of: Any) -> None:
    text = "".join(
        f"<p>Đoạn {n}: {'đoàn viên kể lại buổi sáng hôm ấy ở nhà máy. ' * 6}</p>" for n in range(8)
    )
    body = f"<html><title>Không tìm thấy nguyên nhân</title><h1>Không tìm thấy nguyên nhân</h1>{text}</html>"
    assert read(page_of(body), profile_of("bare")).article


def portal_pages() -> list[Path]:
    return sorted(path for path in PORTAL.rglob("*.html") if path.is_file()) if PORTAL.is_dir() else []


def test_the_saved_portal_keeps_no_login_and_no_status_page(page_of: Any, profile_of: Any) -> None:
    if not PORTAL.is_dir():
        pytest.skip(f"{PORTAL} absent")
    profile, reason_counts = profile_of("bare"), {Reason.LOGIN: 0, Reason.SOFT_404: 0}
    for path in portal_pages():
        body = path.read_bytes()
        login = path.name.startswith("dang-nhap")
        status = "<title>Trạng thái".encode() in body
        if login or status:
            expected = Reason.LOGIN if login else Reason.SOFT_404
            assert read(page_of(body), profile).reason is expected, path
            reason_counts[expected] += 1
    assert reason_counts[Reason.LOGIN] >= 10
    assert reason_counts[Reason.SOFT_404] >= 4


@pytest.mark.parametrize(
    "body", ["<!-- chỉ có chú thích -->", "<", "<html>", "<?xml version='1.0'?>", "chữ trơn"]
)
def test_scraps_of_pages_have_a_reason(body: str, page_of: Any, profile_of: Any) -> None:
    result = read(page_of(body), profile_of("bare"))
    assert result.article is None
    assert result.reason
