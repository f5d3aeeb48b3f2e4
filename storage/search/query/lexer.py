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

    def __init__(self, lexer_error: str, lexeme_start: int, problem: QueryProblem) -> None:
        super().__init__(f"{lexer_error} (at character {lexeme_start + 1})")
        self.message = lexer_error
        self.position = lexeme_start
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


def split_lexemes(query_text: str) -> Iterator[Lexeme]:
    """Yield the lexemes of a query in order, the brackets of groups balanced; raise QueryError."""
    if len(query_text) > MAX_QUERY_CHARS:
        lexer_error = f"Too long a query: at most {MAX_QUERY_CHARS} characters"
        raise QueryError(lexer_error, MAX_QUERY_CHARS, QueryProblem.TOO_LONG)
    open_brackets: list[int | None] = []  # their positions; none = punctuation, as in `CĐCS(2022)`
    lexeme_start = 0
    while lexeme_start < len(query_text):
        lexeme_match = _LEXEME_PATTERN.match(query_text, lexeme_start)
        lexeme_kind = lexeme_match.lastgroup if lexeme_match else "space"
        if lexeme_match is None:  # a closing mark without its partner, as pasted titles have
            lexeme_start += 1
        elif lexeme_kind == "open":
            quoted_lexeme = _quoted_phrase(query_text, lexeme_start)
            lexeme_start = quoted_lexeme.end
            yield quoted_lexeme
        else:
            if _is_lexeme(lexeme_match, query_text, open_brackets):
                yield _make_lexeme(lexeme_match)
            lexeme_start = lexeme_match.end()
    unclosed_bracket = next((bracket for bracket in open_brackets if bracket is not None), None)
    if unclosed_bracket is not None:
        lexer_error = "This bracket is never closed: close or remove it"
        raise QueryError(lexer_error, unclosed_bracket, QueryProblem.UNCLOSED)


def _is_lexeme(lexeme_match: re.Match[str], query_text: str, open_brackets: list[int | None]) -> bool:
    """Whether a match is part of the query; pushes and pops `open_brackets`."""
    lexeme_start = lexeme_match.start()
    if lexeme_match["group"]:
        lexeme_before = query_text[:lexeme_start]
        begins_group = (
            not lexeme_before
            or lexeme_before[-1].isspace()
            or lexeme_before[-1] in "(-:"
            or lexeme_before.endswith(("OR", "NOT"))
        )
        open_brackets.append(lexeme_start if begins_group else None)
        return begins_group
    if lexeme_match["end"]:
        return bool(open_brackets) and open_brackets.pop() is not None
    return not (lexeme_match["space"] or lexeme_match["and"])


def _quoted_phrase(query_text: str, start: int) -> Lexeme:
    closing_quotes = _CLOSING_QUOTES[query_text[start]]
    closing_quote_index = next(
        (index for index in range(start + 1, len(query_text)) if query_text[index] in closing_quotes), None
    )
    if closing_quote_index is None:
        lexer_error = "This quotation mark is never closed: close or remove it"
        raise QueryError(lexer_error, start, QueryProblem.UNCLOSED)
    return Lexeme(
        "phrase",
        query_text[start + 1 : closing_quote_index],
        start,
        query_text[closing_quote_index + 1 : closing_quote_index + 2] == "*",
    )


def _make_lexeme(lexeme_match: re.Match[str]) -> Lexeme:
    if lexeme_match["near"]:
        if not lexeme_match["shut"]:
            lexer_error = "This bracket is never closed: close or remove it"
            raise QueryError(lexer_error, lexeme_match.start("inner") - 1, QueryProblem.UNCLOSED)
        return Lexeme("near", lexeme_match["inner"], lexeme_match.start())
    return Lexeme(str(lexeme_match.lastgroup), lexeme_match[0], lexeme_match.start())
