"""A query as FTS5 MATCH expressions: one for the words without marks, one for those with them."""

from __future__ import annotations

import re

from storage.search.normalise import is_told_exactly
from storage.search.tree import AllOf, AnyOf, Fact, FactKind, Field, Near, Node, Phrase

PLACES = {
    None: "title words author file",
    Field.TITLE: "title",
    Field.AUTHOR: "author",
    Field.FILE: "file",
    Field.SECTION: "section",
    Field.DOC: "doc",
}
EXACTLY = frozenset({None, Field.TITLE, Field.AUTHOR, Field.FILE})  # whose exact forms are indexed
_NOT_IN_A_WORD = re.compile(r"[\x00-\x2c/:-@\[-^`{-\x7f]")  # ASCII beyond letters, digits, - . _


def expression(node: Node, *, anywhere: bool = False) -> str:
    """What matches whatever the accents: for search_fts.

    `anywhere`: words asked of no field may stand in sections, too; more matches, at half the cost, of which
    those that are no matches must be left out.
    """
    match node:
        case Phrase(field=field):
            return f"{_columns(field, anywhere)}{_folded(node)}"
        case Near(first, second, within):
            return f"{_columns(first.field, anywhere)}NEAR({_folded(first)} {_folded(second)}, {within})"
        case Fact(kind, value, prefix):
            return f'{{facts}} : "{fact_word(kind, value)}"{" *" if prefix else ""}'
        case AnyOf(nodes):
            return "(" + " OR ".join(expression(below, anywhere=anywhere) for below in nodes) + ")"
        case AllOf(nodes, without):
            wanted = dict.fromkeys(expression(below, anywhere=anywhere) for below in nodes)
            found = "(" + " AND ".join(wanted) + ")"
            if not without:
                return found
            return f"({found} NOT ({' OR '.join(expression(below) for below in without)}))"


def _columns(field: Field | None, anywhere: bool) -> str:
    return "" if anywhere and field is None else f"{{{PLACES[field]}}} : "


def _folded(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.fold)}"{" *" if phrase.prefix else ""}'


def exact_expression(node: Node) -> str | None:
    """Of what was typed with accents, the words that stand with them: for search_exact.

    They stand somewhere in the document, not of need next to each other. None when none was typed so.
    """
    match node:
        case Phrase() | Near():
            pair = (node.first, node.second) if isinstance(node, Near) else (node,)
            words = dict.fromkeys(word for phrase in pair for word in _exact(phrase))
            return " AND ".join(words) or None
        case Fact():
            return None
        case AnyOf(nodes):
            found = [exact_expression(below) for below in nodes]
            told = [f"({each})" for each in found if each]
            return " OR ".join(told) if len(told) == len(found) else None
        case AllOf(nodes):
            wanted = (exact_expression(below) for below in nodes)
            return " AND ".join(dict.fromkeys(f"({each})" for each in wanted if each)) or None


def _exact(phrase: Phrase) -> list[str]:
    if phrase.field not in EXACTLY:
        return []
    last = len(phrase.terms) - 1
    stars = [" *" if phrase.prefix and at == last else "" for at in range(last + 1)]
    marked = zip(phrase.terms, stars, strict=True)
    return [f'"{term.exact}"{star}' for term, star in marked if is_told_exactly(term.exact)]


def fact_word(kind: FactKind, value: str) -> str:
    """A fact as one word; a value's beginning becomes the word's beginning."""
    return _NOT_IN_A_WORD.sub(lambda match: f"={ord(match[0]):02x}", f"{kind}:{value.casefold()}")
