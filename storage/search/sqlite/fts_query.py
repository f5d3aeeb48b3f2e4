"""A query as FTS5 MATCH expressions: one for the words without marks, one for those with them."""

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

# A match asked of some columns costs twice one asked of all: words of these two are marked instead, so that
# what is asked of no field is asked of no column. No word begins with a sign.
FIELD_MARKS = {SearchField.SECTION: "§", SearchField.DOC: "№"}
FIELD_COLUMNS = {SearchField.TITLE: "title", SearchField.AUTHOR: "author", SearchField.FILE: "file"}
EXACT_FIELDS = frozenset(
    {None, SearchField.TITLE, SearchField.AUTHOR, SearchField.FILE}
)  # whose exact forms are indexed
_NOT_IN_A_WORD = re.compile(r"[\x00-\x2c/:-@\[-^`{-\x7f]")  # ASCII beyond letters, digits, - . _


def match_expression(node: QueryNode) -> str:
    """What matches whatever the accents: for search_fts."""
    match node:
        case Phrase(field=field):
            return f"{_column(field)}{_folded(node)}"
        case Near(first, second, within):
            return f"{_column(first.field)}NEAR({_folded(first)} {_folded(second)}, {within})"
        case Filter(kind, value, prefix):
            return f'"{filter_word(kind, value)}"{" *" if prefix else ""}'
        case AnyOf(nodes):
            return "(" + " OR ".join(map(match_expression, nodes)) + ")"
        case AllOf(nodes, without):
            wanted_phrases = dict.fromkeys(map(match_expression, nodes))
            found = "(" + " AND ".join(wanted_phrases) + ")"
            return f"({found} NOT ({' OR '.join(map(match_expression, without))}))" if without else found


def _column(field: SearchField | None) -> str:
    return f"{{{FIELD_COLUMNS[field]}}} : " if field in FIELD_COLUMNS else ""


def _folded(phrase: Phrase) -> str:
    mark = FIELD_MARKS.get(phrase.field, "") if phrase.field else ""
    words = " ".join(mark + word for word in phrase.folded)
    return f'"{words}"{" *" if phrase.prefix else ""}'


def scored_words(node: QueryNode) -> tuple[str, ...]:
    """The words by which what matches is scored: of prefixes, sections and numbers none are."""
    phrases = (phrase for phrase in wanted_phrases(node) if phrase.field not in FIELD_MARKS)
    return tuple(dict.fromkeys(word for phrase in phrases for word in _whole(phrase)))


def _whole(phrase: Phrase) -> tuple[str, ...]:
    return phrase.folded[:-1] if phrase.prefix else phrase.folded


def score_expression(node: QueryNode, words: Container[str]) -> str | None:
    """What is asked in place of `expression` where all that matches is known, and only its score is wanted.

    Of all that is wanted it asks for these words alone, one by one; None when that leaves nothing. To walk
    along two words is cheaper than to find where they stand together, and to leave out what every document
    has is cheapest.
    """
    match node:
        case Phrase(field=field):
            chosen = () if field in FIELD_MARKS else [word for word in _whole(node) if word in words]
            return " AND ".join(f'{_column(field)}"{word}"' for word in dict.fromkeys(chosen)) or None
        case Near(first, second):
            return _joined(" AND ", [score_expression(first, words), score_expression(second, words)])
        case Filter():
            return None
        case AnyOf(nodes):
            found = [score_expression(below, words) for below in nodes]
            return _joined(" OR ", found) if all(found) else None
        case AllOf(nodes):
            return _joined(" AND ", [score_expression(below, words) for below in nodes])


def has_alternatives(node: QueryNode) -> bool:
    """Whether one word may stand for another."""
    match node:
        case AllOf(nodes):
            return any(map(has_alternatives, nodes))
        case AnyOf():
            return True
        case _:
            return False


def filter_expression(node: QueryNode) -> str:
    """The facts a query of words and facts wants; empty when it wants none."""
    nodes = node.nodes if isinstance(node, AllOf) else ()
    return " AND ".join(match_expression(below) for below in nodes if isinstance(below, Filter))


def _joined(how: str, parts: Iterable[str | None]) -> str | None:
    told = dict.fromkeys(part for part in parts if part)
    return how.join(f"({part})" for part in told) or None


def exact_expression(node: QueryNode) -> str | None:
    """Of what was typed with accents, the words that stand with them: for search_exact.

    They stand somewhere in the document, not of need next to each other. None when none was typed so.
    """
    match node:
        case Phrase() | Near():
            pair = (node.first, node.second) if isinstance(node, Near) else (node,)
            words = dict.fromkeys(word for phrase in pair for word in _exact(phrase))
            return " AND ".join(words) or None
        case Filter():
            return None
        case AnyOf(nodes):
            found = [exact_expression(below) for below in nodes]
            told = [f"({each})" for each in found if each]
            return " OR ".join(told) if len(told) == len(found) else None
        case AllOf(nodes):
            wanted_phrases = (exact_expression(below) for below in nodes)
            return " AND ".join(dict.fromkeys(f"({each})" for each in wanted_phrases if each)) or None


def _exact(phrase: Phrase) -> list[str]:
    if phrase.field not in EXACT_FIELDS:
        return []
    last = len(phrase.terms) - 1
    stars = [" *" if phrase.prefix and at == last else "" for at in range(last + 1)]
    marked = zip(phrase.terms, stars, strict=True)
    return [f'"{term.exact}"{star}' for term, star in marked if has_accents_or_digits(term.exact)]


def filter_word(kind: FilterKind, value: str) -> str:
    """A fact as one word; a value's beginning becomes the word's beginning."""
    return _NOT_IN_A_WORD.sub(lambda match: f"={ord(match[0]):02x}", f"{kind}:{value.casefold()}")
