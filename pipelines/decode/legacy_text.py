"""Repairs text in legacy encodings (TCVN3, VNI, VISCII, windows-1258), line by line, judged by syllables."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pipelines.decode.legacy_encodings import LEGACY_ENCODINGS, LegacyEncoding
from pipelines.decode.syllables import VIETNAMESE_ONLY_LETTERS, is_syllable

# One of these is in every page of legacy text, and in few others: à, á, đ, ô of TCVN3; the grave, đ and ư of
# VNI; đ of VISCII and windows-1258.
RARE_LEGACY_CHARS = "µ¸®«øñöð"
MAX_SAMPLE_CHARS = 200_000  # characters of a page, enough to know its encoding
MAX_WORD_CHARS = 40  # longer runs are code, no words
MAX_SHORT_TEXT_CHARS = 2000  # such a text is searched in full
# One class first, then what it touches: the search skips from one such character to the next.
LEGACY_PAIR = re.compile(
    "[§\xa8-\xae\xb5-\xb9\xbb-\xbeøïûåäëØÙÏÛÅÄËñÑðÐßÌÒÞìò\x80-\x9f\u2212]"
    "(?:(?<=[A-Za-z][\xa8-\xae\xb5-\xb9\xbb-\xbe])|(?<=[®§«\xad])(?=[a-zß-ÿ])"
    "|(?<=[aeouyôöAEOUYÔÖ][øïûåäëØÙÏÛÅÄË])|(?<=[ñÑ])(?=[a-zA-ZôöÔÖ])|(?<=[ðÐ])(?=[a-z\xa1-\xff])"
    "|(?<=[A-Za-z\xa1-\xbe]ß)|(?<=[a-zâêôãýõ][ÌÒÞ])|(?<=[aeoyâêôãýõ]ì)|(?<=[aeyâêôãýõ]ò)"
    "|(?<=[A-Za-z][\x80-\x9f])|(?<=[A-ZÂÊÔÃÝÕÐ][A-ZÂÊÔÃÝÕ][ìò])|(?<=[a-z]\u2212)(?=[ß-ÿ]))"
)
LEGACY_PAIR_IN_SHORT_TEXT = re.compile("[À-ÖØ-Þâ](?:(?<=[a-zâêôãýõ][À-ÖØ-Þ])|(?<=[aeoAEO][âÂ]))")
VIETNAMESE_UNICODE_LETTER = re.compile(f"[{VIETNAMESE_ONLY_LETTERS}{VIETNAMESE_ONLY_LETTERS.upper()}]")
LEGACY_CHAR = re.compile("[\x80-\xff\u0152-\u017e\u0192\u2212\u2219]")
VOWEL = re.compile("[aeiouyăâêôơư]")
INNER_CAPITAL = re.compile("[a-zà-ÿ][A-ZÀ-ÖØ-Þ]")  # `tÕ` is tế and not tõ
MIN_CERTAIN_WORDS = (
    3  # different words that become Vietnamese, for a line or a page of short lines to be certain
)
MAX_WORDS_PER_GAINED = 5  # of a line, different ones, for each gained word; in Vietnamese it is every second
MIN_GATHERED_WORDS = 5  # different words, gathered from lines that are not certain alone


@dataclass(frozen=True, slots=True)
class LegacyLine:
    """A line of text as decoded, and the legacy encoding that its font stands for."""

    text: str
    font: str | None = None  # name of the encoding
    group: int = 0  # lines of one group are neighbours in one element


@dataclass(frozen=True, slots=True)
class EncodingEvidence:
    """What decoding a line by one legacy encoding would change, counted in different words."""

    encoding: LegacyEncoding
    gained_words: frozenset[str] = frozenset()  # Vietnamese only when decoded so
    lost_words: int = 0  # Vietnamese only when left as they are
    missed_words: int = 0  # Vietnamese neither way
    changed_words: int = 0  # all that would change
    unicode_letters: int = 0  # different letters that no legacy encoding shows
    word_count: int = 0  # all of the line

    @property
    def score(self) -> int:
        """Comparable between encodings over the same line."""
        return len(self.gained_words) - 2 * self.lost_words - self.missed_words

    @property
    def is_certain(self) -> bool:
        """Enough to decide a line without its page."""
        gained = len(self.gained_words)
        against = max(3 * self.missed_words + 5 * self.lost_words, 3 * self.unicode_letters)
        return gained >= max(MIN_CERTAIN_WORDS, against) and self.is_proved

    @property
    def is_proved(self) -> bool:
        """At least one word is neither Vietnamese nor French when left as it is."""
        return any(self.encoding.proof_pattern.search(word) for word in self.gained_words)

    @property
    def is_fitting(self) -> bool:
        """Enough where the encoding is known already, by the page's other lines or by the font."""
        against = self.lost_words or self.unicode_letters
        return bool(self.gained_words) and not against and self.missed_words <= len(self.gained_words)

    @property
    def is_neutral(self) -> bool:
        """No evidence either way, though decoding would change the line."""
        counted = self.gained_words or self.lost_words or self.missed_words or self.unicode_letters
        return self.changed_words > 0 and not counted


