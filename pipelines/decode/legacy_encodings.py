"""The alphabets of Vietnamese before Unicode, as they show when read as Latin-1 or windows-1252."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.decode.syllables import LETTERS, is_syllable

# Letters of any script and combining marks: a word is judged whole, with letters no alphabet here has.
ANY_LETTER = "À-ÖØ-öø-\u1fff\u2c00-\uffef"

# TCVN3 (fonts .VnTime, "ABC"): one character a letter; capitals with a tone do not exist.
TCVN3_SHOWN = "¡¢£¤¥¦§¨©ª«¬\xad®µ¸¶·¹»¾¼½ÆÇÊÈÉËÌÐÎÏÑÒÕÓÔÖ×ÝØÜÞßãáâäåèæçéêíëìîïóñòôõøö÷ùúýûüþ"
TCVN3_MEANT = "ĂÂÊÔƠƯĐăâêôơưđàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
# PDF readers give these for the soft hyphen and the middle dot of such a font.
TCVN3 = str.maketrans(TCVN3_SHOWN + "\u2212\u2219", TCVN3_MEANT + "ưã")
TCVN3_WORD = re.compile(rf"[A-Za-z{ANY_LETTER}{re.escape(TCVN3_SHOWN)}\u2212\u2219-]+")
ALONE = frozenset("·»©¨ª¼½¾¶×÷\u2212\u2219-")  # a bullet, a fraction, …: no letter when nothing touches it
LONGEST = 8  # letters: `nghiêng` and a hyphen
LOUD = re.compile(r"\b[^\W\d_a-z][^\Wa-z]*[^\W\d_a-zà-ỹ][^\Wa-z]*")  # has a capital after its first letter
QUIET = re.compile(r"[^\W\d_][a-z]")

# VNI (fonts VNI-Times): a vowel, then a character for its tone; the rows of a vowel are its tones.
VNI_MARKS = {
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
VNI = {
    vowel + marks[at]: marks[at + 1] for vowel, marks in VNI_MARKS.items() for at in range(0, len(marks), 2)
} | VNI_LETTERS
VNI_PAIR = re.compile("|".join(sorted(VNI, key=len, reverse=True)), re.IGNORECASE)

# VISCII (RFC 1456): the places of Latin-1 that it gave to other letters.
VISCII_SHOWN = (
    "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
    "\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f"
    "¡¢£¤¥¦§¨©ª«¬\xad®¯°±²³´µ¶·¸¹º»¼½¾¿ÄÅÆÇËÎÏÐÑÕÖ×ØÛÜÞßäåæçëîïðñö÷øûüþÿ"
)
VISCII_MEANT = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯẢĂẳẵẺĨỳĐứạỷừửỹỵỡưảăữẫẻĩỉđựỏọụũủợỮ"
)
VISCII_IN_FILES = str.maketrans("\x02\x05\x06\x14\x19\x1e\xa0", "ẲẴẪỶỸỴÕ")
VISCII = str.maketrans(VISCII_SHOWN, VISCII_MEANT)
# Bytes 80–9F as windows-1252 shows them; its quotes, dashes and dots are left to be what they are.
VISCII_LATIN = {
    char: VISCII[byte]
    for byte in range(0x80, 0xA0)
    if (char := ord(bytes([byte]).decode("cp1252", "ignore") or "\0")) and chr(char).isalpha()
}
VISCII_WORD = re.compile(f"[A-Za-z{ANY_LETTER}\x80-\x9f\xa1-\xff{''.join(map(chr, VISCII_LATIN))}]+")
LETTER_WORD = re.compile(f"[A-Za-z{ANY_LETTER}]+")
WINDOWS_1258 = {
    ord(shown): bytes([byte]).decode("cp1258")
    for byte in range(0xC0, 0x100)
    if (shown := chr(byte)) != bytes([byte]).decode("cp1258")
}


@dataclass(frozen=True, slots=True)
class Alphabet:
    """One way of writing Vietnamese with the characters of windows-1252."""

    name: str
    word: re.Pattern[str]  # a run of characters that may be one word of it
    read: Callable[[str], str]  # what text shown so means
    changed: re.Pattern[str]  # a piece that reading changes
    proof: re.Pattern[str]  # what good Vietnamese, and French, never has inside a word


def _read_tcvn3(text: str) -> str:
    return _capitals(TCVN3_WORD.sub(lambda found: _tcvn3_word(found[0]), text))


def _tcvn3_word(word: str) -> str:
    if word in ALONE:
        return word
    meant = word.translate(TCVN3)
    # The soft hyphen, which is ư here, often came to be a hyphen: `n-íc` is nước, `tÕ-x·` is two words.
    if "-" in meant and len(meant) <= LONGEST and not all(is_syllable(part) for part in meant.split("-")):
        joined = meant.replace("-", "ư")
        return joined if is_syllable(joined) else meant
    return meant


def _capitals(text: str) -> str:
    """`CôNG ĐOàN` as `CÔNG ĐOÀN`: these fonts draw the capital from a letter that is none."""
    if all(word.isupper() for word in LOUD.findall(text)):
        return text
    if not QUIET.search(text):
        return text.upper()
    return LOUD.sub(lambda found: found[0].upper(), text)


def _read_vni(text: str) -> str:
    return VNI_PAIR.sub(lambda found: _vni_letter(found[0]), text)


def _vni_letter(pair: str) -> str:
    meant = VNI[pair.lower()]
    return meant.upper() if pair[0].isupper() else meant


def _read_viscii(text: str) -> str:
    return text.translate(VISCII | VISCII_LATIN)


def _read_1258(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(WINDOWS_1258))


def read_viscii_bytes(body: bytes) -> str:
    """Text of a whole file in VISCII, where capitals stand even in the places of control characters."""
    return body.decode("latin-1").translate(VISCII | VISCII_IN_FILES)


NOT_OURS = f"[^A-Za-z{LETTERS}{LETTERS.upper()}-]"
TCVN3_ALPHABET = Alphabet(
    "tcvn3",
    TCVN3_WORD,
    _read_tcvn3,
    re.compile(f"[{re.escape(TCVN3_SHOWN)}\u2212\u2219]"),
    re.compile("[\xa1-\xbf\xd7\xf7\u2212\u2219]|[a-z][À-ÖØ-Þ]"),
)
VNI_ALPHABET = Alphabet("vni", LETTER_WORD, _read_vni, VNI_PAIR, re.compile(NOT_OURS))
VISCII_ALPHABET = Alphabet(
    "viscii",
    VISCII_WORD,
    _read_viscii,
    re.compile("[" + re.escape(VISCII_SHOWN + "".join(map(chr, VISCII_LATIN))) + "]"),
    re.compile(NOT_OURS),
)
WINDOWS_1258_ALPHABET = Alphabet(
    "windows-1258",
    LETTER_WORD,
    _read_1258,
    re.compile("[" + "".join(map(chr, WINDOWS_1258)) + "]"),
    re.compile(f"{NOT_OURS}|[a-zâêôãýõ][ÌÒÞ]|[A-ZÂÊÔÃÝÕÐ][A-ZÂÊÔÃÝÕ][ìò]"),  # marks of the wrong case
)
ALPHABETS = (TCVN3_ALPHABET, VNI_ALPHABET, VISCII_ALPHABET, WINDOWS_1258_ALPHABET)
