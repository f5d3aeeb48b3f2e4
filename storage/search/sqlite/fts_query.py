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
FTS_FIELD_MARKS = {SearchField.SECTION: "§", SearchField.DOC: "№"}
FTS_FIELD_COLUMNS = {SearchField.TITLE: "title", SearchField.AUTHOR: "author", SearchField.FILE: "file"}
# The fields whose exact words are indexed; None = a phrase without a field.
FTS_EXACT_FIELDS = frozenset({None, SearchField.TITLE, SearchField.AUTHOR, SearchField.FILE})
_NOT_IN_A_WORD = re.compile(r"[\x00-\x2c/:-@\[-^`{-\x7f]")  # ASCII beyond letters, digits, - . _


def fts_match_expression(fts_node: QueryNode) -> str:
    """Return the MATCH expression for search_fts, whatever the accents."""
    match fts_node:
        case Phrase(field=field):
            return f"{_fts_column_filter(field)}{_folded_fts_phrase(fts_node)}"
        case Near(first, second, word_distance):
            fts_near_pair = f"{_folded_fts_phrase(first)} {_folded_fts_phrase(second)}"
            return f"{_fts_column_filter(first.field)}NEAR({fts_near_pair}, {word_distance})"
        case Filter(kind, value, prefix):
            return f'"{fts_filter_word(kind, value)}"{" *" if prefix else ""}'
        case AnyOf(nodes):
            return "(" + " OR ".join(map(fts_match_expression, nodes)) + ")"
        case AllOf(nodes, excluded):
            required_fts = dict.fromkeys(map(fts_match_expression, nodes))
            fts_expression = "(" + " AND ".join(required_fts) + ")"
            if not excluded:
                return fts_expression
            return f"({fts_expression} NOT ({' OR '.join(map(fts_match_expression, excluded))}))"


def _fts_column_filter(field: SearchField | None) -> str:
    return f"{{{FTS_FIELD_COLUMNS[field]}}} : " if field in FTS_FIELD_COLUMNS else ""


def _folded_fts_phrase(phrase: Phrase) -> str:
    fts_mark = FTS_FIELD_MARKS.get(phrase.field, "") if phrase.field else ""
    fts_words = " ".join(fts_mark + fts_word for fts_word in phrase.folded)
    return f'"{fts_words}"{" *" if phrase.prefix else ""}'


def scored_words(fts_node: QueryNode) -> tuple[str, ...]:
    """Return the words that matches are scored by: none of prefixes, sections and document numbers."""
    fts_phrases = (phrase for phrase in wanted_phrases(fts_node) if phrase.field not in FTS_FIELD_MARKS)
    return tuple(
        dict.fromkeys(fts_word for phrase in fts_phrases for fts_word in _complete_fts_words(phrase))
    )


def _complete_fts_words(phrase: Phrase) -> tuple[str, ...]:
    return phrase.folded[:-1] if phrase.prefix else phrase.folded


def fts_score_expression(fts_node: QueryNode, fts_words: Container[str]) -> str | None:
    """Return the expression whose bm25 scores rows that are known to match; None without such words.

    It asks for these words alone, one by one: to walk along two words is cheaper than to find where they
    are adjacent, and to leave out words that every document has is cheapest.
    """
    match fts_node:
        case Phrase(field=field):
            fts_phrase_words = () if field in FTS_FIELD_MARKS else _complete_fts_words(fts_node)
            scored_fts_words = dict.fromkeys(
                fts_word for fts_word in fts_phrase_words if fts_word in fts_words
            )
            return (
                " AND ".join(f'{_fts_column_filter(field)}"{fts_word}"' for fts_word in scored_fts_words)
                or None
            )
        case Near(first, second):
            return _join_fts(
                " AND ", [fts_score_expression(first, fts_words), fts_score_expression(second, fts_words)]
            )
        case Filter():
            return None
        case AnyOf(nodes):
            fts_alternatives = [fts_score_expression(fts_child, fts_words) for fts_child in nodes]
            return _join_fts(" OR ", fts_alternatives) if all(fts_alternatives) else None
        case AllOf(nodes):
            return _join_fts(" AND ", [fts_score_expression(fts_child, fts_words) for fts_child in nodes])


def has_alternatives(fts_node: QueryNode) -> bool:
    """Return whether one word may stand for another."""
    match fts_node:
        case AllOf(nodes):
            return any(map(has_alternatives, nodes))
        case AnyOf():
            return True
        case _:
            return False


def fts_filter_expression(fts_node: QueryNode) -> str:
    """Return the filters of a query of words and filters, without its words; empty when it has none."""
    nodes = fts_node.nodes if isinstance(fts_node, AllOf) else ()
    return " AND ".join(
        fts_match_expression(fts_child) for fts_child in nodes if isinstance(fts_child, Filter)
    )


def _join_fts(fts_operator: str, fts_expressions: Iterable[str | None]) -> str | None:
    distinct_fts = dict.fromkeys(fts_expression for fts_expression in fts_expressions if fts_expression)
    return fts_operator.join(f"({fts_expression})" for fts_expression in distinct_fts) or None


def fts_exact_expression(fts_node: QueryNode) -> str | None:
    """Return the expression for search_exact: the words typed with accents; None when none was.

    Such words occur somewhere in the document, not necessarily next to each other.
    """
    match fts_node:
        case Phrase() | Near():
            fts_phrases = (fts_node.first, fts_node.second) if isinstance(fts_node, Near) else (fts_node,)
            fts_words = dict.fromkeys(
                fts_word for phrase in fts_phrases for fts_word in _exact_fts_words(phrase)
            )
            return " AND ".join(fts_words) or None
        case Filter():
            return None
        case AnyOf(nodes):
            fts_alternatives = [fts_exact_expression(fts_child) for fts_child in nodes]
            fts_expressions = [f"({fts_expression})" for fts_expression in fts_alternatives if fts_expression]
            return " OR ".join(fts_expressions) if len(fts_expressions) == len(fts_alternatives) else None
        case AllOf(nodes):
            required_fts = (fts_exact_expression(fts_child) for fts_child in nodes)
            return (
                " AND ".join(
                    dict.fromkeys(f"({fts_expression})" for fts_expression in required_fts if fts_expression)
                )
                or None
            )


def _exact_fts_words(phrase: Phrase) -> list[str]:
    if phrase.field not in FTS_EXACT_FIELDS:
        return []
    last_fts_term = len(phrase.terms) - 1
    fts_stars = [
        " *" if phrase.prefix and position == last_fts_term else "" for position in range(last_fts_term + 1)
    ]
    return [
        f'"{term.exact}"{fts_star}'
        for term, fts_star in zip(phrase.terms, fts_stars, strict=True)
        if has_accents_or_digits(term.exact)
    ]


def fts_filter_word(kind: FilterKind, value: str) -> str:
    """Return a filter value as one index word; the beginning of a value gives the beginning of the word."""
    return _NOT_IN_A_WORD.sub(lambda match: f"={ord(match[0]):02x}", f"{kind}:{value.casefold()}")
