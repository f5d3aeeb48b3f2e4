"""Translate a query tree into the text of a PostgreSQL tsquery."""

from __future__ import annotations

from storage.search.query.tree import AllOf, AnyOf, Filter, FilterKind, Near, Phrase, QueryNode, SearchField

# No word begins with a sign, so no ordinary word equals a marked one.
TSVECTOR_EXACT_MARK = "="
TSQUERY_FILTER_MARK = "@"
TSVECTOR_FIELD_MARKS = {SearchField.SECTION: "§", SearchField.DOC: "#"}
TSQUERY_FIELD_LABELS = {SearchField.TITLE: "A", SearchField.AUTHOR: "C", SearchField.FILE: "B"}


def tsquery_expression(node: QueryNode, *, exact: bool = False) -> str:
    """Return the tsquery; with `exact`, words typed with accents match only with these accents."""
    match node:
        case Phrase():
            return _phrase_tsquery(node, exact)
        case Near():
            return _near_tsquery(node, exact)
        case Filter(kind, value, prefix):
            return tsvector_filter_word(kind, value) + (":*" if prefix else "")
        case AnyOf(nodes):
            return "(" + " | ".join(tsquery_expression(child, exact=exact) for child in nodes) + ")"
        case AllOf(nodes, excluded):
            # An excluded word excludes whatever its accents, as the word itself would match.
            negated_tsqueries = [f"!{tsquery_expression(child)}" for child in excluded]
            required_tsqueries = dict.fromkeys(tsquery_expression(child, exact=exact) for child in nodes)
            return "(" + " & ".join([*required_tsqueries, *negated_tsqueries]) + ")"


def _phrase_tsquery(phrase: Phrase, exact: bool) -> str:
    tsquery_mark = TSVECTOR_FIELD_MARKS.get(phrase.field) if phrase.field else None
    if tsquery_mark:
        tsquery_lexemes = [tsvector_literal(tsquery_mark + word) for word in phrase.folded]
    elif phrase.strict or (exact and phrase.accented):
        tsquery_lexemes = [tsvector_literal(TSVECTOR_EXACT_MARK + word) for word in phrase.exact]
    else:
        tsquery_lexemes = [tsvector_literal(word) for word in phrase.folded]
    tsquery_label = TSQUERY_FIELD_LABELS.get(phrase.field, "") if phrase.field else ""
    tsquery_suffixes = [tsquery_label] * (len(tsquery_lexemes) - 1) + [
        ("*" if phrase.prefix else "") + tsquery_label
    ]
    tsquery_words = (
        f"{tsquery_lexeme}:{tsquery_suffix}" if tsquery_suffix else tsquery_lexeme
        for tsquery_lexeme, tsquery_suffix in zip(tsquery_lexemes, tsquery_suffixes, strict=True)
    )
    return "(" + " <-> ".join(tsquery_words) + ")"


def _near_tsquery(near: Near, exact: bool) -> str:
    first_tsquery, second_tsquery = _phrase_tsquery(near.first, exact), _phrase_tsquery(near.second, exact)
    tsquery_orders = ((first_tsquery, second_tsquery), (second_tsquery, first_tsquery))
    tsquery_distances = range(1, near.word_distance + 2)
    return (
        "("
        + " | ".join(
            f"({left_tsquery} <{tsquery_distance}> {right_tsquery})"
            for left_tsquery, right_tsquery in tsquery_orders
            for tsquery_distance in tsquery_distances
        )
        + ")"
    )


def tsvector_filter_word(kind: FilterKind, value: str) -> str:
    """Return a filter value as one lexeme of tsvector and tsquery."""
    return tsvector_literal(f"{TSQUERY_FILTER_MARK}{kind}:{value.casefold()}")


def tsvector_literal(word: str) -> str:
    """Quote a word as a literal of tsvector and tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
