from __future__ import annotations

import gzip
import json
import unicodedata
from itertools import islice

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from justext.utils import get_stoplist

from pipelines.decode.charset import decode
from pipelines.decode.legacy_text import may_be_legacy, repair_legacy_text
from tests.legacy_encodings import PHRASES, TYPED
from tests.paths import SHARED

LANGUAGES = "French German Spanish Portuguese Italian Swedish Icelandic Finnish Czech Turkish Latvian"
SENTENCES = st.lists(st.sampled_from(PHRASES), min_size=3, max_size=12, unique=True).map(" ".join)
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵĐÔ \n.,"

# As such texts stand in old pages and files: typed by hand here, not made by the tables.
PRINTED = [
    ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "tcvn3", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
    ("§éc lËp - Tù do - H¹nh phóc", "tcvn3", "Độc lập - Tự do - Hạnh phúc"),
    ("UBND TP. Hå ChÝ Minh, quËn §èng §a", "tcvn3", "UBND TP. Hồ Chí Minh, quận Đống Đa"),
    ("C¨n cø NghÞ ®Þnh sè 133/2004/N§-CP", "tcvn3", "Căn cứ Nghị định số 133/2004/NĐ-CP"),
    ("LI£N §OµN LAO §éNG TØNH", "tcvn3", "LIÊN ĐOÀN LAO ĐỘNG TỈNH"),
    (
        "tr\xadêng häc n\xadíc ta, ng\xadêi lao ®éng",
        "tcvn3",
        "trường học nước ta, người lao động",
    ),
    ("häc n-íc ta, Th«ng t- míi, kinh tÕ-x· héi", "tcvn3", "học nước ta, Thông tư mới, kinh tế-xã hội"),
    ("tr\u2212êng häc n\u2212íc ta, vèn s½n m\u2219i", "tcvn3", "trường học nước ta, vốn sẵn mãi"),
    ("Q§-L§L§ ngµy 12/3 vÒ viÖc · « nhiÔm", "tcvn3", "QĐ-LĐLĐ ngày 12/3 về việc · ô nhiễm"),
    ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "vni", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("LIEÂN ÑOAØN LAO ÑOÄNG TÆNH ÑOÀNG NAI", "vni", "LIÊN ĐOÀN LAO ĐỘNG TỈNH ĐỒNG NAI"),
    ("Ngöôøi lao ñoäng ôû tyû leä kyõ thuaät", "vni", "Người lao động ở tỷ lệ kỹ thuật"),
    ("Cµng hòa xã hµi chü nghîa Vi®t Nam", "viscii", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("Côòng hoÌa xaÞ hôòi chuÒ nghiÞa Viêòt Nam", "windows-1258",
     "Cộng hòa xã hội chủ nghĩa Việt Nam"),
]  # fmt: skip

HEALTHY = [
    "Liên đoàn Lao động tỉnh Hà Nam khen thưởng 12 tập thể; «Công đoàn» là chỗ dựa.",
    "Công an Hà Nam và Công an thành phố Hà Tiên",
    "CÔNG ĐOÀN VIÊN CHỨC VIỆT NAM · ĐẠI HỘI LẦN THỨ VI",
    "Bản quyền © 2010–2012 · Mọi quyền được bảo lưu ®",
    "Xe Honda®, Yamaha® và SYM® giá 25 triệu đồng; Windows® 7",
    "Độ dày 5 µm, 10 µm và 0,5 µm; nhiệt độ 38 °C; diện tích 12 m²; ½ số hộ; 3 × 4 = 12; 10 ÷ 2",
    "Ðảng bộ và Ðoàn thanh niên Ðà Nẵng",
    "L’été dernier, les salariés ont été reçus à l’Élysée : « Où êtes-vous ? », «né», «thé», août, Noël.",
    "La première année, l’élève créa un théâtre où le maître, naïf, aperçut la forêt ; cœur, sœur, œuvre.",
    "À côté du café, un hôtel de Liège: crème brûlée, pâté, rôti, gâteaux, thé glacé, 3 €, 10 £, 5 ¥",
    "Die Gewerkschaft für höhere Löhne: „Schöne Grüße“ aus Köln, Straße, Übung, größer, möchten, können.",
    "El señor Núñez, año 2010: niños, mañana, ¿qué?, ¡olé!, más, según, corazón, pingüino, cigüeña.",
    "São Paulo, João, ações, não, maçã, irmãos, português, você, também, Conceição.",
    "Già, più, città, però, perché, così, può, Forlì, caffè, è.",
    "Århus, Ærø, Malmö, Tromsø, Ålesund, Göteborg, smörgåsbord, fjäll, blåbær.",
    "Ðað er þýðing: þú, það, fær, góðan daginn, Þór, Ísafjörður.",
    "A®B®C® «x» µ ¸ ñ ø ö ð ß © ª ¬ ¶ · ¹ » ¼ ½ ¾ Æ Ç",
    "Công đoàn Việt Nam".encode().decode("cp1252", "replace"),
    "",
]


@pytest.mark.parametrize(("printed", "name", "meant"), PRINTED)
def test_what_stands_in_old_pages(printed: str, name: str, meant: str) -> None:
    assert repair_legacy_text(printed) == (meant, f"{name}:1")


@pytest.mark.parametrize("text", HEALTHY)
def test_healthy_text_is_left_alone(text: str) -> None:
    assert repair_legacy_text(text) == (text, "")
    assert repair_legacy_text(f"{text}\n" * 12) == (f"{text}\n" * 12, "")


@pytest.mark.parametrize("language", LANGUAGES.split())
def test_no_language_is_taken_for_an_old_alphabet(language: str) -> None:
    words = sorted(word for word in get_stoplist(language) if not word.isascii())
    assert words
    for text in (" ".join(words), "\n".join(words), "® ".join(words), " ".join(words).upper()):
        assert repair_legacy_text(text) == (text, "")


@pytest.mark.parametrize("name", TYPED)
@settings(deadline=None)
@given(text=SENTENCES)
def test_a_sentence_survives_every_alphabet(name: str, text: str) -> None:
    assert repair_legacy_text(TYPED[name](text)) == (text, f"{name}:1")


@pytest.mark.parametrize("name", ["vni", "viscii", "windows-1258"])
@settings(deadline=None)
@given(text=SENTENCES)
def test_capitals_survive_where_the_alphabet_has_them(name: str, text: str) -> None:
    # VISCII has six capitals in the places of control characters, which are in whole files alone.
    assume(name != "viscii" or not set("ẲẴẪỶỸỴ") & set(text.upper()))
    both = f"{text.upper()}\n{text}"
    assert repair_legacy_text(TYPED[name](both)) == (both, f"{name}:2")


@settings(deadline=None)
@given(text=SENTENCES.map(str.upper))
def test_the_fonts_without_capitals_are_read_as_capitals(text: str) -> None:
    assert repair_legacy_text(TYPED["tcvn3"](text))[0] == text


@settings(deadline=None)
@given(st.text(LETTERS, max_size=300))
def test_healthy_vietnamese_is_a_fixed_point(text: str) -> None:
    assert repair_legacy_text(text) == (text, "")


@settings(deadline=None)
@given(st.text(max_size=200) | st.text(st.characters(max_codepoint=0x17F), max_size=200))
def test_any_text_gives_a_text_and_a_note_if_changed(text: str) -> None:
    mended, note = repair_legacy_text(text)
    assert note or mended == text
    assert repair_legacy_text(text) == (mended, note)


@settings(deadline=None)
@given(st.sampled_from(sorted(TYPED)), SENTENCES)
def test_mending_twice_changes_nothing_more(name: str, text: str) -> None:
    once, _ = repair_legacy_text(TYPED[name](text))
    assert repair_legacy_text(once) == (once, "")


def test_a_healthy_line_beside_old_ones_stays() -> None:
    old = TYPED["tcvn3"](". ".join(PHRASES[:6]))
    text = f"{old}\nCông an Hà Nam: hội viên tổ trưởng\n{old}"
    mended, note = repair_legacy_text(text)
    assert mended.split("\n")[1] == "Công an Hà Nam: hội viên tổ trưởng"
    assert note == "tcvn3:2"


@pytest.mark.parametrize(("signed", "meant"), [("Vò Anh", "Vũ Anh"), ("Hµ V\xad¬ng", "Hà Vương")])
def test_a_signature_is_read_as_the_text_above_it(signed: str, meant: str) -> None:
    lines = [TYPED["tcvn3"](phrase) for phrase in PHRASES[:6]]
    assert repair_legacy_text("\n".join([*lines, signed]))[0] == "\n".join([*PHRASES[:6], meant])


def test_short_cells_are_believed_together() -> None:
    cells = ["Lao ®éng", "Sè l\xadîng", "Huy ch\xad¬ng", "Héi nghÞ", "§oµn viªn"]
    assert repair_legacy_text("\n".join(cells))[0] == "Lao động\nSố lượng\nHuy chương\nHội nghị\nĐoàn viên"
    assert repair_legacy_text(cells[0]) == (cells[0], "")


def test_a_long_text_is_looked_at_by_its_rare_letters_first() -> None:
    assert not may_be_legacy("Công đoàn gì, còn nữa. " * 200)
    assert may_be_legacy(TYPED["vni"]("công đoàn Việt Nam. " * 200))


def test_stored_articles_are_healthy() -> None:
    path = SHARED / "corpora" / "articles-20k.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path} absent")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for article in map(json.loads, islice(lines, 5000)):
            text = "\n".join((article["title"], article["abstract"] or "", article["body"]))
            assert repair_legacy_text(text) == (text, ""), article["id"]
            decoded = decode(text.encode(), "text/html; charset=utf-8")
            assert all(
                note.startswith(("nfc", "zero_width", "control", "replacement")) for note in decoded.repairs
            )


@pytest.mark.parametrize("name", TYPED)
def test_stored_titles_typed_in_old_alphabets_are_read(name: str) -> None:
    path = SHARED / "corpora" / "union-articles.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} absent")
    with path.open(encoding="utf-8") as lines:
        titles = [unicodedata.normalize("NFC", json.loads(line)["title"]) for line in lines]
    read = sum(
        repair_legacy_text(TYPED[name](title))[0].lower() == title.lower()
        for title in titles
        if title.isprintable()
    )
    assert read >= 0.9 * len(titles)
