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
    words = [token for token in tokens(query.text) if token.folded in query_words and _is_correctable(token)]
    indexed = engine.indexed_words(connection, {word.folded for word in words})
    misspelled = [word for word in words if word.folded not in indexed]
    if not misspelled or len(misspelled) > MAX_CORRECTED_WORDS:
        return None
    corrected_query = query.text
    for word in reversed(misspelled):  # from the end, so that positions before it stay valid
        correction = _best_correction(connection, engine, words, word)
        if correction is None:
            return None
        corrected_query = corrected_query[: word.start] + correction + corrected_query[word.end :]
    return _accented_if_found(connection, engine, corrected_query)


def _is_correctable(token: Token) -> bool:
    return token.folded.isalpha() and token.folded.isascii() and 1 < len(token.folded) <= MAX_WORD_LETTERS


def one_letter_edits(word: str) -> frozenset[str]:
    """Return the words one edit away: a letter deleted, inserted, replaced, or two transposed."""
    splits = [(word[:index], word[index:]) for index in range(len(word) + 1)]
    deletions = (left + right[1:] for left, right in splits if right)
    transpositions = (left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1)
    replacements = (
        left + letter + right[1:] for left, right in splits if right for letter in ascii_lowercase
    )
    insertions = (left + letter + right for left, right in splits for letter in ascii_lowercase)
    edits = (deletions, transpositions, replacements, insertions)
    return frozenset(edited for kind in edits for edited in kind if edited) - {word}


def _best_correction(
    connection: Connection, engine: SearchEngine, words: Sequence[Token], misspelled: Token
) -> str | None:
    """The likeliest word, or two words, for a misspelled one, by how often it is next to its neighbours."""
    index = words.index(misspelled)
    word_before = words[index - 1].folded if index else None
    word_after = words[index + 1].folded if index + 1 < len(words) else None
    scores: Counter[str] = Counter()
    for candidate in sorted(engine.indexed_words(connection, one_letter_edits(misspelled.folded))):
        pairs = [(word_before, candidate)] if word_before else []
        pairs += [(candidate, word_after)] if word_after else []
        pair_counts = engine.count_word_pairs(connection, pairs, MAX_PAIR_COUNT)
        scores[candidate] = sum(pair_counts.values()) + 1
    scores.update(_split_words(connection, engine, misspelled.folded))
    best = scores.most_common(1)
    return best[0][0] if best else None


def _split_words(connection: Connection, engine: SearchEngine, word: str) -> Iterator[str]:
    """Two words that were written as one, as often as they are adjacent in documents."""
    splits = [(word[:index], word[index:]) for index in range(1, len(word))]
    indexed = engine.indexed_words(connection, {half for split in splits for half in split})
    indexed_splits = [split for split in splits if indexed.issuperset(split)]
    pair_counts = engine.count_word_pairs(connection, indexed_splits, MAX_PAIR_COUNT)
    for (first, second), documents in pair_counts.items():
        yield from [f"{first} {second}"] * documents


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
    spellings: dict[str, Counter[str]] = {}
    for title in connection.scalars(select(articles.c.title).where(articles.c.id.in_(article_ids))):
        for token in tokens(title):
            spellings.setdefault(token.folded, Counter())[token.exact] += 1
    accented = corrected_query
    for token in reversed(tokens(corrected_query)):
        spelling = spellings.get(token.folded)
        if spelling and token.exact not in spelling and token.folded.isalpha():
            accented = accented[: token.start] + spelling.most_common(1)[0][0] + accented[token.end :]
    return accented
