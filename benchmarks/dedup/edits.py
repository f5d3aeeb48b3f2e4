"""What editors and sites do to a text that they take over; every draw comes from one generator (pure)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

LEADS = 60  # syllables of another lead, at most
TRUNCATED = 0.4  # of the syllables are left
MENU = """\
Trang chủ Giới thiệu Tin tức Hoạt động công đoàn Văn bản Thư viện ảnh Liên hệ
Thứ {day}, ngày {day}/{month}/2024, {hour}:12 | Cỡ chữ A- A A+ | Bản in | Gửi bài qua thư điện tử"""
FOOT = """\
Chia sẻ: Facebook Zalo | Lượt xem: {views} | Bình luận (0)
Các tin khác
Công đoàn cơ sở phường {unit} tổng kết phong trào thi đua (0{day}/{month}/2024)
Lịch tiếp đoàn viên của Ban Thường vụ trong tháng {month}
Bản quyền thuộc về Liên đoàn Lao động. Ghi rõ nguồn khi phát hành lại thông tin từ trang này."""
BYLINES = (
    "Thu Hà - Theo báo tỉnh",
    "Tin, ảnh: Đỗ Khắc Trung (Ban Tuyên giáo)",
    "Nguồn: Cổng thông tin điện tử\nBT: Lan Anh",
)
UNITS = ("Hoà Lạc", "Đông Sơn", "Bình Hưng", "Phú Lâm")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as its first paper prints it, and another text to draw strange passages from."""

    lead: str | None
    body: str
    other_lead: str
    other_body: str

    @property
    def text(self) -> str:
        """What is held against others."""
        return f"{self.lead}\n{self.body}" if self.lead else self.body


Edit = Callable[[Draft, Random], str]


def other_lead(draft: Draft, _rng: Random) -> str:
    """The lead exchanged; a text without one gets one."""
    return f"{' '.join(draft.other_lead.split()[:LEADS])}\n{draft.body}"


def byline(draft: Draft, rng: Random) -> str:
    """Signed at the end."""
    return f"{draft.text}\n{rng.choice(BYLINES)}"


def boilerplate(draft: Draft, rng: Random) -> str:
    """Wrapped in what stands on every page of a site."""
    told = {
        "day": rng.randint(2, 7), "month": rng.randint(1, 12), "hour": rng.randint(7, 21),
        "views": rng.randint(40, 4000), "unit": rng.choice(UNITS),
    }  # fmt: skip
    return f"{MENU.format(**told)}\n{draft.text}\n{FOOT.format(**told)}"


def typed_otherwise(draft: Draft, _rng: Random) -> str:
    """Decomposed, in capitals, the lead's marks lost."""
    lead = unicodedata.normalize("NFD", draft.lead or "").replace("đ", "d").replace("Đ", "D")
    bare = "".join(char for char in lead if not unicodedata.combining(char))
    return f"{bare}\n{unicodedata.normalize('NFD', draft.body).upper()}".strip()


def truncated(draft: Draft, _rng: Random) -> str:
    """The first 40 %."""
    words = draft.text.split(" ")
    return " ".join(words[: round(len(words) * TRUNCATED)])


def quoted(draft: Draft, _rng: Random) -> str:
    """The whole text inside another one."""
    lines = draft.other_body.split("\n")
    middle = max(1, len(lines) // 2)
    return "\n".join((draft.other_lead, *lines[:middle], draft.text, *lines[middle:]))


def words_changed(share: float) -> Edit:
    """So many of the words exchanged, dropped or with another beside them, each in a third of the cases."""

    def edit(draft: Draft, rng: Random) -> str:
        pool = draft.other_body.split()
        return "\n".join(" ".join(_redrawn(line, share, pool, rng)) for line in draft.text.split("\n"))

    return edit


def _redrawn(line: str, share: float, pool: list[str], rng: Random) -> list[str]:
    kept: list[str] = []
    for word in line.split(" "):
        if rng.random() >= share:
            kept.append(word)
        else:
            kept += rng.choice(([rng.choice(pool)], [], [word, rng.choice(pool)]))
    return kept


COPIES: Mapping[str, Edit] = {
    "another lead": other_lead,
    "byline": byline,
    "boilerplate around": boilerplate,
    "typed otherwise": typed_otherwise,
    "5 % of words": words_changed(0.05),
    "10 % of words": words_changed(0.1),
}
HARDER: Mapping[str, Edit] = {"20 % of words": words_changed(0.2), "30 % of words": words_changed(0.3)}
CUT: Mapping[str, Edit] = {"cut to 40 %": truncated}
QUOTED: Mapping[str, Edit] = {"quoted within another": quoted}
