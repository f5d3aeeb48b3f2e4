"""The order of hits: the same rule for every engine, over the signals each can give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from storage.search.query.tree import AllOf, AnyOf, Fact, Field, Near, Node, Phrase, wanted

# More hits than this: only the newest so many are ranked and counted by facet, at about 10 ms a thousand.
MOST_RANKED = 1_500

# Relative weights of a word in the title, the author's name, the text and the attachments.
TITLE, AUTHOR, TEXT, FILE = 8.0, 4.0, 1.0, 0.3
# bm25's own constants, which FTS5 does not let one set.
K1, B = 1.2, 0.75


class Candidate(NamedTuple):
    """One match with what its engine knows of it; a tuple, because an answer ranks thousands."""

    key: tuple[int, int]  # grows with the publication day
    article_id: int
    text: float  # the engine's own score, higher is better
    exact: bool = True  # matches with the accents as typed
    titled: bool = False  # everything wanted stands in the title


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first: accents as typed, then the engine's score, then title, then the newer article.

    The score is rounded because words in over half the documents weigh about nothing: without it noise in
    the sixth decimal would decide, not the day.
    """
    return sorted(candidates, key=_worth, reverse=True)


def _worth(candidate: Candidate) -> tuple[bool, float, bool, tuple[int, int]]:
    return candidate.exact, round(candidate.text, 2), candidate.titled, candidate.key


def wants_exact(node: Node) -> bool:
    """Whether anything wanted was typed with accents."""
    return any(phrase.accented for phrase in wanted(node))


def in_title(node: Node) -> Node | None:
    """The query asked of titles only; None when it has no words or asks another field."""
    phrases = wanted(node)
    if not phrases or any(phrase.field for phrase in phrases):
        return None
    return _titled(node)


def _titled(node: Node) -> Node:
    match node:
        case Phrase():
            return replace(node, field=Field.TITLE)
        case Near(first, second):
            return replace(
                node,
                first=replace(first, field=Field.TITLE),
                second=replace(second, field=Field.TITLE),
            )
        case Fact():
            return node
        case AnyOf(nodes):
            return AnyOf(tuple(_titled(below) for below in nodes))
        case AllOf(nodes, without):
            return AllOf(tuple(_titled(below) for below in nodes), without)


def bm25(frequency: float, words: int, mean: float) -> float:
    """What a word is worth that stands so often (weighted) in a document of so many words, 0 to K1 + 1."""
    return frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * words / mean))


def as_without_files(score: float, length: int, own: int, mean: float) -> float:
    """The bm25 score of an article's own words, had its attachments not made it `length` words long.

    bm25 divides by the length of all a document holds: a report of 100 pages would bury the article that
    offers it. `own` is its length without files, `mean` that of a document. Exact for a word that stands once
    in the title; too low for one in the text, never too high.
    """
    divided, fair = (TITLE + K1 * (1 - B + B * words / mean) for words in (length, own))
    return score * divided / fair
