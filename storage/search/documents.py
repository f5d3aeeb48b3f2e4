"""What search engines index and return: `SearchDoc`, its words, hits, ranked hits, rows of facet values."""

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
    """One article as the search index stores it."""

    article_id: int
    title: str
    lead: str | None
    body: str
    author: str | None
    site: str  # key of the site
    day: date | None  # publication day; none sorts as oldest
    attachment_text: str = ""  # texts of its attachments, joined
    section: tuple[str, ...] = ()  # section names of the site, the widest first
    cited_documents: tuple[str, ...] = ()  # numbers of the legal documents it cites
    place: str | None = None  # key of the administrative unit it is about
    has_files: bool = False
    has_images: bool = False

    def words(self) -> DocumentWords:
        """Return the words to index; about 1 ms of CPU an article."""
        return DocumentWords.from_document(self)

    @classmethod
    def from_article(cls, article_id: int, article: Article, attachment_text: str = "") -> SearchDoc:
        """Make the document to index of an article and the text of its attachments."""
        return cls(
            article_id=article_id,
            title=article.title,
            lead=article.lead,
            body=article.body,
            author=article.author,
            site=article.site,
            day=article.published.day if article.published else None,
            attachment_text=attachment_text,
            section=article.section,
            cited_documents=tuple(cited.number for cited in article.documents),
            place=article.place,
            has_files=bool(article.attachments),
            has_images=bool(article.images),
        )

    @property
    def filter_values(self) -> tuple[tuple[FilterKind, str], ...]:
        """(kind, value) of every filter the document passes; a place also passes those it lies in."""
        document_units = self.place.split("/") if self.place else []
        return (
            (FilterKind.SITE, self.site.casefold()),
            *(
                (FilterKind.PLACE, "/".join(document_units[: unit_end + 1]))
                for unit_end in range(len(document_units))
            ),
            *((FilterKind.HAS, "file") for _ in range(self.has_files)),
            *((FilterKind.HAS, "image") for _ in range(self.has_images)),
        )


class SearchHit(NamedTuple):
    """One matching article with its score; a tuple, because a search makes thousands."""

    article_id: int
    score: float  # higher is better; comparable only within one result


DayKey: TypeAlias = tuple[int, int]
"""Position in the order by publication day, undated first; unique within an index."""


class DatedHit(NamedTuple):
    """One matching article in the order of days; a tuple, because grouping by story makes thousands."""

    article_id: int
    key: DayKey


@dataclass(frozen=True, slots=True)
class RankedHits:
    """The best matches of a query, and how many match in all."""

    hits: tuple[SearchHit, ...]  # best first; when capped, only the newest matches were ranked
    total: int  # articles that match
    is_capped: bool  # more match than are ranked
    oldest_key: DayKey | None  # of the oldest ranked article; none = nothing matches
    years: Mapping[int | None, int]  # matching articles by publication year, all of them; none = undated
    at_least: bool = False  # `total` is a minimum: accents are a condition, older matches were not checked
    facet_rows: Sequence[FacetRow] = ()  # of every hit not older than `oldest_key`, in no order
    has_verbatim: bool = False  # at least one hit holds the whole query as typed
    older_ids: tuple[int, ...] = ()  # articles ranked though older than `oldest_key`: verbatim matches


class FacetRow(NamedTuple):
    """The values of one article that facets count; a tuple, because a search reads thousands."""

    article_id: int
    site: str
    place: str | None  # key of the administrative unit
    section: str | None  # section names joined by ` / `, the widest first
    author: str | None
    has_files: bool
    has_images: bool


@dataclass(frozen=True, slots=True)
class RankedPage:
    """One page of ranked hits."""

    hits: tuple[SearchHit, ...]
    total: int  # articles that match, on every page
    is_capped: bool  # more match than are ranked: only the newest were


IndexEntry: TypeAlias = Any
"""A document's words as one engine stores them: a picklable type that only this engine reads."""


class SearchIndexError(Exception):
    """The search index cannot be read or written; the message says how to repair it."""


@dataclass(frozen=True, slots=True)
class FieldWords:
    """The words of one document, field by field, separated by blanks."""

    title: str
    text: str  # lead, then body
    author: str
    file: str = ""  # of the attachments
    section: str = ""
    doc: str = ""  # numbers of cited documents

    @property
    def fields(self) -> tuple[str, ...]:
        """Title, text, author, file, section, doc."""
        return self.title, self.text, self.author, self.file, self.section, self.doc


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """The words every engine indexes of one document, with and without accents."""

    exact: FieldWords  # with accents, codes whole
    folded: FieldWords  # without accents, codes split into their parts

    @classmethod
    def from_document(cls, doc: SearchDoc) -> DocumentWords:
        """Tokenise every field of a document."""
        document_texts = (doc.title, f"{doc.lead or ''}\n{doc.body}", doc.author or "", doc.attachment_text)
        document_labels = ("\n".join(doc.section), "\n".join(doc.cited_documents))
        return cls.from_exact(
            FieldWords(*(" ".join(exact_words(text)) for text in (*document_texts, *document_labels)))
        )

    @classmethod
    def from_exact(cls, exact: FieldWords) -> DocumentWords:
        """Derive the folded words from the exact ones."""
        return cls(exact, FieldWords(*map(fold_words, exact.fields)))

    @property
    def accented(self) -> tuple[str, ...]:
        """The words of title, text, author and file that have accents or digits, once each."""
        document_words = chain.from_iterable(field.split() for field in self.exact.fields[:4])
        return tuple(word for word in dict.fromkeys(document_words) if has_accents_or_digits(word))
