"""Legacy encodings of Vietnamese (TCVN3, VNI, VISCII, windows-1258) as tables from Latin-1 to Unicode."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.decode.syllables import VIETNAMESE_LETTERS, is_syllable

# Letters of any script and combining marks: a word is judged whole, with letters that no legacy encoding has.
ANY_LETTER = "À-ÖØ-öø-\u1fff\u2c00-\uffef"

# TCVN3 (fonts .VnTime, "ABC"): one character a letter; capitals with a tone do not exist.
TCVN3_LATIN1 = "¡¢£¤¥¦§¨©ª«¬\xad®µ¸¶·¹»¾¼½ÆÇÊÈÉËÌÐÎÏÑÒÕÓÔÖ×ÝØÜÞßãáâäåèæçéêíëìîïóñòôõøö÷ùúýûüþ"
TCVN3_UNICODE = "ĂÂÊÔƠƯĐăâêôơưđàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
# PDF readers give these for the soft hyphen and the middle dot of a TCVN3 font.
TCVN3_TO_UNICODE = str.maketrans(TCVN3_LATIN1 + "\u2212\u2219", TCVN3_UNICODE + "ưã")
TCVN3_WORD = re.compile(rf"[A-Za-z{ANY_LETTER}{re.escape(TCVN3_LATIN1)}\u2212\u2219-]+")
TCVN3_SIGNS_ALONE = frozenset(
    "·»©¨ª¼½¾¶×÷\u2212\u2219-"
)  # a bullet, a fraction, …: no letter when it stands alone
MAX_HYPHENATED_LETTERS = 8  # `nghiêng` and a hyphen
CAPITAL_INSIDE_WORD = re.compile(
    r"\b[^\W\d_a-z][^\Wa-z]*[^\W\d_a-zà-ỹ][^\Wa-z]*"
)  # has a capital after its first letter
SMALL_LETTERS = re.compile(r"[^\W\d_][a-z]")

# VNI (fonts VNI-Times): a vowel, then a character for its tone; each vowel has pairs of mark and letter.
VNI_VOWEL_MARKS = {
    "a": "ùáøàûảõãïạââáấàầåẩãẫäậêăéắèằúẳüẵëặ",
    "e": "ùéøèûẻõẽïẹâêáếàềåểãễäệ",
    "o": "ùóøòûỏõõïọâôáốàồåổãỗäộ",
    "u": "ùúøùûủõũïụ",
    "y": "ùýøỳûỷõỹïỵ",
    "i": "ùíøìûỉõĩïị",
    "ô": "ùớøờûởõỡïợ",
    "ö": "ùứøừûửõữïự",
}
VNI_LETTERS = {"ñ": "đ", "ö": "ư", "ô": "ơ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
VNI_TO_UNICODE = {
    vowel + marks[at]: marks[at + 1]
    for vowel, marks in VNI_VOWEL_MARKS.items()
    for at in range(0, len(marks), 2)
} | VNI_LETTERS
VNI_PAIR = re.compile("|".join(sorted(VNI_TO_UNICODE, key=len, reverse=True)), re.IGNORECASE)

# VISCII (RFC 1456): the codes of Latin-1 that it gave to other letters.
VISCII_LATIN1 = (
    "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
    "\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f"
    "¡¢£¤¥¦§¨©ª«¬\xad®¯°±²³´µ¶·¸¹º»¼½¾¿ÄÅÆÇËÎÏÐÑÕÖ×ØÛÜÞßäåæçëîïðñö÷øûüþÿ"
)
VISCII_UNICODE = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯẢĂẳẵẺĨỳĐứạỷừửỹỵỡưảăữẫẻĩỉđựỏọụũủợỮ"
)
VISCII_CONTROLS_TO_UNICODE = str.maketrans("\x02\x05\x06\x14\x19\x1e\xa0", "ẲẴẪỶỸỴÕ")
VISCII_TO_UNICODE = str.maketrans(VISCII_LATIN1, VISCII_UNICODE)
# Bytes 80–9F as windows-1252 decodes them; its quotes, dashes and dots are left as they are.
VISCII_CP1252_TO_UNICODE = {
    char: VISCII_TO_UNICODE[byte]
    for byte in range(0x80, 0xA0)
    if (char := ord(bytes([byte]).decode("cp1252", "ignore") or "\0")) and chr(char).isalpha()
}
VISCII_WORD = re.compile(
    f"[A-Za-z{ANY_LETTER}\x80-\x9f\xa1-\xff{''.join(map(chr, VISCII_CP1252_TO_UNICODE))}]+"
)
LETTER_WORD = re.compile(f"[A-Za-z{ANY_LETTER}]+")
CP1258_TO_UNICODE = {
    ord(cp1252_char): bytes([byte]).decode("cp1258")
    for byte in range(0xC0, 0x100)
    if (cp1252_char := chr(byte)) != bytes([byte]).decode("cp1258")
}


@dataclass(frozen=True, slots=True)
class LegacyEncoding:
    """One encoding of Vietnamese by the characters of windows-1252."""

    name: str
    word_pattern: re.Pattern[str]  # a run of characters that may be one word
    to_unicode: Callable[[str], str]  # text decoded as Latin-1 or windows-1252 to Unicode
    changed_pattern: re.Pattern[str]  # a character or pair that decoding changes
    proof_pattern: re.Pattern[str]  # what neither Vietnamese nor French has inside a word


def _tcvn3_to_unicode(text: str) -> str:
    return _restore_capitals(TCVN3_WORD.sub(lambda match: _tcvn3_word_to_unicode(match[0]), text))


def _tcvn3_word_to_unicode(word: str) -> str:
    if word in TCVN3_SIGNS_ALONE:
        return word
    decoded_word = word.translate(TCVN3_TO_UNICODE)
    # The soft hyphen, which is ư in TCVN3, was often replaced by a hyphen: `n-íc` is nước, `tÕ-x·` two words.
    if (
        "-" in decoded_word
        and len(decoded_word) <= MAX_HYPHENATED_LETTERS
        and not all(is_syllable(part) for part in decoded_word.split("-"))
    ):
        joined = decoded_word.replace("-", "ư")
        return joined if is_syllable(joined) else decoded_word
    return decoded_word


def _restore_capitals(text: str) -> str:
    """Return `CôNG ĐOàN` as `CÔNG ĐOÀN`: TCVN3 capital fonts draw capitals from small letters."""
    if all(word.isupper() for word in CAPITAL_INSIDE_WORD.findall(text)):
        return text
    if not SMALL_LETTERS.search(text):
        return text.upper()
    return CAPITAL_INSIDE_WORD.sub(lambda match: match[0].upper(), text)


def _vni_to_unicode(text: str) -> str:
    return VNI_PAIR.sub(lambda match: _vni_pair_to_unicode(match[0]), text)


def _vni_pair_to_unicode(pair: str) -> str:
    letter = VNI_TO_UNICODE[pair.lower()]
    return letter.upper() if pair[0].isupper() else letter


def _viscii_to_unicode(text: str) -> str:
    return text.translate(VISCII_TO_UNICODE | VISCII_CP1252_TO_UNICODE)


def _cp1258_to_unicode(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(CP1258_TO_UNICODE))


def decode_viscii(body: bytes) -> str:
    """Decode a whole file in VISCII, where capitals stand even in the places of control characters."""
    return body.decode("latin-1").translate(VISCII_TO_UNICODE | VISCII_CONTROLS_TO_UNICODE)


NOT_VIETNAMESE = f"[^A-Za-z{VIETNAMESE_LETTERS}{VIETNAMESE_LETTERS.upper()}-]"
TCVN3_ENCODING = LegacyEncoding(
    "tcvn3",
    TCVN3_WORD,
    _tcvn3_to_unicode,
    re.compile(f"[{re.escape(TCVN3_LATIN1)}\u2212\u2219]"),
    re.compile("[\xa1-\xbf\xd7\xf7\u2212\u2219]|[a-z][À-ÖØ-Þ]"),
)
VNI_ENCODING = LegacyEncoding("vni", LETTER_WORD, _vni_to_unicode, VNI_PAIR, re.compile(NOT_VIETNAMESE))
VISCII_ENCODING = LegacyEncoding(
    "viscii",
    VISCII_WORD,
    _viscii_to_unicode,
    re.compile("[" + re.escape(VISCII_LATIN1 + "".join(map(chr, VISCII_CP1252_TO_UNICODE))) + "]"),
    re.compile(NOT_VIETNAMESE),
)
CP1258_ENCODING = LegacyEncoding(
    "windows-1258",
    LETTER_WORD,
    _cp1258_to_unicode,
    re.compile("[" + "".join(map(chr, CP1258_TO_UNICODE)) + "]"),
    re.compile(f"{NOT_VIETNAMESE}|[a-zâêôãýõ][ÌÒÞ]|[A-ZÂÊÔÃÝÕÐ][A-ZÂÊÔÃÝÕ][ìò]"),  # marks of the wrong case
)
LEGACY_ENCODINGS = (TCVN3_ENCODING, VNI_ENCODING, VISCII_ENCODING, CP1258_ENCODING)
