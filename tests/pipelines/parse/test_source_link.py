from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelines.parse.source_link import find_source_link
from pipelines.read import read

PAPER = "https://bao.example/tin/1234.html"
LINES = [
    ("Báo Lao Động", "Theo Báo Lao Động", PAPER, PAPER),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", f"  {PAPER} ", PAPER),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", "//bao.example/tin", "https://bao.example/tin"),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", "", None),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", "/tac-gia/bao-lao-dong", None),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", "javascript:void(0)", None),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", "mailto:toasoan@bao.example", None),
    ("Báo Lao Động", "Nguồn: Báo Lao Động", "http://[::1", None),
    (PAPER, f"Nguồn: {PAPER}", "", PAPER),
    ("LĐTĐ", f"Nguồn LĐTĐ: {PAPER}", "", PAPER),
    (PAPER, f"(Sưu tầm: {PAPER})", "", PAPER),
    ("báo lao động", "TRẦN TUẤN (báo lao động)", "https://bao.example/tac-gia/tran-tuan", None),
    ("Báo Lao Động", "Xem thêm trên Báo Lao Động", PAPER, None),
    (None, "Nguồn: Báo Lao Động", PAPER, None),
]


@pytest.mark.parametrize(("name", "line", "target", "url"), LINES)
def test_the_address_of_a_source_is_that_of_its_own_line(
    name: str | None, line: str, target: str, url: str | None
) -> None:
    others = [("Đoàn viên đọc báo tại hội trường.", "https://khac.example/")]
    assert find_source_link(name, [*others, (line, target), *others]) == url


SIGNED = "<strong>Thu Trang</strong></p></div></div>"
META = '<span class="article-author">Thu Trang</span>'
LINK = f'<a href="{PAPER}">Báo Lao Động</a>'


@pytest.mark.parametrize(
    ("meta", "last", "expected"),
    [
        (META, f"<em>(Nguồn: {LINK})</em></p></div></div>", ("Thu Trang", "Báo Lao Động", PAPER)),
        (META, f"Nguồn: {PAPER}</p></div></div>", ("Thu Trang", PAPER, PAPER)),
        (META, f"Theo Báo Lao Động</p></div><p>{LINK}</p></div>", ("Thu Trang", "Báo Lao Động", None)),
        (META.replace("Thu Trang", f"Theo {LINK}"), SIGNED, ("Thu Trang", "Báo Lao Động", PAPER)),
        (META.replace("Thu Trang", f'<a href="{PAPER}">Thu Trang</a>'), SIGNED, ("Thu Trang", None, None)),
    ],
)
def test_a_page_that_names_its_source_tells_its_address(
    page_of: Any, profile_of: Any, meta: str, last: str, expected: tuple[str, str | None, str | None]
) -> None:
    page = page_of("thu_do")
    text = page.body.decode()
    assert SIGNED in text
    assert META in text
    signed = replace(page, body=text.replace(META, meta).replace(SIGNED, last).encode())
    article = read(signed, profile_of("thu_do")).article
    assert article
    assert (article.author, article.source_name, article.source_url) == expected
    assert "Nguồn" not in article.body
