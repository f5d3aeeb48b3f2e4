"""Snippets and highlights: find a query's phrases in a text, and the window that shows most of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from storage.search.query.tree import Phrase, Query, SearchField
from storage.text.tokens import Token, code_parts, find_words

FIRST_READ_CHARS = 500  # of a text; when they do not show every phrase, twice as many are read next
Span = tuple[int, int]  # from the first character to after the last


@dataclass(frozen=True, slots=True)
class Snippet:
    """A window of a text."""

    text: str  # verbatim
    spans: tuple[Span, ...]  # what to highlight, in `text`; in order, without overlap
    start: int  # character of the complete text where the window begins
    is_complete: bool  # the window is the complete text


class _PhraseMatch(NamedTuple):
    start: int
    end: int
    phrase: int  # index of the query's phrase


def highlight(text: str, query: Query, field: SearchField | None = None) -> tuple[Span, ...]:
    """Return the spans of `text` that match phrases of the query, in order, without overlap.

    Words typed with accents are highlighted where they occur with these accents; where a text has them only
    without, there. `field` is the field of the text: phrases of another field are not highlighted.
    """
    return _merge_overlaps(_match_phrases(text, query, field))


def snippet(text: str, query: Query, width: int = 240, field: SearchField | None = None) -> Snippet:
    """Return the window of at most `width` characters with the most phrases of the query.

    `field` is the field of the text, as in `highlight`.
    """
    matches = _match_until_complete(text, query, width, field)
    start, end = _best_window(text, matches, width)
    spans = _merge_overlaps([match for match in matches if start <= match.start and match.end <= end])
    window_spans = tuple((first - start, last - start) for first, last in spans)
    return Snippet(text[start:end], window_spans, start, (start, end) == (0, len(text)))


def _match_until_complete(
    text: str, query: Query, width: int, field: SearchField | None
) -> list[_PhraseMatch]:
    """The matches up to a window with every phrase: the rest of a long text need not be read."""
    phrase_count = sum(phrase.field in {None, field} for phrase in query.phrases)
    matches: list[_PhraseMatch] = []
    start, step = 0, FIRST_READ_CHARS
    while start < len(text):
        end = text.find("\n", start + step) + 1 or len(text)
        part_matches = _match_phrases(text[start:end], query, field)
        matches += [
            _PhraseMatch(start + match.start, start + match.end, match.phrase) for match in part_matches
        ]
        start, step = end, 2 * step
        first, last = _densest_window(matches, width)
        window_phrases = {match.phrase for match in matches if first <= match.start and match.end <= last}
        if len(window_phrases) == phrase_count:
            break
    return matches


def _match_phrases(text: str, query: Query, field: SearchField | None) -> list[_PhraseMatch]:
    phrases = [phrase for phrase in query.phrases if phrase.field in {None, field}]
    phrase_words = {word for phrase in phrases for word in phrase.folded}
    prefixes = tuple({phrase.folded[-1] for phrase in phrases if phrase.prefix})
    text_words = find_words(text, phrase_words, prefixes)
    matches = (
        _PhraseMatch(start, end, index)
        for index, phrase in enumerate(phrases)
        for start, end in _phrase_spans(phrase, text_words)
    )
    return sorted(matches, key=lambda match: (match.start, -match.end))


def _phrase_spans(phrase: Phrase, text_words: Mapping[int, Token]) -> list[Span]:
    runs = list(_phrase_runs(phrase, text_words))
    if phrase.accented or phrase.strict:
        exact_words = tuple(part for term in phrase.terms for part in code_parts(term.exact))
        exact_runs = [
            run for run in runs if _run_matches(exact_words, [token.exact for token in run], phrase.prefix)
        ]
        if exact_runs or phrase.strict:
            runs = exact_runs
    return [(run[0].start, run[-1].end) for run in runs]


def _phrase_runs(phrase: Phrase, text_words: Mapping[int, Token]) -> Iterator[list[Token]]:
    """The runs of tokens that are the words of a phrase, whatever their accents."""
    folded_words = phrase.folded
    length = len(folded_words)
    if length == 1 and not phrase.prefix:
        yield from ([token] for token in text_words.values() if token.folded == folded_words[0])
        return
    for first in text_words:
        run = [text_words[number] for number in range(first, first + length) if number in text_words]
        if len(run) == length and _run_matches(folded_words, [token.folded for token in run], phrase.prefix):
            yield run


def _run_matches(phrase_words: Sequence[str], run_words: Sequence[str], prefix: bool) -> bool:
    last_word = phrase_words[-1]
    last_matches = run_words[-1].startswith(last_word) if prefix else run_words[-1] == last_word
    return last_matches and tuple(run_words[:-1]) == tuple(phrase_words[:-1])


def _merge_overlaps(matches: Sequence[_PhraseMatch]) -> tuple[Span, ...]:
    """The spans of the matches, overlapping ones merged."""
    spans: list[Span] = []
    for match in matches:
        if spans and match.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], match.end))
        else:
            spans.append((match.start, match.end))
    return tuple(spans)


def _best_window(text: str, matches: Sequence[_PhraseMatch], width: int) -> Span:
    """The window with most different phrases, then most matches, then the earliest; cut between words."""
    if len(text) <= width:
        return 0, len(text)
    first, last = _densest_window(matches, width)
    margin = max(0, (width - (last - first)) // 2)
    start = max(0, min(first - margin, len(text) - width))
    end = min(len(text), start + width)
    return _shrink_to_words(text, start, end, (first, last))


def _densest_window(matches: Sequence[_PhraseMatch], width: int) -> Span:
    densest, densest_value = (0, 0), (0, 0)
    phrase_counts = Counter[int]()  # in the window from match `begin` to before match `end`
    end = 0
    for begin, match in enumerate(matches):
        while end < len(matches) and matches[end].end - match.start <= width:
            phrase_counts[matches[end].phrase] += 1
            end += 1
        if end == begin:  # wider than the window
            end += 1
            continue
        value = (len(phrase_counts), end - begin)
        if value > densest_value:
            last = max(window_match.end for window_match in matches[begin:end])
            densest, densest_value = (match.start, last), value
        phrase_counts[match.phrase] -= 1
        if not phrase_counts[match.phrase]:
            del phrase_counts[match.phrase]
    return densest


def _shrink_to_words(text: str, start: int, end: int, matched: Span) -> Span:
    """The window shrunk to blanks, as far as `matched` stays in it."""
    first, last = matched if matched[1] else (start, end)
    if start > 0 and not text[start - 1].isspace():
        start = next((index + 1 for index in range(start, first) if text[index].isspace()), first)
    if end < len(text) and not text[end].isspace():
        end = next((index for index in range(end - 1, last - 1, -1) if text[index].isspace()), last)
    return start, end
