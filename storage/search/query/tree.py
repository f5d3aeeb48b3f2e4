"""What a query means: the tree of wanted and unwanted words that every engine translates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.search.query.query_dates import DateRange
from storage.text.tokens import code_parts, has_accents_or_digits


@dataclass(frozen=True, slots=True)
class Term:
    """One word or code as it is looked for."""

    exact: str  # the whole form with marks
    folded: tuple[str, ...]  # its parts without marks; one for a plain word
    accented: bool  # typed with marks, or a number or code: exact matches come first

    @classmethod
    def of(cls, exact: str, fold: str) -> Term:
        """The term of one token."""
        return cls(exact, code_parts(fold), has_accents_or_digits(exact))


class SearchField(StrEnum):
    """Parts of a document that can be searched alone."""

    TITLE = "title"
    AUTHOR = "author"
    FILE = "file"  # the texts of its attachments
    SECTION = "section"  # of its site, as named there
    DOC = "doc"  # the numbers of the documents it cites


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words standing together; a single word is a phrase of one."""

    terms: tuple[Term, ...]
    prefix: bool = False  # the last word may go on
    field: SearchField | None = None  # none = title, text, author and files
    strict: bool = False  # only with the accents as typed, or none where none were typed

    @property
    def accented(self) -> bool:
        """Whether accents or numbers were typed: then exact matches come first."""
        return any(term.accented for term in self.terms)

    @property
    def folded(self) -> tuple[str, ...]:
        """The words to be matched without marks, codes in parts."""
        return tuple(part for term in self.terms for part in term.folded)

    @property
    def exact(self) -> tuple[str, ...]:
        """The words to be matched with marks, codes whole."""
        return tuple(term.exact for term in self.terms)


@dataclass(frozen=True, slots=True)
class Near:
    """Two phrases with few words between them, in either order."""

    first: Phrase
    second: Phrase
    word_distance: int  # words between them at most


class FilterKind(StrEnum):
    """What is known of a document beside its words."""

    SITE = "site"  # key of the site
    PLACE = "place"  # key of the unit it is about, or of one that unit lay in
    HAS = "has"  # file, image
    LEVEL = "level"  # of its site
    PLATFORM = "platform"  # of its site


SITE_FILTER_KINDS = frozenset(
    (FilterKind.LEVEL, FilterKind.PLATFORM)
)  # told by the registry, not by the index


@dataclass(frozen=True, slots=True)
class Filter:
    """A document of which something is known, the value whole or its beginning."""

    kind: FilterKind
    value: str  # case folded
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives: two or more."""

    nodes: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Everything of `nodes` and nothing of `without`; `nodes` is never empty."""

    nodes: tuple[QueryNode, ...]
    excluded: tuple[QueryNode, ...] = ()


QueryNode = Phrase | Near | Filter | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class QueryPlace:
    """A place as it was asked for."""

    keys: tuple[str, ...]  # the units it may mean, those they took over last
    start: int  # of `place:…` in the text of the query
    end: int  # after its last character


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asked for."""

    text: str  # as typed
    root: QueryNode | None  # none = every document of these days
    date_range: DateRange | None = None  # none = whatever the day
    places: tuple[QueryPlace, ...] = ()  # every place asked for

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """What makes a document match, exclusions left out."""
        return wanted_phrases(self.root) if self.root else ()

    @property
    def strict(self) -> bool:
        """Whether accents, or their absence, are a condition anywhere, in exclusions too."""
        return self.root is not None and any(each.strict for each in _phrases(self.root))


def all_of(nodes: tuple[QueryNode, ...], without: tuple[QueryNode, ...] = ()) -> QueryNode:
    """The nodes in order, repeated words too: ranking looks at neighbours. A single one stands for itself."""
    return nodes[0] if len(nodes) == 1 and not without else AllOf(nodes, without)


def any_of(nodes: tuple[QueryNode, ...]) -> QueryNode:
    """The alternatives once each; a single one stands for itself."""
    once = tuple(dict.fromkeys(nodes))
    return once[0] if len(once) == 1 else AnyOf(once)


def wanted_phrases(node: QueryNode) -> tuple[Phrase, ...]:
    """The phrases that make a document match, exclusions left out."""
    match node:
        case Phrase():
            return (node,)
        case Near(first, second):
            return first, second
        case Filter():
            return ()
        case AnyOf(nodes) | AllOf(nodes):
            return tuple(phrase for below in nodes for phrase in wanted_phrases(below))


def _phrases(node: QueryNode) -> tuple[Phrase, ...]:
    match node:
        case AllOf(nodes, without):
            return tuple(phrase for below in (*nodes, *without) for phrase in _phrases(below))
        case AnyOf(nodes):
            return tuple(phrase for below in nodes for phrase in _phrases(below))
        case _:
            return wanted_phrases(node)


def all_filters(node: QueryNode) -> tuple[Filter, ...]:
    """Every fact asked for, exclusions too."""
    match node:
        case Filter():
            return (node,)
        case AllOf(nodes, without):
            return tuple(fact for below in (*nodes, *without) for fact in all_filters(below))
        case AnyOf(nodes):
            return tuple(fact for below in nodes for fact in all_filters(below))
        case _:
            return ()
