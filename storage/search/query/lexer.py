"""The pieces a query is written in: words, phrases, operators, brackets, and what can be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_QUERY_CHARS = 2_000  # of a query; a pasted article is no query

_CLOSES = {'"': '"”', "“": '”"', "”": '”"', "„": "“”", "«": "»"}
_LEXEME = re.compile(
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
    """What can be wrong with a query."""

    EMPTY = "empty"  # no word in it
    UNCLOSED = "unclosed"  # a quotation mark or bracket without its partner
    EMPTY_PHRASE = "empty_phrase"  # quotation marks around nothing
    OR_ALONE = "or_alone"  # OR without words on both sides
    NOT_ALONE = "not_alone"  # NOT or - without a word after it
    NOT_IN_OR = "not_in_or"  # an exclusion as an alternative
    ONLY_NOT = "only_not"  # nothing is wanted, only excluded
    FIELD_ALONE = "field_alone"  # `title:` without a word after it
    SHORT_PREFIX = "short_prefix"  # fewer than three letters before *
    STAR_INSIDE = "star_inside"  # * in the middle of a word
    NO_DAYS = "no_days"  # a range of days that cannot be read
    NO_PLACE = "no_place"  # no unit of that name
    NO_SUCH = "no_such"  # a value the field does not know
    NEAR_TWO = "near_two"  # NEAR of other than two words or phrases, or over too many words
    STRICT = "strict"  # = before what has no accents to ask for
    TOO_LONG = "too_long"  # more words, conditions or brackets than an engine should be asked for
    CURSOR = "cursor"  # a place in the answer to another query


class QueryError(ValueError):
    """A query that cannot be understood.

    `message` says what to do, `position` is the character of the query it is about, and `problem` names
    the case for those who say it in another language.
    """

    def __init__(self, message: str, position: int, problem: QueryProblem) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query."""

    kind: str  # or, not, minus, strict, field, near, days, group, end, phrase, word
    text: str  # without quotation marks; of a NEAR what stands between its brackets
    position: int  # character of the query it begins at
    star: bool = False  # a * follows the phrase

    @property
    def end(self) -> int:
        """The character after it."""
        return self.position + len(self.text) + (2 + self.star if self.kind == "phrase" else 0)


def split_lexemes(text: str) -> Iterator[Lexeme]:
    """The pieces of a query in order, every group's bracket closed; raises QueryError."""
    if len(text) > MAX_QUERY_CHARS:
        message = f"Too long a query: at most {MAX_QUERY_CHARS} characters"
        raise QueryError(message, MAX_QUERY_CHARS, QueryProblem.TOO_LONG)
    brackets: list[int | None] = []  # those still open; none = punctuation, as in `CĐCS(2022)`
    at = 0
    while at < len(text):
        match = _LEXEME.match(text, at)
        kind = match.lastgroup if match else "space"
        if match is None:  # a closing mark without its partner, as pasted titles have
            at += 1
        elif kind == "open":
            lexeme = _phrase(text, at)
            at = lexeme.end
            yield lexeme
        else:
            if _counts(match, text, brackets):
                yield _single(match)
            at = match.end()
    left = next((opened for opened in brackets if opened is not None), None)
    if left is not None:
        raise QueryError("This bracket is never closed: close or remove it", left, QueryProblem.UNCLOSED)


def _counts(match: re.Match[str], text: str, brackets: list[int | None]) -> bool:
    """Whether a match is a piece of the query; keeps account of brackets."""
    at = match.start()
    if match["group"]:
        before = text[:at]
        begins = not before or before[-1].isspace() or before[-1] in "(-:" or before.endswith(("OR", "NOT"))
        brackets.append(at if begins else None)
        return begins
    if match["end"]:
        return bool(brackets) and brackets.pop() is not None
    return not (match["space"] or match["and"])


def _phrase(text: str, at: int) -> Lexeme:
    closers = _CLOSES[text[at]]
    end = next((i for i in range(at + 1, len(text)) if text[i] in closers), None)
    if end is None:
        raise QueryError("This quotation mark is never closed: close or remove it", at, QueryProblem.UNCLOSED)
    return Lexeme("phrase", text[at + 1 : end], at, text[end + 1 : end + 2] == "*")


def _single(match: re.Match[str]) -> Lexeme:
    if match["near"]:
        if not match["shut"]:
            raise QueryError(
                "This bracket is never closed: close or remove it",
                match.start("inner") - 1,
                QueryProblem.UNCLOSED,
            )
        return Lexeme("near", match["inner"], match.start())
    return Lexeme(str(match.lastgroup), match[0], match.start())
