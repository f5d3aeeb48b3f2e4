from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.boilerplate import MIN_LEARNING_ARTICLES, LineCounts, line_key, without_boilerplate
from storage.records import Article, Image, LineKind, Shape

TICKER = "Đường dây nóng công đoàn: 0209 000 111"
ARTICLE = Article(
    site="a",
    url="https://a.example/1",
    title="Hội nghị",
    lead=None,
    body=f"Mở đầu.\n{TICKER}\nKết quả\nHết.\nLượt xem: 1.204",
    images=(Image("https://a.example/1.jpg", line=2), Image("https://a.example/2.jpg", line=5)),
    shape=(Shape(2, LineKind.HEADING),),
)


def key(line: str) -> str:
    key = line_key(line)
    assert key
    return key


def test_numbers_case_and_punctuation_do_not_make_another_line() -> None:
    assert key("Lượt xem: 1.204") == key("LƯỢT XEM 87")
    assert key("Lượt xem: 87") != key("Lượt tải: 87")
    story = (
        "Công đoàn cơ sở số {} tổ chức hội nghị người lao động, bàn việc chăm lo đời sống đoàn viên năm nay."
    )
    assert key(story.format(1)) != key(story.format(2)), "a longer line with another number is another line"
    assert line_key("x" * 500) is None, "what is long is text"
    assert line_key("***") is None


def test_learned_lines_go_and_all_else_moves_up() -> None:
    left = without_boilerplate(ARTICLE, {key(TICKER), key("Lượt xem: 5")})
    assert left.body == "Mở đầu.\nKết quả\nHết."
    assert left.shape == (Shape(1, LineKind.HEADING),)
    assert [image.line for image in left.images] == [1, 3]
    assert left.repairs == ("furniture:2",)
    twice = without_boilerplate(without_boilerplate(ARTICLE, {key(TICKER)}), {key("Lượt xem: 5")})
    assert twice == left


def test_an_article_is_never_emptied() -> None:
    assert without_boilerplate(ARTICLE, set()) is ARTICLE
    alone = replace(ARTICLE, body=TICKER)
    assert without_boilerplate(alone, {key(TICKER)}) is alone


def counted(articles: int, *, with_line: int) -> LineCounts:
    counts = LineCounts()
    for number in range(articles):
        body = f"Tin số {'một' * number} của huyện.\nHết."
        counts.count_lines(replace(ARTICLE, body=f"{body}\n{TICKER}" if number < with_line else body))
    return counts


def test_what_stands_in_half_of_a_runs_articles_is_learned() -> None:
    learned = counted(20, with_line=10).boilerplate_lines()
    assert learned[key(TICKER)] == (TICKER, 10)
    assert key("Hết.") in learned
    assert len(learned) == 2
    assert key(TICKER) not in counted(20, with_line=9).boilerplate_lines()


def test_of_a_few_articles_nothing_is_learned() -> None:
    assert counted(MIN_LEARNING_ARTICLES - 1, with_line=MIN_LEARNING_ARTICLES - 1).boilerplate_lines() == {}


@given(st.lists(st.text(max_size=20), max_size=10), st.sets(st.integers(0, 9)))
def test_only_learned_lines_go(lines: list[str], which: set[int]) -> None:
    body = "\n".join(" ".join(line.split()) for line in lines)
    keys = {key for at, line in enumerate(body.split("\n")) if at in which and (key := line_key(line))}
    left = without_boilerplate(replace(ARTICLE, body=body), keys)
    stayed = [line for line in body.split("\n") if line_key(line) not in keys]
    assert left.body.split("\n") == (stayed or body.split("\n"))
