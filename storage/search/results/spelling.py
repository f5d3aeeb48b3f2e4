"""Spelling suggestions: correct words of a query that no document has, by one letter or a missing blank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from sqlalchemy import Connection, select

from storage.database.schema import articles
from storage.search.documents import SearchHit
from storage.search.engine import SearchEngine
from storage.search.query.lexer import QueryError
from storage.search.query.parse import parse
from storage.search.query.tree import Query
from storage.text.tokens import Token, tokens

MAX_CORRECTED_WORDS = 3  # of one query
MAX_WORD_LETTERS = 12  # `nghiêng` has 7; two words written as one have up to 12
MAX_PAIR_COUNT = 50  # documents with two adjacent words; a higher count would not change the choice
_ACCENT_TITLES = 5  # titles of hits from which the accents of a word are taken


def suggest_spelling(connection: Connection, engine: SearchEngine, query: Query) -> str | None:
    """Return the query with its unknown words corrected when that finds anything, else None."""
    query_words = {part for phrase in query.phrases for part in phrase.folded}
    spelled_words = [
        spelled_token
        for spelled_token in tokens(query.text)
        if spelled_token.folded in query_words and _is_correctable(spelled_token)
    ]
    indexed_words = engine.indexed_words(connection, {spelled_word.folded for spelled_word in spelled_words})
    misspelled = [spelled_word for spelled_word in spelled_words if spelled_word.folded not in indexed_words]
    if not misspelled or len(misspelled) > MAX_CORRECTED_WORDS:
        return None
    corrected_query = query.text
    for spelled_word in reversed(misspelled):  # from the end, so that positions before it stay valid
        correction = _best_correction(connection, engine, spelled_words, spelled_word)
        if correction is None:
            return None
        corrected_query = (
            corrected_query[: spelled_word.start] + correction + corrected_query[spelled_word.end :]
        )
    return _accented_if_found(connection, engine, corrected_query)


def _is_correctable(spelled_token: Token) -> bool:
    return (
        spelled_token.folded.isalpha()
        and spelled_token.folded.isascii()
        and 1 < len(spelled_token.folded) <= MAX_WORD_LETTERS
    )


def one_letter_edits(spelled_word: str) -> frozenset[str]:
    """Return the words one edit away: a letter deleted, inserted, replaced, or two transposed."""
    word_splits = [
        (spelled_word[:spelled_index], spelled_word[spelled_index:])
        for spelled_index in range(len(spelled_word) + 1)
    ]
    deletions = (
        spelled_left + spelled_right[1:] for spelled_left, spelled_right in word_splits if spelled_right
    )
    transpositions = (
        spelled_left + spelled_right[1] + spelled_right[0] + spelled_right[2:]
        for spelled_left, spelled_right in word_splits
        if len(spelled_right) > 1
    )
    replacements = (
        spelled_left + letter + spelled_right[1:]
        for spelled_left, spelled_right in word_splits
        if spelled_right
        for letter in ascii_lowercase
    )
    insertions = (
        spelled_left + letter + spelled_right
        for spelled_left, spelled_right in word_splits
        for letter in ascii_lowercase
    )
    letter_edits = (deletions, transpositions, replacements, insertions)
    return frozenset(
        edited_word for edit_kind in letter_edits for edited_word in edit_kind if edited_word
    ) - {spelled_word}


def _best_correction(
    connection: Connection, engine: SearchEngine, spelled_words: Sequence[Token], misspelled: Token
) -> str | None:
    """The likeliest word, or two words, for a misspelled one, by how often it is next to its neighbours."""
    spelled_index = spelled_words.index(misspelled)
    word_before = spelled_words[spelled_index - 1].folded if spelled_index else None
    word_after = spelled_words[spelled_index + 1].folded if spelled_index + 1 < len(spelled_words) else None
    correction_scores: Counter[str] = Counter()
    for respelling in sorted(engine.indexed_words(connection, one_letter_edits(misspelled.folded))):
        corrected_pairs = [(word_before, respelling)] if word_before else []
        corrected_pairs += [(respelling, word_after)] if word_after else []
        pair_counts = engine.count_word_pairs(connection, corrected_pairs, MAX_PAIR_COUNT)
        correction_scores[respelling] = sum(pair_counts.values()) + 1
    correction_scores.update(_split_words(connection, engine, misspelled.folded))
    best_corrections = correction_scores.most_common(1)
    return best_corrections[0][0] if best_corrections else None


def _split_words(connection: Connection, engine: SearchEngine, spelled_word: str) -> Iterator[str]:
    """Two words that were written as one, as often as they are adjacent in documents."""
    word_splits = [
        (spelled_word[:spelled_index], spelled_word[spelled_index:])
        for spelled_index in range(1, len(spelled_word))
    ]
    indexed_words = engine.indexed_words(
        connection, {split_half for word_split in word_splits for split_half in word_split}
    )
    indexed_splits = [word_split for word_split in word_splits if indexed_words.issuperset(word_split)]
    pair_counts = engine.count_word_pairs(connection, indexed_splits, MAX_PAIR_COUNT)
    for (first_half, second_half), documents in pair_counts.items():
        yield from [f"{first_half} {second_half}"] * documents


def _accented_if_found(connection: Connection, engine: SearchEngine, corrected_query: str) -> str | None:
    """The corrected query with the accents of its hits; None when it has none."""
    try:
        hits = engine.search(connection, parse(corrected_query), limit=_ACCENT_TITLES).hits
    except QueryError:
        return None
    return _with_title_accents(connection, corrected_query, hits) if hits else None


def _with_title_accents(connection: Connection, corrected_query: str, hits: Sequence[SearchHit]) -> str:
    """Each word with the accents it most often has in the titles of the hits."""
    article_ids = [hit.article_id for hit in hits]
    title_spellings: dict[str, Counter[str]] = {}
    for title in connection.scalars(select(articles.c.title).where(articles.c.id.in_(article_ids))):
        for spelled_token in tokens(title):
            title_spellings.setdefault(spelled_token.folded, Counter())[spelled_token.exact] += 1
    accented_query = corrected_query
    for spelled_token in reversed(tokens(corrected_query)):
        title_spelling = title_spellings.get(spelled_token.folded)
        if title_spelling and spelled_token.exact not in title_spelling and spelled_token.folded.isalpha():
            accented_query = (
                accented_query[: spelled_token.start]
                + title_spelling.most_common(1)[0][0]
                + accented_query[spelled_token.end :]
            )
    return accented_query
