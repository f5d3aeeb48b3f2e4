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
    root, words = query.root, plain_query_words(query)
    if root is None or not words:
        return ()
    filters = (
        tuple(node for node in root.nodes if isinstance(node, Filter)) if isinstance(root, AllOf) else ()
    )
    single_words = [(word,) for word in dict.fromkeys(words[:MAX_RELAXED_WORDS])]
    scores: dict[int, float] = defaultdict(float)
    total_weight = 0.0
    for phrase_words in (*single_words, *dict.fromkeys(pairwise(words[:MAX_RELAXED_WORDS]))):
        nodes: tuple[QueryNode, ...] = (_folded_phrase(phrase_words), *filters)
        relaxed_query = Query(query.text, all_of(nodes), query.date_range)
        ids = list(find_articles(relaxed_query, MAX_WORD_ARTICLES + 1))
        is_rare = len(ids) <= MAX_WORD_ARTICLES
        weight = math.log(10 * MAX_WORD_ARTICLES / max(1, len(ids))) if is_rare else 0.0
        total_weight += weight
        for article_id in ids if weight else ():
            scores[article_id] += weight
    min_weight = MIN_WEIGHT_SHARE * total_weight
    hits = (SearchHit(article_id, score) for article_id, score in scores.items() if score >= min_weight)
    return tuple(sorted(hits, key=lambda hit: (-hit.score, -hit.article_id))[:limit])


def plain_query_words(query: Query) -> tuple[str, ...]:
    """Return the folded words as typed of a query of enough words and filters alone; else none."""
    if query.root is None or not is_plain_query(query.root):
        return ()
    words = typed_orders(query.root)[0]
    return words if len(words) >= MIN_RELAXED_WORDS else ()


def is_plain_query(node: QueryNode) -> bool:
    """Return whether a query has only words and filters: no exclusion, field, prefix or NEAR."""
    match node:
        case AllOf(nodes, excluded):
            return not excluded and all(is_plain_query(child) for child in nodes)
        case AnyOf(nodes):  # an abbreviation and its long forms: the first is the one that was typed
            return is_plain_query(nodes[0])
        case Phrase(prefix=prefix, field=field, strict=strict):
            return not (prefix or field or strict)
        case Filter():
            return True
        case _:
            return False


def is_phrase_query(query: Query) -> bool:
    """Return whether the query has a quoted phrase: then relaxed matches are no answer."""
    return any(len(phrase.terms) > 1 for phrase in _typed_phrases(query.root)) if query.root else False


def _typed_phrases(node: QueryNode) -> tuple[Phrase, ...]:
    """The phrases as typed: an abbreviation without its long forms."""
    match node:
        case Phrase():
            return (node,)
        case AnyOf(nodes):
            return _typed_phrases(nodes[0])
        case AllOf(nodes):
            return tuple(phrase for child in nodes for phrase in _typed_phrases(child))
        case _:
            return ()


def _folded_phrase(words: Iterable[str]) -> Phrase:
    return Phrase(tuple(Term.of(word, word) for word in words))
