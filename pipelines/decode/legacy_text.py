"""mend: text in an alphabet older than Unicode made Unicode, line by line, on the evidence of syllables."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pipelines.decode.legacy_encodings import ALPHABETS, Alphabet
from pipelines.decode.syllables import OWN, is_syllable

# One of these stands in every page of such a text, and in few others: à, á, đ, ô of TCVN3; the grave, đ and ư
# of VNI; đ of VISCII and windows-1258.
RARE = "µ¸®«øñöð"
SAMPLE = 200_000  # characters of a page that tell its alphabet
LONGEST = 40  # characters; what is longer is code, no word
SHORT = 2000  # characters; a text of so many is looked at in full
# One class first, then what it touches: the search skips from one such character to the next.
GLUED = re.compile(
    "[§\xa8-\xae\xb5-\xb9\xbb-\xbeøïûåäëØÙÏÛÅÄËñÑðÐßÌÒÞìò\x80-\x9f\u2212]"
    "(?:(?<=[A-Za-z][\xa8-\xae\xb5-\xb9\xbb-\xbe])|(?<=[®§«\xad])(?=[a-zß-ÿ])"
    "|(?<=[aeouyôöAEOUYÔÖ][øïûåäëØÙÏÛÅÄË])|(?<=[ñÑ])(?=[a-zA-ZôöÔÖ])|(?<=[ðÐ])(?=[a-z\xa1-\xff])"
    "|(?<=[A-Za-z\xa1-\xbe]ß)|(?<=[a-zâêôãýõ][ÌÒÞ])|(?<=[aeoyâêôãýõ]ì)|(?<=[aeyâêôãýõ]ò)"
    "|(?<=[A-Za-z][\x80-\x9f])|(?<=[A-ZÂÊÔÃÝÕÐ][A-ZÂÊÔÃÝÕ][ìò])|(?<=[a-z]\u2212)(?=[ß-ÿ]))"
)
GLUED_IN_SHORT = re.compile("[À-ÖØ-Þâ](?:(?<=[a-zâêôãýõ][À-ÖØ-Þ])|(?<=[aeoAEO][âÂ]))")
OF_OTHERS = re.compile(f"[{OWN}{OWN.upper()}]")
SHOWN = re.compile("[\x80-\xff\u0152-\u017e\u0192\u2212\u2219]")
VOWEL = re.compile("[aeiouyăâêôơư]")
INNER_CAPITAL = re.compile("[a-zà-ÿ][A-ZÀ-ÖØ-Þ]")  # `tÕ` is tế and not tõ
CERTAIN = 3  # different words that become Vietnamese before a line, or a page of short lines, is believed
SHARE = 5  # of the different words of a line one in so many, at least; in Vietnamese it is every second
FEW_LINES = 5  # as many, when they are gathered from lines that would not do alone


@dataclass(frozen=True, slots=True)
class Line:
    """A line as printed, and the alphabet that its font stands for."""

    text: str
    font: str | None = None
    group: int = 0  # neighbours of one group stand in one element


@dataclass(frozen=True, slots=True)
class Evidence:
    """What reading a line in one alphabet would do, in different words."""

    alphabet: Alphabet
    gained: frozenset[str] = frozenset()  # Vietnamese only when read so
    lost: int = 0  # Vietnamese only as they stand
    missed: int = 0  # Vietnamese neither way
    touched: int = 0  # all that would change
    healthy: int = 0  # different letters that no such alphabet shows
    words: int = 0  # all of the line

    @property
    def score(self) -> int:
        """Comparable between alphabets over the same line."""
        return len(self.gained) - 2 * self.lost - self.missed

    @property
    def certain(self) -> bool:
        """Enough to stand alone."""
        gained = len(self.gained)
        told = gained >= CERTAIN and gained >= 3 * self.missed + 5 * self.lost and gained >= 3 * self.healthy
        return told and self.proved

    @property
    def proved(self) -> bool:
        """At least one word could be neither Vietnamese nor French as it stands."""
        return any(self.alphabet.proof.search(word) for word in self.gained)

    @property
    def fitting(self) -> bool:
        """Enough where the alphabet is known already, by the page's other lines or by the font."""
        return bool(self.gained) and not self.lost and not self.healthy and self.missed <= len(self.gained)

    @property
    def silent(self) -> bool:
        """Says nothing either way, though reading would change it."""
        return self.touched > 0 and not (self.gained or self.lost or self.missed or self.healthy)


def suspicious(text: str) -> bool:
    """A cheap look: whether characters stand where only the old alphabets put them."""
    if text.isascii():
        return False
    if len(text) <= SHORT:
        return bool(GLUED.search(text) or GLUED_IN_SHORT.search(text))
    if not any(char in text for char in RARE):
        return False
    found = GLUED.finditer(text)
    return next(found, None) is not None and next(found, None) is not None


def mend(text: str) -> tuple[str, str]:
    """The text in Unicode and a note (`tcvn3:12`, in lines); the text itself and no note when it is healthy.

    Meant for text without markup, of any length: a title, a paragraph, what was drawn out of a PDF.
    """
    if not suspicious(text):
        return text, ""
    parts = text.split("\n")
    alphabets = decide([Line(part) for part in parts])
    note = told(alphabets)
    mended = [found.read(part) if found else part for part, found in zip(parts, alphabets, strict=True)]
    return ("\n".join(mended), ", ".join(note)) if note else (text, "")


def told(alphabets: Iterable[Alphabet | None]) -> tuple[str, ...]:
    """The notes on the lines that were read in an old alphabet."""
    counted = Counter(found.name for found in alphabets if found)
    return tuple(f"{name}:{lines}" for name, lines in sorted(counted.items()))


