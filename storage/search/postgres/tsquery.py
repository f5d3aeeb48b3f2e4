"""Translate a query tree into the text of a PostgreSQL tsquery."""

from __future__ import annotations

from storage.search.query.tree import AllOf, AnyOf, Filter, FilterKind, Near, Phrase, QueryNode, SearchField

# No word begins with a sign, so no ordinary word equals a marked one.
EXACT_MARK = "="
FILTER_MARK = "@"
FIELD_MARKS = {SearchField.SECTION: "§", SearchField.DOC: "#"}
FIELD_LABELS = {SearchField.TITLE: "A", SearchField.AUTHOR: "C", SearchField.FILE: "B"}


def tsquery_expression(node: QueryNode, *, exact: bool = False) -> str:
    """Return the tsquery; with `exact`, words typed with accents match only with these accents."""
    match node:
        case Phrase():
            return _phrase_tsquery(node, exact)
        case Near():
            return _near_tsquery(node, exact)
        case Filter(kind, value, prefix):
            return filter_word(kind, value) + (":*" if prefix else "")
        case AnyOf(nodes):
            return "(" + " | ".join(tsquery_expression(child, exact=exact) for child in nodes) + ")"
        case AllOf(nodes, excluded):
            # An excluded word excludes whatever its accents, as the word itself would match.
            negated = [f"!{tsquery_expression(child)}" for child in excluded]
            required = dict.fromkeys(tsquery_expression(child, exact=exact) for child in nodes)
            return "(" + " & ".join([*required, *negated]) + ")"


def _phrase_tsquery(phrase: Phrase, exact: bool) -> str:
    mark = FIELD_MARKS.get(phrase.field) if phrase.field else None
    if mark:
        lexemes = [tsvector_literal(mark + word) for word in phrase.folded]
    elif phrase.strict or (exact and phrase.accented):
        lexemes = [tsvector_literal(EXACT_MARK + word) for word in phrase.exact]
    else:
        lexemes = [tsvector_literal(word) for word in phrase.folded]
    label = FIELD_LABELS.get(phrase.field, "") if phrase.field else ""
    suffixes = [label] * (len(lexemes) - 1) + [("*" if phrase.prefix else "") + label]
    suffixed = (
        f"{lexeme}:{suffix}" if suffix else lexeme for lexeme, suffix in zip(lexemes, suffixes, strict=True)
    )
    return "(" + " <-> ".join(suffixed) + ")"


def _near_tsquery(near: Near, exact: bool) -> str:
    first, second = _phrase_tsquery(near.first, exact), _phrase_tsquery(near.second, exact)
    orders = ((first, second), (second, first))
    distances = range(1, near.word_distance + 2)
    return (
        "(" + " | ".join(f"({left} <{step}> {right})" for left, right in orders for step in distances) + ")"
    )


def filter_word(kind: FilterKind, value: str) -> str:
    """Return a filter value as one lexeme of tsvector and tsquery."""
    return tsvector_literal(f"{FILTER_MARK}{kind}:{value.casefold()}")


def tsvector_literal(word: str) -> str:
    """Quote a word as a literal of tsvector and tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
