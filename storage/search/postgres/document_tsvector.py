"""Write the tsvector of a document: words with positions and labels, marked words, filter words."""

from __future__ import annotations

from collections import defaultdict

from storage.search.documents import SearchDoc
from storage.search.postgres.tsquery import EXACT_MARK, FIELD_MARKS, filter_word, tsvector_literal

# PostgreSQL stores positions up to 16,383, and 255 of one word; beyond them a word still matches, but not as
# part of a phrase. Of 20,000 articles the longest had 2,155 words, and none had a word 256 times.
MAX_POSITION = 16_383
MAX_POSITIONS_PER_WORD = 255
FIELD_GAP_POSITIONS = 2  # so that no phrase reaches from one field into the next
# In order of position: what exceeds the last position, attachments first, matches but not in phrases.
LABELLED_FIELDS = (("title", "A"), ("author", "C"), ("text", "D"), ("file", "B"))


def document_tsvector(doc: SearchDoc) -> str:
    """Return the tsvector of a document as text: words with positions and labels, marked words, filters."""
    words = doc.words()
    positions: dict[str, list[str]] = defaultdict(list)
    for mark, field_words in (("", words.folded), (EXACT_MARK, words.exact)):
        position = 0
        for field, label in LABELLED_FIELDS:
            for word in getattr(field_words, field).split():
                position += 1
                _add_position(positions[mark + word], position, label)
            position += FIELD_GAP_POSITIONS
    for search_field, mark in FIELD_MARKS.items():
        for position, word in enumerate(getattr(words.folded, search_field.value).split(), 1):
            _add_position(positions[mark + word], position, "")
    filter_words = (filter_word(kind, value) for kind, value in doc.filter_values)
    lexemes = (_tsvector_lexeme(word, word_positions) for word, word_positions in positions.items())
    return " ".join([*lexemes, *filter_words])


def _add_position(word_positions: list[str], position: int, label: str) -> None:
    if position <= MAX_POSITION and len(word_positions) < MAX_POSITIONS_PER_WORD:
        word_positions.append(f"{position}{label}")


def _tsvector_lexeme(word: str, word_positions: list[str]) -> str:
    return (
        f"{tsvector_literal(word)}:{','.join(word_positions)}" if word_positions else tsvector_literal(word)
    )
