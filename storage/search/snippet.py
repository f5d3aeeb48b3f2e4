"""Where a query's words stand in the text as its author wrote it, and the best window to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.search.normalise import Token, parts, pieces, tokens
from storage.search.tree import Field, Phrase, Query

Span = tuple[int, int]  # from the first character to after the last


@dataclass(frozen=True, slots=True)
class Snippet:
    """A window of a text."""

    text: str  # verbatim
    spans: tuple[Span, ...]  # what to highlight, in `text`; in order, apart
    start: int  # where the window begins in the whole text
    whole: bool  # nothing was left out


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    phrase: int  # which of the wanted phrases


def highlight(text: str, query: Query, field: Field | None = None) -> tuple[Span, ...]:
    """The spans of `text` that `query` asks for, in order, apart from each other.

    Words typed with accents are shown where they stand with them; where a text has them only without,
    there. `field` says what the text is: words asked of another field are not shown in it.
    """
    return _apart(_found(text, query, field))


def snippet(text: str, query: Query, width: int = 240, field: Field | None = None) -> Snippet:
    """The window of about `width` characters (never more) that shows most of what was asked for.

    `field` says what the text is, as in `highlight`.
    """
    found = _found(text, query, field)
    start, end = _window(text, found, width)
    spans = _apart([place for place in found if start <= place.start and place.end <= end])
    shown = tuple((first - start, last - start) for first, last in spans)
    return Snippet(text[start:end], shown, start, (start, end) == (0, len(text)))


def _found(text: str, query: Query, field: Field | None) -> list[_Found]:
    row = [piece for token in tokens(text) for piece in pieces(text, token)]
    asked = [phrase for phrase in query.phrases if phrase.field in {None, field}]
    places = (
        _Found(start, end, number)
        for number, phrase in enumerate(asked)
        for start, end in _places(phrase, row)
    )
    return sorted(places, key=lambda place: (place.start, -place.end))


def _places(phrase: Phrase, row: Sequence[Token]) -> list[Span]:
    if phrase.accented or phrase.strict:
        words = tuple(part for term in phrase.terms for part in parts(term.exact))
        exact = _runs(words, row, [token.exact for token in row], phrase.prefix)
        if exact or phrase.strict:
            return exact
    return _runs(phrase.fold, row, [token.fold for token in row], phrase.prefix)


def _runs(words: Sequence[str], row: Sequence[Token], forms: Sequence[str], prefix: bool) -> list[Span]:
    """Where `words` stand in a row."""
    last = len(words) - 1

    def fits(at: int) -> bool:
        end = forms[at + last]
        fit = end.startswith(words[last]) if prefix else end == words[last]
        return fit and all(forms[at + i] == words[i] for i in range(last))

    return [(row[at].start, row[at + last].end) for at in range(len(row) - last) if fits(at)]


def _apart(found: Sequence[_Found]) -> tuple[Span, ...]:
    """Overlapping places as one."""
    spans: list[Span] = []
    for place in found:
        if spans and place.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], place.end))
        else:
            spans.append((place.start, place.end))
    return tuple(spans)


def _window(text: str, found: Sequence[_Found], width: int) -> Span:
    """The best window: most different phrases, then most words, then the earliest; cut between words."""
    if len(text) <= width:
        return 0, len(text)
    first, last = _densest(found, width)
    lead = max(0, (width - (last - first)) // 2)
    start = max(0, min(first - lead, len(text) - width))
    end = min(len(text), start + width)
    return _between_words(text, start, end, (first, last))


def _densest(found: Sequence[_Found], width: int) -> Span:
    best, value = (0, 0), (0, 0)
    end = 0
    for begin, place in enumerate(found):
        end = max(end, begin)
        while end < len(found) and found[end].end - place.start <= width:
            end += 1
        inside = found[begin:end]
        worth = (len({one.phrase for one in inside}), len(inside))
        if inside and worth > value:
            best, value = (place.start, max(one.end for one in inside)), worth
    return best


def _between_words(text: str, start: int, end: int, keep: Span) -> Span:
    """The window shrunk to spaces, as far as that leaves `keep` in it."""
    first, last = keep if keep[1] else (start, end)
    if start > 0 and not text[start - 1].isspace():
        start = next((i + 1 for i in range(start, first) if text[i].isspace()), first)
    if end < len(text) and not text[end].isspace():
        end = next((i for i in range(end - 1, last - 1, -1) if text[i].isspace()), last)
    return start, end
