"""Word-by-word difference of two revisions of an article: paragraphs are aligned, then their words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc

from storage.records import Article
from storage.text.alignment import align, similarity
from storage.text.tokens import tokens

MIN_PARAGRAPH_SIMILARITY = 0.4  # share of words in common from which a paragraph is the other one, edited
MIN_UNCHANGED_WORDS = 3  # fewer between two longer edits are no help to a reader
MAX_PARAGRAPH_PAIRS = 40_000  # compared in one block of edits; a larger block is shown as removed and added


class Edit(StrEnum):
    """How a stretch of text differs between the revisions."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """A stretch of text with one edit; unchanged text is spelt as in the newer revision."""

    edit: Edit
    text: str


DiffLine = tuple[DiffSegment, ...]
"""One paragraph: of either revision, or of both with its edits."""


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of an article that was changed."""

    name: Annotated[str, Doc("title, lead, body, attachments")]
    lines: tuple[DiffLine, ...]  # all paragraphs of the field, changed or not


@dataclass(frozen=True, slots=True)
class _DiffWord:
    """A word, number or punctuation mark with the white space after it."""

    key: str  # equal for two spellings that a reader would call the same
    text: str


_Paragraph = list[_DiffWord]


def diff_revisions(old: Article, new: Article) -> tuple[FieldDiff, ...]:
    """Return the fields that changed between two revisions in reading order; empty when no word did."""
    fields = [
        ("title", old.title, new.title),
        ("lead", old.lead or "", new.lead or ""),
        ("body", old.body, new.body),
        ("attachments", _attachment_list(old), _attachment_list(new)),
    ]
    diffs = (FieldDiff(name, diff_texts(before, after)) for name, before, after in fields)
    return tuple(diff for diff in diffs if any(map(has_edits, diff.lines)))


def _attachment_list(article: Article) -> str:
    return "\n".join(f"{file.name} {file.url}" for file in article.attachments)


def diff_texts(old: str, new: str) -> tuple[DiffLine, ...]:
    """Return the paragraphs of both texts in order with edits marked; empty lines do not count.

    Tone placement (hòa, hoà), composition of letters, dashes and invisible characters are no difference;
    capitals and punctuation are. A number or code (1.500, 02-NQ/TW) is one word. The segments of a line
    without those removed are the new paragraph, but for repeated white space; without those added, the old
    one as far as a reader can tell.
    """
    before, after = _paragraphs(old), _paragraphs(new)
    before_keys, after_keys = ([_keys(words) for words in text] for text in (before, after))
    lines: list[DiffLine] = []
    removed, added = list[_Paragraph](), list[_Paragraph]()
    for stretch in align(before_keys, after_keys):
        if stretch.kind == "equal":
            lines += _edited_block(removed, added)
            lines += [(_segment(Edit.SAME, words),) for words in after[stretch.second]]
            removed, added = [], []
        else:
            removed += before[stretch.first]
            added += after[stretch.second]
    return (*lines, *_edited_block(removed, added))


def has_edits(line: DiffLine) -> bool:
    """Return whether anything in a paragraph was removed or added."""
    return any(segment.edit is not Edit.SAME for segment in line)


def with_edit_marks(line: DiffLine) -> str:
    """Return a paragraph as text without colours: `[-removed-]`, `{+added+}`."""
    marks = {Edit.SAME: ("", ""), Edit.REMOVED: ("[-", "-]"), Edit.ADDED: ("{+", "+}")}
    marked = []
    for segment in line:
        (begin, end), stripped = marks[segment.edit], segment.text.rstrip()
        marked.append(f"{begin}{stripped}{end}{segment.text[len(stripped) :]}")
    return "".join(marked).rstrip()


def _paragraphs(text: str) -> list[_Paragraph]:
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))
    return [words for words in map(_split_words, lines) if words]


def _split_words(line: str) -> _Paragraph:
    """Cut a line before every word and every punctuation mark; nothing of it is lost."""
    cuts, at = list[tuple[int, str]](), 0  # where a word starts, and its key
    for token in tokens(line):
        cuts += _punctuation(line, at, token.start)
        cuts.append((token.start, f"{token.exact} {_capitals(line[token.start : token.end])}"))
        at = token.end
    cuts += _punctuation(line, at, len(line))
    starts = [0, *(start for start, _ in cuts[1:])][: len(cuts)]
    ends = [*starts[1:], len(line)][: len(cuts)]
    keys = [key for _, key in cuts]
    return [_DiffWord(key, line[start:end]) for key, start, end in zip(keys, starts, ends, strict=True)]


def _punctuation(line: str, start: int, end: int) -> list[tuple[int, str]]:
    """Return the marks between two words with their places, without white space and invisible characters."""
    between = ((at, line[at]) for at in range(start, end))
    return [(at, mark) for at, mark in between if not mark.isspace() and unicodedata.category(mark) != "Cf"]


