"""What a query means: the tree of wanted and unwanted words that every engine translates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.search.days import Days
from storage.search.normalise import has_marks, parts


@dataclass(frozen=True, slots=True)
class Term:
    """One word or code as it is looked for."""

    exact: str  # the whole form with marks
    fold: tuple[str, ...]  # its parts without marks; one for a plain word
    accented: bool  # typed with marks, or a number or code: exact matches come first

    @classmethod
    def of(cls, exact: str, fold: str) -> Term:
        """The term of one token."""
        return cls(exact, parts(fold), has_marks(exact) or any(c.isdigit() for c in exact))


class Field(StrEnum):
    """Parts of a document that can be searched alone."""

    TITLE = "title"
    AUTHOR = "author"
    FILE = "file"  # the texts of its attachments


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words standing together; a single word is a phrase of one."""

    terms: tuple[Term, ...]
    prefix: bool = False  # the last word may go on
    field: Field | None = None  # none = title, text, author and files

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
class Site:
    """The document's site, whole or its beginning."""

    name: str  # case folded
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


Node = Phrase | Site | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asked for."""

    text: str  # as typed
    root: Node | None  # none = every document of these days
    days: Days | None = None  # none = whatever the day


def all_of(nodes: tuple[Node, ...], without: tuple[Node, ...] = ()) -> Node:
    """The nodes in order, repeated words too: ranking looks at neighbours. A single one stands for itself."""
    return nodes[0] if len(nodes) == 1 and not without else AllOf(nodes, without)


def any_of(nodes: tuple[Node, ...]) -> Node:
    """The alternatives once each; a single one stands for itself."""
    once = tuple(dict.fromkeys(nodes))
    return once[0] if len(once) == 1 else AnyOf(once)
