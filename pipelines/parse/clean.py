"""Cleans lines of text: white space, file names, page controls (share, print), captions, press prefixes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
IMAGE_FILE_NAME = re.compile(
    r"^(?:[•·*-]\s*)?(?:https?://\S+/|/)?[^\n]{0,160}\.(?:jpe?g|png|gif|bmp|webp|svg|tiff?|heic|jfif)$",
    re.IGNORECASE,
)
SENTENCE_PUNCTUATION = re.compile(r"[.,;:!?]\s")  # a file name is not a sentence that ends with one

BRACKETED_PRESS_PREFIX = re.compile(
    r"^\(\s*(?P<name>[A-ZĐ][A-ZĐ&.\-]{1,9}|Dân trí|VTC News|Báo [A-ZĐ][\w ]{2,20}|[A-Z]\w{2,20}\.vn)\s*\)"
    r"\s*[-–—:.]*\s*(?=\S)"
)
# Without brackets only known prefixes: "HĐND - UBND tỉnh …" begins a sentence.
DASHED_PRESS_PREFIX = re.compile(
    r"^(?P<name>TTO|TTH(?:\.VN)?|ND|NDO|NLĐO?|LĐTĐ|LĐO?|LĐCĐ|QNO|BDO|CTO|CMO|HGO|TTV|ABO|ĐN|ĐNO|PLO|"
    r"SGGPO?|HNMO?|BGO|BTO|TNO|QĐND|CAND|"
    r"VOV|VTV|TTXVN|GD&TĐ|CĐVN|BNEWS|THO|BPO|BVPL|VHO|QBĐT|QTO|BKO|TBO|HBĐT|YBĐT|BLA|ANTĐ|"
    r"KTĐT)\s*[-–—]\s*(?=\S)"
)

CAPTION_LABEL = re.compile(r"^Ảnh(?: \d{1,2})?\.\s+(?=\S)", re.IGNORECASE)

PAGE_CONTROL = re.compile(
    r"(?i)^(?:chia sẻ(?: bài viết)?|in bài viết|in trang|bản (?:để )?in|"
    r"gửi (?:email|mail|bài viết)|xem tiếp(?:\.\.\.)?|xem thêm|đọc thêm|"
    r"bình luận(?: ?\(\d+\))?|ý kiến bạn đọc|gửi (?:ý kiến|bình luận)|lượt xem ?:? ?[\d.,]*|"
    r"lượt truy cập.*|trang nhất|trang chủ|"
    r"về đầu trang|quay lại|trở về|liên kết website|site banner|hotline ?:.*|powered by .*|facebook|"
    r"twitter|zalo|tweet|share|print|"
    r"like|email|từ khóa ?:?|từ khoá ?:?|tags? ?:?|google\+|cỡ chữ.*|"
    r"(?:\(\*\) )?(?:không|nghiêm cấm) sao chép dưới mọi hình thức.{0,120}|"
    r"a[+-]|nghe đọc bài.*|thông tin hữu ích)$"
)
RELATED_HEADING = re.compile(
    r"(?i)^(?:các )?(?:tin|bài(?: viết)?|bản tin|tin tức|tin bài)(?: viết)? (?:khác|liên quan|"
    r"cùng (?:chuyên mục|chủ đề|loại)|mới(?: hơn| nhất)?|"
    r"cũ hơn|đã đưa|trước đó|đọc nhiều|nổi bật)\b.{0,20}$|^(?:có thể bạn quan tâm|nên xem|có liên quan|"
    r"đọc nhiều(?: nhất)?|"
    r"những tin (?:mới|cũ) hơn|xem nhiều(?: nhất)?)\s*:?$"
)
# Names that sites give to the elements around a text, and to those that hold its files.
ASIDE_ELEMENT_NAME = re.compile(
    r"(?i)(?:^|[\s_-])(?:share|social|related?|relate[ds]?|lien-?quan|tin-?khac|other-?news|comments?|"
    r"binh-?luan|tools?|toolbar|print|"
    r"breadcrumbs?|rating|vote|danh-?gia|tags?|menu|nav|sidebar|advert\w*|banner|fb-\w+|addthis\w*|"
    r"more-?news|see-?more|doc-?them)"
    r"(?:$|[\s_-])"
)
FILES_ELEMENT_NAME = re.compile(
    r"(?i)attach|dinh-?kem|download|tai-?ve|tap-?tin|(?:^|[\s_-])files?(?:$|[\s_-])"
)
FILES_LABEL = re.compile(
    r"(?i)^(?:tài liệu|tập tin|tệp(?: tin)?|file|văn bản)\b.{0,20}(?:đính )?kèm|tải về|download"
)
FRONT_PAGE_NAME = re.compile(r"(?i)^(?:trang chủ|trang nhất|home)?$")
CAPTION_START = re.compile(
    r"^\(?\s*(?:Ảnh|ẢNH|Hình(?: ảnh)?|Nguồn ảnh)(?: minh họa| tư liệu| \d{1,2})?\s*[.:]", re.IGNORECASE
)

CAPTION_CREDIT = re.compile(
    r"(?:^|[\s.(–-])\(?(?:Ảnh|Nguồn ảnh|Nguồn|Photo)\s*:\s*(?P<name>[^.:()]{2,60}(?:\.[^\W\d_]+)?)\)?\.?$",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """Return one line of text in NFC, without invisible characters, each run of white space as one space."""
    if text.isascii():
        return " ".join(text.split())
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if INVISIBLE.search(text):
        text = INVISIBLE.sub("", text)
    return " ".join(text.split())


def clean_paragraphs(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that are text, tidied, without leaked file names, page controls and empty lines."""
    tidy_lines = (tidy(line) for line in lines)
    return tuple(line for line in tidy_lines if is_text(line))


