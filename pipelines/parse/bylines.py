"""Parses bylines of the Vietnamese press: author, office, photographer, and the source of a credit line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

DASH_BEFORE_OFFICE = re.compile(r"\s+[-–—]\s*|\s*[–—]\s+")
# "Tin, ảnh:", "Bài và ảnh:", "Tin-ảnh:", "Tin bài:", "Thực hiện:", "Tác giả:"
KIND_OF_WORK = r"(?:tin|bài(?:\s+viết)?|ảnh|hình(?:\s+ảnh)?|video|clip|đồ\s+họa)"
KINDS_OF_WORK = rf"{KIND_OF_WORK}(?:\s*(?:,|-|–|/|&|và|\s)\s*{KIND_OF_WORK})*"
BYLINE_LABEL = re.compile(
    rf"^(?P<label>{KINDS_OF_WORK}|tác\s+giả(?:\s+bài\s+viết)?|người\s+viết|thực\s+hiện|biên\s+tập|phóng\s+viên|"
    rf"theo\s+pv)\s*:\s*(?P<name>\S.*)$",
    re.IGNORECASE,
)
# "Viết bởi", "Đăng bởi": how content systems introduce the user who entered the text.
TYPED_BY = re.compile(
    r"^(?:được\s+)?(?:viết|đăng|gửi|soạn|tạo)\s+bởi\s*:?\s*|^(?:written\s+)?by\s+", re.IGNORECASE
)
# The account that entered a text, by its default name in content systems: no person's name.
ACCOUNT_NAME = re.compile(
    r"(?:super\s*user|admin\w*|root|user\d*|webmaster|editor|test|"
    r"quản\s+trị(?:\s+(?:viên|web(?:site)?|hệ\s+thống))?|quan\s*tri\w*)",
    re.IGNORECASE,
)
PHOTO_WORK = re.compile(r"\b(?:ảnh|hình(?:\s+ảnh)?)\b", re.IGNORECASE)
TEXT_WORK = re.compile(r"\b(?:tin|bài(?:\s+viết)?)\b", re.IGNORECASE)
PHOTO_BY = re.compile(r"\s*[,;.–—-]\s*(?:ảnh|hình(?:\s+ảnh)?)\s*:\s*(?P<name>.+)$", re.IGNORECASE)
SOURCE_LINE = re.compile(
    r"^\(?\s*(?:(?:theo\s+)?nguồn(?:\s+tin)?\s*:|nguồn\s+(?P<short>[^\W\d_][\w.&]{1,12})\s*:|sưu\s+tầm\s*:|"
    r"theo\s+(?=\(?(?-i:[A-ZĐ])|báo\b|tạp\s+chí\b))\s*(?P<rest>[^\n]*?)\)?\s*\.?$",
    re.IGNORECASE,
)
NAME_AND_SOURCE = re.compile(
    r"^(?P<name>[^()]+?)\s*\((?P<source>(?:theo|báo|nguồn|tạp\s+chí|tổng\s+hợp)\b[^()]*)\)$", re.IGNORECASE
)
# Words an office's name begins with, in full or abbreviated.
OFFICE_START = re.compile(
    r"^(?:ban|bch|btv|lđlđ|liên đoàn|công đoàn|cđ|cđcs|cđn|tổng|văn phòng|vp|phòng|sở|ubnd|ủy ban|uỷ ban|"
    r"ubkt|hội|đoàn|trường|"
    r"bệnh viện|công ty|cty|trung tâm|tt|báo|tạp chí|đài|chi cục|cục|vụ|viện|nhà máy|xí nghiệp|tổ|khối|"
    r"đảng|trạm|"
    r"huyện|tỉnh|thành phố|tp|xã|phường|nhóm pv)\b",
    re.IGNORECASE,
)
EDITORIAL_INITIALS = re.compile(r"^(?:PV|P\.V|CTV|BBT|BTV|Nhóm PV|Nhóm phóng viên|TTXVN|NV|BT)$")
# Capitalised words that end a body and are part of no person's name.
NOT_IN_A_NAME = re.compile(
    r"(?i)\b(?:việt nam|hà nội|hồ chí minh|công đoàn|liên đoàn|lao động|tin tức|sự kiện|trân trọng|"
    r"kính chào|xem thêm|"
    r"chủ tịch|bí thư|giám đốc|trưởng ban|phó|nơi nhận|thông tin|ảnh|tin|video|tháng|năm|quý|điều|chương|"
    r"khoản|bài \d|phần|kỳ|"
    r"covid|cả nước|toàn quốc|chi tiết|hết|trang chủ|phụ lục|mục|tổ quốc|đảng)\b"
)
SIGNING_OFFICE = re.compile(
    r"^(?:Ban (?:Tuyên giáo|Nữ công|Chính sách|Tổ chức|Biên tập|TG|Kinh tế|Quan hệ)|Văn phòng|VP|LĐLĐ|"
    r"Liên đoàn Lao động|"
    r"Công đoàn (?:ngành|Viên chức|Giáo dục|Y tế|các|Khu)|CĐ (?:ngành|Viên chức|Giáo dục|Y tế)|CĐCS|Phòng|"
    r"BBT|UBKT)\b"
)
SENTENCE_WORD = re.compile(
    r"(?i)\b(?:hội nghị|đại hội|tổng kết|sơ kết|thăm|tặng|trao|phát động|ký kết|khai mạc|bế mạc|"
    r"triển khai|đẩy mạnh|nâng cao|"
    r"chăm lo|tăng cường|phối hợp|ra mắt|ra quân|tham gia|đồng hành|hỗ trợ|tuyên truyền (?:về|cho)|"
    r"tập huấn|phải|cần|vì|là|đã|"
    r"sẽ|được|có|với|cho|(?<!ban )tổ chức)\b"
)
NOT_AT_BYLINE_END = ("./.", "!", "?", ":", ";", "…", "..", '"', "”")
MAX_NAME_CHARS = 45  # of one or two signed names
MAX_BYLINE_CHARS = 120  # with an office behind it


@dataclass(frozen=True, slots=True)
class Byline:
    """The parts of a byline, each as printed; None when not printed."""

    author: str | None = None
    office: str | None = None  # the author's office
    photographer: str | None = None
    source_name: str | None = None  # where the text was taken from

    def completed_by(self, other: Byline | None) -> Byline:
        """Return this byline with its missing fields from another line's byline."""
        if other is None:
            return self
        return Byline(
            self.author or other.author,
            self.office or other.office,
            self.photographer or other.photographer,
            self.source_name or other.source_name,
        )


