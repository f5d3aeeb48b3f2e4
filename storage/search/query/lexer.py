"""Split a query into lexemes (words, phrases, operators, brackets), and the errors a query can have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_QUERY_CHARS = 2_000  # more is a pasted article

_CLOSING_QUOTES = {'"': '"”', "“": '”"', "”": '”"', "„": "“”", "«": "»"}
_LEXEME_PATTERN = re.compile(
    r"""(?P<space>\s+)
      | (?P<and>AND(?=[\s()]|$))
      | (?P<or>OR(?=[\s()]|$))
      | (?P<not>NOT(?=[\s()]|$))
      | (?P<near>NEAR\((?P<inner>[^()]*)(?P<shut>\))?)
      | (?P<minus>(?<![^\s(])-(?=[^\s\-\d]|\d{4}[-.]))
      | (?P<strict>(?<![^\s(:\-])=(?=[^\s=]))
      | (?P<days>(?i:undated)(?=[\s)]|$)|\d{4}[\d-]*\.\.[\d-]*(?=[\s)]|$)|\.\.\d{4}[\d-]*(?=[\s)]|$))
      | (?P<field>(?i:title|author|file|section|doc|site|place|has|level|platform|date):)
      | (?P<group>\()
      | (?P<end>\))
      | (?P<open>["“”„«])
      | (?P<word>[^\s"“”„«()]+)""",
    re.VERBOSE,
)


class QueryProblem(StrEnum):
    """The kinds of errors in a query."""

    EMPTY = "empty"  # no word in it
    UNCLOSED = "unclosed"  # a quotation mark or bracket without its partner
    EMPTY_PHRASE = "empty_phrase"  # quotation marks around nothing
    OR_ALONE = "or_alone"  # OR without words on both sides
    NOT_ALONE = "not_alone"  # NOT or - without a word after it
    NOT_IN_OR = "not_in_or"  # an exclusion as an alternative
    ONLY_NOT = "only_not"  # only exclusions
    FIELD_ALONE = "field_alone"  # `title:` without a word after it
    SHORT_PREFIX = "short_prefix"  # fewer than three letters before *
    STAR_INSIDE = "star_inside"  # * in the middle of a word
    NO_DAYS = "no_days"  # a date range that cannot be parsed
    NO_PLACE = "no_place"  # no administrative unit of that name
    NO_SUCH = "no_such"  # a value the field does not have
    NEAR_TWO = "near_two"  # NEAR of other than two words or phrases, or over too many words
    STRICT = "strict"  # = before something that has no accents
    TOO_LONG = "too_long"  # more words, conditions or brackets than are allowed
    CURSOR = "cursor"  # a cursor of another query or order


class QueryError(ValueError):
    """A query that cannot be parsed.

    `message` says what to do, `position` is the character of the query it is about, and `problem` is the
    kind of error, for messages in another language.
    """

    def __init__(self, message: str, position: int, problem: QueryProblem) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query: a word, a phrase, an operator or a bracket."""

    kind: str  # or, not, minus, strict, field, near, days, group, end, phrase, word
    text: str  # without quotation marks; of a NEAR the text between its brackets
    position: int  # character of the query where it begins
    star: bool = False  # a * follows the phrase

    @property
    def end(self) -> int:
        """The character after it."""
        return self.position + len(self.text) + (2 + self.star if self.kind == "phrase" else 0)


def split_lexemes(text: str) -> Iterator[Lexeme]:
    """Yield the lexemes of a query in order, the brackets of groups balanced; raise QueryError."""
    if len(text) > MAX_QUERY_CHARS:
        message = f"Too long a query: at most {MAX_QUERY_CHARS} characters"
        raise QueryError(message, MAX_QUERY_CHARS, QueryProblem.TOO_LONG)
    open_brackets: list[int | None] = []  # their positions; none = punctuation, as in `CĐCS(2022)`
    position = 0
    while position < len(text):
        match = _LEXEME_PATTERN.match(text, position)
        kind = match.lastgroup if match else "space"
        if match is None:  # a closing mark without its partner, as pasted titles have
            position += 1
        elif kind == "open":
            phrase = _quoted_phrase(text, position)
            position = phrase.end
            yield phrase
        else:
            if _is_lexeme(match, text, open_brackets):
                yield _make_lexeme(match)
            position = match.end()
    unclosed = next((bracket for bracket in open_brackets if bracket is not None), None)
    if unclosed is not None:
        message = "This bracket is never closed: close or remove it"
        raise QueryError(message, unclosed, QueryProblem.UNCLOSED)


def _is_lexeme(match: re.Match[str], text: str, open_brackets: list[int | None]) -> bool:
    """Whether a match is part of the query; pushes and pops `open_brackets`."""
    position = match.start()
    if match["group"]:
        before = text[:position]
        begins_group = (
            not before or before[-1].isspace() or before[-1] in "(-:" or before.endswith(("OR", "NOT"))
        )
        open_brackets.append(position if begins_group else None)
        return begins_group
    if match["end"]:
        return bool(open_brackets) and open_brackets.pop() is not None
    return not (match["space"] or match["and"])


def _quoted_phrase(text: str, start: int) -> Lexeme:
    closing_quotes = _CLOSING_QUOTES[text[start]]
    end = next((index for index in range(start + 1, len(text)) if text[index] in closing_quotes), None)
    if end is None:
        message = "This quotation mark is never closed: close or remove it"
        raise QueryError(message, start, QueryProblem.UNCLOSED)
    return Lexeme("phrase", text[start + 1 : end], start, text[end + 1 : end + 2] == "*")


def _make_lexeme(match: re.Match[str]) -> Lexeme:
    if match["near"]:
        if not match["shut"]:
            message = "This bracket is never closed: close or remove it"
            raise QueryError(message, match.start("inner") - 1, QueryProblem.UNCLOSED)
        return Lexeme("near", match["inner"], match.start())
    return Lexeme(str(match.lastgroup), match[0], match.start())
