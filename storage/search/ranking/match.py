"""Evaluate a query tree against one document's words and filter values, without an index.

This defines what a query means; both engines' expressions must select the same documents.
"""

from __future__ import annotations

from storage.search.documents import DocumentWords, FieldWords
from storage.search.query.tree import AllOf, AnyOf, Filter, FilterKind, Near, Phrase, QueryNode, SearchField

FilterValues = frozenset[tuple[FilterKind, str]]


def matches_query(match_node: QueryNode, matched_words: DocumentWords, filter_values: FilterValues) -> bool:
    """Return whether a document with these words and filter values matches the query."""
    match match_node:
        case Phrase():
            return any(
                _contains_phrase(match_node, matched_text)
                for matched_text in _searched_texts(matched_words, match_node)
            )
        case Near():
            return any(
                _contains_near(match_node, matched_text)
                for matched_text in _searched_texts(matched_words, match_node.first)
            )
        case Filter(kind, filter_value, prefix):
            return any(
                value_kind == kind and _passes_filter(document_value, filter_value, prefix)
                for value_kind, document_value in filter_values
            )
        case AnyOf(nodes):
            return any(matches_query(child_match, matched_words, filter_values) for child_match in nodes)
        case AllOf(nodes, excluded):
            matched = all(matches_query(child_match, matched_words, filter_values) for child_match in nodes)
            return matched and not any(
                matches_query(child_match, matched_words, filter_values) for child_match in excluded
            )


def _passes_filter(document_value: str, filter_value: str, prefix: bool) -> bool:
    return document_value.startswith(filter_value) if prefix else document_value == filter_value


def _searched_texts(matched_words: DocumentWords, phrase: Phrase) -> tuple[str, ...]:
    """The fields the phrase is searched in: exact words when accents are a condition, else folded ones."""
    field_words: FieldWords = matched_words.exact if phrase.strict else matched_words.folded
    match phrase.field:
        case None:
            return field_words.fields[:4]
        case (
            SearchField.TITLE | SearchField.AUTHOR | SearchField.FILE | SearchField.SECTION | SearchField.DOC
        ):
            return (str(getattr(field_words, phrase.field.value)),)


def _contains_phrase(phrase: Phrase, matched_text: str) -> bool:
    phrase_text = " ".join(phrase.exact if phrase.strict else phrase.folded)
    return f" {phrase_text}{'' if phrase.prefix else ' '}" in f" {matched_text} "


def _contains_near(near: Near, matched_text: str) -> bool:
    matched_text_words = matched_text.split()
    first_near, second_near = near.first.folded, near.second.folded
    first_near_starts, second_near_starts = (
        _phrase_starts(first_near, matched_text_words),
        _phrase_starts(second_near, matched_text_words),
    )
    near_orders = (
        (first_near_starts, second_near_starts, len(first_near)),
        (second_near_starts, first_near_starts, len(second_near)),
    )
    return any(
        0 <= near_right - near_left - near_left_words <= near.word_distance
        for near_left_starts, near_right_starts, near_left_words in near_orders
        for near_left in near_left_starts
        for near_right in near_right_starts
    )


def _phrase_starts(phrase_words: tuple[str, ...], matched_text_words: list[str]) -> list[int]:
    phrase_length = len(phrase_words)
    last_phrase_start = len(matched_text_words) - phrase_length
    return [
        phrase_start
        for phrase_start in range(last_phrase_start + 1)
        if tuple(matched_text_words[phrase_start : phrase_start + phrase_length]) == phrase_words
    ]
