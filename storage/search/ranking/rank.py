"""Rank candidates: field weights, the BM25 formula, and the order of hits, the same for both engines."""

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

# Of more matches only the newest so many are ranked and counted by facet: about 10 ms a thousand.
MAX_RANKED_HITS = 1_500

# Relative weights of a word in the title, the author's name, the text and the attachments.
TITLE_WEIGHT, AUTHOR_WEIGHT, TEXT_WEIGHT, FILE_WEIGHT = 8.0, 4.0, 1.0, 0.3
# The constants of BM25 that FTS5 has built in.
BM25_K1, BM25_B = 1.2, 0.75


class RankCandidate(NamedTuple):
    """One match with the signals it is ranked by; a tuple, because a search ranks thousands."""

    day_key: tuple[int, int]  # grows with the publication day
    article_id: int
    score: float  # of the engine, higher is better
    has_typed_accents: bool = True  # matches with the accents as typed
    all_in_title: bool = False  # every word of the query is in the title


def sort_by_rank(rank_candidates: Iterable[RankCandidate]) -> list[RankCandidate]:
    """Sort best first: accents as typed, then the engine's score, then title, then the newer article.

    The score is rounded because words in over half of the documents have almost no weight: else noise in
    the sixth decimal would decide, not the day.
    """
    return sorted(rank_candidates, key=_rank_key, reverse=True)


def _rank_key(rank_candidate: RankCandidate) -> tuple[bool, float, bool, tuple[int, int]]:
    return (
        rank_candidate.has_typed_accents,
        round(rank_candidate.score, 2),
        rank_candidate.all_in_title,
        rank_candidate.day_key,
    )


def wants_accents(ranked_node: QueryNode) -> bool:
    """Return whether any phrase of the query was typed with accents."""
    return any(phrase.accented for phrase in wanted_phrases(ranked_node))


def title_only(ranked_node: QueryNode) -> QueryNode | None:
    """Return the query restricted to titles; None when it has no words or names another field."""
    ranked_phrases = wanted_phrases(ranked_node)
    if not ranked_phrases or any(phrase.field for phrase in ranked_phrases):
        return None
    return _restrict_to_title(ranked_node)


def _restrict_to_title(ranked_node: QueryNode) -> QueryNode:
    match ranked_node:
        case Phrase():
            return replace(ranked_node, field=SearchField.TITLE)
        case Near(first, second):
            return replace(
                ranked_node,
                first=replace(first, field=SearchField.TITLE),
                second=replace(second, field=SearchField.TITLE),
            )
        case Filter():
            return ranked_node
        case AnyOf(nodes):
            return AnyOf(tuple(_restrict_to_title(ranked_child) for ranked_child in nodes))
        case AllOf(nodes, excluded):
            return AllOf(tuple(_restrict_to_title(ranked_child) for ranked_child in nodes), excluded)


def bm25(weighted_frequency: float, document_words: int, mean_words: float) -> float:
    """Return the BM25 term score, 0 to BM25_K1 + 1, for a weighted frequency and document length."""
    length_factor = 1 - BM25_B + BM25_B * document_words / mean_words
    return weighted_frequency * (BM25_K1 + 1) / (weighted_frequency + BM25_K1 * length_factor)


def score_without_files(score: float, total_words: int, own_words: int, mean_words: float) -> float:
    """Correct a BM25 score for the length that attachments add to a document.

    BM25 divides by the length of everything a document holds: a report of 100 pages would bury the article
    that offers it. `total_words` counts the attachments, `own_words` does not, `mean_words` is the mean of
    all documents. Exact for a word that occurs once in the title; too low for one in the text, never too
    high.
    """
    with_files, without_files = (
        TITLE_WEIGHT + BM25_K1 * (1 - BM25_B + BM25_B * words / mean_words)
        for words in (total_words, own_words)
    )
    return score * with_files / without_files
