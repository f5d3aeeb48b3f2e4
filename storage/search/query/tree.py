"""The tree of a parsed query: phrases, filters, alternatives, exclusions; every engine translates it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.search.query.query_dates import DateRange
from storage.text.tokens import code_parts, has_accents_or_digits


@dataclass(frozen=True, slots=True)
class Term:
    """One word or code of a query."""

    exact: str  # the whole form with accents
    folded: tuple[str, ...]  # its parts without accents; one part for a plain word
    accented: bool  # typed with accents, or a number or code: exact matches come first

    @classmethod
    def of(cls, exact: str, folded: str) -> Term:
        """Make the term of one token."""
        return cls(exact, code_parts(folded), has_accents_or_digits(exact))


class SearchField(StrEnum):
    """Parts of a document that can be searched alone."""

    TITLE = "title"
    AUTHOR = "author"
    FILE = "file"  # the texts of its attachments
    SECTION = "section"  # of its site, as named there
    DOC = "doc"  # the numbers of the legal documents it cites


@dataclass(frozen=True, slots=True)
class Phrase:
    """Adjacent words; a single word is a phrase of one."""

    terms: tuple[Term, ...]
    prefix: bool = False  # the last word is the beginning of a word
    field: SearchField | None = None  # none = title, text, author and files
    strict: bool = False  # only with the accents as typed, or without any where none were typed

    @property
    def accented(self) -> bool:
        """Whether accents or numbers were typed: then exact matches come first."""
        return any(term.accented for term in self.terms)

    @property
    def folded(self) -> tuple[str, ...]:
        """The words to match without accents, codes in parts."""
        return tuple(part for term in self.terms for part in term.folded)

    @property
    def exact(self) -> tuple[str, ...]:
        """The words to match with accents, codes whole."""
        return tuple(term.exact for term in self.terms)


@dataclass(frozen=True, slots=True)
class Near:
    """Two phrases with few words between them, in either order."""

    first: Phrase
    second: Phrase
    word_distance: int  # words between them at most


class FilterKind(StrEnum):
    """Properties of a document that a query can filter by."""

    SITE = "site"  # key of the site
    PLACE = "place"  # key of the unit it is about, or of one that unit lay in
    HAS = "has"  # file, image
    LEVEL = "level"  # of its site
    PLATFORM = "platform"  # of its site


SITE_FILTER_KINDS = frozenset(
    (FilterKind.LEVEL, FilterKind.PLATFORM)
)  # not in the index: stored with the site


@dataclass(frozen=True, slots=True)
class Filter:
    """Documents whose property has a value, or a value that begins so."""

    kind: FilterKind
    value: str  # case folded
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives: two or more."""

    nodes: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Everything of `nodes` and nothing of `excluded`; `nodes` is never empty."""

    nodes: tuple[QueryNode, ...]
    excluded: tuple[QueryNode, ...] = ()


QueryNode = Phrase | Near | Filter | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class QueryPlace:
    """A place named by `place:` in a query."""

    keys: tuple[str, ...]  # the units it may mean, those they took over last
    start: int  # character of the query where its name begins
    end: int  # after its last character


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    text: str  # as typed
    root: QueryNode | None  # none = every document of the date range
    date_range: DateRange | None = None  # none = any day
    places: tuple[QueryPlace, ...] = ()  # every place named

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The phrases that make a document match, exclusions left out."""
        return wanted_phrases(self.root) if self.root else ()

    @property
    def strict(self) -> bool:
        """Whether accents, or their absence, are a condition anywhere, in exclusions too."""
        return self.root is not None and any(phrase.strict for phrase in _all_phrases(self.root))


def all_of(nodes: tuple[QueryNode, ...], excluded: tuple[QueryNode, ...] = ()) -> QueryNode:
    """Join nodes by AND, in order and with repeated words, because ranking looks at neighbours."""
    return nodes[0] if len(nodes) == 1 and not excluded else AllOf(nodes, excluded)


def any_of(nodes: tuple[QueryNode, ...]) -> QueryNode:
    """Join the distinct nodes by OR; a single one is returned itself."""
    distinct_nodes = tuple(dict.fromkeys(nodes))
    return distinct_nodes[0] if len(distinct_nodes) == 1 else AnyOf(distinct_nodes)


def wanted_phrases(tree_node: QueryNode) -> tuple[Phrase, ...]:
    """Return the phrases that make a document match, exclusions left out."""
    match tree_node:
        case Phrase():
            return (tree_node,)
        case Near(first, second):
            return first, second
        case Filter():
            return ()
        case AnyOf(nodes) | AllOf(nodes):
            return tuple(phrase for child_tree in nodes for phrase in wanted_phrases(child_tree))


def _all_phrases(tree_node: QueryNode) -> tuple[Phrase, ...]:
    match tree_node:
        case AllOf(nodes, excluded):
            return tuple(phrase for child_tree in (*nodes, *excluded) for phrase in _all_phrases(child_tree))
        case AnyOf(nodes):
            return tuple(phrase for child_tree in nodes for phrase in _all_phrases(child_tree))
        case _:
            return wanted_phrases(tree_node)


def all_filters(tree_node: QueryNode) -> tuple[Filter, ...]:
    """Return every filter of the query, exclusions too."""
    match tree_node:
        case Filter():
            return (tree_node,)
        case AllOf(nodes, excluded):
            return tuple(
                query_filter for child_tree in (*nodes, *excluded) for query_filter in all_filters(child_tree)
            )
        case AnyOf(nodes):
            return tuple(query_filter for child_tree in nodes for query_filter in all_filters(child_tree))
        case _:
            return ()
