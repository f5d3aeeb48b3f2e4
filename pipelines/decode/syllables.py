"""Vietnamese syllables: the initials, rhymes and tones that spell one."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

INITIALS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
RHYMES = """
    a ai ao au ay am an ang anh ap at ac ach ăm ăn ăng ăp ăt ăc âu ây âm ân âng âp ât âc
    e eo em en eng ep et ec ê êu êm ên ênh êp êt êch
    i ia iu iêu im in inh ip it ich iêm iên iêng iêp iêt iêc yêu yêm yên yêng yêt y
    o oi om on ong op ot oc oong ooc ô ôi ôm ôn ông ôp ôt ôc ơ ơi ơm ơn ơp ơt
    oa oai oay oao oam oan oang oanh oap oat oac oach oăm oăn oăng oăt oăc oe oeo oen oet
    u ui um un ung up ut uc ua uôi uôm uôn uông uôt uôc uơ uê uênh uêch uy uya uyu uyn uynh uyt uych uyp
    uyên uyêt uây uân uâng uât
    ư ưi ưu ưa ưm ưn ưng ưt ưc ươi ươu ươm ươn ương ươp ươt ươc
"""
FRONT_VOWELS = "ieêy"  # vowels after k, gh and ngh; c, g and ng stand before the others
STOP_FINALS = ("c", "ch", "p", "t")
STOP_TONES = "\u0301\u0323"  # sắc and nặng, the only tones of a syllable that ends in a stop
TONES = "\u0300\u0301\u0303\u0309\u0323"
TONED_VOWELS = {
    unicodedata.normalize("NFC", vowel + tone): (vowel, tone) for vowel in "aăâeêioôơuưy" for tone in TONES
}
TONE_TO_PLAIN = str.maketrans({char: vowel for char, (vowel, _) in TONED_VOWELS.items()})
VIETNAMESE_LETTERS = "".join(TONED_VOWELS) + "ăâêôơưđ"
# Letters that only Vietnamese uses: outside Latin-1, so no byte of a legacy encoding decodes to one of them.
VIETNAMESE_ONLY_LETTERS = "".join(
    char for char in VIETNAMESE_LETTERS + VIETNAMESE_LETTERS.upper() if char > "\xff"
)


@lru_cache(maxsize=30_000)
def is_syllable(syllable: str) -> bool:
    """Return whether a composed word, in any case, is spelt as a Vietnamese syllable, its tone on any letter.

    The capital eth is taken for Đ, as many keyboards once wrote it.
    """
    syllable = syllable.replace("Ð", "Đ").lower()
    toneless = syllable.translate(TONE_TO_PLAIN)
    if toneless not in _toneless_syllables():
        return False
    tones = [TONED_VOWELS[char][1] for char in syllable if char in TONED_VOWELS]
    if toneless.endswith(STOP_FINALS):
        return len(tones) == 1 and tones[0] in STOP_TONES
    return len(tones) <= 1


@cache
def _toneless_syllables() -> frozenset[str]:
    """Return every spelling without its tone: about four thousand."""
    rhymes = RHYMES.split()
    spellings = {
        initial + rhyme
        for initial in INITIALS.split()
        for rhyme in rhymes
        if _initial_takes_rhyme(initial, rhyme)
    }
    return frozenset(
        spellings.union(rhymes, ("gi", "gin", "giêng", "giêc", "quynh", "quych", "quyt", "quyp"))
    )


def _initial_takes_rhyme(initial: str, rhyme: str) -> bool:
    if initial in ("k", "gh", "ngh"):
        return rhyme[0] in FRONT_VOWELS
    if initial in ("c", "g", "ng"):
        return rhyme[0] not in FRONT_VOWELS
    if initial == "qu":
        return rhyme[0] not in "uư"
    return initial != "gi" or rhyme[0] not in "iy"
