from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decode.charset import decode
from tests.legacy_encodings import windows_1258_bytes
from tests.paths import SHARED

TEXT = "Đoàn viên công đoàn thực hiện Nghị quyết số 02-NQ/TW: “Vững mạnh”… TÔ THẮM ngõ, ngã, nghĩa"
VIETNAMESE = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵĐÔ \n.,"
)


def twice(text: str, charset: str) -> bytes:
    """UTF-8 read as a one-byte charset and encoded again."""
    return text.encode().decode(charset).encode()


@pytest.mark.parametrize(
    ("body", "content_type", "charset", "repairs"),
    [
        (TEXT.encode(), "text/html; charset=utf-8", "utf-8", ()),
        (TEXT.encode(), None, "utf-8", ()),
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=iso-8859-1", "utf-8", ()),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), None, "utf-16-le", ()),
        (TEXT.encode(), "text/html; charset=iso-8859-1", "utf-8", ("charset:cp1252>utf-8",)),
        (windows_1258_bytes(TEXT), "text/html; charset=windows-1258", "cp1258", ("nfc",)),
        (windows_1258_bytes(TEXT), "text/html; charset=utf-8", "cp1258", ("charset:utf-8>cp1258", "nfc")),
        (windows_1258_bytes(TEXT), None, "cp1258", ("charset:unknown>cp1258", "nfc")),
        (unicodedata.normalize("NFD", TEXT).encode(), None, "utf-8", ("nfc",)),
        (TEXT.replace("Đoàn", "Đo\u200bàn").encode(), None, "utf-8", ("zero_width",)),
        (TEXT.replace("Đoàn", "Đo\x00àn").encode(), None, "utf-8", ("control:1",)),
        (twice(TEXT, "latin-1"), "text/html; charset=utf-8", "utf-8", ("twice_encoded",)),
    ],
)
def test_every_way_of_sending_gives_one_text(
    body: bytes, content_type: str | None, charset: str, repairs: tuple[str, ...]
) -> None:
    decoded = decode(body, content_type)
    assert (decoded.text, decoded.charset, decoded.repairs) == (TEXT, charset, repairs)


def test_meta_names_the_charset_when_the_header_does_not() -> None:
    body = b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1258">' + windows_1258_bytes(
        "Tổ trưởng"
    )
    decoded = decode(body, "text/html")
    assert decoded.charset == "cp1258"
    assert decoded.text.endswith("Tổ trưởng")


def html(charset: str, before: str = "") -> bytes:
    return f"<html><head>{before}<meta charset={charset}></head><body>{TEXT}</body></html>".encode()


@pytest.mark.parametrize(
    ("declared", "repairs"),
    [
        ("utf-8", ()),
        ("utf8", ()),
        ("UTF_8", ()),
        ("unicode", ("charset:unicode>utf-8",)),
        ("utf-16", ("charset:utf-16>utf-8",)),
        ("gb2312", ("charset:gb18030>utf-8",)),
        ("x-sjis", ("charset:cp932>utf-8",)),
        ("x-nonsense", ("charset:x-nonsense>utf-8",)),
        ("tcvn-5712", ("charset:tcvn-5712>utf-8",)),
        ("windows-1258", ("charset:cp1258>utf-8",)),
    ],
)
def test_the_bytes_know_better_than_what_is_declared(declared: str, repairs: tuple[str, ...]) -> None:
    for decoded in (
        decode(html(declared), None),
        decode(TEXT.encode(), f"text/html; charset={declared}"),
        decode(TEXT.encode(), f"text/html;charset='{declared}'; x=y"),
        decode(html("utf-8"), f"text/html; charset={declared}"),
    ):
        assert TEXT in decoded.text
        assert (decoded.charset, decoded.repairs) == ("utf-8", repairs)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "unicode"])
def test_utf_16_without_a_mark(charset: str, declared: str) -> None:
    page = html(declared).decode()
    decoded = decode(page.encode(charset), f"text/html; charset={declared}")
    assert (decoded.text, decoded.charset) == (page, charset)
    assert decoded.repairs == (f"charset:{declared}>{charset}",)


def test_the_header_is_asked_before_the_markup_and_the_markup_far_down() -> None:
    cyrillic = "Профсоюзы Вьетнама"
    far = f"<html><head><!-- {'x' * 9000} --><meta charset=koi8-r></head>{cyrillic}".encode("koi8-r")
    assert decode(far, None).text.endswith(cyrillic)
    assert decode(far, None).charset == "koi8-r"
    assert decode(far, "text/html; charset=windows-1251").charset == "cp1251"
    assert (
        decode(f"<?xml version='1.0' encoding='koi8-r'?>{cyrillic}".encode("koi8-r"), None).charset
        == "koi8-r"
    )


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_no_declaration_makes_it_fail(body: bytes, header: str, meta: str) -> None:
    marked = f"<meta charset={meta}>".encode("utf-8", "replace") + body
    decoded = decode(marked, f"text/html; charset={header}")
    assert unicodedata.is_normalized("NFC", decoded.text)


def test_a_lost_character_is_never_silent() -> None:
    cut = TEXT.encode()[:-2] + b"\xc4"
    decoded = decode(cut, "text/html; charset=utf-8")
    assert decoded.text.endswith("\ufffd")
    assert decoded.repairs[-1].startswith("replacement:")
    assert decode("mất \ufffd chữ".encode(), None).repairs == ("replacement:1",)


def test_pieces_encoded_twice_are_mended_only_when_certain() -> None:
    piece = "Tiếp tục đổi mới, nâng cao chất lượng tổ chức hoạt động"
    mixed = decode(f"{TEXT} {twice(piece, 'latin-1').decode()}".encode(), None)
    assert mixed.text == f"{TEXT} {piece}"
    assert mixed.repairs[0].startswith("twice_encoded:")
    quoted = "Chuyện “ma túy và Ô TÔ”, “NGÃ”… «má»"
    assert decode(quoted.encode(), None) == decode(quoted.encode(), "text/html; charset=utf-8")
    assert decode(quoted.encode(), None).text == quoted


def test_addresses_keep_the_characters_their_server_knows() -> None:
    path = unicodedata.normalize("NFD", "/tin/công-đoàn")
    decoded = decode(f'<a href="{path}">{unicodedata.normalize("NFD", "công đoàn")}</a>'.encode(), None)
    assert decoded.text == f'<a href="{path}">công đoàn</a>'


@given(st.text(VIETNAMESE, max_size=200))
def test_any_vietnamese_survives_the_round_trip(text: str) -> None:
    assert decode(text.encode(), "text/html; charset=utf-8").text == text


@given(st.binary(max_size=200))
def test_any_bytes_give_composed_text(body: bytes) -> None:
    decoded = decode(body, None)
    assert unicodedata.is_normalized("NFC", decoded.text)
    assert ("\ufffd" in decoded.text) == any(r.startswith("replacement:") for r in decoded.repairs)


@pytest.mark.parametrize("name", ["baotintuc.vn_ed5bef16", "danviet.vn_a330ded3", "giaoduc.net.vn_279cb41b"])
def test_stored_front_pages_encoded_twice(name: str) -> None:
    path = SHARED / "pages" / "front" / f"{name}.mojibake.html"
    if not path.is_file():
        pytest.skip(f"{path} absent")
    repaired = path.with_name(f"{name}.repaired.html").read_bytes()
    decoded = decode(path.read_bytes(), "text/html; charset=utf-8")
    assert decoded.text == decode(repaired, None).text
    assert decoded.repairs[0] == "twice_encoded"
