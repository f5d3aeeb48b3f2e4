"""Evaluate a query tree against one document's words and filter values, without an index.

This defines what a query means; both engines' expressions must select the same documents.
"""

from __future__ import annotations

from storage.search.documents import DocumentWords, FieldWords
from storage.search.query.tree import AllOf, AnyOf, Filter, FilterKind, Near, Phrase, QueryNode, SearchField

FilterValues = frozenset[tuple[FilterKind, str]]


def matches_query(node: QueryNode, words: DocumentWords, filter_values: FilterValues) -> bool:
    """Return whether a document with these words and filter values matches the query."""
    match node:
        case Phrase():
            return any(_contains_phrase(node, text) for text in _searched_texts(words, node))
        case Near():
            return any(_contains_near(node, text) for text in _searched_texts(words, node.first))
        case Filter(kind, wanted, prefix):
            return any(
                value_kind == kind and _passes_filter(value, wanted, prefix)
                for value_kind, value in filter_values
            )
        case AnyOf(nodes):
            return any(matches_query(child, words, filter_values) for child in nodes)
        case AllOf(nodes, excluded):
            matched = all(matches_query(child, words, filter_values) for child in nodes)
            return matched and not any(matches_query(child, words, filter_values) for child in excluded)


def _passes_filter(value: str, wanted: str, prefix: bool) -> bool:
    return value.startswith(wanted) if prefix else value == wanted


def _searched_texts(words: DocumentWords, phrase: Phrase) -> tuple[str, ...]:
    """The fields the phrase is searched in: exact words when accents are a condition, else folded ones."""
    field_words: FieldWords = words.exact if phrase.strict else words.folded
    match phrase.field:
        case None:
            return field_words.fields[:4]
        case (
            SearchField.TITLE | SearchField.AUTHOR | SearchField.FILE | SearchField.SECTION | SearchField.DOC
        ):
            return (str(getattr(field_words, phrase.field.value)),)


def _contains_phrase(phrase: Phrase, text: str) -> bool:
    phrase_text = " ".join(phrase.exact if phrase.strict else phrase.folded)
    return f" {phrase_text}{'' if phrase.prefix else ' '}" in f" {text} "


def _contains_near(near: Near, text: str) -> bool:
    text_words = text.split()
    first, second = near.first.folded, near.second.folded
    first_starts, second_starts = _phrase_starts(first, text_words), _phrase_starts(second, text_words)
    orders = ((first_starts, second_starts, len(first)), (second_starts, first_starts, len(second)))
    return any(
        0 <= right - left - left_length <= near.word_distance
        for left_starts, right_starts, left_length in orders
        for left in left_starts
        for right in right_starts
    )


def _phrase_starts(phrase_words: tuple[str, ...], text_words: list[str]) -> list[int]:
    length = len(phrase_words)
    last = len(text_words) - length
    return [start for start in range(last + 1) if tuple(text_words[start : start + length]) == phrase_words]
