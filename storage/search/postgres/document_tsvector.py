"""Write the tsvector of a document: words with positions and labels, marked words, filter words."""

from __future__ import annotations

from collections import defaultdict

from storage.search.documents import SearchDoc
from storage.search.postgres.tsquery import (
    TSVECTOR_EXACT_MARK,
    TSVECTOR_FIELD_MARKS,
    tsvector_filter_word,
    tsvector_literal,
)

# PostgreSQL stores positions up to 16,383, and 255 of one word; beyond them a word still matches, but not as
# part of a phrase. Of 20,000 articles the longest had 2,155 words, and none had a word 256 times.
MAX_POSITION = 16_383
MAX_POSITIONS_PER_WORD = 255
FIELD_GAP_POSITIONS = 2  # so that no phrase reaches from one field into the next
# In order of position: what exceeds the last position, attachments first, matches but not in phrases.
LABELLED_FIELDS = (("title", "A"), ("author", "C"), ("text", "D"), ("file", "B"))


def document_tsvector(doc: SearchDoc) -> str:
    """Return the tsvector of a document as text: words with positions and labels, marked words, filters."""
    tsvector_words = doc.words()
    lexeme_positions: dict[str, list[str]] = defaultdict(list)
    for tsvector_mark, field_words in (
        ("", tsvector_words.folded),
        (TSVECTOR_EXACT_MARK, tsvector_words.exact),
    ):
        tsvector_position = 0
        for tsvector_field, tsvector_label in LABELLED_FIELDS:
            for tsvector_word in getattr(field_words, tsvector_field).split():
                tsvector_position += 1
                _add_position(
                    lexeme_positions[tsvector_mark + tsvector_word], tsvector_position, tsvector_label
                )
            tsvector_position += FIELD_GAP_POSITIONS
    for search_field, tsvector_mark in TSVECTOR_FIELD_MARKS.items():
        for tsvector_position, tsvector_word in enumerate(
            getattr(tsvector_words.folded, search_field.value).split(), 1
        ):
            _add_position(lexeme_positions[tsvector_mark + tsvector_word], tsvector_position, "")
    filter_words = (tsvector_filter_word(kind, value) for kind, value in doc.filter_values)
    tsvector_lexemes = (
        _tsvector_lexeme(tsvector_word, tsvector_positions)
        for tsvector_word, tsvector_positions in lexeme_positions.items()
    )
    return " ".join([*tsvector_lexemes, *filter_words])


def _add_position(tsvector_positions: list[str], tsvector_position: int, tsvector_label: str) -> None:
    if tsvector_position <= MAX_POSITION and len(tsvector_positions) < MAX_POSITIONS_PER_WORD:
        tsvector_positions.append(f"{tsvector_position}{tsvector_label}")


def _tsvector_lexeme(tsvector_word: str, tsvector_positions: list[str]) -> str:
    return (
        f"{tsvector_literal(tsvector_word)}:{','.join(tsvector_positions)}"
        if tsvector_positions
        else tsvector_literal(tsvector_word)
    )
