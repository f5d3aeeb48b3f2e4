"""What a text is worth to a reader: the words it has, and which of them stand together as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise, product

from storage.search.documents import FieldWords
from storage.search.query.tree import AllOf, AnyOf, Filter, Near, Phrase, QueryNode, SearchField
from storage.search.ranking.rank import AUTHOR_WEIGHT, FILE_WEIGHT, TEXT_WEIGHT, TITLE_WEIGHT, bm25

# bm25 points for words standing together as typed: most Vietnamese words are two syllables. Few typed words
# get CLOSE in all, more get NEXT for each pair. On 20,000 real articles four words of a title, typed
# without marks, find it at MRR@10 .44 without and .85 with them (6 to 24 points make no difference); on
# 8,000 bodies a withheld title finds its own at .82 without and .90 with them.
ALL_PAIRS_POINTS, PAIR_POINTS = 12.0, 3.0
VERBATIM_RUN_POINTS = (
    12.0  # more, when LONG_RUN words or more stand in one run: a title or sentence as it was typed
)
VERBATIM_RUN_WORDS = 5
MAX_TYPED_ORDERS = 6
FIELDS_OUTSIDE_TEXT = frozenset(
    {SearchField.SECTION, SearchField.DOC}
)  # what stands there was not written in a row with the rest


def typed_orders(node: QueryNode) -> tuple[tuple[str, ...], ...]:
    """The folded words in the order they were typed; where there are alternatives, a row for each."""
    match node:
        case Phrase(field=field):
            return ((),) if field in FIELDS_OUTSIDE_TEXT else (node.folded,)
        case Filter() | Near():
            return ((),)
        case AnyOf(nodes):
            return tuple(islice((row for below in nodes for row in typed_orders(below)), MAX_TYPED_ORDERS))
        case AllOf(nodes):
            chosen = islice(product(*map(typed_orders, nodes)), MAX_TYPED_ORDERS)
            return tuple(tuple(word for row in rows for word in row) for rows in chosen)


@dataclass(frozen=True)
class ProximityScorer:
    """A query held against one document after another."""

    word_weights: Mapping[str, float]  # inverse document frequency of each word that counts
    mean_words: float  # words of a document
    typed_orders: tuple[tuple[str, ...], ...]  # as typed, in each way

    @cached_property
    def _pairs(self) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(dict.fromkeys(f" {a} {b} " for a, b in pairwise(row))) for row in self.typed_orders
        )

    @cached_property
    def _runs(self) -> tuple[str, ...]:
        return tuple(f" {' '.join(row)} " for row in self.typed_orders if len(row) >= VERBATIM_RUN_WORDS)

    def has_pairs(self) -> bool:
        """Whether words could stand together at all."""
        return any(self._pairs)

    def pair_points(self, words: FieldWords) -> float:
        """Points for words standing together, those in the title for twice those in the text."""
        title, text, file = f" {words.title} ", f" {words.text} ", f" {words.file} " if words.file else ""
        points = 0.0
        for pairs in self._pairs:
            near = sum(
                2 * (p in title) + (TEXT_WEIGHT if p in text else FILE_WEIGHT * (p in file)) for p in pairs
            )
            points = (
                max(points, near / 3 * max(ALL_PAIRS_POINTS / len(pairs), PAIR_POINTS)) if pairs else points
            )
        return points + VERBATIM_RUN_POINTS * any(
            run in place for run in self._runs for place in (title, text, file)
        )

    def is_verbatim(self, words: FieldWords) -> bool:
        """Whether everything stands there as it was typed."""
        whole = [f" {' '.join(row)} " for row in self.typed_orders if len(row) > 1]
        return any(run in f" {text} " for run in whole for text in (words.title, words.text, words.file))

    def score(self, words: FieldWords, own: int) -> float:
        """Points in all; `own`: the document's words, those of its attachments not counted."""
        places = (
            (TITLE_WEIGHT, words.title),
            (TEXT_WEIGHT, words.text),
            (AUTHOR_WEIGHT, words.author),
            (FILE_WEIGHT, words.file),
        )
        texts = [(worth, f" {text} ") for worth, text in places if text]

        def times(word: str) -> float:
            return sum(worth * text.count(f" {word} ") for worth, text in texts)

        bare = sum(
            weight * bm25(times(word), own, self.mean_words) for word, weight in self.word_weights.items()
        )
        return bare + self.pair_points(words)

    def all_in_title(self, words: FieldWords) -> bool:
        """Whether everything that counts stands in the title."""
        return all(f" {word} " in f" {words.title} " for word in self.word_weights)
