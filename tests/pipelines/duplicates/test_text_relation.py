from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.duplicates.shingles import (
    MIN_SAMPLED_SHINGLES,
    fold_text,
    names_in,
    numbers_in,
    prepare_text,
    sample_shingles,
    word_hashes,
)
from pipelines.duplicates.text_relation import relate_texts
from pipelines.duplicates.unshared_passages import align_texts
from storage.stories.relations import RelationKind

STORY = """\
Sáng 12/5/2023, tại trụ sở xã Yên Lãng, LĐLĐ huyện Đại Từ phối hợp với Công ty TNHH May Phú Bình tổ \
chức lễ phát động Tháng Công nhân và Tháng hành động về an toàn vệ sinh lao động.
Dự buổi lễ có đồng chí Nguyễn Thị Hoà, Phó Chủ tịch LĐLĐ tỉnh; lãnh đạo Huyện ủy cùng hơn 350 đoàn \
viên, người lao động.
Phát biểu khai mạc, bà Trần Thanh Vân cho biết huyện hiện có 87 công đoàn cơ sở với 6.412 đoàn viên, \
trong năm qua đã kết nạp mới 518 đoàn viên và thành lập 4 công đoàn cơ sở trong khu vực ngoài nhà \
nước.
Tại buổi lễ, ban tổ chức đã trao 45 suất quà, mỗi suất trị giá 700.000 đồng cho công nhân có hoàn \
cảnh khó khăn; khởi công 2 nhà Mái ấm công đoàn với số tiền hỗ trợ 80 triệu đồng từ quỹ xã hội của \
công đoàn huyện.
Các đơn vị tham gia ký cam kết thực hiện nghiêm quy định về giờ làm việc, bữa ăn ca và bảo hộ lao \
động cho công nhân."""
FORM = (
    STORY.replace("12/5/2023", "6/5/2024").replace("Yên Lãng", "Tân Thịnh").replace("Đại Từ", "Võ Nhai")
    .replace("Phú Bình", "Hồng Sơn").replace("Nguyễn Thị Hoà", "Lê Văn Quyết").replace("350", "210")
    .replace("Trần Thanh Vân", "Hoàng Đức Minh").replace("87", "64").replace("6.412", "3.905")
    .replace("518", "276").replace(" 4 ", " 3 ").replace("45", "30").replace("700.000", "500.000")
    .replace(" 2 nhà", " 5 nhà").replace("80 triệu", "150 triệu")
)  # fmt: skip
OTHER = """\
Ngày 3/9, công đoàn ngành Giáo dục tỉnh Hưng Yên khai giảng lớp bồi dưỡng nghiệp vụ cho cán bộ công \
đoàn các trường trung học phổ thông, với sự tham gia của 120 học viên trong ba ngày.
Giảng viên Phạm Quốc Bảo giới thiệu những điểm mới của Luật Công đoàn, kỹ năng đối thoại và thương \
lượng tập thể."""


def relation_kind(text: str, other: str) -> RelationKind | None:
    relation = relate_texts(prepare_text(text), prepare_text(other))
    return relation.kind if relation else None


def edited(text: str, share: float) -> str:
    chance = random.Random(7)
    pool = OTHER.split()
    return " ".join(chance.choice(pool) if chance.random() < share else word for word in text.split(" "))


COPIES = {
    "itself": STORY,
    "another lead": "Nhân Tháng Công nhân, nhiều hoạt động đã diễn ra ở huyện.\n" + STORY.split("\n", 1)[1],
    "a byline": STORY + "\nThu Hà - Theo báo tỉnh",
    "without marks": unicodedata.normalize("NFD", STORY).encode("ascii", "ignore").decode(),
    "decomposed": unicodedata.normalize("NFD", STORY),
    "the other tone placement": STORY.replace("Hoà", "Hòa"),
    "capitals": STORY.upper(),
    "in the site's furniture": "Trang chủ Tin tức Thứ ba ngày 5/6\n"
    + STORY
    + "\nChia sẻ In bài Lượt xem: 87",
    "some words changed": edited(STORY, 0.08),
}


@pytest.mark.parametrize("other", COPIES.values(), ids=COPIES)
def test_a_copy_is_a_copy(other: str) -> None:
    assert relation_kind(other, STORY) is RelationKind.COPY
    assert relation_kind(STORY, other) is RelationKind.COPY


def test_the_same_form_with_other_particulars_is_no_kin() -> None:
    assert relation_kind(FORM, STORY) is None


def test_other_events_are_no_kin() -> None:
    assert relation_kind(OTHER, STORY) is None


def test_a_cut_copy_and_its_whole() -> None:
    cut = " ".join(STORY.split(" ")[:100])
    assert relation_kind(cut, STORY) is RelationKind.SHORTENED
    assert relation_kind(STORY, cut) is RelationKind.LENGTHENED


def test_a_quoted_text_is_told_from_a_longer_one() -> None:
    around = f"{OTHER}\n{OTHER.replace('3/9', '4/9')}\n{STORY}"
    assert relation_kind(around, STORY) is RelationKind.QUOTING
    assert relation_kind(STORY, around) is RelationKind.QUOTED


