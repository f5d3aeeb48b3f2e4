"""Bylines as the Vietnamese press signs: who wrote, for which office, after which source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

DASH = re.compile(r"\s+[-–—]\s*|\s*[–—]\s+")
# "Tin, ảnh:", "Bài và ảnh:", "Tin-ảnh:", "Tin bài:", "Thực hiện:", "Tác giả:"
WORK = r"(?:tin|bài(?:\s+viết)?|ảnh|hình(?:\s+ảnh)?|video|clip|đồ\s+họa)"
WORKS = rf"{WORK}(?:\s*(?:,|-|–|/|&|và|\s)\s*{WORK})*"
SIGNED = re.compile(
    rf"^(?P<label>{WORKS}|tác\s+giả(?:\s+bài\s+viết)?|người\s+viết|thực\s+hiện|biên\s+tập|phóng\s+viên|"
    rf"theo\s+pv)\s*:\s*(?P<name>\S.*)$",
    re.IGNORECASE,
)
# "Viết bởi", "Đăng bởi": how content systems introduce who typed the text in.
TYPED_BY = re.compile(
    r"^(?:được\s+)?(?:viết|đăng|gửi|soạn|tạo)\s+bởi\s*:?\s*|^(?:written\s+)?by\s+", re.IGNORECASE
)
# The account that typed a text in, as systems name it out of the box: nobody's name.
ACCOUNT = re.compile(
    r"(?:super\s*user|admin\w*|root|user\d*|webmaster|editor|test|"
    r"quản\s+trị(?:\s+(?:viên|web(?:site)?|hệ\s+thống))?|quan\s*tri\w*)",
    re.IGNORECASE,
)
PHOTO = re.compile(r"\b(?:ảnh|hình(?:\s+ảnh)?)\b", re.IGNORECASE)
TEXT_WORK = re.compile(r"\b(?:tin|bài(?:\s+viết)?)\b", re.IGNORECASE)
PHOTO_BY = re.compile(r"\s*[,;.–—-]\s*(?:ảnh|hình(?:\s+ảnh)?)\s*:\s*(?P<name>.+)$", re.IGNORECASE)
SOURCE = re.compile(
    r"^\(?\s*(?:(?:theo\s+)?nguồn(?:\s+tin)?\s*:|nguồn\s+(?P<short>[^\W\d_][\w.&]{1,12})\s*:|sưu\s+tầm\s*:|"
    r"theo\s+(?=\(?(?-i:[A-ZĐ])|báo\b|tạp\s+chí\b))\s*(?P<rest>[^\n]*?)\)?\s*\.?$",
    re.IGNORECASE,
)
PRESS_IN_BRACKETS = re.compile(
    r"^(?P<name>[^()]+?)\s*\((?P<source>(?:theo|báo|nguồn|tạp\s+chí|tổng\s+hợp)\b[^()]*)\)$", re.IGNORECASE
)
# Words an office's name begins with, in full or abbreviated.
OFFICE = re.compile(
    r"^(?:ban|bch|btv|lđlđ|liên đoàn|công đoàn|cđ|cđcs|cđn|tổng|văn phòng|vp|phòng|sở|ubnd|ủy ban|uỷ ban|"
    r"ubkt|hội|đoàn|trường|"
    r"bệnh viện|công ty|cty|trung tâm|tt|báo|tạp chí|đài|chi cục|cục|vụ|viện|nhà máy|xí nghiệp|tổ|khối|"
    r"đảng|trạm|"
    r"huyện|tỉnh|thành phố|tp|xã|phường|nhóm pv)\b",
    re.IGNORECASE,
)
DESK = re.compile(r"^(?:PV|P\.V|CTV|BBT|BTV|Nhóm PV|Nhóm phóng viên|TTXVN|NV|BT)$")
# Capitalised words that end a body and are nobody's name.
NOBODY = re.compile(
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
VERB = re.compile(
    r"(?i)\b(?:hội nghị|đại hội|tổng kết|sơ kết|thăm|tặng|trao|phát động|ký kết|khai mạc|bế mạc|"
    r"triển khai|đẩy mạnh|nâng cao|"
    r"chăm lo|tăng cường|phối hợp|ra mắt|ra quân|tham gia|đồng hành|hỗ trợ|tuyên truyền (?:về|cho)|"
    r"tập huấn|phải|cần|vì|là|đã|"
    r"sẽ|được|có|với|cho|(?<!ban )tổ chức)\b"
)
NEVER_LAST = ("./.", "!", "?", ":", ";", "…", "..", '"', "”")
LONGEST_NAME = 45  # characters of one or two signed names
LONGEST_LINE = 120  # with an office behind it


@dataclass(frozen=True, slots=True)
class Byline:
    """Who signs: each field as printed, None when not printed."""

    author: str | None = None
    unit: str | None = None  # the author's office
    photographer: str | None = None
    source_name: str | None = None  # where the text was taken from


def split_byline(text: str, unit: bool = False) -> Byline:
    """The parts of one byline; with `unit`, what follows the first dash is the author's office."""
    line = TYPED_BY.sub("", " ".join(text.split())).strip(" .;*")
    if ACCOUNT.fullmatch(line):
        return Byline()
    if source := _source(line):
        return Byline(source_name=source)
    signed = SIGNED.match(line)
    line, label = (signed["name"].strip(" ."), signed["label"]) if signed else (line, "")
    photographer = None
    if photo := PHOTO_BY.search(line):
        line, photographer = line[: photo.start()], photo["name"].strip(" .")
    if PHOTO.search(label):
        photographer = photographer or DASH.split(line, maxsplit=1)[0]
        if not TEXT_WORK.search(label):
            return Byline(photographer=photographer)
    if press := PRESS_IN_BRACKETS.match(line):
        origin = re.sub(r"(?i)^(?:theo|nguồn|tổng hợp)\s*:?\s*", "", press["source"])
        return Byline(press["name"], None, photographer, origin or None)
    author, office = _author_and_office(line, unit)
    return Byline(author, office, photographer)


