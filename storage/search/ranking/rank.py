"""The order of hits: the same rule for every engine, over the signals each can give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from storage.search.query.tree import (
    AllOf,
    AnyOf,
    Filter,
    Near,
    Phrase,
    QueryNode,
    SearchField,
    wanted_phrases,
)

# More hits than this: only the newest so many are ranked and counted by facet, at about 10 ms a thousand.
MAX_RANKED_HITS = 1_500

# Relative weights of a word in the title, the author's name, the text and the attachments.
TITLE_WEIGHT, AUTHOR_WEIGHT, TEXT_WEIGHT, FILE_WEIGHT = 8.0, 4.0, 1.0, 0.3
# bm25's own constants, which FTS5 does not let one set.
BM25_K1, BM25_B = 1.2, 0.75


class RankCandidate(NamedTuple):
    """One match with what its engine knows of it; a tuple, because an answer ranks thousands."""

    key: tuple[int, int]  # grows with the publication day
    article_id: int
    text: float  # the engine's own score, higher is better
    exact: bool = True  # matches with the accents as typed
    titled: bool = False  # everything wanted stands in the title


def sort_by_rank(candidates: Iterable[RankCandidate]) -> list[RankCandidate]:
    """Best first: accents as typed, then the engine's score, then title, then the newer article.

    The score is rounded because words in over half the documents weigh about nothing: without it noise in
    the sixth decimal would decide, not the day.
    """
    return sorted(candidates, key=_worth, reverse=True)


def _worth(candidate: RankCandidate) -> tuple[bool, float, bool, tuple[int, int]]:
    return candidate.exact, round(candidate.text, 2), candidate.titled, candidate.key


def wants_accents(node: QueryNode) -> bool:
    """Whether anything wanted was typed with accents."""
    return any(phrase.accented for phrase in wanted_phrases(node))


def title_only(node: QueryNode) -> QueryNode | None:
    """The query asked of titles only; None when it has no words or asks another field."""
    phrases = wanted_phrases(node)
    if not phrases or any(phrase.field for phrase in phrases):
        return None
    return _titled(node)


def _titled(node: QueryNode) -> QueryNode:
    match node:
        case Phrase():
            return replace(node, field=SearchField.TITLE)
        case Near(first, second):
            return replace(
                node,
                first=replace(first, field=SearchField.TITLE),
                second=replace(second, field=SearchField.TITLE),
            )
        case Filter():
            return node
        case AnyOf(nodes):
            return AnyOf(tuple(_titled(below) for below in nodes))
        case AllOf(nodes, without):
            return AllOf(tuple(_titled(below) for below in nodes), without)


def bm25(frequency: float, words: int, mean: float) -> float:
    """What a word is worth that stands so often (weighted) in a document of so many words, 0 to K1 + 1."""
    return frequency * (BM25_K1 + 1) / (frequency + BM25_K1 * (1 - BM25_B + BM25_B * words / mean))


def score_without_files(score: float, length: int, own: int, mean: float) -> float:
    """The bm25 score of an article's own words, had its attachments not made it `length` words long.

    bm25 divides by the length of all a document holds: a report of 100 pages would bury the article that
    offers it. `own` is its length without files, `mean` that of a document. Exact for a word that stands once
    in the title; too low for one in the text, never too high.
    """
    divided, fair = (TITLE_WEIGHT + BM25_K1 * (1 - BM25_B + BM25_B * words / mean) for words in (length, own))
    return score * divided / fair
