"""Score a document by its words: BM25 plus points for words that are adjacent as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise, product

from storage.search.documents import FieldWords
from storage.search.query.tree import AllOf, AnyOf, Filter, Near, Phrase, QueryNode, SearchField
from storage.search.ranking.rank import AUTHOR_WEIGHT, FILE_WEIGHT, TEXT_WEIGHT, TITLE_WEIGHT, bm25

# BM25 points for adjacent words: most Vietnamese words are two syllables. The pairs of a short query share
# ALL_PAIRS_POINTS, those of a long one get PAIR_POINTS each. On 20,000 real articles four words of a title,
# typed without accents, find it at MRR@10 .44 without and .85 with them (6 to 24 points make no
# difference); on 8,000 bodies a withheld title finds its own at .82 without and .90 with them.
ALL_PAIRS_POINTS, PAIR_POINTS = 12.0, 3.0
# Further points when at least so many words occur in one run: a title or sentence as it was typed.
VERBATIM_RUN_POINTS = 12.0
VERBATIM_RUN_WORDS = 5
MAX_TYPED_ORDERS = 6  # alternatives of a query that are tried
FIELDS_OUTSIDE_TEXT = frozenset({SearchField.SECTION, SearchField.DOC})  # never adjacent to the text's words


def typed_orders(typed_node: QueryNode) -> tuple[tuple[str, ...], ...]:
    """Return the folded words in the order they were typed, once for each combination of alternatives."""
    match typed_node:
        case Phrase(field=field):
            return ((),) if field in FIELDS_OUTSIDE_TEXT else (typed_node.folded,)
        case Filter() | Near():
            return ((),)
        case AnyOf(nodes):
            return tuple(
                islice(
                    (typed_order for typed_child in nodes for typed_order in typed_orders(typed_child)),
                    MAX_TYPED_ORDERS,
                )
            )
        case AllOf(nodes):
            combinations = islice(product(*map(typed_orders, nodes)), MAX_TYPED_ORDERS)
            return tuple(
                tuple(weighted_word for typed_order in typed_alternatives for weighted_word in typed_order)
                for typed_alternatives in combinations
            )


@dataclass(frozen=True)
class ProximityScorer:
    """Scores the words of one document after another for a query."""

    word_weights: Mapping[str, float]  # inverse document frequency of each scored word
    mean_words: float  # mean length of a document
    typed_orders: tuple[tuple[str, ...], ...]  # the query's words as typed, for each alternative

    @cached_property
    def _adjacent_pairs(self) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(
                dict.fromkeys(
                    f" {left_word} {right_word} " for left_word, right_word in pairwise(typed_order)
                )
            )
            for typed_order in self.typed_orders
        )

    @cached_property
    def _verbatim_runs(self) -> tuple[str, ...]:
        return tuple(
            f" {' '.join(typed_order)} "
            for typed_order in self.typed_orders
            if len(typed_order) >= VERBATIM_RUN_WORDS
        )

    def has_pairs(self) -> bool:
        """Return whether the query has two words that could be adjacent."""
        return any(self._adjacent_pairs)

    def pair_points(self, document_words: FieldWords) -> float:
        """Return points for adjacent words; a pair in the title counts twice one in the text."""
        title_words, weighted_text = f" {document_words.title} ", f" {document_words.text} "
        file_words = f" {document_words.file} " if document_words.file else ""
        run_points = 0.0
        for adjacent_pairs in self._adjacent_pairs:
            adjacent_points = sum(
                2 * (adjacent_pair in title_words)
                + (
                    TEXT_WEIGHT
                    if adjacent_pair in weighted_text
                    else FILE_WEIGHT * (adjacent_pair in file_words)
                )
                for adjacent_pair in adjacent_pairs
            )
            if adjacent_pairs:
                run_points = max(
                    run_points,
                    adjacent_points / 3 * max(ALL_PAIRS_POINTS / len(adjacent_pairs), PAIR_POINTS),
                )
        has_run = any(
            verbatim_run in field
            for verbatim_run in self._verbatim_runs
            for field in (title_words, weighted_text, file_words)
        )
        return run_points + VERBATIM_RUN_POINTS * has_run

    def is_verbatim(self, document_words: FieldWords) -> bool:
        """Return whether one field holds the whole query as it was typed."""
        typed_runs = [
            f" {' '.join(typed_order)} " for typed_order in self.typed_orders if len(typed_order) > 1
        ]
        return any(
            verbatim_run in f" {weighted_text} "
            for verbatim_run in typed_runs
            for weighted_text in (document_words.title, document_words.text, document_words.file)
        )

    def score(self, document_words: FieldWords, own_words: int) -> float:
        """Return BM25 plus proximity points; `own_words` is the document's length without attachments."""
        weighted_fields = (
            (TITLE_WEIGHT, document_words.title),
            (TEXT_WEIGHT, document_words.text),
            (AUTHOR_WEIGHT, document_words.author),
            (FILE_WEIGHT, document_words.file),
        )
        weighted_texts = [
            (word_weight, f" {weighted_text} ")
            for word_weight, weighted_text in weighted_fields
            if weighted_text
        ]

        def weighted_frequency(weighted_word: str) -> float:
            return sum(
                word_weight * weighted_text.count(f" {weighted_word} ")
                for word_weight, weighted_text in weighted_texts
            )

        word_score = sum(
            word_weight * bm25(weighted_frequency(weighted_word), own_words, self.mean_words)
            for weighted_word, word_weight in self.word_weights.items()
        )
        return word_score + self.pair_points(document_words)

    def all_in_title(self, document_words: FieldWords) -> bool:
        """Return whether every scored word is in the title."""
        return all(f" {weighted_word} " in f" {document_words.title} " for weighted_word in self.word_weights)
