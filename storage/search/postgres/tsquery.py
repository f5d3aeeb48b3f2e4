"""A query as the text of a tsquery."""

from __future__ import annotations

from storage.search.query.tree import AllOf, AnyOf, Filter, FilterKind, Near, Phrase, QueryNode, SearchField

# No word begins with a sign, so marked words are never met by chance.
EXACT_MARK = "="
FILTER_MARK = "@"
FIELD_MARKS = {SearchField.SECTION: "§", SearchField.DOC: "#"}
FIELD_LABELS = {SearchField.TITLE: "A", SearchField.AUTHOR: "C", SearchField.FILE: "B"}


def tsquery_expression(node: QueryNode, *, exact: bool = False) -> str:
    """The tsquery; with `exact`, what was typed with accents must stand with them."""
    match node:
        case Phrase():
            return _phrase(node, exact)
        case Near():
            return _near(node, exact)
        case Filter(kind, value, prefix):
            return filter_word(kind, value) + (":*" if prefix else "")
        case AnyOf(nodes):
            return "(" + " | ".join(tsquery_expression(below, exact=exact) for below in nodes) + ")"
        case AllOf(nodes, without):
            # What a word finds, its exclusion takes away: accents or not.
            unwanted = [f"!{tsquery_expression(below)}" for below in without]
            wanted = dict.fromkeys(tsquery_expression(below, exact=exact) for below in nodes)
            return "(" + " & ".join([*wanted, *unwanted]) + ")"


def _phrase(phrase: Phrase, exact: bool) -> str:
    field = FIELD_MARKS.get(phrase.field) if phrase.field else None
    if field:
        words = [tsvector_literal(field + word) for word in phrase.folded]
    elif phrase.strict or (exact and phrase.accented):
        words = [tsvector_literal(EXACT_MARK + word) for word in phrase.exact]
    else:
        words = [tsvector_literal(word) for word in phrase.folded]
    label = FIELD_LABELS.get(phrase.field, "") if phrase.field else ""
    labels = [label] * (len(words) - 1) + [("*" if phrase.prefix else "") + label]
    marked = (f"{word}:{at}" if at else word for word, at in zip(words, labels, strict=True))
    return "(" + " <-> ".join(marked) + ")"


def _near(node: Near, exact: bool) -> str:
    first, second = _phrase(node.first, exact), _phrase(node.second, exact)
    ways = ((first, second), (second, first))
    steps = range(1, node.word_distance + 2)
    return "(" + " | ".join(f"({one} <{step}> {other})" for one, other in ways for step in steps) + ")"


def filter_word(kind: FilterKind, value: str) -> str:
    """A fact as one word of tsvector and tsquery."""
    return tsvector_literal(f"{FILTER_MARK}{kind}:{value.casefold()}")


def tsvector_literal(word: str) -> str:
    """A word as a literal of tsvector and tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
