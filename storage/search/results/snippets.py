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


def highlight(snippet_text: str, query: Query, field: SearchField | None = None) -> tuple[Span, ...]:
    """Return the spans of `snippet_text` that match phrases of the query, in order, without overlap.

    Words typed with accents are highlighted where they occur with these accents; where a text has them only
    without, there. `field` is the field of the text: phrases of another field are not highlighted.
    """
    return _merge_overlaps(_match_phrases(snippet_text, query, field))


def snippet(snippet_text: str, query: Query, width: int = 240, field: SearchField | None = None) -> Snippet:
    """Return the window of at most `width` characters with the most phrases of the query.

    `field` is the field of the text, as in `highlight`.
    """
    phrase_matches = _match_until_complete(snippet_text, query, width, field)
    window_start, window_end = _best_window(snippet_text, phrase_matches, width)
    highlight_spans = _merge_overlaps(
        [
            phrase_match
            for phrase_match in phrase_matches
            if window_start <= phrase_match.start and phrase_match.end <= window_end
        ]
    )
    window_spans = tuple(
        (window_first - window_start, window_last - window_start)
        for window_first, window_last in highlight_spans
    )
    return Snippet(
        snippet_text[window_start:window_end],
        window_spans,
        window_start,
        (window_start, window_end) == (0, len(snippet_text)),
    )


def _match_until_complete(
    snippet_text: str, query: Query, width: int, field: SearchField | None
) -> list[_PhraseMatch]:
    """The matches up to a window with every phrase: the rest of a long text need not be read."""
    phrase_count = sum(phrase.field in {None, field} for phrase in query.phrases)
    phrase_matches: list[_PhraseMatch] = []
    window_start, read_chars = 0, FIRST_READ_CHARS
    while window_start < len(snippet_text):
        window_end = snippet_text.find("\n", window_start + read_chars) + 1 or len(snippet_text)
        part_phrase_matches = _match_phrases(snippet_text[window_start:window_end], query, field)
        phrase_matches += [
            _PhraseMatch(
                window_start + phrase_match.start, window_start + phrase_match.end, phrase_match.phrase
            )
            for phrase_match in part_phrase_matches
        ]
        window_start, read_chars = window_end, 2 * read_chars
        window_first, window_last = _densest_window(phrase_matches, width)
        window_phrases = {
            phrase_match.phrase
            for phrase_match in phrase_matches
            if window_first <= phrase_match.start and phrase_match.end <= window_last
        }
        if len(window_phrases) == phrase_count:
            break
    return phrase_matches


def _match_phrases(snippet_text: str, query: Query, field: SearchField | None) -> list[_PhraseMatch]:
    phrases = [phrase for phrase in query.phrases if phrase.field in {None, field}]
    phrase_words = {word for phrase in phrases for word in phrase.folded}
    prefixes = tuple({phrase.folded[-1] for phrase in phrases if phrase.prefix})
    text_words = find_words(snippet_text, phrase_words, prefixes)
    phrase_matches = (
        _PhraseMatch(window_start, window_end, index)
        for index, phrase in enumerate(phrases)
        for window_start, window_end in _phrase_spans(phrase, text_words)
    )
    return sorted(phrase_matches, key=lambda phrase_match: (phrase_match.start, -phrase_match.end))


def _phrase_spans(phrase: Phrase, text_words: Mapping[int, Token]) -> list[Span]:
    token_runs = list(_phrase_runs(phrase, text_words))
    if phrase.accented or phrase.strict:
        exact_words = tuple(part for term in phrase.terms for part in code_parts(term.exact))
        exact_runs = [
            token_run
            for token_run in token_runs
            if _run_matches(exact_words, [token.exact for token in token_run], phrase.prefix)
        ]
        if exact_runs or phrase.strict:
            token_runs = exact_runs
    return [(token_run[0].start, token_run[-1].end) for token_run in token_runs]


