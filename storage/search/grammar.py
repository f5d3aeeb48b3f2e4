"""The grammar of queries: characters → clauses, with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from storage.search.days import Days, read_days
from storage.search.normalise import Token, tokens
from storage.search.tree import Field, Phrase, Site, Term

MOST_WORDS = 64  # a long title has 40; beyond this somebody pasted an article
SHORTEST_PREFIX = 3  # letters: shorter ones match a tenth of all words and are slow in every engine

_CLOSES = {'"': '"”', "“": '”"', "”": '”"', "„": "“”", "«": "»"}
_LEXEME = re.compile(
    r"""(?P<space>\s+)
      | (?P<operator>(?:OR|NOT)(?!\S))
      | (?P<minus>(?<!\S)-(?=[^\s\-]))
      | (?P<days>(?i:undated)(?!\S)|\d{4}[\d-]*\.\.[\d-]*(?!\S)|\.\.\d{4}[\d-]*(?!\S))
      | (?P<field>(?i:title|author|file|site|date):)
      | (?P<open>["“”„«])
      | (?P<word>[^\s"“”„«]+)""",
    re.VERBOSE,
)


class Problem(StrEnum):
    """What can be wrong with a query."""

    EMPTY = "empty"  # no word in it
    UNCLOSED = "unclosed"  # a quotation mark without its partner
    EMPTY_PHRASE = "empty_phrase"  # quotation marks around nothing
    OR_ALONE = "or_alone"  # OR without words on both sides
    NOT_ALONE = "not_alone"  # NOT or - without a word after it
    NOT_IN_OR = "not_in_or"  # an exclusion as an alternative
    ONLY_NOT = "only_not"  # nothing is wanted, only excluded
    FIELD_ALONE = "field_alone"  # `title:` without a word after it
    SHORT_PREFIX = "short_prefix"  # fewer than three letters before *
    STAR_INSIDE = "star_inside"  # * in the middle of a word
    NO_DAYS = "no_days"  # a range of days that cannot be read
    TOO_LONG = "too_long"  # more words than an engine should be asked for


class QueryError(ValueError):
    """A query that cannot be understood.

    `message` says what to do, `position` is the character of the query it is about, and `problem` names
    the case for those who say it in another language.
    """

    def __init__(self, message: str, position: int, problem: Problem) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Item:
    """One thing as typed: words in a row, a phrase, a site or a range of days."""

    found: Phrase | Site | Days
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Items of which one is wanted (joined by OR), or unwanted."""

    items: tuple[Item, ...]
    unwanted: bool = False


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query."""

    kind: str  # operator, minus, field, phrase, word
    text: str  # without quotation marks
    at: int  # character of the query it begins at
    star: bool = False  # a * follows the phrase


def clauses(text: str) -> tuple[Clause, ...]:
    """What was typed, clause by clause; raises QueryError."""
    found = tuple(_clauses(tuple(_lexemes(text))))
    if not found:
        raise QueryError("Type at least one word", 0, Problem.EMPTY)
    words = [term for c in found for i in c.items if isinstance(i.found, Phrase) for term in i.found.terms]
    if len(words) > MOST_WORDS:
        raise QueryError(f"Too many words: at most {MOST_WORDS}", len(text), Problem.TOO_LONG)
    return found


def _lexemes(text: str) -> Iterator[Lexeme]:
    at = 0
    while at < len(text):
        match = _LEXEME.match(text, at)
        if match is None:  # a closing mark without its partner, as pasted titles have
            at += 1
            continue
        lexeme = _phrase(text, at) if match.lastgroup == "open" else _single(match)
        at = lexeme.at + len(lexeme.text) + 2 + lexeme.star if lexeme.kind == "phrase" else match.end()
        if lexeme.kind != "space":
            yield lexeme


def _phrase(text: str, at: int) -> Lexeme:
    closers = _CLOSES[text[at]]
    end = next((i for i in range(at + 1, len(text)) if text[i] in closers), None)
    if end is None:
        raise QueryError("This quotation mark is never closed: close or remove it", at, Problem.UNCLOSED)
    return Lexeme("phrase", text[at + 1 : end], at, text[end + 1 : end + 2] == "*")


def _single(match: re.Match[str]) -> Lexeme:
    return Lexeme(match.lastgroup or "word", match[0], match.start())


def _clauses(lexemes: tuple[Lexeme, ...]) -> Iterator[Clause]:
    """Clauses of items joined by OR; what has no word in it (a dash, an ampersand) is passed over."""
    reader = _Reader(lexemes)
    while reader.lexeme:
        clause = reader.clause()
        if clause:
            yield clause


class _Reader:
    """A place in the row of lexemes."""

    def __init__(self, lexemes: tuple[Lexeme, ...]) -> None:
        self._lexemes = lexemes
        self._next = 0

    @property
    def lexeme(self) -> Lexeme | None:
        """The lexeme to be read next."""
        return self._lexemes[self._next] if self._next < len(self._lexemes) else None

    def _take(self) -> Lexeme:
        self._next += 1
        return self._lexemes[self._next - 1]

    def _is_or(self) -> bool:
        return self.lexeme is not None and (self.lexeme.kind, self.lexeme.text) == ("operator", "OR")

    def clause(self) -> Clause | None:
        """The next clause; None when the next lexeme says nothing."""
        assert self.lexeme is not None
        if self._is_or():
            raise _or_alone(self.lexeme)
        if self.lexeme.kind in {"minus", "operator"}:
            return self._exclusion()
        first = self._item()
        if first is None:
            return None
        items = [first]
        while self._is_or():
            items.append(self._alternative())
        return Clause(tuple(items))

    def _exclusion(self) -> Clause | None:
        mark = self._take()
        item = None if self.lexeme is None or self.lexeme.kind in {"minus", "operator"} else self._item()
        if item is None and mark.kind == "minus":
            return None  # "-…" is punctuation
        if item is None:
            raise QueryError("NOT needs a word after it", mark.at, Problem.NOT_ALONE)
        if isinstance(item.found, Days):
            raise QueryError(
                "Days cannot be excluded: write the range that is wanted", mark.at, Problem.NO_DAYS
            )
        if self._is_or():
            raise QueryError("An exclusion cannot be joined by OR", mark.at, Problem.NOT_IN_OR)
        return Clause((item,), unwanted=True)

    def _alternative(self) -> Item:
        joint = self._take()
        if self.lexeme is None:
            raise _or_alone(joint)
        if self.lexeme.kind == "minus" or self.lexeme.text == "NOT":
            raise QueryError("An exclusion cannot be joined by OR", self.lexeme.at, Problem.NOT_IN_OR)
        item = None if self._is_or() else self._item()
        if item is None:
            raise _or_alone(joint)
        if isinstance(item.found, Days):
            raise QueryError("Days cannot be joined by OR: write one range", joint.at, Problem.NO_DAYS)
        return item

    def _item(self) -> Item | None:
        lexeme = self._take()
        if lexeme.kind == "days":
            return _days(lexeme)
        if lexeme.kind != "field":
            return _words(lexeme, None)
        place = lexeme.text[:-1].lower()
        told = self.lexeme
        if (
            told is None
            or told.kind not in {"word", "phrase", "days"}
            or told.at != lexeme.at + len(lexeme.text)
        ):
            raise _field_alone(lexeme)
        self._take()
        if place == "date":
            return _days(told)
        item = _site(told) if place == "site" else _words(told, Field(place))
        if item is None:
            raise _field_alone(lexeme)
        return item


def _or_alone(lexeme: Lexeme) -> QueryError:
    return QueryError("OR needs a word before and after it", lexeme.at, Problem.OR_ALONE)


def _field_alone(lexeme: Lexeme) -> QueryError:
    message = f"{lexeme.text} needs a word right after the colon"
    return QueryError(message, lexeme.at, Problem.FIELD_ALONE)


def _site(lexeme: Lexeme) -> Item | None:
    name = "".join(c for c in lexeme.text.strip().rstrip("*").casefold() if c.isprintable())
    return Item(Site(name, lexeme.star or lexeme.text.endswith("*"))) if name else None


def _days(lexeme: Lexeme) -> Item:
    days = read_days(lexeme.text)
    if days is None:
        message = "Write days as 2021, 2021-06, 2021-06-30, 2021..2023-06, 2021.. or undated"
        raise QueryError(message, lexeme.at, Problem.NO_DAYS)
    return Item(days)


def _words(lexeme: Lexeme, field: Field | None) -> Item | None:
    quoted = lexeme.kind == "phrase"
    found = tokens(lexeme.text)
    if not found:
        if quoted:
            raise QueryError("There is no word in this phrase", lexeme.at, Problem.EMPTY_PHRASE)
        return None
    star = _star(lexeme, found)
    terms = tuple(Term.of(token.exact, token.fold) for token in found)
    return Item(Phrase(terms, star, field), quoted)


def _star(lexeme: Lexeme, found: list[Token]) -> bool:
    begin = lexeme.at + (lexeme.kind == "phrase")
    inside = lexeme.text.find("*", found[0].start, found[-1].end)
    if inside >= 0:
        message = "* can only stand at the end of a word or phrase"
        raise QueryError(message, begin + inside, Problem.STAR_INSIDE)
    star = lexeme.star or lexeme.text[found[-1].end :].startswith("*")
    if star and sum(c.isalnum() for c in found[-1].fold) < SHORTEST_PREFIX:
        message = f"At least {SHORTEST_PREFIX} letters before *"
        raise QueryError(message, begin + found[-1].start, Problem.SHORT_PREFIX)
    return star
