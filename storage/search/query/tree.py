"""What a query means: the tree of wanted and unwanted words that every engine translates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.search.query.query_dates import Days
from storage.text.tokens import is_told_exactly, parts


@dataclass(frozen=True, slots=True)
class Term:
    """One word or code as it is looked for."""

    exact: str  # the whole form with marks
    fold: tuple[str, ...]  # its parts without marks; one for a plain word
    accented: bool  # typed with marks, or a number or code: exact matches come first

    @classmethod
    def of(cls, exact: str, fold: str) -> Term:
        """The term of one token."""
        return cls(exact, parts(fold), is_told_exactly(exact))


class Field(StrEnum):
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
    field: Field | None = None  # none = title, text, author and files
    strict: bool = False  # only with the accents as typed, or none where none were typed

    @property
    def accented(self) -> bool:
        """Whether accents or numbers were typed: then exact matches come first."""
        return any(term.accented for term in self.terms)

    @property
    def fold(self) -> tuple[str, ...]:
        """The words to be matched without marks, codes in parts."""
        return tuple(part for term in self.terms for part in term.fold)

    @property
    def exact(self) -> tuple[str, ...]:
        """The words to be matched with marks, codes whole."""
        return tuple(term.exact for term in self.terms)


@dataclass(frozen=True, slots=True)
class Near:
    """Two phrases with few words between them, in either order."""

    first: Phrase
    second: Phrase
    within: int  # words between them at most


class FactKind(StrEnum):
    """What is known of a document beside its words."""

    SITE = "site"  # key of the site
    PLACE = "place"  # key of the unit it is about, or of one that unit lay in
    HAS = "has"  # file, image
    LEVEL = "level"  # of its site
    PLATFORM = "platform"  # of its site


OF_SITES = frozenset((FactKind.LEVEL, FactKind.PLATFORM))  # told by the registry, not by the index


@dataclass(frozen=True, slots=True)
class Fact:
    """A document of which something is known, the value whole or its beginning."""

    kind: FactKind
    value: str  # case folded
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives: two or more."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Everything of `nodes` and nothing of `without`; `nodes` is never empty."""

    nodes: tuple[Node, ...]
    without: tuple[Node, ...] = ()


Node = Phrase | Near | Fact | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Placed:
    """A place as it was asked for."""

    keys: tuple[str, ...]  # the units it may mean, those they took over last
    start: int  # of `place:…` in the text of the query
    end: int  # after its last character


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asked for."""

    text: str  # as typed
    root: Node | None  # none = every document of these days
    days: Days | None = None  # none = whatever the day
    places: tuple[Placed, ...] = ()  # every place asked for

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """What makes a document match, exclusions left out."""
        return wanted(self.root) if self.root else ()

    @property
    def strict(self) -> bool:
        """Whether accents, or their absence, are a condition anywhere, in exclusions too."""
        return self.root is not None and any(each.strict for each in _phrases(self.root))


def all_of(nodes: tuple[Node, ...], without: tuple[Node, ...] = ()) -> Node:
    """The nodes in order, repeated words too: ranking looks at neighbours. A single one stands for itself."""
    return nodes[0] if len(nodes) == 1 and not without else AllOf(nodes, without)


def any_of(nodes: tuple[Node, ...]) -> Node:
    """The alternatives once each; a single one stands for itself."""
    once = tuple(dict.fromkeys(nodes))
    return once[0] if len(once) == 1 else AnyOf(once)


def wanted(node: Node) -> tuple[Phrase, ...]:
    """The phrases that make a document match, exclusions left out."""
    match node:
        case Phrase():
            return (node,)
        case Near(first, second):
            return first, second
        case Fact():
            return ()
        case AnyOf(nodes) | AllOf(nodes):
            return tuple(phrase for below in nodes for phrase in wanted(below))


def _phrases(node: Node) -> tuple[Phrase, ...]:
    match node:
        case AllOf(nodes, without):
            return tuple(phrase for below in (*nodes, *without) for phrase in _phrases(below))
        case AnyOf(nodes):
            return tuple(phrase for below in nodes for phrase in _phrases(below))
        case _:
            return wanted(node)


def facts(node: Node) -> tuple[Fact, ...]:
    """Every fact asked for, exclusions too."""
    match node:
        case Fact():
            return (node,)
        case AllOf(nodes, without):
            return tuple(fact for below in (*nodes, *without) for fact in facts(below))
        case AnyOf(nodes):
            return tuple(fact for below in nodes for fact in facts(below))
        case _:
            return ()
