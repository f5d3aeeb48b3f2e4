"""Did you mean: words nothing is found for, mended by one slip of the finger that gives words we have."""

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

MAX_CORRECTED_WORDS = 3  # words of one query
MAX_WORD_LETTERS = 12  # letters of a word: `nghiêng` has 7, two words written as one 12
MAX_PAIR_COUNT = 50  # documents in which two words stand together; more say no more
_MAX_TITLES = 5  # hits whose titles tell how a word is written with accents


def suggest_spelling(connection: Connection, engine: SearchEngine, query: Query) -> str | None:
    """The query with its unknown words mended, when that finds something; None when nothing can be done."""
    asked = {part for phrase in query.phrases for part in phrase.folded}
    words = [token for token in tokens(query.text) if token.folded in asked and _may_be_mended(token)]
    known = engine.indexed_words(connection, {word.folded for word in words})
    unknown = [word for word in words if word.folded not in known]
    if not unknown or len(unknown) > MAX_CORRECTED_WORDS:
        return None
    text = query.text
    for word in reversed(unknown):  # from the end, so that places before it stay
        mended = _mended(connection, engine, words, word)
        if mended is None:
            return None
        text = text[: word.start] + mended + text[word.end :]
    return _found(connection, engine, text)


def _may_be_mended(token: Token) -> bool:
    return token.folded.isalpha() and token.folded.isascii() and 1 < len(token.folded) <= MAX_WORD_LETTERS


def one_letter_edits(word: str) -> frozenset[str]:
    """What one slip makes of a word: a letter too many, too few, another, two in the wrong order."""
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    missing = (a + b[1:] for a, b in halves if b)
    swapped = (a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1)
    other = (a + letter + b[1:] for a, b in halves if b for letter in ascii_lowercase)
    more = (a + letter + b for a, b in halves for letter in ascii_lowercase)
    return frozenset(each for row in (missing, swapped, other, more) for each in row if each) - {word}


def _mended(connection: Connection, engine: SearchEngine, words: Sequence[Token], word: Token) -> str | None:
    """The likeliest word, or two words, for one that nothing is found for."""
    at = words.index(word)
    before = words[at - 1].folded if at else None
    after = words[at + 1].folded if at + 1 < len(words) else None
    candidates = engine.indexed_words(connection, one_letter_edits(word.folded))
    scores: Counter[str] = Counter()
    for candidate in sorted(candidates):
        pairs = [(before, candidate)] if before else []
        pairs += [(candidate, after)] if after else []
        together = engine.count_word_pairs(connection, pairs, MAX_PAIR_COUNT)
        scores[candidate] = sum(together.values()) + 1
    scores.update(_two(connection, engine, word.folded))
    best = scores.most_common(1)
    return best[0][0] if best else None


def _two(connection: Connection, engine: SearchEngine, word: str) -> Iterator[str]:
    """Two words that were written as one, as often as they stand together."""
    pairs = [(word[:at], word[at:]) for at in range(1, len(word))]
    known = engine.indexed_words(connection, {half for pair in pairs for half in pair})
    both = [pair for pair in pairs if known.issuperset(pair)]
    for (first, second), times in engine.count_word_pairs(connection, both, MAX_PAIR_COUNT).items():
        yield from [f"{first} {second}"] * times


def _found(connection: Connection, engine: SearchEngine, text: str) -> str | None:
    """The mended query with the accents of what it finds; None when it finds nothing."""
    try:
        hits = engine.search(connection, parse(text), limit=_MAX_TITLES).hits
    except QueryError:
        return None
    return _with_accents(connection, text, hits) if hits else None


def _with_accents(connection: Connection, text: str, hits: Sequence[SearchHit]) -> str:
    """Each word as the titles found write it."""
    ids = [hit.article_id for hit in hits]
    written: dict[str, Counter[str]] = {}
    for title in connection.scalars(select(articles.c.title).where(articles.c.id.in_(ids))):
        for token in tokens(title):
            written.setdefault(token.folded, Counter())[token.exact] += 1
    for token in reversed(tokens(text)):
        forms = written.get(token.folded)
        if forms and token.exact not in forms and token.folded.isalpha():
            text = text[: token.start] + forms.most_common(1)[0][0] + text[token.end :]
    return text
