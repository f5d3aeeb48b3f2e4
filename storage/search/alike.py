"""When few articles have all words: those that have most of them, the rare ones above all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection

from storage.search.documents import Hit
from storage.search.engine import SearchEngine
from storage.search.ranking import neighbours, typed
from storage.search.tree import AllOf, AnyOf, Fact, Node, Phrase, Query, Term, all_of

FEWEST_WORDS = 3  # typed; of two, one is no answer
MOST_WORDS = 24  # the first so many are looked for
MOST_WITH = 2_000  # articles: what more have tells nothing, and reading it would take long
LEAST = 0.3  # of the weight of all that was looked for


def alike(connection: Connection, engine: SearchEngine, query: Query, most: int) -> tuple[Hit, ...]:
    """At most so many articles with much of what was typed, best first; none when it was not plain words."""
    root = query.root
    words = typed(root) if root is not None and is_plain(root) else ()
    if root is None or len(words) < FEWEST_WORDS:
        return ()
    filters = tuple(node for node in root.nodes if isinstance(node, Fact)) if isinstance(root, AllOf) else ()
    asked = [(word,) for word in dict.fromkeys(words[:MOST_WORDS])]
    scores: dict[int, float] = defaultdict(float)
    whole = 0.0
    for wanted in (*asked, *neighbours(root)[:MOST_WORDS]):
        ids = _with(connection, engine, query, (_phrase(wanted), *filters))
        weight = math.log(10 * MOST_WITH / max(1, len(ids))) if len(ids) <= MOST_WITH else 0.0
        whole += weight
        for article in ids if weight else ():
            scores[article] += weight
    enough = ((article, score) for article, score in scores.items() if score >= LEAST * whole)
    best = sorted(enough, key=lambda each: (-each[1], -each[0]))[:most]
    return tuple(Hit(article, score) for article, score in best)


def is_plain(node: Node) -> bool:
    """Whether a query is words to be found, and facts: nothing quoted, excluded, or asked of one field."""
    match node:
        case AllOf(nodes, without):
            return not without and all(is_plain(below) for below in nodes)
        case AnyOf(nodes):  # an abbreviation and its long forms: what was typed comes first
            return is_plain(nodes[0])
        case Phrase(terms, prefix, field, strict):
            return len(terms) == 1 and not (prefix or field or strict)
        case Fact():
            return True
        case _:
            return False


def _phrase(words: Iterable[str]) -> Phrase:
    return Phrase(tuple(Term.of(word, word) for word in words))


def _with(connection: Connection, engine: SearchEngine, query: Query, nodes: tuple[Node, ...]) -> list[int]:
    found = engine.listed(connection, Query(query.text, all_of(nodes), query.days), limit=MOST_WITH + 1)
    return [each.article_id for each in found]
