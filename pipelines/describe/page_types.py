"""Classifies pages that are no article: listing, soft 404, login, gallery, document, contact, video."""

from __future__ import annotations

import re

from pipelines.extract.article import Reading
from pipelines.parse.printed_dates import date_line_kind
from spiders.profile.regex_safety import compile_pattern
from spiders.profile.site_profile import SiteProfile
from storage.records import Reason

# Headings and page titles of answers that say "not found" with status 200; matched from the start.
NOT_FOUND = re.compile(
    r"(?i)^(?:lỗi\s*:?\s*404|error\s*404|404(?:\s*[-–:|!.]|\s+(?:not found|lỗi|error|page)|$)|(?:page |"
    r"file )?not found|"
    r"(?:không|chưa) tìm thấy(?: (?:trang|nội dung|bài viết|tài nguyên|dữ liệu|kết quả|"
    r"đường dẫn))?\s*(?:[-–|.!,]|này|bạn|yêu cầu|$)|"
    r"(?:trang|bài viết|nội dung|đường dẫn|tài nguyên|thông tin)\b.{0,40}\bkhông (?:tồn tại|tìm thấy|có sẵn)|"
    r"(?:rất tiếc|xin lỗi)\b.{0,60}\bkhông\b)"
)
STATUS_PAGE = re.compile(r"(?i)^trạng thái\b")
RESOURCE_MISSING = re.compile(r"(?i)tài nguyên được yêu cầu|không tìm thấy")
# The whole heading or page title, up to the site's name: a headline may begin with "Đăng ký".
SIGN_IN = re.compile(
    r"(?i)^(?:đăng nhập|đăng ký(?: tài khoản| thành viên)?|quên mật khẩu|sign in|log ?in|"
    r"forgot password|openid)"
    r"\s*(?:$|[-–|:])"
)
CONTACT = re.compile(
    r"(?i)^(?:thông tin )?liên hệ(?: với chúng tôi| tòa soạn| công tác)?$|^(?:địa chỉ|thư) liên hệ$|"
    r"^(?:gửi )?(?:phản hồi|góp ý)(?: - liên hệ)?$|^đường dây nóng$|^hòm thư góp ý$|"
    r"^sơ đồ (?:cổng|trang|site|website)$|^contact(?: us)?$|^site ?map$"
)
GALLERY = re.compile(
    r"(?i)^(?:thư viện|album|bộ sưu tập)\s*(?:hình )?ảnh\b|^(?:album|gallery|hình ảnh hoạt động)\b"
)
# Labels, before their values, on the page of an official document.
DOCUMENT_LABEL = re.compile(
    r"(?i)^(?:số(?: hiệu| ký hiệu|/ký hiệu| / ký hiệu| văn bản| đến| đi)?|ký hiệu|"
    r"ngày (?:ban hành|ký|có hiệu lực|hiệu lực|hết hiệu lực)|(?:cơ quan|đơn vị|nơi) ban hành|người ký|"
    r"trích yếu(?: nội dung)?|loại văn bản|hình thức văn bản|lĩnh vực|tình trạng(?: hiệu lực)?|thể loại|"
    r"chức vụ|tệp(?: tin)? đính kèm|file đính kèm|toàn văn)\s*(?:[:|]|$)"
)

MAX_SHORT_PAGE_CHARS = 600  # a shorter page with a password field has no article
MIN_LISTING_LINES = 4  # date lines, or lines that are link texts …
MIN_LISTING_SHARE = 0.5  # … and for the latter, with the lines below them, their share of all lines
MIN_DOCUMENT_LABELS = 4  # lines that are labels of an official document
MIN_GALLERY_IMAGES = 3  # images on a page without text


def not_article_reason(reading: Reading, profile: SiteProfile) -> Reason | None:
    """Return the reason why a page is no article; None when it is one.

    A missing date, a missing byline or a short text is no reason, nor are images or a film beside a text.
    """
    metadata = reading.metadata
    headings = [metadata.title.text if metadata.title else "", metadata.page_title, *metadata.headings]
    checks = (
        (Reason.TWIN, metadata.twin),
        (Reason.TRANSLATED, metadata.translated),
        (Reason.SOFT_404, _is_soft_404(headings, reading, profile)),
        (Reason.LOGIN, _asks_to_sign_in(reading)),
        (Reason.LISTING_PAGE, _is_listing(reading)),
    )
    first_reason = next((reason for reason, applies in checks if applies), None) or _other_page_type(
        headings, reading
    )
    return first_reason or (None if metadata.title else Reason.NO_TITLE)


def _asks_to_sign_in(reading: Reading) -> bool:
    metadata = reading.metadata
    titled = bool(SIGN_IN.match(metadata.page_title))
    asks = metadata.password or titled or any(map(SIGN_IN.match, metadata.headings))
    return asks and _text_chars(reading) < (2 * MAX_SHORT_PAGE_CHARS if titled else MAX_SHORT_PAGE_CHARS)


def _text_chars(reading: Reading) -> int:
    return sum(map(len, reading.paragraphs))


def _other_page_type(headings: list[str], reading: Reading) -> Reason | None:
    """Return the reason for a document page, a contact page, a gallery, a video or an empty page."""
    text_chars, metadata = _text_chars(reading), reading.metadata
    label_lines = sum(1 for line in reading.paragraphs if DOCUMENT_LABEL.match(line))
    if label_lines >= MIN_DOCUMENT_LABELS and label_lines * 3 >= len(reading.paragraphs):
        return Reason.DOCUMENT_PAGE
    if text_chars < 2 * MAX_SHORT_PAGE_CHARS and any(map(CONTACT.match, headings[:1] or headings)):
        return Reason.CONTACT
    if reading.paragraphs or metadata.lead:
        return None
    if len(reading.images) >= MIN_GALLERY_IMAGES or (reading.images and any(map(GALLERY.match, headings))):
        return Reason.GALLERY
    if metadata.films:
        return Reason.VIDEO
    return None if reading.attachments or reading.images else Reason.NO_TEXT


def _is_soft_404(headings: list[str], reading: Reading, profile: SiteProfile) -> bool:
    patterns = [compile_pattern(pattern) for pattern in profile.soft_404]
    if any(pattern.search(text) for pattern in patterns for text in headings):
        return True
    if sum(map(len, reading.paragraphs)) >= MAX_SHORT_PAGE_CHARS * 2:
        return False  # a long text: its headline may say that something was not found
    if any(NOT_FOUND.match(text) and len(text) < 100 for text in headings):
        return True
    below = (*reading.metadata.headings, *reading.paragraphs)
    return any(map(STATUS_PAGE.match, headings)) and any(RESOURCE_MISSING.search(text) for text in below)


def _is_listing(reading: Reading) -> bool:
    """Return whether a page is mostly links, or has several date lines or link texts between excerpts."""
    if reading.link_share > 0.6 and len(reading.paragraphs) < 3:
        return True
    if sum(1 for line in reading.paragraphs if date_line_kind(line)) >= MIN_LISTING_LINES:
        return True
    return reading.listed >= max(MIN_LISTING_LINES, MIN_LISTING_SHARE * len(reading.paragraphs))