def _author_and_office(line: str, unit: bool) -> tuple[str | None, str | None]:
    parts = DASH.split(line, maxsplit=1)
    if len(parts) == 2 and not OFFICE.match(parts[0]) and (unit or OFFICE.match(parts[1])):
        return parts[0].strip(" ,"), parts[1].strip(" ,")
    bracket = re.match(r"^([^()]+?)\s*\(([^()]+)\)$", line)
    if bracket and OFFICE.match(bracket[2]):
        return bracket[1], bracket[2]
    return line.strip(" ()") or None, None


def _source(line: str) -> str | None:
    match = SOURCE.match(line)
    if not match:
        return None
    return match["short"] or match["rest"].strip(" .") or None


def last_line_byline(paragraphs: Sequence[str], unit: bool = False) -> tuple[tuple[str, ...], Byline | None]:
    """The paragraphs without a byline at their end, and that byline; conservative.

    A sentence, a list item, a line with digits or one that ends like a document is never taken.
    A source line below (or above) the signature is taken with it. With `unit`, whatever follows a
    name and a dash is taken as the author's office.
    """
    rest = tuple(paragraphs)
    found: Byline | None = None
    for _ in range(2):
        line = " ".join(rest[-1].split()) if len(rest) > 1 else ""
        if not line or not (_is_byline(line) or (unit and _is_name_and_office(line))):
            break
        read = split_byline(line, unit)
        if found and ((found.author and read.author) or (found.source_name and read.source_name)):
            break
        found = _join(read, found)
        rest = rest[:-1]
    return rest, found


def _join(above: Byline, below: Byline | None) -> Byline:
    if below is None:
        return above
    return Byline(
        above.author or below.author,
        above.unit or below.unit,
        above.photographer or below.photographer,
        above.source_name or below.source_name,
    )


def _is_byline(line: str) -> bool:
    if len(line) > LONGEST_LINE or line.endswith(NEVER_LAST) or line[0] in "-+•*–·" or re.search(r"\d", line):
        return bool(SOURCE.match(line)) and "http" in line and len(line) <= LONGEST_LINE
    if SOURCE.match(line):
        return not VERB.search(line) and "," not in line
    if signed := SIGNED.match(line):
        return all(
            _is_signature(part) for part in re.split(r"\s*;\s*|\s*,\s*", _without_photo(signed["name"]))
        )
    photo = PHOTO_BY.search(line)
    if photo and not all(map(_is_signature, re.split(r"\s*,\s*", photo["name"]))):
        return False
    return _is_signature(_without_photo(line))


def _is_name_and_office(line: str) -> bool:
    parts = DASH.split(line, maxsplit=1)
    return (
        len(parts) == 2 and len(line) <= LONGEST_LINE and not line.endswith(NEVER_LAST) and _is_name(parts[0])
    )


def _without_photo(text: str) -> str:
    return PHOTO_BY.sub("", text)


def _is_signature(line: str) -> bool:
    plain = line.strip("*. ")
    if press := PRESS_IN_BRACKETS.match(plain):
        plain = press["name"]
    plain = plain.strip("() ")
    names = re.split(r"\s*[–—]\s*|\s+-\s+|\s*&\s*|\s+và\s+", plain)
    if len(plain) <= LONGEST_NAME and len(names) <= 3 and all(_is_name(name) for name in names):
        return True
    return _is_office(plain)


def _is_office(line: str) -> bool:
    """`Name - Office`, or an office alone: short and without a verb, else it is a heading."""
    parts = DASH.split(line, maxsplit=1)
    if len(parts) == 2 and _is_name(parts[0]) and OFFICE.match(parts[1]):
        return ":" not in line
    short = 2 <= len(line.split()) <= 12 and len(line) <= 70 and not re.search("[,;:]", line)
    return short and bool(SIGNING_OFFICE.match(line)) and not VERB.search(line)


def _is_name(text: str) -> bool:
    name = text.strip()
    if DESK.match(name):
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
    return (1 if initials else 2) <= len(words) <= 5 and len(name) <= 30 and not NOBODY.search(name)
