"""When few articles have all words: those that have most of them, the rare ones above all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from storage.search.documents import SearchHit
from storage.search.query.tree import AllOf, AnyOf, Filter, Phrase, Query, QueryNode, Term, all_of
from storage.search.ranking.proximity import typed_orders

MIN_RELAXED_WORDS = 3  # typed; of two, one is no answer
MAX_RELAXED_WORDS = 24  # the first so many are looked for
MAX_WORD_ARTICLES = 2_000  # articles: what more have tells nothing, and reading it would take long
MIN_WEIGHT_SHARE = 0.3  # of the weight of all that was looked for

ArticleFinder = Callable[[Query, int], Iterable[int]]  # the articles a query finds, at most so many


def relaxed_matches(finding: ArticleFinder, query: Query, most: int) -> tuple[SearchHit, ...]:
    """At most so many articles with much of what was typed, best first; none when it was not plain words.

    For engines that keep no words to read: words and pairs of words are looked up one by one.
    """
    root, words = query.root, plain_query_words(query)
    if root is None or not words:
        return ()
    filters = (
        tuple(node for node in root.nodes if isinstance(node, Filter)) if isinstance(root, AllOf) else ()
    )
    asked = [(word,) for word in dict.fromkeys(words[:MAX_RELAXED_WORDS])]
    scores: dict[int, float] = defaultdict(float)
    whole = 0.0
    for wanted in (*asked, *dict.fromkeys(pairwise(words[:MAX_RELAXED_WORDS]))):
        nodes: tuple[QueryNode, ...] = (_phrase(wanted), *filters)
        ids = list(finding(Query(query.text, all_of(nodes), query.date_range), MAX_WORD_ARTICLES + 1))
        weight = math.log(10 * MAX_WORD_ARTICLES / max(1, len(ids))) if len(ids) <= MAX_WORD_ARTICLES else 0.0
        whole += weight
        for article in ids if weight else ():
            scores[article] += weight
    enough = ((article, score) for article, score in scores.items() if score >= MIN_WEIGHT_SHARE * whole)
    best = sorted(enough, key=lambda each: (-each[1], -each[0]))[:most]
    return tuple(SearchHit(article, score) for article, score in best)


def plain_query_words(query: Query) -> tuple[str, ...]:
    """The folded words as typed, when a query is enough words (quoted or not) and facts alone; else none."""
    if query.root is None or not is_plain_query(query.root):
        return ()
    words = typed_orders(query.root)[0]
    return words if len(words) >= MIN_RELAXED_WORDS else ()


def is_plain_query(node: QueryNode) -> bool:
    """Whether a query is words to be found, and facts: nothing excluded, or asked of one field."""
    match node:
        case AllOf(nodes, without):
            return not without and all(is_plain_query(below) for below in nodes)
        case AnyOf(nodes):  # an abbreviation and its long forms: what was typed comes first
            return is_plain_query(nodes[0])
        case Phrase(prefix=prefix, field=field, strict=strict):
            return not (prefix or field or strict)
        case Filter():
            return True
        case _:
            return False


def is_phrase_query(query: Query) -> bool:
    """Whether words are wanted together and nothing less will do."""
    return any(len(phrase.terms) > 1 for phrase in _typed(query.root)) if query.root else False


def _typed(node: QueryNode) -> tuple[Phrase, ...]:
    """The phrases as typed: of an abbreviation not its long forms."""
    match node:
        case Phrase():
            return (node,)
        case AnyOf(nodes):
            return _typed(nodes[0])
        case AllOf(nodes):
            return tuple(phrase for below in nodes for phrase in _typed(below))
        case _:
            return ()


def _phrase(words: Iterable[str]) -> Phrase:
    return Phrase(tuple(Term.of(word, word) for word in words))
