"""Text as it was typed before Unicode: the other way round from what is read, for tests alone."""

from __future__ import annotations

from collections.abc import Callable

from crawler.demo.legacy_samples import as_tcvn3 as as_tcvn3
from crawler.demo.legacy_samples import as_vni as as_vni
from crawler.demo.legacy_samples import windows_1258_bytes as windows_1258_bytes
from pipelines.decode.legacy_encodings import VISCII_LATIN1, VISCII_UNICODE

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


def as_viscii(text: str) -> str:
    """As VISCII shows when it is read as Latin-1."""
    return text.translate(str.maketrans(VISCII_UNICODE, VISCII_LATIN1))


def as_1258(text: str) -> str:
    """As windows-1258 shows when it is read as windows-1252."""
    return windows_1258_bytes(text).decode("cp1252")


TYPED: dict[str, Callable[[str], str]] = {
    "tcvn3": as_tcvn3,
    "vni": as_vni,
    "viscii": as_viscii,
    "windows-1258": as_1258,
}
