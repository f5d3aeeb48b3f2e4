"""What an engine is given and gives back, and the word streams it indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain

from storage.search.normalise import fold_parts, tokens


@dataclass(frozen=True, slots=True)
class SearchDoc:
    """One article as the index sees it."""

    article_id: int
    title: str
    lead: str | None
    body: str
    author: str | None
    site: str
    day: date | None  # publication day; none sorts as oldest


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found."""

    article_id: int
    score: float  # higher is better; comparable only within one result


@dataclass(frozen=True, slots=True)
class Results:
    """One page of an answer."""

    hits: tuple[Hit, ...]
    total: int  # articles that match, beyond this page too
    capped: bool  # too many to rank all: only the newest were ranked


class SearchIndexError(Exception):
    """The index cannot be written or read as it is: the message says what to do."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The words of one document, field by field."""

    title: tuple[str, ...]  # exact forms, codes whole
    text: tuple[str, ...]  # lead, then body
    author: tuple[str, ...]

    @classmethod
    def of(cls, doc: SearchDoc) -> Streams:
        """The streams of a document."""
        text = f"{doc.lead or ''}\n{doc.body}"
        return cls(*(_exact(field) for field in (doc.title, text, doc.author or "")))

    @property
    def fields(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Title, text, author."""
        return self.title, self.text, self.author

    def folded(self) -> Streams:
        """The same words without marks, codes in parts."""
        return Streams(*(_fold(field) for field in self.fields))


def _exact(text: str) -> tuple[str, ...]:
    return tuple(token.exact for token in tokens(text))


def _fold(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(map(fold_parts, words)))