def may_be_legacy(text: str) -> bool:
    """Return, by a cheap search, whether characters stand where only legacy encodings put them."""
    if text.isascii():
        return False
    if len(text) <= MAX_SHORT_TEXT_CHARS:
        return bool(LEGACY_PAIR.search(text) or LEGACY_PAIR_IN_SHORT_TEXT.search(text))
    if not any(char in text for char in RARE_LEGACY_CHARS):
        return False
    pairs = LEGACY_PAIR.finditer(text)
    return next(pairs, None) is not None and next(pairs, None) is not None


def repair_legacy_text(text: str) -> tuple[str, str]:
    """Return the text in Unicode and a note (`tcvn3:12`, in lines); Unicode text as it is, with no note.

    Meant for text without markup, of any length: a title, a paragraph, the text of a PDF.
    """
    if not may_be_legacy(text):
        return text, ""
    lines = text.split("\n")
    encodings = choose_encodings([LegacyLine(line) for line in lines])
    note = repair_notes(encodings)
    repaired = [
        encoding.to_unicode(line) if encoding else line
        for line, encoding in zip(lines, encodings, strict=True)
    ]
    return ("\n".join(repaired), ", ".join(note)) if note else (text, "")


def repair_notes(encodings: Iterable[LegacyEncoding | None]) -> tuple[str, ...]:
    """Return a note for each legacy encoding with the number of lines decoded by it."""
    line_counts = Counter(encoding.name for encoding in encodings if encoding)
    return tuple(f"{name}:{lines}" for name, lines in sorted(line_counts.items()))


def main_encoding(text: str) -> LegacyEncoding | None:
    """Return the legacy encoding that most of a text is written in, markup or not; None for Unicode text."""
    if not may_be_legacy(text):
        return None
    weighed = (weigh_encoding(text[:MAX_SAMPLE_CHARS], encoding) for encoding in LEGACY_ENCODINGS)
    best_evidence = max(weighed, key=lambda evidence: evidence.score)
    return best_evidence.encoding if best_evidence.is_certain else None


def choose_encodings(lines: Sequence[LegacyLine]) -> list[LegacyEncoding | None]:
    """Return the legacy encoding of each line, or None: certain lines first, then those that fit them."""
    line_evidence = [_weigh_encodings(line.text) for line in lines]
    certain = [encoding for evidence in line_evidence if (encoding := _certain_encoding(evidence))]
    main = Counter(certain).most_common(1)[0][0] if certain else None
    encodings = [_certain_encoding(evidence, main) for evidence in line_evidence]
    page_encodings = {encoding.name for encoding in encodings if encoding}
    page_encodings |= _encodings_of_short_lines(line_evidence)
    for at, (line, evidence) in enumerate(zip(lines, line_evidence, strict=True)):
        encodings[at] = encodings[at] or _fitting_encoding(evidence, line.font, page_encodings)
    return _with_neutral_lines(lines, line_evidence, encodings)


def weigh_encoding(text: str, encoding: LegacyEncoding) -> EncodingEvidence:
    """Return what decoding the text by this encoding would change in its words."""
    gained_words, verdicts = set(), Counter[str]()
    words = {word for word in encoding.word_pattern.findall(text) if len(word) <= MAX_WORD_CHARS}
    for word in words:
        verdict = _word_verdict(word, encoding)
        verdicts[verdict] += 1
        if verdict == "gained":
            gained_words.add(word)
    changed_words = verdicts.total() - verdicts["same"]
    unicode_letters = len(set(VIETNAMESE_UNICODE_LETTER.findall(text)))
    return EncodingEvidence(
        encoding,
        frozenset(gained_words),
        verdicts["lost"],
        verdicts["missed"],
        changed_words,
        unicode_letters,
        len(words),
    )


