"""What an engine is given and gives back, and the word streams it indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, TypeAlias

from storage.search.normalise import exact_words, fold_parts


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
    files: str = ""  # texts of its attachments

    def words(self) -> Words:
        """Its words; about 1 ms of CPU an article."""
        return Words.of(self.title, self.lead, self.body, self.author, self.files)


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


Prepared: TypeAlias = Any
"""What an engine makes of a document's words: its own type, picklable, of use to no one else."""


class SearchIndexError(Exception):
    """The index cannot be written or read as it is: the message says what to do."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The words of one document, field by field, parted by blanks."""

    title: str
    text: str  # lead, then body
    author: str
    file: str = ""  # of the attachments

    @property
    def fields(self) -> tuple[str, str, str, str]:
        """Title, text, author, file."""
        return self.title, self.text, self.author, self.file


@dataclass(frozen=True, slots=True)
class Words:
    """What every engine indexes of one document; made from its text alone, in whatever process."""

    exact: Streams  # marks kept, codes whole
    fold: Streams  # without marks, codes in parts

    @classmethod
    def of(cls, title: str, lead: str | None, body: str, author: str | None, files: str = "") -> Words:
        """The words of a document."""
        texts = (title, f"{lead or ''}\n{body}", author or "", files)
        return cls.folding(Streams(*(" ".join(exact_words(text)) for text in texts)))

    @classmethod
    def folding(cls, exact: Streams) -> Words:
        """All words from the exact ones: the folded follow from them."""
        return cls(exact, Streams(*(_fold(field) for field in exact.fields)))


def _fold(exact: str) -> str:
    return " ".join(chain.from_iterable(map(fold_parts, exact.split())))
