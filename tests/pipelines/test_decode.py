from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decode import decode

SHARED = Path(os.environ.get("CONGDOAN_SHARED") or Path(__file__).resolve().parents[3] / "shared")
TEXT = "Đoàn viên công đoàn thực hiện Nghị quyết số 02-NQ/TW: “Vững mạnh”… TÔ THẮM ngõ, ngã, nghĩa"
VIETNAMESE = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵĐÔ \n.,"
)
TONES = "\u0300\u0301\u0303\u0309\u0323"


def as_1258(text: str) -> bytes:
    """How windows-1258 writes it: base letter, then the tone as a combining mark."""
    out = ""
    for char in text:
        whole = unicodedata.normalize("NFD", char)
        tones = "".join(mark for mark in whole if mark in TONES)
        out += unicodedata.normalize("NFC", "".join(mark for mark in whole if mark not in TONES)) + tones
    return out.encode("cp1258")


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
        (as_1258(TEXT), "text/html; charset=windows-1258", "cp1258", ("nfc",)),
        (as_1258(TEXT), "text/html; charset=utf-8", "cp1258", ("charset:utf-8>cp1258", "nfc")),
        (as_1258(TEXT), None, "cp1258", ("charset:unknown>cp1258", "nfc")),
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
    body = b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1258">' + as_1258(
        "Tổ trưởng"
    )
    decoded = decode(body, "text/html")
    assert decoded.charset == "cp1258"
    assert decoded.text.endswith("Tổ trưởng")


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