def _phrase_runs(phrase: Phrase, text_words: Mapping[int, Token]) -> Iterator[list[Token]]:
    """The runs of tokens that are the words of a phrase, whatever their accents."""
    folded_words = phrase.folded
    length = len(folded_words)
    if length == 1 and not phrase.prefix:
        yield from ([token] for token in text_words.values() if token.folded == folded_words[0])
        return
    for window_first in text_words:
        token_run = [
            text_words[number]
            for number in range(window_first, window_first + length)
            if number in text_words
        ]
        if len(token_run) == length and _run_matches(
            folded_words, [token.folded for token in token_run], phrase.prefix
        ):
            yield token_run


def _run_matches(phrase_words: Sequence[str], run_words: Sequence[str], prefix: bool) -> bool:
    last_word = phrase_words[-1]
    last_matches = run_words[-1].startswith(last_word) if prefix else run_words[-1] == last_word
    return last_matches and tuple(run_words[:-1]) == tuple(phrase_words[:-1])


def _merge_overlaps(phrase_matches: Sequence[_PhraseMatch]) -> tuple[Span, ...]:
    """The spans of the matches, overlapping ones merged."""
    highlight_spans: list[Span] = []
    for phrase_match in phrase_matches:
        if highlight_spans and phrase_match.start < highlight_spans[-1][1]:
            highlight_spans[-1] = (highlight_spans[-1][0], max(highlight_spans[-1][1], phrase_match.end))
        else:
            highlight_spans.append((phrase_match.start, phrase_match.end))
    return tuple(highlight_spans)


def _best_window(snippet_text: str, phrase_matches: Sequence[_PhraseMatch], width: int) -> Span:
    """The window with most different phrases, then most matches, then the earliest; cut between words."""
    if len(snippet_text) <= width:
        return 0, len(snippet_text)
    window_first, window_last = _densest_window(phrase_matches, width)
    window_margin = max(0, (width - (window_last - window_first)) // 2)
    window_start = max(0, min(window_first - window_margin, len(snippet_text) - width))
    window_end = min(len(snippet_text), window_start + width)
    return _shrink_to_words(snippet_text, window_start, window_end, (window_first, window_last))


def _densest_window(phrase_matches: Sequence[_PhraseMatch], width: int) -> Span:
    densest_window, densest_density = (0, 0), (0, 0)
    phrase_counts = Counter[int]()  # in the window from match `begin` to before match `end`
    window_end = 0
    for window_begin, phrase_match in enumerate(phrase_matches):
        while (
            window_end < len(phrase_matches) and phrase_matches[window_end].end - phrase_match.start <= width
        ):
            phrase_counts[phrase_matches[window_end].phrase] += 1
            window_end += 1
        if window_end == window_begin:  # wider than the window
            window_end += 1
            continue
        window_density = (len(phrase_counts), window_end - window_begin)
        if window_density > densest_density:
            window_last = max(window_match.end for window_match in phrase_matches[window_begin:window_end])
            densest_window, densest_density = (phrase_match.start, window_last), window_density
        phrase_counts[phrase_match.phrase] -= 1
        if not phrase_counts[phrase_match.phrase]:
            del phrase_counts[phrase_match.phrase]
    return densest_window


def _shrink_to_words(snippet_text: str, window_start: int, window_end: int, matched: Span) -> Span:
    """The window shrunk to blanks, as far as `matched` stays in it."""
    window_first, window_last = matched if matched[1] else (window_start, window_end)
    if window_start > 0 and not snippet_text[window_start - 1].isspace():
        window_start = next(
            (index + 1 for index in range(window_start, window_first) if snippet_text[index].isspace()),
            window_first,
        )
    if window_end < len(snippet_text) and not snippet_text[window_end].isspace():
        window_end = next(
            (index for index in range(window_end - 1, window_last - 1, -1) if snippet_text[index].isspace()),
            window_last,
        )
    return window_start, window_end
