"""What an engine is given and gives back, and the word streams it indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from storage.records import Article
from storage.search.query.tree import FilterKind
from storage.text.tokens import exact_words, fold_words, has_accents_or_digits


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
    section: tuple[str, ...] = ()  # of the site, the widest first
    documents: tuple[str, ...] = ()  # numbers of the documents it cites
    place: str | None = None  # key of the unit it is about
    has_files: bool = False  # it offers files
    has_images: bool = False  # it shows images

    def words(self) -> DocumentWords:
        """Its words; about 1 ms of CPU an article."""
        return DocumentWords.of(self)

    @classmethod
    def of(cls, article_id: int, article: Article, files: str = "") -> SearchDoc:
        """What the index keeps of an article; `files`: the texts of its attachments."""
        return cls(
            article_id=article_id,
            title=article.title,
            lead=article.lead,
            body=article.body,
            author=article.author,
            site=article.site,
            day=article.published.day if article.published else None,
            files=files,
            section=article.section,
            documents=tuple(cited.number for cited in article.documents),
            place=article.place,
            has_files=bool(article.attachments),
            has_images=bool(article.images),
        )

    @property
    def filter_values(self) -> tuple[tuple[FilterKind, str], ...]:
        """What is known of it beside its words; a unit says the units it lies in, too."""
        units = self.place.split("/") if self.place else []
        return (
            (FilterKind.SITE, self.site.casefold()),
            *((FilterKind.PLACE, "/".join(units[: end + 1])) for end in range(len(units))),
            *((FilterKind.HAS, "file") for _ in range(self.has_files)),
            *((FilterKind.HAS, "image") for _ in range(self.has_images)),
        )


class SearchHit(NamedTuple):
    """One article found; a tuple, because an answer makes thousands."""

    article_id: int
    score: float  # higher is better; comparable only within one result


DayKey: TypeAlias = tuple[int, int]
"""Grows with the publication day, undated first; no two documents of an index share one."""


class DatedHit(NamedTuple):
    """One article found, in the order of days; a tuple, because looking for alike ones makes thousands."""

    article_id: int
    key: DayKey


@dataclass(frozen=True, slots=True)
class RankedHits:
    """The best of an answer."""

    hits: tuple[SearchHit, ...]  # best first; of a capped answer only the newest were ranked
    total: int  # articles that match
    is_capped: bool  # too many to rank all
    oldest_key: DayKey | None  # of the oldest that was ranked; none = nothing matches
    years: Mapping[int | None, int]  # articles that match by year, all of them; none = undated
    at_least: bool = False  # more may match than were looked at: accents are a condition
    facet_rows: Sequence[FacetRow] = ()  # of every hit that is not older than `oldest`, in no order
    verbatim: bool = False  # one of them is known to hold all as it was typed
    older_ids: tuple[
        int, ...
    ] = ()  # articles ranked though older than `oldest`: they hold it as it was typed


class FacetRow(NamedTuple):
    """What answers are counted by; a tuple, because an answer reads thousands."""

    article_id: int
    site: str
    place: str | None  # key of the unit
    section: str | None  # its names parted by ` / `, the widest first
    author: str | None
    has_files: bool  # it offers files
    has_images: bool  # it shows images


@dataclass(frozen=True, slots=True)
class RankedPage:
    """One page of an answer."""

    hits: tuple[SearchHit, ...]
    total: int  # articles that match, beyond this page too
    is_capped: bool  # too many to rank all: only the newest were ranked


IndexEntry: TypeAlias = Any
"""What an engine makes of a document's words: its own type, picklable, of use to no one else."""


class SearchIndexError(Exception):
    """The index cannot be written or read as it is: the message says what to do."""


@dataclass(frozen=True, slots=True)
class FieldWords:
    """The words of one document, field by field, parted by blanks."""

    title: str
    text: str  # lead, then body
    author: str
    file: str = ""  # of the attachments
    section: str = ""
    doc: str = ""  # numbers of documents cited

    @property
    def fields(self) -> tuple[str, ...]:
        """Title, text, author, file, section, doc."""
        return self.title, self.text, self.author, self.file, self.section, self.doc


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """What every engine indexes of one document; made from it alone, in whatever process."""

    exact: FieldWords  # marks kept, codes whole
    folded: FieldWords  # without marks, codes in parts

    @classmethod
    def of(cls, doc: SearchDoc) -> DocumentWords:
        """The words of a document."""
        texts = (doc.title, f"{doc.lead or ''}\n{doc.body}", doc.author or "", doc.files)
        beside = ("\n".join(doc.section), "\n".join(doc.documents))
        return cls.folding(FieldWords(*(" ".join(exact_words(text)) for text in (*texts, *beside))))

    @classmethod
    def folding(cls, exact: FieldWords) -> DocumentWords:
        """All words from the exact ones: the folded follow from them."""
        return cls(exact, FieldWords(*map(fold_words, exact.fields)))

    @property
    def accented(self) -> tuple[str, ...]:
        """The exact forms in title, text, author and file that say more than their folded ones, once each."""
        told = chain.from_iterable(field.split() for field in self.exact.fields[:4])
        return tuple(word for word in dict.fromkeys(told) if has_accents_or_digits(word))