@lru_cache(maxsize=20_000)
def _word_verdict(word: str, encoding: LegacyEncoding) -> str:
    if not encoding.changed_pattern.search(word):
        return "same"
    decoded_word = encoding.to_unicode(word).lower()
    syllables = [syllable for syllable in decoded_word.split("-") if syllable]
    if not any(VOWEL.search(unicodedata.normalize("NFD", syllable)) for syllable in syllables):
        return "neutral"  # abbreviations: QĐ, HĐND
    if not any(char.isascii() and char.isalpha() for char in word):
        return "neutral"  # one or two characters that may be anything
    original = [syllable for syllable in word.split("-") if syllable]
    was_vietnamese = not INNER_CAPITAL.search(word) and all(map(is_syllable, original))
    is_vietnamese = all(map(is_syllable, syllables))
    if was_vietnamese == is_vietnamese:
        return "neutral" if is_vietnamese else "missed"
    return "gained" if is_vietnamese else "lost"


def _weigh_encodings(text: str) -> tuple[EncodingEvidence, ...]:
    if not LEGACY_CHAR.search(text):
        return ()
    return tuple(weigh_encoding(text, encoding) for encoding in LEGACY_ENCODINGS)


def _certain_encoding(
    line_evidence: Sequence[EncodingEvidence], page_encoding: LegacyEncoding | None = None
) -> LegacyEncoding | None:
    """Return the best encoding, if it is certain; the page's own wins a close race."""
    best_evidence = max(
        line_evidence,
        key=lambda evidence: evidence.score + 2 * (evidence.encoding is page_encoding),
        default=None,
    )
    if best_evidence is None or not best_evidence.is_certain:
        return None
    return (
        best_evidence.encoding
        if len(best_evidence.gained_words) * MAX_WORDS_PER_GAINED >= best_evidence.word_count
        else None
    )


def _encodings_of_short_lines(line_evidence: Iterable[Sequence[EncodingEvidence]]) -> set[str]:
    """Return names of encodings that short lines (cells of a table, a list of names) prove together."""
    gained_words: dict[str, set[str]] = {encoding.name: set() for encoding in LEGACY_ENCODINGS}
    against = Counter[str]()
    all_evidence = (evidence for line in line_evidence for evidence in line)
    for evidence in (evidence for evidence in all_evidence if not evidence.unicode_letters):
        gained_words[evidence.encoding.name] |= evidence.gained_words
        against[evidence.encoding.name] += evidence.lost_words + evidence.missed_words
    return {
        encoding.name
        for encoding in LEGACY_ENCODINGS
        if len(words := gained_words[encoding.name]) >= MIN_GATHERED_WORDS
        and len(words) >= 4 * against[encoding.name]
        and any(encoding.proof_pattern.search(word) for word in words)
    }


def _fitting_encoding(
    line_evidence: Sequence[EncodingEvidence], font: str | None, page_encodings: set[str]
) -> LegacyEncoding | None:
    names = {font} if font else page_encodings
    fitting = [
        evidence for evidence in line_evidence if evidence.encoding.name in names and evidence.is_fitting
    ]
    if font and font not in page_encodings:  # `µm` in a left-over legacy font is no `àm`
        fitting = [evidence for evidence in fitting if any(len(word) > 2 for word in evidence.gained_words)]
    if not fitting and font and font in page_encodings:  # its font, its page: only its own words are neutral
        fitting = [
            evidence for evidence in line_evidence if evidence.encoding.name == font and evidence.is_neutral
        ]
    return max(fitting, key=lambda evidence: evidence.score).encoding if fitting else None


def _with_neutral_lines(
    lines: Sequence[LegacyLine],
    line_evidence: Sequence[Sequence[EncodingEvidence]],
    encodings: Sequence[LegacyEncoding | None],
) -> list[LegacyEncoding | None]:
    """Decode lines whose words are Vietnamese either way (`Vò Anh`) as those around them in their element.

    Only between two lines of one encoding, or at either end of an element that has no line in Unicode.
    """
    groups: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        groups.setdefault(line.group, []).append(at)
    filled = list(encodings)
    for members in groups.values():
        decided_lines = [
            at
            for at in members
            if encodings[at] or any(evidence.unicode_letters for evidence in line_evidence[at])
        ]
        if len({encodings[at] for at in decided_lines}) == 1 and len(decided_lines) >= MIN_CERTAIN_WORDS:
            _fill_neutral_lines(members, line_evidence, encodings[decided_lines[0]], filled)
        for above, below in pairwise(decided_lines):
            if encodings[above] is encodings[below]:
                between = members[bisect_right(members, above) : bisect_left(members, below)]
                _fill_neutral_lines(between, line_evidence, encodings[above], filled)
    return filled


def _fill_neutral_lines(
    line_numbers: Iterable[int],
    line_evidence: Sequence[Sequence[EncodingEvidence]],
    encoding: LegacyEncoding | None,
    filled: list[LegacyEncoding | None],
) -> None:
    for at in line_numbers:
        if encoding and any(
            evidence.encoding is encoding and evidence.is_neutral for evidence in line_evidence[at]
        ):
            filled[at] = encoding
