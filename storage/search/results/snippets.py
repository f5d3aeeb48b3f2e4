"""Where a query's words stand in the text as its author wrote it, and the best window to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from storage.search.query.tree import Phrase, Query, SearchField
from storage.text.tokens import Token, code_parts, find_words

FIRST_READ_CHARS = 500  # characters looked at before it is asked whether that is enough; then twice as many
Span = tuple[int, int]  # from the first character to after the last


@dataclass(frozen=True, slots=True)
class Snippet:
    """A window of a text."""

    text: str  # verbatim
    spans: tuple[Span, ...]  # what to highlight, in `text`; in order, apart
    start: int  # where the window begins in the whole text
    is_complete: bool  # nothing was left out


class _PhraseMatch(NamedTuple):
    start: int
    end: int
    phrase: int  # which of the wanted phrases


def highlight(text: str, query: Query, field: SearchField | None = None) -> tuple[Span, ...]:
    """The spans of `text` that `query` asks for, in order, apart from each other.

    Words typed with accents are shown where they stand with them; where a text has them only without,
    there. `field` says what the text is: words asked of another field are not shown in it.
    """
    return _apart(_found(text, query, field))


def snippet(text: str, query: Query, width: int = 240, field: SearchField | None = None) -> Snippet:
    """The window of about `width` characters (never more) that shows most of what was asked for.

    `field` says what the text is, as in `highlight`.
    """
    found = _first_found(text, query, width, field)
    start, end = _window(text, found, width)
    spans = _apart([place for place in found if start <= place.start and place.end <= end])
    shown = tuple((first - start, last - start) for first, last in spans)
    return Snippet(text[start:end], shown, start, (start, end) == (0, len(text)))


def _first_found(text: str, query: Query, width: int, field: SearchField | None) -> list[_PhraseMatch]:
    """What is found as far as to a window that shows every phrase: a long text need not be read on."""
    phrases = sum(phrase.field in {None, field} for phrase in query.phrases)
    found: list[_PhraseMatch] = []
    start, step = 0, FIRST_READ_CHARS
    while start < len(text):
        end = text.find("\n", start + step) + 1 or len(text)
        here = _found(text[start:end], query, field)
        found += [_PhraseMatch(start + each.start, start + each.end, each.phrase) for each in here]
        start, step = end, 2 * step
        first, last = _densest(found, width)
        if len({each.phrase for each in found if first <= each.start and each.end <= last}) == phrases:
            break
    return found


def _found(text: str, query: Query, field: SearchField | None) -> list[_PhraseMatch]:
    asked = [phrase for phrase in query.phrases if phrase.field in {None, field}]
    wanted = {word for phrase in asked for word in phrase.folded}
    beginnings = tuple({phrase.folded[-1] for phrase in asked if phrase.prefix})
    words = find_words(text, wanted, beginnings)
    places = (
        _PhraseMatch(start, end, number)
        for number, phrase in enumerate(asked)
        for start, end in _places(phrase, words)
    )
    return sorted(places, key=lambda place: (place.start, -place.end))


def _places(phrase: Phrase, words: Mapping[int, Token]) -> list[Span]:
    found = list(_runs(phrase, words))
    if phrase.accented or phrase.strict:
        wanted = tuple(part for term in phrase.terms for part in code_parts(term.exact))
        exact = [run for run in found if _fits(wanted, [token.exact for token in run], phrase.prefix)]
        if exact or phrase.strict:
            found = exact
    return [(run[0].start, run[-1].end) for run in found]


def _runs(phrase: Phrase, words: Mapping[int, Token]) -> Iterator[list[Token]]:
    """Where the words of a phrase stand in a row, whatever their accents."""
    folds = phrase.folded
    if len(folds) == 1 and not phrase.prefix:
        yield from ([token] for token in words.values() if token.folded == folds[0])
        return
    for at in words:
        run = [words[number] for number in range(at, at + len(folds)) if number in words]
        if len(run) == len(folds) and _fits(folds, [token.folded for token in run], phrase.prefix):
            yield run


def _fits(wanted: Sequence[str], row: Sequence[str], prefix: bool) -> bool:
    end = row[-1].startswith(wanted[-1]) if prefix else row[-1] == wanted[-1]
    return end and tuple(row[:-1]) == tuple(wanted[:-1])


def _apart(found: Sequence[_PhraseMatch]) -> tuple[Span, ...]:
    """Overlapping places as one."""
    spans: list[Span] = []
    for place in found:
        if spans and place.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], place.end))
        else:
            spans.append((place.start, place.end))
    return tuple(spans)


def _window(text: str, found: Sequence[_PhraseMatch], width: int) -> Span:
    """The best window: most different phrases, then most words, then the earliest; cut between words."""
    if len(text) <= width:
        return 0, len(text)
    first, last = _densest(found, width)
    lead = max(0, (width - (last - first)) // 2)
    start = max(0, min(first - lead, len(text) - width))
    end = min(len(text), start + width)
    return _between_words(text, start, end, (first, last))


def _densest(found: Sequence[_PhraseMatch], width: int) -> Span:
    best, value = (0, 0), (0, 0)
    inside = Counter[int]()  # by phrase, in the window from `begin` to before `end`
    end = 0
    for begin, place in enumerate(found):
        while end < len(found) and found[end].end - place.start <= width:
            inside[found[end].phrase] += 1
            end += 1
        if end == begin:  # wider than the window
            end += 1
            continue
        worth = (len(inside), end - begin)
        if worth > value:
            best, value = (place.start, max(one.end for one in found[begin:end])), worth
        inside[place.phrase] -= 1
        if not inside[place.phrase]:
            del inside[place.phrase]
    return best


def _between_words(text: str, start: int, end: int, keep: Span) -> Span:
    """The window shrunk to spaces, as far as that leaves `keep` in it."""
    first, last = keep if keep[1] else (start, end)
    if start > 0 and not text[start - 1].isspace():
        start = next((i + 1 for i in range(start, first) if text[i].isspace()), first)
    if end < len(text) and not text[end].isspace():
        end = next((i for i in range(end - 1, last - 1, -1) if text[i].isspace()), last)
    return start, end