def test_a_follow_up_shares_paragraphs_and_is_not_a_copy() -> None:
    lines = STORY.split("\n")
    before = (
        "Một tuần sau lễ phát động ngày 12/5/2023 với 350 đoàn viên, LĐLĐ huyện Đại Từ đã kiểm tra bữa ăn "
        "ca tại Công ty TNHH May Phú Bình. Theo bà Trần Thanh Vân, bốn tổ công đoàn báo cáo đã lắp thêm quạt."
    )
    behind = (
        "Đợt kiểm tra tiếp theo sẽ diễn ra ở các doanh nghiệp chế biến chè vào cuối tháng, gồm cả nước uống."
    )
    after = "\n".join((before, lines[2], lines[3], behind))
    assert relation_kind(after, STORY) is RelationKind.FOLLOW_UP


DRAW = """\
Tối {day}, hội đồng giám sát quay số mở thưởng kỳ thứ {n} của giải Đoàn viên may mắn, do quỹ xã hội \
công đoàn các khu công nghiệp tổ chức hằng tuần để thêm kinh phí sửa nhà cho công nhân có hoàn cảnh khó khăn.
Các số trúng thưởng là {a} - {b} - {c} - {d} - {e} - {f}. Giải nhất trị giá {money} triệu đồng \
chưa có người nhận; {g} vé trúng giải nhì, mỗi vé 5 triệu đồng, {h} vé trúng giải ba, mỗi vé 300 nghìn đồng.
Vé trúng được lĩnh thưởng trong vòng 60 ngày tại 12 điểm bán của quỹ, từ 7 giờ 30 đến 16 giờ 30 các ngày làm \
việc. Người trúng mang theo vé còn nguyên vẹn và căn cước công dân."""
NUMBERS = ("day", "n", "a", "b", "c", "d", "e", "f", "money", "g", "h")
DRAWS = [
    dict(zip(NUMBERS, ("28/6", 402, 7, 12, 23, 31, 38, 45, 34, 16, 871), strict=True)),
    dict(zip(NUMBERS, ("30/6", 403, 3, 9, 17, 24, 36, 41, 36, 21, 906), strict=True)),
]


def test_two_draws_are_a_form_though_most_numbers_agree() -> None:
    assert relation_kind(DRAW.format(**DRAWS[0]), DRAW.format(**DRAWS[1])) is None
    assert (
        relation_kind(DRAW.format(**DRAWS[0]), DRAW.format(**DRAWS[0]).replace("402", "401"))
        is RelationKind.COPY
    )


VERDICT = """\
Chiều cùng ngày, sau phần nghị án kéo dài, hội đồng tuyên dương công bố kết quả: giải nhất thuộc về đội nhà \
máy nước, giải nhì về bệnh viện, ba giải khuyến khích chia đều cho các trường học trên địa bàn."""


def test_a_copy_with_news_in_the_middle_is_a_follow_up() -> None:
    lines = (STORY + "\n" + OTHER).split("\n")
    old, new = "\n".join(lines), "\n".join((*lines[:3], VERDICT, *lines[3:]))
    relation = relation_kind(new, old)
    assert relation in {RelationKind.FOLLOW_UP, RelationKind.QUOTING}
    assert align_texts(prepare_text(old), prepare_text(new)).new_share() > 0.05


def test_titles_that_differ_in_their_number_alone_name_two_sheets() -> None:
    body = STORY + "\nTài liệu ôn thi số {n} gồm mười hai câu hỏi."
    sheets = [
        prepare_text(body.format(n=n), f"Tài liệu hội thi cán bộ công đoàn giỏi: đề số {n}")
        for n in (218, 222)
    ]
    assert relate_texts(*sheets) is None
    corrected = [prepare_text(STORY, f"Trao {n} suất quà cho công nhân") for n in (45, 54)]
    relation = relate_texts(*corrected)
    assert (
        relation and relation.kind is RelationKind.COPY
    )  # 54 is told nowhere in the text: a slip, and no other sheet
    untold = relate_texts(prepare_text(body.format(n=218)), prepare_text(body.format(n=222)))
    assert untold and untold.kind is RelationKind.COPY


BULLETIN = """\
Lúc {h} giờ ngày {d}/11, tâm bão ở vào khoảng {a} độ vĩ Bắc, {b} độ kinh Đông, cách bờ biển {c} km về \
phía đông nam; sức gió mạnh nhất vùng gần tâm bão mạnh cấp {e}, giật cấp {f}. Liên đoàn Lao động tỉnh đề \
nghị các cấp công đoàn chủ động cùng chuyên môn chằng chống nhà xưởng, di dời máy móc, bố trí người trực \
24/24 giờ, bảo đảm an toàn cho 1.250 đoàn viên và 46 khu nhà trọ; hỗ trợ lương thực, nước uống, thuốc \
men cho công nhân phải ở lại nơi làm việc. Đường dây nóng 0209 3870 115 nhận thông tin suốt ngày đêm. Dự \
báo trong {g} giờ tới bão di chuyển theo hướng tây tây bắc, mỗi giờ đi được {i} km."""


