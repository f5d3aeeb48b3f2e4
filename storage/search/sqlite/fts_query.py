"""Translate a query tree into FTS5 MATCH expressions: folded words, exact words, words for scoring."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from storage.search.query.tree import (
    AllOf,
    AnyOf,
    Filter,
    FilterKind,
    Near,
    Phrase,
    QueryNode,
    SearchField,
    wanted_phrases,
)
from storage.text.tokens import has_accents_or_digits

# A MATCH restricted to columns costs twice one over all columns: words of these two fields carry a mark
# instead, so that a query without a field needs no column filter. No word begins with such a sign.
FIELD_MARKS = {SearchField.SECTION: "§", SearchField.DOC: "№"}
FIELD_COLUMNS = {SearchField.TITLE: "title", SearchField.AUTHOR: "author", SearchField.FILE: "file"}
# The fields whose exact words are indexed; None = a phrase without a field.
EXACT_FIELDS = frozenset({None, SearchField.TITLE, SearchField.AUTHOR, SearchField.FILE})
_NOT_IN_A_WORD = re.compile(r"[\x00-\x2c/:-@\[-^`{-\x7f]")  # ASCII beyond letters, digits, - . _


def match_expression(node: QueryNode) -> str:
    """Return the MATCH expression for search_fts, whatever the accents."""
    match node:
        case Phrase(field=field):
            return f"{_column_filter(field)}{_folded_phrase(node)}"
        case Near(first, second, word_distance):
            pair = f"{_folded_phrase(first)} {_folded_phrase(second)}"
            return f"{_column_filter(first.field)}NEAR({pair}, {word_distance})"
        case Filter(kind, value, prefix):
            return f'"{filter_word(kind, value)}"{" *" if prefix else ""}'
        case AnyOf(nodes):
            return "(" + " OR ".join(map(match_expression, nodes)) + ")"
        case AllOf(nodes, excluded):
            required = dict.fromkeys(map(match_expression, nodes))
            expression = "(" + " AND ".join(required) + ")"
            if not excluded:
                return expression
            return f"({expression} NOT ({' OR '.join(map(match_expression, excluded))}))"


def _column_filter(field: SearchField | None) -> str:
    return f"{{{FIELD_COLUMNS[field]}}} : " if field in FIELD_COLUMNS else ""


def _folded_phrase(phrase: Phrase) -> str:
    mark = FIELD_MARKS.get(phrase.field, "") if phrase.field else ""
    words = " ".join(mark + word for word in phrase.folded)
    return f'"{words}"{" *" if phrase.prefix else ""}'


def scored_words(node: QueryNode) -> tuple[str, ...]:
    """Return the words that matches are scored by: none of prefixes, sections and document numbers."""
    phrases = (phrase for phrase in wanted_phrases(node) if phrase.field not in FIELD_MARKS)
    return tuple(dict.fromkeys(word for phrase in phrases for word in _complete_words(phrase)))


def _complete_words(phrase: Phrase) -> tuple[str, ...]:
    return phrase.folded[:-1] if phrase.prefix else phrase.folded


def score_expression(node: QueryNode, words: Container[str]) -> str | None:
    """Return the expression whose bm25 scores rows that are known to match; None without such words.

    It asks for these words alone, one by one: to walk along two words is cheaper than to find where they
    are adjacent, and to leave out words that every document has is cheapest.
    """
    match node:
        case Phrase(field=field):
            phrase_words = () if field in FIELD_MARKS else _complete_words(node)
            scored = dict.fromkeys(word for word in phrase_words if word in words)
            return " AND ".join(f'{_column_filter(field)}"{word}"' for word in scored) or None
        case Near(first, second):
            return _join(" AND ", [score_expression(first, words), score_expression(second, words)])
        case Filter():
            return None
        case AnyOf(nodes):
            alternatives = [score_expression(child, words) for child in nodes]
            return _join(" OR ", alternatives) if all(alternatives) else None
        case AllOf(nodes):
            return _join(" AND ", [score_expression(child, words) for child in nodes])


def has_alternatives(node: QueryNode) -> bool:
    """Return whether one word may stand for another."""
    match node:
        case AllOf(nodes):
            return any(map(has_alternatives, nodes))
        case AnyOf():
            return True
        case _:
            return False


def filter_expression(node: QueryNode) -> str:
    """Return the filters of a query of words and filters, without its words; empty when it has none."""
    nodes = node.nodes if isinstance(node, AllOf) else ()
    return " AND ".join(match_expression(child) for child in nodes if isinstance(child, Filter))


def _join(operator: str, expressions: Iterable[str | None]) -> str | None:
    distinct = dict.fromkeys(expression for expression in expressions if expression)
    return operator.join(f"({expression})" for expression in distinct) or None


def exact_expression(node: QueryNode) -> str | None:
    """Return the expression for search_exact: the words typed with accents; None when none was.

    Such words occur somewhere in the document, not necessarily next to each other.
    """
    match node:
        case Phrase() | Near():
            phrases = (node.first, node.second) if isinstance(node, Near) else (node,)
            words = dict.fromkeys(word for phrase in phrases for word in _exact_words(phrase))
            return " AND ".join(words) or None
        case Filter():
            return None
        case AnyOf(nodes):
            alternatives = [exact_expression(child) for child in nodes]
            expressions = [f"({expression})" for expression in alternatives if expression]
            return " OR ".join(expressions) if len(expressions) == len(alternatives) else None
        case AllOf(nodes):
            required = (exact_expression(child) for child in nodes)
            return " AND ".join(dict.fromkeys(f"({expr})" for expr in required if expr)) or None


def _exact_words(phrase: Phrase) -> list[str]:
    if phrase.field not in EXACT_FIELDS:
        return []
    last = len(phrase.terms) - 1
    stars = [" *" if phrase.prefix and position == last else "" for position in range(last + 1)]
    return [
        f'"{term.exact}"{star}'
        for term, star in zip(phrase.terms, stars, strict=True)
        if has_accents_or_digits(term.exact)
    ]


def filter_word(kind: FilterKind, value: str) -> str:
    """Return a filter value as one index word; the beginning of a value gives the beginning of the word."""
    return _NOT_IN_A_WORD.sub(lambda match: f"={ord(match[0]):02x}", f"{kind}:{value.casefold()}")
