"""What changed between two texts: paragraphs are aligned, then their words (pure)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from rapidfuzz.distance import Indel
from typing_extensions import Doc

from storage.records import Article
from storage.text.tokens import tokens

ALIKE = 0.4  # share of words two paragraphs have in common when one is the other, edited
ISLAND = 3  # words; fewer between two longer edits are no help to a reader
MOST_PAIRED = 40_000  # comparisons of paragraphs; a larger block of edits is told as removed and added


class Edit(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text with one fate; what is the same is spelt as the newer text spells it."""

    edit: Edit
    text: str


Line = tuple[Segment, ...]
"""One paragraph: of either text, or of both with its edits."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an article that was changed."""

    name: Annotated[str, Doc("title, lead, body, attachments")]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, number or mark with the white space after it."""

    key: str  # equal when a reader would call them the same
    text: str


_Words = list[_Word]


def difference(old: Article, new: Article) -> tuple[Part, ...]:
    """The parts of an article that changed, in the order they are read; empty when no word did."""
    pairs = [
        ("title", old.title, new.title),
        ("lead", old.lead or "", new.lead or ""),
        ("body", old.body, new.body),
        ("attachments", _offered(old), _offered(new)),
    ]
    parts = (Part(name, compare(before, after)) for name, before, after in pairs)
    return tuple(part for part in parts if any(map(changed, part.lines)))


def _offered(article: Article) -> str:
    return "\n".join(f"{file.name} {file.url}" for file in article.attachments)


def compare(old: str, new: str) -> tuple[Line, ...]:
    """The paragraphs of both texts in order, edits marked; empty lines do not count.

    Where the tone stands (hòa, hoà), how letters are composed, dashes and invisible characters are no
    difference; capitals and punctuation are. A number or code (1.500, 02-NQ/TW) is one word. The segments of
    a line without those removed are the new paragraph, but for repeated white space; without those added,
    the old one as far as a reader can tell.
    """
    before, after = _paragraphs(old), _paragraphs(new)
    one, other = ([_keys(words) for words in text] for text in (before, after))
    lines: list[Line] = []
    removed, added = list[_Words](), list[_Words]()
    for step in Indel.opcodes(one, other):
        if step.tag == "equal":
            lines += _block(removed, added)
            lines += [(_segment(Edit.SAME, words),) for words in after[step.dest_start : step.dest_end]]
            removed, added = [], []
        else:
            removed += before[step.src_start : step.src_end]
            added += after[step.dest_start : step.dest_end]
    return (*lines, *_block(removed, added))


def changed(line: Line) -> bool:
    """Whether anything in a paragraph was removed or added."""
    return any(segment.edit is not Edit.SAME for segment in line)


def plain(line: Line) -> str:
    """A paragraph for readers without colours: `[-removed-]`, `{+added+}`."""
    marks = {Edit.SAME: ("", ""), Edit.REMOVED: ("[-", "-]"), Edit.ADDED: ("{+", "+}")}
    told = []
    for segment in line:
        (begin, end), bare = marks[segment.edit], segment.text.rstrip()
        told.append(f"{begin}{bare}{end}{segment.text[len(bare) :]}")
    return "".join(told).rstrip()


def _paragraphs(text: str) -> list[_Words]:
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))
    return [words for words in map(_words, lines) if words]


def _words(line: str) -> _Words:
    """The line cut before every word and every mark; nothing of it is lost."""
    found, at = list[tuple[int, str]](), 0
    for token in tokens(line):
        found += _marks(line, at, token.start)
        found.append((token.start, f"{token.exact} {_capitals(line[token.start : token.end])}"))
        at = token.end
    found += _marks(line, at, len(line))
    starts = [0, *(start for start, _ in found[1:])][: len(found)]
    ends = [*starts[1:], len(line)][: len(found)]
    keys = [key for _, key in found]
    return [_Word(key, line[start:end]) for key, start, end in zip(keys, starts, ends, strict=True)]


def _marks(line: str, start: int, end: int) -> list[tuple[int, str]]:
    """What stands between two words, white space and invisible characters left out."""
    between = ((at, line[at]) for at in range(start, end))
    return [(at, mark) for at, mark in between if not mark.isspace() and unicodedata.category(mark) != "Cf"]


def _capitals(word: str) -> str:
    return "".join("A" if char.isupper() else "a" for char in word if unicodedata.category(char) != "Cf")


def _keys(words: _Words) -> tuple[str, ...]:
    return tuple(word.key for word in words)


def _segment(edit: Edit, words: _Words) -> Segment:
    return Segment(edit, "".join(word.text for word in words))


def _block(removed: list[_Words], added: list[_Words]) -> list[Line]:
    """The lines between two that are the same: edited ones side by side, the others removed or added."""
    lines: list[Line] = []
    before = after = 0
    for one, other in [*_pairs(removed, added), (len(removed), len(added))]:
        lines += [(_segment(Edit.REMOVED, words),) for words in removed[before:one]]
        lines += [(_segment(Edit.ADDED, words),) for words in added[after:other]]
        if one < len(removed):
            lines.append(_edited(removed[one], added[other]))
        before, after = one + 1, other + 1
    return lines


def _pairs(removed: list[_Words], added: list[_Words]) -> list[tuple[int, int]]:
    """Which paragraph became which, both in order, so that most words stay (dynamic programming)."""
    if len(removed) * len(added) > MOST_PAIRED:
        return []
    ones, others = [_keys(words) for words in removed], [_keys(words) for words in added]
    best = [[0.0] * (len(others) + 1) for _ in range(len(ones) + 1)]
    alike: dict[tuple[int, int], float] = {}
    for one in reversed(range(len(ones))):
        for other in reversed(range(len(others))):
            share = Indel.normalized_similarity(ones[one], others[other], score_cutoff=ALIKE)
            alike[one, other] = best[one + 1][other + 1] + share if share else 0.0
            best[one][other] = max(best[one + 1][other], best[one][other + 1], alike[one, other])
    return _walked(best, alike)


def _walked(best: list[list[float]], alike: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    found, one, other = list[tuple[int, int]](), 0, 0
    while best[one][other] > 0:
        if alike[one, other] == best[one][other]:
            found.append((one, other))
            one, other = one + 1, other + 1
        elif best[one + 1][other] == best[one][other]:
            one += 1
        else:
            other += 1
    return found


def _edited(before: _Words, after: _Words) -> Line:
    """One paragraph with its edits, word by word."""
    runs: list[tuple[Edit, _Words]] = []
    for step in Indel.opcodes(_keys(before), _keys(after)):
        if step.tag == "equal":
            runs.append((Edit.SAME, after[step.dest_start : step.dest_end]))
        elif step.tag == "delete":
            runs.append((Edit.REMOVED, before[step.src_start : step.src_end]))
        else:
            runs.append((Edit.ADDED, after[step.dest_start : step.dest_end]))
    return tuple(_segment(edit, words) for edit, words in _gathered(runs))


def _gathered(runs: Sequence[tuple[Edit, _Words]]) -> list[tuple[Edit, _Words]]:
    """Edits with what few words stand between them put together: removed, then added, then the same."""
    gathered: list[tuple[Edit, _Words]] = []
    removed, added = _Words(), _Words()
    for at, (edit, words) in enumerate(runs):
        if edit is Edit.REMOVED:
            removed = [*removed, *words]
        elif edit is Edit.ADDED:
            added = [*added, *words]
        elif removed + added and _is_island(words, removed + added, runs[at + 1 :]):
            removed, added = [*removed, *words], [*added, *words]
        else:
            gathered += [run for run in ((Edit.REMOVED, removed), (Edit.ADDED, added)) if run[1]]
            gathered.append((edit, words))
            removed, added = _Words(), _Words()
    return gathered + [run for run in ((Edit.REMOVED, removed), (Edit.ADDED, added)) if run[1]]


def _is_island(words: _Words, before: _Words, rest: Sequence[tuple[Edit, _Words]]) -> bool:
    after = rest[0][1] if rest else []
    return len(words) < ISLAND and len(words) < len(before) and len(words) < len(after)
