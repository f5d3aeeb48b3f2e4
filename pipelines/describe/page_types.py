"""What a page is when it is no article: a closed list, told by what stands on the page (pure)."""

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
# What a page about an official document lists of it, label before value.
DOCUMENT_LABEL = re.compile(
    r"(?i)^(?:số(?: hiệu| ký hiệu|/ký hiệu| / ký hiệu| văn bản| đến| đi)?|ký hiệu|"
    r"ngày (?:ban hành|ký|có hiệu lực|hiệu lực|hết hiệu lực)|(?:cơ quan|đơn vị|nơi) ban hành|người ký|"
    r"trích yếu(?: nội dung)?|loại văn bản|hình thức văn bản|lĩnh vực|tình trạng(?: hiệu lực)?|thể loại|"
    r"chức vụ|tệp(?: tin)? đính kèm|file đính kèm|toàn văn)\s*(?:[:|]|$)"
)

SHORT = 600  # characters; a page that asks for a password and says less has no article
LISTED = 4  # date lines, or lines that are link texts, make a listing …
LISTED_SHARE = 0.5  # … the latter when they and the lines below them are this share of all lines
LABELS = 4  # lines that are labels of a document make its page
ALBUM = 3  # pictures without a word make a gallery


def not_article_reason(reading: Reading, profile: SiteProfile) -> Reason | None:
    """The reason why a page is no article; None when it is one.

    A missing date, a missing byline or a short text is no reason, nor are pictures or a film with a text.
    """
    about = reading.metadata
    headings = [about.title.text if about.title else "", about.page_title, *about.headings]
    told = (
        (Reason.TWIN, about.twin),
        (Reason.TRANSLATED, about.translated),
        (Reason.SOFT_404, _is_missing(headings, reading, profile)),
        (Reason.LOGIN, _asks_to_sign_in(reading)),
        (Reason.LISTING_PAGE, _is_listing(reading)),
    )
    first = next((reason for reason, is_one in told if is_one), None) or _is_other(headings, reading)
    return first or (None if about.title else Reason.NO_TITLE)


def _asks_to_sign_in(reading: Reading) -> bool:
    about = reading.metadata
    titled = bool(SIGN_IN.match(about.page_title))
    asks = about.password or titled or any(map(SIGN_IN.match, about.headings))
    return asks and _size(reading) < (2 * SHORT if titled else SHORT)


def _size(reading: Reading) -> int:
    return sum(map(len, reading.paragraphs))


def _is_other(headings: list[str], reading: Reading) -> Reason | None:
    """A document's page, a contact page, a gallery, a video, or nothing at all."""
    size, about = _size(reading), reading.metadata
    labels = sum(1 for line in reading.paragraphs if DOCUMENT_LABEL.match(line))
    if labels >= LABELS and labels * 3 >= len(reading.paragraphs):
        return Reason.DOCUMENT_PAGE
    if size < 2 * SHORT and any(map(CONTACT.match, headings[:1] or headings)):
        return Reason.CONTACT
    if reading.paragraphs or about.lead:
        return None
    if len(reading.images) >= ALBUM or (reading.images and any(map(GALLERY.match, headings))):
        return Reason.GALLERY
    if about.films:
        return Reason.VIDEO
    return None if reading.attachments or reading.images else Reason.NO_TEXT


def _is_missing(headings: list[str], reading: Reading, profile: SiteProfile) -> bool:
    patterns = [compile_pattern(pattern) for pattern in profile.soft_404]
    if any(pattern.search(text) for pattern in patterns for text in headings):
        return True
    if sum(map(len, reading.paragraphs)) >= SHORT * 2:
        return False  # a headline may say that something was not found
    if any(NOT_FOUND.match(text) and len(text) < 100 for text in headings):
        return True
    below = (*reading.metadata.headings, *reading.paragraphs)
    return any(map(STATUS_PAGE.match, headings)) and any(RESOURCE_MISSING.search(text) for text in below)


def _is_listing(reading: Reading) -> bool:
    """Mostly links; or several date lines, or several lines that are texts of links, between excerpts."""
    if reading.link_share > 0.6 and len(reading.paragraphs) < 3:
        return True
    if sum(1 for line in reading.paragraphs if date_line_kind(line)) >= LISTED:
        return True
    return reading.listed >= max(LISTED, LISTED_SHARE * len(reading.paragraphs))