def split_byline(text: str, office_after_dash: bool = False) -> Byline:
    """Split one byline into its parts; with `office_after_dash`, an office follows the first dash."""
    line = TYPED_BY.sub("", " ".join(text.split())).strip(" .;*")
    if ACCOUNT_NAME.fullmatch(line):
        return Byline()
    if source := _source_name(line):
        return Byline(source_name=source)
    labelled = BYLINE_LABEL.match(line)
    line, label = (labelled["name"].strip(" ."), labelled["label"]) if labelled else (line, "")
    photographer = None
    if photo_match := PHOTO_BY.search(line):
        line, photographer = line[: photo_match.start()], photo_match["name"].strip(" .")
    if PHOTO_WORK.search(label):
        photographer = photographer or DASH_BEFORE_OFFICE.split(line, maxsplit=1)[0]
        if not TEXT_WORK.search(label):
            return Byline(photographer=photographer)
    if name_and_source := NAME_AND_SOURCE.match(line):
        source_name = re.sub(r"(?i)^(?:theo|nguồn|tổng hợp)\s*:?\s*", "", name_and_source["source"])
        return Byline(name_and_source["name"], None, photographer, source_name or None)
    author, office = _author_and_office(line, office_after_dash)
    return Byline(author, office, photographer)


def _author_and_office(line: str, office_after_dash: bool) -> tuple[str | None, str | None]:
    name_and_office = DASH_BEFORE_OFFICE.split(line, maxsplit=1)
    if (
        len(name_and_office) == 2
        and not OFFICE_START.match(name_and_office[0])
        and (office_after_dash or OFFICE_START.match(name_and_office[1]))
    ):
        return name_and_office[0].strip(" ,"), name_and_office[1].strip(" ,")
    bracketed = re.match(r"^([^()]+?)\s*\(([^()]+)\)$", line)
    if bracketed and OFFICE_START.match(bracketed[2]):
        return bracketed[1], bracketed[2]
    return line.strip(" ()") or None, None


