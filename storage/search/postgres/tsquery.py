"""A query as the text of a tsquery."""

from __future__ import annotations

from storage.search.query.tree import AllOf, AnyOf, Fact, FactKind, Field, Near, Node, Phrase

# No word begins with a sign, so marked words are never met by chance.
EXACT_MARK = "="
FACT_MARK = "@"
FIELD_MARKS = {Field.SECTION: "§", Field.DOC: "#"}
LABELS = {Field.TITLE: "A", Field.AUTHOR: "C", Field.FILE: "B"}


def expression(node: Node, *, exact: bool = False) -> str:
    """The tsquery; with `exact`, what was typed with accents must stand with them."""
    match node:
        case Phrase():
            return _phrase(node, exact)
        case Near():
            return _near(node, exact)
        case Fact(kind, value, prefix):
            return fact_word(kind, value) + (":*" if prefix else "")
        case AnyOf(nodes):
            return "(" + " | ".join(expression(below, exact=exact) for below in nodes) + ")"
        case AllOf(nodes, without):
            # What a word finds, its exclusion takes away: accents or not.
            unwanted = [f"!{expression(below)}" for below in without]
            wanted = dict.fromkeys(expression(below, exact=exact) for below in nodes)
            return "(" + " & ".join([*wanted, *unwanted]) + ")"


def _phrase(phrase: Phrase, exact: bool) -> str:
    field = FIELD_MARKS.get(phrase.field) if phrase.field else None
    if field:
        words = [quoted(field + word) for word in phrase.fold]
    elif phrase.strict or (exact and phrase.accented):
        words = [quoted(EXACT_MARK + word) for word in phrase.exact]
    else:
        words = [quoted(word) for word in phrase.fold]
    label = LABELS.get(phrase.field, "") if phrase.field else ""
    labels = [label] * (len(words) - 1) + [("*" if phrase.prefix else "") + label]
    marked = (f"{word}:{at}" if at else word for word, at in zip(words, labels, strict=True))
    return "(" + " <-> ".join(marked) + ")"


def _near(node: Near, exact: bool) -> str:
    first, second = _phrase(node.first, exact), _phrase(node.second, exact)
    ways = ((first, second), (second, first))
    steps = range(1, node.within + 2)
    return "(" + " | ".join(f"({one} <{step}> {other})" for one, other in ways for step in steps) + ")"


def fact_word(kind: FactKind, value: str) -> str:
    """A fact as one word of tsvector and tsquery."""
    return quoted(f"{FACT_MARK}{kind}:{value.casefold()}")


def quoted(word: str) -> str:
    """A word as a literal of tsvector and tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
