"""Which files belong to an article, and date rules of several selectors."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.read import read

TEXT = (
    "Sáng 12/5, Công đoàn cơ sở tổ chức hội nghị người lao động với sự tham gia của đoàn viên toàn đơn vị. "
    * 4
)
FILE = '<a href="/files/ke-hoach.pdf">Kế hoạch số 12</a>'


def article(below: str, beside: str = "", date: str = "") -> str:
    return (
        "<html><head><title>Hội nghị người lao động năm 2019 của công ty</title></head><body>"
        f'<div id="trang"><div id="giua"><h1>Hội nghị người lao động năm 2019 của công ty</h1>{date}'
        f'<div class="content">{TEXT}</div>{below}</div><div id="ben">{beside}</div></div></body></html>'
    )


@pytest.mark.parametrize(
    ("below", "beside", "is_attachment"),
    [
        (f"<p>{FILE}</p>", "", True),
        (f"<p><b>Minh Hà</b></p><p>{FILE}</p>", "", True),
        (f"<table><tr><td>Lượt xem: 7</td></tr><tr><td>{FILE}</td></tr></table>", "", True),
        ("", f"<p>{FILE}</p>", False),  # a list of documents in a side column
        ("<p>Một</p><p>Hai</p><p>Ba</p>" + f"<p>{FILE}</p>", "", False),  # too far down to be the article's
        (f'<div class="tin-lien-quan"><p>{FILE}</p></div>', "", False),
    ],
)
def test_a_file_just_below_the_text_is_the_articles(
    below: str, beside: str, is_attachment: bool, page_of: Any, profile_of: Any
) -> None:
    layout = [{"title": ["h1"], "body": [".content"]}]
    result = read(page_of(article(below, beside)), profile_of(layout=layout))
    assert result.article
    names = [(file.url, file.name) for file in result.article.attachments]
    assert names == (
        [("https://cong-doan.example/files/ke-hoach.pdf", "Kế hoạch số 12")] if is_attachment else []
    )


@pytest.mark.parametrize(
    ("date", "rule"),
    [
        ('<i class="cu">05/03/2019</i><p><b class="moi">12/05/2019</b></p>', "p > .moi"),
        ('<i class="cu">12/05/2019</i>', ".cu"),
    ],
)
def test_date_selectors_are_tried_in_turn(date: str, rule: str, page_of: Any, profile_of: Any) -> None:
    layout = [{"body": [".content"], "date": {"css": ["p > .moi", ".cu"]}}]
    dated_article = read(page_of(article("", date=date)), profile_of(layout=layout)).article
    assert dated_article
    assert dated_article.published
    assert f"{dated_article.published.day}" == "2019-05-12"
    assert [entry.rule for entry in dated_article.provenance if entry.field == "published"] == [rule]
