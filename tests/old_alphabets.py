"""Text as it was typed before Unicode: the other way round from what is read, for tests alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache

from pipelines.alphabets import TCVN3_MEANT, TCVN3_SHOWN, VISCII_MEANT, VISCII_SHOWN, VNI
from pipelines.syllables import TONES

PHRASES = (
    "công đoàn các cấp",
    "liên đoàn lao động tỉnh",
    "người lao động khó khăn",
    "đoàn viên công đoàn",
    "đại hội nhiệm kỳ mới",
    "tổ chức hội nghị tổng kết",
    "ban chấp hành khoá mười",
    "phong trào thi đua yêu nước",
    "tặng quà Tết cho công nhân",
    "chủ tịch công đoàn cơ sở",
    "kiểm tra việc thực hiện chế độ",
    "Quỹ Mái ấm công đoàn",
    "ký kết thoả ước lao động tập thể",
    "đối thoại với giám đốc doanh nghiệp",
    "học tập và làm theo tấm gương đạo đức",
    "chăm lo đời sống cán bộ",
    "giải thể thao chào mừng ngày thành lập",
    "hưởng ứng tháng vệ sinh an toàn",
    "trao học bổng Nguyễn Đức Cảnh",
    "ở khu công nghiệp Hoà Khánh",
)


def as_tcvn3(text: str) -> str:
    """As .VnTime shows it; a capital with a tone has the place of its small letter."""
    return "".join(_tcvn3().get(char) or _tcvn3().get(char.lower(), char) for char in text)


def as_vni(text: str) -> str:
    """As VNI-Times shows it."""
    return "".join(_vni().get(char, char) for char in text)


def as_viscii(text: str) -> str:
    """As VISCII shows when it is read as Latin-1."""
    return text.translate(str.maketrans(VISCII_MEANT, VISCII_SHOWN))


def bytes_1258(text: str) -> bytes:
    """As windows-1258 writes it: base letter, then the tone as a combining mark."""
    out = ""
    for char in text:
        whole = unicodedata.normalize("NFD", char)
        tones = "".join(mark for mark in whole if mark in TONES)
        out += unicodedata.normalize("NFC", "".join(mark for mark in whole if mark not in TONES)) + tones
    return out.encode("cp1258")


def as_1258(text: str) -> str:
    """As windows-1258 shows when it is read as windows-1252."""
    return bytes_1258(text).decode("cp1252")


TYPED: dict[str, Callable[[str], str]] = {
    "tcvn3": as_tcvn3,
    "vni": as_vni,
    "viscii": as_viscii,
    "windows-1258": as_1258,
}


@cache
def _tcvn3() -> dict[str, str]:
    return dict(zip(TCVN3_MEANT, TCVN3_SHOWN, strict=True))


@cache
def _vni() -> dict[str, str]:
    small = {
        meant: shown for shown, meant in VNI.items() if shown not in ("iù", "iø", "iû", "iõ", "iï", "yï")
    }
    small |= {"í": "í", "ì": "ì"}
    return small | {meant.upper(): shown.upper() for meant, shown in small.items()}