def _capitals(word: str) -> str:
    return "".join("A" if char.isupper() else "a" for char in word if unicodedata.category(char) != "Cf")


def _keys(words: _Paragraph) -> tuple[str, ...]:
    return tuple(word.key for word in words)


def _segment(edit: Edit, words: _Paragraph) -> DiffSegment:
    return DiffSegment(edit, "".join(word.text for word in words))


def _edited_block(removed: list[_Paragraph], added: list[_Paragraph]) -> list[DiffLine]:
    """Return the lines between two unchanged ones: pairs word by word, the others removed or added."""
    lines: list[DiffLine] = []
    before = after = 0
    for old_at, new_at in [*_paired_paragraphs(removed, added), (len(removed), len(added))]:
        lines += [(_segment(Edit.REMOVED, words),) for words in removed[before:old_at]]
        lines += [(_segment(Edit.ADDED, words),) for words in added[after:new_at]]
        if old_at < len(removed):
            lines.append(_edited_paragraph(removed[old_at], added[new_at]))
        before, after = old_at + 1, new_at + 1
    return lines


def _paired_paragraphs(removed: list[_Paragraph], added: list[_Paragraph]) -> list[tuple[int, int]]:
    """Return which paragraph became which, both in order, so that most words stay (dynamic programming)."""
    if len(removed) * len(added) > MAX_PARAGRAPH_PAIRS:
        return []
    old_keys, new_keys = [_keys(words) for words in removed], [_keys(words) for words in added]
    best = [[0.0] * (len(new_keys) + 1) for _ in range(len(old_keys) + 1)]
    paired: dict[tuple[int, int], float] = {}
    for old_at in reversed(range(len(old_keys))):
        for new_at in reversed(range(len(new_keys))):
            share = similarity(old_keys[old_at], new_keys[new_at], MIN_PARAGRAPH_SIMILARITY)
            paired[old_at, new_at] = best[old_at + 1][new_at + 1] + share if share else 0.0
            best[old_at][new_at] = max(
                best[old_at + 1][new_at], best[old_at][new_at + 1], paired[old_at, new_at]
            )
    return _best_pairs(best, paired)


def _best_pairs(best: list[list[float]], paired: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    pairs, old_at, new_at = list[tuple[int, int]](), 0, 0
    while best[old_at][new_at] > 0:
        if paired[old_at, new_at] == best[old_at][new_at]:
            pairs.append((old_at, new_at))
            old_at, new_at = old_at + 1, new_at + 1
        elif best[old_at + 1][new_at] == best[old_at][new_at]:
            old_at += 1
        else:
            new_at += 1
    return pairs


def _edited_paragraph(before: _Paragraph, after: _Paragraph) -> DiffLine:
    """Return one paragraph with its edits, word by word."""
    runs: list[tuple[Edit, _Paragraph]] = []
    for stretch in align(_keys(before), _keys(after)):
        if stretch.kind == "equal":
            runs.append((Edit.SAME, after[stretch.second]))
        elif stretch.kind == "delete":
            runs.append((Edit.REMOVED, before[stretch.first]))
        else:
            runs.append((Edit.ADDED, after[stretch.second]))
    return tuple(_segment(edit, words) for edit, words in _joined_edits(runs))


def _joined_edits(runs: Sequence[tuple[Edit, _Paragraph]]) -> list[tuple[Edit, _Paragraph]]:
    """Join edits over the few words between them: removed, then added, then the same."""
    joined: list[tuple[Edit, _Paragraph]] = []
    removed, added = _Paragraph(), _Paragraph()
    for at, (edit, words) in enumerate(runs):
        if edit is Edit.REMOVED:
            removed = [*removed, *words]
        elif edit is Edit.ADDED:
            added = [*added, *words]
        elif removed + added and _is_between_edits(words, removed + added, runs[at + 1 :]):
            removed, added = [*removed, *words], [*added, *words]
        else:
            joined += [run for run in ((Edit.REMOVED, removed), (Edit.ADDED, added)) if run[1]]
            joined.append((edit, words))
            removed, added = _Paragraph(), _Paragraph()
    return joined + [run for run in ((Edit.REMOVED, removed), (Edit.ADDED, added)) if run[1]]


def _is_between_edits(
    words: _Paragraph, edited: _Paragraph, following: Sequence[tuple[Edit, _Paragraph]]
) -> bool:
    """Return whether unchanged words are few, and fewer than the edited ones on both sides of them."""
    next_words = following[0][1] if following else []
    return len(words) < min(MIN_UNCHANGED_WORDS, len(edited), len(next_words))