def _source_name(line: str) -> str | None:
    match = SOURCE_LINE.match(line)
    if not match:
        return None
    return match["short"] or match["rest"].strip(" .") or None


def last_line_byline(
    paragraphs: Sequence[str], office_after_dash: bool = False
) -> tuple[tuple[str, ...], Byline | None]:
    """Return the paragraphs without a byline at their end, and that byline; when in doubt the line is text.

    A sentence, a list item, a line with digits or one that ends like a document is no byline. A source line
    below (or above) the signature is part of the byline. With `office_after_dash`, whatever follows a name
    and a dash is the author's office.
    """
    remaining = tuple(paragraphs)
    byline: Byline | None = None
    for _ in range(2):
        line = " ".join(remaining[-1].split()) if len(remaining) > 1 else ""
        if not line or not (_is_byline(line) or (office_after_dash and _is_name_and_office(line))):
            break
        line_byline = split_byline(line, office_after_dash)
        if byline and (
            (byline.author and line_byline.author) or (byline.source_name and line_byline.source_name)
        ):
            break
        byline = line_byline.completed_by(byline)
        remaining = remaining[:-1]
    return remaining, byline


def _is_byline(line: str) -> bool:
    if (
        len(line) > MAX_BYLINE_CHARS
        or line.endswith(NOT_AT_BYLINE_END)
        or line[0] in "-+•*–·"
        or re.search(r"\d", line)
    ):
        return bool(SOURCE_LINE.match(line)) and "http" in line and len(line) <= MAX_BYLINE_CHARS
    if SOURCE_LINE.match(line):
        return not SENTENCE_WORD.search(line) and "," not in line
    if labelled := BYLINE_LABEL.match(line):
        return all(
            _is_signature(part) for part in re.split(r"\s*;\s*|\s*,\s*", _without_photo(labelled["name"]))
        )
    photo_match = PHOTO_BY.search(line)
    if photo_match and not all(map(_is_signature, re.split(r"\s*,\s*", photo_match["name"]))):
        return False
    return _is_signature(_without_photo(line))


def _is_name_and_office(line: str) -> bool:
    name_and_office = DASH_BEFORE_OFFICE.split(line, maxsplit=1)
    return (
        len(name_and_office) == 2
        and len(line) <= MAX_BYLINE_CHARS
        and not line.endswith(NOT_AT_BYLINE_END)
        and _is_name(name_and_office[0])
    )


def _without_photo(text: str) -> str:
    return PHOTO_BY.sub("", text)


def _is_signature(line: str) -> bool:
    signature = line.strip("*. ")
    if name_and_source := NAME_AND_SOURCE.match(signature):
        signature = name_and_source["name"]
    signature = signature.strip("() ")
    signed_names = re.split(r"\s*[–—]\s*|\s+-\s+|\s*&\s*|\s+và\s+", signature)
    if (
        len(signature) <= MAX_NAME_CHARS
        and len(signed_names) <= 3
        and all(_is_name(name) for name in signed_names)
    ):
        return True
    return _is_office(signature)


def _is_office(line: str) -> bool:
    """Return whether a line is `Name - Office`, or an office alone: short and without a verb."""
    name_and_office = DASH_BEFORE_OFFICE.split(line, maxsplit=1)
    if len(name_and_office) == 2 and _is_name(name_and_office[0]) and OFFICE_START.match(name_and_office[1]):
        return ":" not in line
    is_short = 2 <= len(line.split()) <= 12 and len(line) <= 70 and not re.search("[,;:]", line)
    return is_short and bool(SIGNING_OFFICE.match(line)) and not SENTENCE_WORD.search(line)


def _is_name(text: str) -> bool:
    name = text.strip()
    if EDITORIAL_INITIALS.match(name):
        return True
    *initials, last = name.split(".") if "." in name.strip(".") else [name]
    if not all(
        part.strip().isalpha() and len(part.strip()) <= 2 and part.strip()[0].isupper() for part in initials
    ):
        return False
    words = last.split()
    if not all(
        word.isalpha() and word[0].isupper() and (word[1:].islower() or word.isupper()) for word in words
    ):
        return False
    return (1 if initials else 2) <= len(words) <= 5 and len(name) <= 30 and not NOT_IN_A_NAME.search(name)