def match_key(line: str) -> str:
    """Return letters and digits alone, case folded: equal for two prints of one text."""
    return re.sub(r"[\W_]+", "", line).casefold()


def is_text(line: str) -> bool:
    """Return False for a tidied line without text: empty, punctuation alone, a file name, a page control."""
    if not any(char.isalnum() for char in line):
        return False
    return not (is_file_name(line) or PAGE_CONTROL.match(line))


def is_file_name(line: str) -> bool:
    """Return whether a line is an image's file name or path: `img_2022.jpg`, `/upload/a.png`."""
    return bool(IMAGE_FILE_NAME.match(line)) and not SENTENCE_PUNCTUATION.search(line)


def is_related_heading(line: str) -> bool:
    """Return whether a line is the heading of a list of related articles, with which the article ends."""
    return bool(RELATED_HEADING.match(line))


def offers_files(text: str) -> bool:
    """Return whether a short text offers files: `Tài liệu đính kèm: …`."""
    line = tidy(text)
    return len(line) < 200 and bool(FILES_LABEL.search(line))


def is_front_page(name: str) -> bool:
    """Return whether a breadcrumb names the front page, which is no section."""
    return bool(FRONT_PAGE_NAME.match(name))


def is_caption(line: str) -> bool:
    """Return whether a line begins like an image caption: `Ảnh. …`, `(Ảnh: …)`."""
    return len(line) < 300 and bool(CAPTION_START.match(line))


def caption_text(line: str) -> str:
    """Return a caption without the label before it: `Ảnh. Lễ kết nạp`; a credit `Ảnh: Hà Vi` stays."""
    return CAPTION_LABEL.sub("", line)


def caption_credit(line: str) -> str | None:
    """Return the photographer at the end of a caption: `Quang cảnh hội nghị. Ảnh: Hà Vi` gives `Hà Vi`."""
    credit = CAPTION_CREDIT.search(line)
    return credit["name"].strip() if credit else None


def split_press_prefix(text: str) -> tuple[str | None, str]:
    """Return a press prefix and the text after it: `(LĐTĐ) Mới đây` gives `LĐTĐ`, `Mới đây`."""
    match = BRACKETED_PRESS_PREFIX.match(text) or DASHED_PRESS_PREFIX.match(text)
    return (match["name"], text[match.end() :]) if match else (None, text)
