"""Whether a document's own words are what a query wants: the meaning the engines' expressions must have."""

from __future__ import annotations

from storage.search.documents import Streams, Words
from storage.search.query.tree import AllOf, AnyOf, Fact, FactKind, Field, Near, Node, Phrase

Facts = frozenset[tuple[FactKind, str]]


def matches(node: Node, words: Words, facts: Facts) -> bool:
    """Whether a document of these words and facts is wanted."""
    match node:
        case Phrase():
            return any(_stands(node, text) for text in _texts(words, node))
        case Near():
            return any(_near(node, text) for text in _texts(words, node.first))
        case Fact(kind, value, prefix):
            return any(known == kind and _is(told, value, prefix) for known, told in facts)
        case AnyOf(nodes):
            return any(matches(below, words, facts) for below in nodes)
        case AllOf(nodes, without):
            wanted = all(matches(below, words, facts) for below in nodes)
            return wanted and not any(matches(below, words, facts) for below in without)


def _is(told: str, value: str, prefix: bool) -> bool:
    return told.startswith(value) if prefix else told == value


def _texts(words: Words, phrase: Phrase) -> tuple[str, ...]:
    stream: Streams = words.exact if phrase.strict else words.fold
    match phrase.field:
        case None:
            return stream.fields[:4]
        case Field.TITLE | Field.AUTHOR | Field.FILE | Field.SECTION | Field.DOC:
            return (str(getattr(stream, phrase.field.value)),)


def _stands(phrase: Phrase, text: str) -> bool:
    wanted = " ".join(phrase.exact if phrase.strict else phrase.fold)
    return f" {wanted}{'' if phrase.prefix else ' '}" in f" {text} "


def _near(node: Near, text: str) -> bool:
    row = text.split()
    first, second = node.first.fold, node.second.fold
    ones, others = _places(first, row), _places(second, row)
    return any(
        0 <= right - left - length <= node.within
        for starts, ends, length in ((ones, others, len(first)), (others, ones, len(second)))
        for left in starts
        for right in ends
    )


def _places(words: tuple[str, ...], row: list[str]) -> list[int]:
    length = len(words)
    return [at for at in range(len(row) - length + 1) if tuple(row[at : at + length]) == words]
