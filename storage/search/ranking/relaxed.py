"""Relaxed matches: articles with most of the words, for queries that few articles match in full."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from storage.search.documents import SearchHit
from storage.search.query.tree import AllOf, AnyOf, Filter, Phrase, Query, QueryNode, Term, all_of
from storage.search.ranking.proximity import typed_orders

MIN_RELAXED_WORDS = 3  # of a query; one word of two would match anything
MAX_RELAXED_WORDS = 24  # words of a query that are looked up, the first ones
MAX_WORD_ARTICLES = 2_000  # a word in more articles says too little, and reading them takes long
MIN_WEIGHT_SHARE = 0.3  # of the weight of all words and pairs looked up

ArticleFinder = Callable[[Query, int], Iterable[int]]  # (query, limit) → ids of matching articles


def relaxed_matches(find_articles: ArticleFinder, query: Query, limit: int) -> tuple[SearchHit, ...]:
    """Return at most `limit` articles with many of the words, best first; none unless words are plain.

    For an engine that stores no readable words: words and pairs of words are looked up one by one.
    """
    relaxed_root, relaxed_words = query.root, plain_query_words(query)
    if relaxed_root is None or not relaxed_words:
        return ()
    relaxed_filters = (
        tuple(relaxed_node for relaxed_node in relaxed_root.nodes if isinstance(relaxed_node, Filter))
        if isinstance(relaxed_root, AllOf)
        else ()
    )
    single_words = [(relaxed_word,) for relaxed_word in dict.fromkeys(relaxed_words[:MAX_RELAXED_WORDS])]
    relaxed_scores: dict[int, float] = defaultdict(float)
    total_relaxed_weight = 0.0
    for relaxed_phrase_words in (*single_words, *dict.fromkeys(pairwise(relaxed_words[:MAX_RELAXED_WORDS]))):
        relaxed_nodes: tuple[QueryNode, ...] = (_folded_phrase(relaxed_phrase_words), *relaxed_filters)
        relaxed_query = Query(query.text, all_of(relaxed_nodes), query.date_range)
        relaxed_ids = list(find_articles(relaxed_query, MAX_WORD_ARTICLES + 1))
        is_rare = len(relaxed_ids) <= MAX_WORD_ARTICLES
        relaxed_weight = math.log(10 * MAX_WORD_ARTICLES / max(1, len(relaxed_ids))) if is_rare else 0.0
        total_relaxed_weight += relaxed_weight
        for article_id in relaxed_ids if relaxed_weight else ():
            relaxed_scores[article_id] += relaxed_weight
    min_relaxed_weight = MIN_WEIGHT_SHARE * total_relaxed_weight
    relaxed_hits = (
        SearchHit(article_id, score)
        for article_id, score in relaxed_scores.items()
        if score >= min_relaxed_weight
    )
    return tuple(
        sorted(relaxed_hits, key=lambda relaxed_hit: (-relaxed_hit.score, -relaxed_hit.article_id))[:limit]
    )


def plain_query_words(query: Query) -> tuple[str, ...]:
    """Return the folded words as typed of a query of enough words and filters alone; else none."""
    if query.root is None or not is_plain_query(query.root):
        return ()
    relaxed_words = typed_orders(query.root)[0]
    return relaxed_words if len(relaxed_words) >= MIN_RELAXED_WORDS else ()


def is_plain_query(relaxed_node: QueryNode) -> bool:
    """Return whether a query has only words and filters: no exclusion, field, prefix or NEAR."""
    match relaxed_node:
        case AllOf(relaxed_nodes, excluded):
            return not excluded and all(is_plain_query(relaxed_child) for relaxed_child in relaxed_nodes)
        case AnyOf(relaxed_nodes):  # an abbreviation and its long forms: the first is the one that was typed
            return is_plain_query(relaxed_nodes[0])
        case Phrase(prefix=prefix, field=field, strict=strict):
            return not (prefix or field or strict)
        case Filter():
            return True
        case _:
            return False


def is_phrase_query(query: Query) -> bool:
    """Return whether the query has a quoted phrase: then relaxed matches are no answer."""
    return any(len(phrase.terms) > 1 for phrase in _typed_phrases(query.root)) if query.root else False


def _typed_phrases(relaxed_node: QueryNode) -> tuple[Phrase, ...]:
    """The phrases as typed: an abbreviation without its long forms."""
    match relaxed_node:
        case Phrase():
            return (relaxed_node,)
        case AnyOf(relaxed_nodes):
            return _typed_phrases(relaxed_nodes[0])
        case AllOf(relaxed_nodes):
            return tuple(
                phrase for relaxed_child in relaxed_nodes for phrase in _typed_phrases(relaxed_child)
            )
        case _:
            return ()


def _folded_phrase(relaxed_words: Iterable[str]) -> Phrase:
    return Phrase(tuple(Term.of(relaxed_word, relaxed_word) for relaxed_word in relaxed_words))