def test_the_next_issue_of_a_bulletin_is_no_copy() -> None:
    first = {"h": 19, "d": 24, "a": "10,2", "b": "108,9", "c": 140, "e": 9, "f": 11, "g": 12, "i": 15}
    then = {"h": 4, "d": 25, "a": "10,5", "b": "107,8", "c": 45, "e": 10, "f": 12, "g": 6, "i": 20}
    assert relation_kind(BULLETIN.format(**then), BULLETIN.format(**first)) is None
    first_again = BULLETIN.format(**first).replace("1.250", "1250").replace("24/24", "24 / 24")
    assert (
        relation_kind(first_again, BULLETIN.format(**first)) is RelationKind.COPY
    )  # numbers spelled otherwise


LONG = STORY + "\n" + OTHER


def test_news_below_another_lead_is_a_follow_up_though_it_is_short() -> None:
    lines = LONG.split("\n")
    lead = "Chiều nay, lãnh đạo công đoàn huyện thông tin kết quả đợt phát động vừa qua ở các doanh nghiệp."
    news = "Hai đơn vị chưa ký cam kết đã bị nhắc nhở bằng văn bản và phải báo cáo lại trước thứ sáu."
    assert relation_kind("\n".join((lead, *lines[1:])), LONG) is RelationKind.COPY
    assert relation_kind("\n".join((lead, *lines[1:3], news, *lines[3:])), LONG) in {
        RelationKind.FOLLOW_UP,
        RelationKind.QUOTING,
    }


def test_a_cut_copy_may_have_a_short_lead_that_tells_no_day() -> None:
    whole = "\n".join((LONG, DRAW.format(**DRAWS[0]), VERDICT))
    cut = " ".join(whole.split("\n", 1)[1].split(" ")[:280])
    lead = "Đó là nội dung được nêu trong buổi phát động mới đây với các công đoàn cơ sở trên địa bàn."
    assert relation_kind(f"{lead}\n{cut}", whole) is RelationKind.SHORTENED
    dated_lead = lead.replace("mới đây", "chiều 19/6")
    assert relation_kind(f"{dated_lead}\n{cut}", whole) in {RelationKind.FOLLOW_UP, RelationKind.QUOTED}


TRANSLATED = """\
On the morning of 12/5/2023, in Yên Lãng commune, the Labour Federation of Đại Từ district and Phú Bình \
Garment Ltd launched the Workers' Month. Nguyễn Thị Hoà, Vice-President of the provincial federation, \
and more than 350 members attended. According to Trần Thanh Vân the district has 87 grassroots unions \
with 6.412 members; 518 members joined last year and 4 unions were founded. The organisers gave 45 \
presents of 700.000 đồng each and began 2 houses with 80 million."""


def test_an_edition_in_another_language_is_never_merged() -> None:
    assert relation_kind(TRANSLATED, STORY) is None


def test_names_are_found_in_decomposed_text_too() -> None:
    text = "Hôm qua, bà Trần Thanh Vân đến. Ông Nam về Ba Bể."
    assert names_in(unicodedata.normalize("NFD", text)) == names_in(text)


@given(st.text())
@example("công\u00adđoàn \u0345a Ⓐ ŉ ß İ ﬁ _a_")
def test_syllables_folded_one_by_one_are_those_of_the_folded_text(text: str) -> None:
    assert word_hashes(text).tolist() == word_hashes(fold_text(text)).tolist()


def test_particulars() -> None:
    assert numbers_in("1.204 người") == {"1204"}
    assert names_in("Hôm qua, bà Trần Thanh Vân đến. Ông Nam về Ba Bể.") == {
        "tran thanh",
        "thanh van",
        "ba be",
    }


def test_short_texts_have_no_sample_and_a_longer_one_few() -> None:
    assert sample_shingles("Tin buồn.") is None
    drawn = sample_shingles(STORY)
    assert drawn
    assert len(drawn.shingles) == MIN_SAMPLED_SHINGLES
    assert sample_shingles(unicodedata.normalize("NFD", STORY)) == drawn
    cut = sample_shingles(" ".join(STORY.split(" ")[:120]))
    assert cut
    assert len(set(cut.shingles) & set(drawn.shingles)) >= 6


def test_the_scheme_is_the_one_its_version_names() -> None:
    drawn = sample_shingles(STORY)
    assert drawn
    assert (drawn.version, drawn.words, drawn.shingles[:2]) == GOLDEN, "raise SHINGLE_VERSION"


GOLDEN: tuple[int, int, tuple[int, ...]] = (1, 193, (8856421103554126, 38117280377835820))


@given(st.text(), st.text())
def test_any_two_texts_are_compared(text: str, other: str) -> None:
    there, back = (
        relate_texts(prepare_text(text), prepare_text(other)),
        relate_texts(prepare_text(other), prepare_text(text)),
    )
    assert (there is None) == (back is None)
    sample_shingles(text)