def whole(text: str) -> Alphabet | None:
    """The alphabet that most of a text is written in, markup or not; None when it is none of the old ones."""
    if not suspicious(text):
        return None
    best = max((weigh(text[:SAMPLE], alphabet) for alphabet in ALPHABETS), key=lambda each: each.score)
    return best.alphabet if best.certain else None


def decide(lines: Sequence[Line]) -> list[Alphabet | None]:
    """The alphabet of each line, or None: certain lines first, then those that fit what is known by then."""
    weighed = [_weigh_all(line.text) for line in lines]
    first = [found for each in weighed if (found := _certain(each))]
    main = Counter(first).most_common(1)[0][0] if first else None
    decided = [_certain(each, main) for each in weighed]
    known = {found.name for found in decided if found} | _gathered(weighed)
    for at, (line, each) in enumerate(zip(lines, weighed, strict=True)):
        decided[at] = decided[at] or _fitting(each, line.font, known)
    return _with_silent(lines, weighed, decided)


def weigh(text: str, alphabet: Alphabet) -> Evidence:
    """What reading the text in this alphabet would do to its words."""
    gained, verdicts = set(), Counter[str]()
    words = {word for word in alphabet.word.findall(text) if len(word) <= LONGEST}
    for word in words:
        verdict = _verdict(word, alphabet)
        verdicts[verdict] += 1
        if verdict == "gained":
            gained.add(word)
    touched = verdicts.total() - verdicts["same"]
    healthy = len(set(OF_OTHERS.findall(text)))
    return Evidence(
        alphabet, frozenset(gained), verdicts["lost"], verdicts["missed"], touched, healthy, len(words)
    )


@lru_cache(maxsize=20_000)
def _verdict(word: str, alphabet: Alphabet) -> str:
    if not alphabet.changed.search(word):
        return "same"
    meant = alphabet.read(word).lower()
    parts = [part for part in meant.split("-") if part]
    if not any(VOWEL.search(unicodedata.normalize("NFD", part)) for part in parts):
        return "neutral"  # abbreviations: QĐ, HĐND
    if not any(char.isascii() and char.isalpha() for char in word):
        return "neutral"  # one or two characters that may be anything
    before = not INNER_CAPITAL.search(word) and all(is_syllable(part) for part in word.split("-") if part)
    after = all(is_syllable(part) for part in parts)
    if before == after:
        return "neutral" if after else "missed"
    return "gained" if after else "lost"


def _weigh_all(text: str) -> tuple[Evidence, ...]:
    if not SHOWN.search(text):
        return ()
    return tuple(weigh(text, alphabet) for alphabet in ALPHABETS)


def _certain(weighed: Sequence[Evidence], main: Alphabet | None = None) -> Alphabet | None:
    """The best alphabet, if it is beyond doubt; `main`, the page's own, wins a close race."""
    best = max(weighed, key=lambda each: each.score + 2 * (each.alphabet is main), default=None)
    return best.alphabet if best and best.certain and len(best.gained) * SHARE >= best.words else None


def _gathered(weighed: Iterable[Sequence[Evidence]]) -> set[str]:
    """Alphabets that short lines (cells of a table, a list of names) show together."""
    gained: dict[str, set[str]] = {alphabet.name: set() for alphabet in ALPHABETS}
    against = Counter[str]()
    for each in (found for line in weighed for found in line if not found.healthy):
        gained[each.alphabet.name] |= each.gained
        against[each.alphabet.name] += each.lost + each.missed
    return {
        alphabet.name
        for alphabet in ALPHABETS
        if len(words := gained[alphabet.name]) >= FEW_LINES
        and len(words) >= 4 * against[alphabet.name]
        and any(alphabet.proof.search(word) for word in words)
    }


def _fitting(weighed: Sequence[Evidence], font: str | None, known: set[str]) -> Alphabet | None:
    names = {font} if font else known
    fitting = [each for each in weighed if each.alphabet.name in names and each.fitting]
    if font and font not in known:  # `µm` in a font that was left behind is no `àm`
        fitting = [each for each in fitting if any(len(word) > 2 for word in each.gained)]
    if not fitting and font and font in known:  # its font, its page: only its own words are silent
        fitting = [each for each in weighed if each.alphabet.name == font and each.silent]
    return max(fitting, key=lambda each: each.score).alphabet if fitting else None


def _with_silent(
    lines: Sequence[Line], weighed: Sequence[Sequence[Evidence]], decided: Sequence[Alphabet | None]
) -> list[Alphabet | None]:
    """Lines whose words are Vietnamese either way (`Vò Anh`) are read as those around them in their element.

    Only between two lines of one alphabet, or at either end of an element that has no healthy line.
    """
    groups: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        groups.setdefault(line.group, []).append(at)
    out = list(decided)
    for members in groups.values():
        telling = [at for at in members if decided[at] or any(each.healthy for each in weighed[at])]
        if len({decided[at] for at in telling}) == 1 and len(telling) >= CERTAIN:
            _fill(members, weighed, decided[telling[0]], out)
        for above, below in pairwise(telling):
            if decided[above] is decided[below]:
                between = members[bisect_right(members, above) : bisect_left(members, below)]
                _fill(between, weighed, decided[above], out)
    return out


def _fill(
    places: Iterable[int],
    weighed: Sequence[Sequence[Evidence]],
    alphabet: Alphabet | None,
    out: list[Alphabet | None],
) -> None:
    for at in places:
        if alphabet and any(each.alphabet is alphabet and each.silent for each in weighed[at]):
            out[at] = alphabet
