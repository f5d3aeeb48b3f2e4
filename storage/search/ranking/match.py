"""Whether a document's own words are what a query wants: the meaning the engines' expressions must have."""

from __future__ import annotations

from storage.search.documents import DocumentWords, FieldWords
from storage.search.query.tree import AllOf, AnyOf, Filter, FilterKind, Near, Phrase, QueryNode, SearchField

FilterValues = frozenset[tuple[FilterKind, str]]


def matches_query(node: QueryNode, words: DocumentWords, facts: FilterValues) -> bool:
    """Whether a document of these words and facts is wanted."""
    match node:
        case Phrase():
            return any(_stands(node, text) for text in _texts(words, node))
        case Near():
            return any(_near(node, text) for text in _texts(words, node.first))
        case Filter(kind, value, prefix):
            return any(known == kind and _is(told, value, prefix) for known, told in facts)
        case AnyOf(nodes):
            return any(matches_query(below, words, facts) for below in nodes)
        case AllOf(nodes, without):
            wanted = all(matches_query(below, words, facts) for below in nodes)
            return wanted and not any(matches_query(below, words, facts) for below in without)


def _is(told: str, value: str, prefix: bool) -> bool:
    return told.startswith(value) if prefix else told == value


def _texts(words: DocumentWords, phrase: Phrase) -> tuple[str, ...]:
    stream: FieldWords = words.exact if phrase.strict else words.folded
    match phrase.field:
        case None:
            return stream.fields[:4]
        case (
            SearchField.TITLE | SearchField.AUTHOR | SearchField.FILE | SearchField.SECTION | SearchField.DOC
        ):
            return (str(getattr(stream, phrase.field.value)),)


def _stands(phrase: Phrase, text: str) -> bool:
    wanted = " ".join(phrase.exact if phrase.strict else phrase.folded)
    return f" {wanted}{'' if phrase.prefix else ' '}" in f" {text} "


def _near(node: Near, text: str) -> bool:
    row = text.split()
    first, second = node.first.folded, node.second.folded
    ones, others = _places(first, row), _places(second, row)
    return any(
        0 <= right - left - length <= node.word_distance
        for starts, ends, length in ((ones, others, len(first)), (others, ones, len(second)))
        for left in starts
        for right in ends
    )


def _places(words: tuple[str, ...], row: list[str]) -> list[int]:
    length = len(words)
    return [at for at in range(len(row) - length + 1) if tuple(row[at : at + length]) == words]
