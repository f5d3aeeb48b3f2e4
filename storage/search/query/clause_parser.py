"""The grammar of queries: lexemes → clauses, with the character position of every mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from storage.gazetteer.names import MAX_NAME_WORDS, exact_unit_keys, searched_unit_keys
from storage.search.query.lexer import Lexeme, QueryError, QueryProblem, split_lexemes
from storage.search.query.query_dates import DateRange, parse_date_range
from storage.search.query.tree import Filter, FilterKind, Near, Phrase, QueryPlace, SearchField, Term
from storage.text.tokens import Token, tokens

MAX_QUERY_WORDS = 64  # a long title has 40; of more, somebody pasted an article
MAX_QUERY_CONDITIONS = 64  # filters and ranges too: bounds the cost of one query
MAX_BRACKET_DEPTH = 6
MIN_PREFIX_LETTERS = 3  # shorter ones match a tenth of all words and are slow in every engine
DEFAULT_NEAR_DISTANCE = 10  # words between the two of a NEAR without a distance
MAX_NEAR_DISTANCE = 30

HAS_VALUES = {
    "file": "file",
    "files": "file",
    "image": "image",
    "images": "image",
    "ảnh": "image",
    "tệp": "file",
}


@dataclass(frozen=True, slots=True)
class ClauseGroup:
    """Clauses between brackets."""

    clauses: tuple[Clause, ...]
    position: int  # of its opening bracket


@dataclass(frozen=True, slots=True)
class ClauseItem:
    """One condition as typed: words, a phrase, a NEAR, a filter, a date range or a group."""

    content: Phrase | Near | Filter | QueryPlace | DateRange | ClauseGroup
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Items joined by OR, of which one must match; or one excluded item."""

    items: tuple[ClauseItem, ...]
    excluded: bool = False


def parse_clauses(text: str) -> tuple[Clause, ...]:
    """Parse a query into clauses; raise QueryError."""
    query_clauses = _ClauseParser(tuple(split_lexemes(text))).parse_clauses(None)
    if not query_clauses:
        raise QueryError("Type at least one word", 0, QueryProblem.EMPTY)
    clause_items = list(_flat_items(query_clauses))
    words = [
        term
        for clause_item in clause_items
        if isinstance(clause_item.content, Phrase)
        for term in clause_item.content.terms
    ]
    if len(words) > MAX_QUERY_WORDS:
        raise QueryError(f"Too many words: at most {MAX_QUERY_WORDS}", len(text), QueryProblem.TOO_LONG)
    if len(clause_items) > MAX_QUERY_CONDITIONS:
        clause_error = f"Too many conditions: at most {MAX_QUERY_CONDITIONS}"
        raise QueryError(clause_error, len(text), QueryProblem.TOO_LONG)
    return query_clauses


def _flat_items(query_clauses: tuple[Clause, ...]) -> Iterator[ClauseItem]:
    """Every item, with the items of groups in place of the groups."""
    for clause in query_clauses:
        for clause_item in clause.items:
            if isinstance(clause_item.content, ClauseGroup):
                yield from _flat_items(clause_item.content.clauses)
            else:
                yield clause_item


def queried_places(query_clauses: tuple[Clause, ...]) -> tuple[QueryPlace, ...]:
    """Return every place that the clauses name."""
    return tuple(
        clause_item.content
        for clause_item in _flat_items(query_clauses)
        if isinstance(clause_item.content, QueryPlace)
    )


class _ClauseParser:
    """Recursive descent over the lexemes of a query."""

    def __init__(self, lexemes: tuple[Lexeme, ...]) -> None:
        self._lexemes = lexemes
        self._index = 0
        self._bracket_depth = 0

    @property
    def lexeme(self) -> Lexeme | None:
        """The next lexeme; None at the end."""
        return self._lexemes[self._index] if self._index < len(self._lexemes) else None

    def _take_lexeme(self) -> Lexeme:
        self._index += 1
        return self._lexemes[self._index - 1]

    def _next_is(self, *kinds: str) -> bool:
        return self.lexeme is not None and self.lexeme.kind in kinds

    def parse_clauses(self, clause_field: str | None) -> tuple[Clause, ...]:
        """Parse up to the end or the closing bracket, skipping what has no word in it."""
        query_clauses = []
        while self.lexeme and not self._next_is("end"):
            clause = self._parse_clause(clause_field)
            if clause:
                query_clauses.append(clause)
        return tuple(query_clauses)

    def _parse_clause(self, clause_field: str | None) -> Clause | None:
        assert self.lexeme is not None
        if self._next_is("or"):
            raise _or_alone_error(self.lexeme)
        if self._next_is("minus", "not"):
            return self._parse_exclusion(clause_field)
        first_item = self._parse_item(clause_field)
        if first_item is None:
            return None
        clause_items = [first_item]
        while self._next_is("or"):
            clause_items.append(self._parse_alternative(clause_field))
        return Clause(tuple(clause_items))

    def _parse_exclusion(self, clause_field: str | None) -> Clause | None:
        exclusion_mark = self._take_lexeme()
        exclusion_alone = self.lexeme is None or self._next_is("minus", "not", "or", "end")
        clause_item = None if exclusion_alone else self._parse_item(clause_field)
        if clause_item is None and exclusion_mark.kind == "minus":
            return None  # "-…" is punctuation
        if clause_item is None:
            raise QueryError("NOT needs a word after it", exclusion_mark.position, QueryProblem.NOT_ALONE)
        if isinstance(clause_item.content, DateRange):
            raise QueryError(
                "Days cannot be excluded: write the range that is wanted",
                exclusion_mark.position,
                QueryProblem.NO_DAYS,
            )
        if self._next_is("or"):
            clause_error = "An exclusion cannot be joined by OR"
            raise QueryError(clause_error, exclusion_mark.position, QueryProblem.NOT_IN_OR)
        return Clause((clause_item,), excluded=True)

    def _parse_alternative(self, clause_field: str | None) -> ClauseItem:
        or_lexeme = self._take_lexeme()
        if self.lexeme is None or self._next_is("end"):
            raise _or_alone_error(or_lexeme)
        if self._next_is("minus", "not"):
            raise QueryError(
                "An exclusion cannot be joined by OR", self.lexeme.position, QueryProblem.NOT_IN_OR
            )
        clause_item = None if self._next_is("or") else self._parse_item(clause_field)
        if clause_item is None:
            raise _or_alone_error(or_lexeme)
        if isinstance(clause_item.content, DateRange):
            raise QueryError(
                "Days cannot be joined by OR: write one range", or_lexeme.position, QueryProblem.NO_DAYS
            )
        return clause_item

    def _parse_item(self, clause_field: str | None) -> ClauseItem | None:
        lexeme = self._take_lexeme()
        match lexeme.kind:
            case "group":
                return self._parse_group(lexeme, clause_field)
            case "near":
                return ClauseItem(_near_words(lexeme, clause_field))
            case "days":
                return _date_range_item(lexeme)
            case "strict":
                return self._parse_strict(lexeme, clause_field)
            case "field":
                return self._parse_field(lexeme)
            case _:
                return self._parse_words(lexeme, clause_field)

    def _parse_group(self, bracket: Lexeme, clause_field: str | None) -> ClauseItem | None:
        self._bracket_depth += 1
        if self._bracket_depth > MAX_BRACKET_DEPTH:
            clause_error = f"Brackets are nested too deep: at most {MAX_BRACKET_DEPTH}"
            raise QueryError(clause_error, bracket.position, QueryProblem.TOO_LONG)
        query_clauses = self.parse_clauses(clause_field)
        self._take_lexeme()  # the closing bracket: the lexer refuses a query without it
        self._bracket_depth -= 1
        if any(
            isinstance(clause_item.content, DateRange)
            for clause in query_clauses
            for clause_item in clause.items
        ):
            clause_error = "Days narrow the whole query: write them outside the brackets"
            raise QueryError(clause_error, bracket.position, QueryProblem.NO_DAYS)
        return ClauseItem(ClauseGroup(query_clauses, bracket.position)) if query_clauses else None

    def _parse_strict(self, strict_mark: Lexeme, clause_field: str | None) -> ClauseItem | None:
        if not self._next_is("word", "phrase"):
            return None  # "=…" is punctuation
        if clause_field == "place":
            return self._parse_place(self._take_lexeme(), exact_unit_keys, strict_mark.position)
        clause_item = self._parse_words(self._take_lexeme(), clause_field)
        if clause_item is None or not isinstance(clause_item.content, Phrase):
            clause_error = "= requires the accents of words: write it before one"
            raise QueryError(clause_error, strict_mark.position, QueryProblem.STRICT)
        return ClauseItem(replace(clause_item.content, strict=True), quoted=True)

    def _parse_field(self, lexeme: Lexeme) -> ClauseItem:
        clause_field = lexeme.text[:-1].lower()
        field_value = self.lexeme
        is_adjacent = field_value is not None and field_value.position == lexeme.position + len(lexeme.text)
        if not is_adjacent or not self._next_is("word", "phrase", "days", "group", "strict", "near"):
            raise _field_alone_error(lexeme)
        clause_item = self._parse_item(clause_field)
        if clause_item is None:
            raise _field_alone_error(lexeme)
        return clause_item

    def _parse_words(self, lexeme: Lexeme, clause_field: str | None) -> ClauseItem | None:
        """Parse a word or phrase as a value of the field."""
        match clause_field:
            case "date":
                return _date_range_item(lexeme)
            case "place":
                return self._parse_place(lexeme, searched_unit_keys, lexeme.position)
            case "site" | "level" | "platform":
                return _site_filter(lexeme, FilterKind(clause_field))
            case "has":
                return _has_filter(lexeme)
        return _phrase_item(lexeme, SearchField(clause_field) if clause_field else None)

    def _parse_place(
        self, lexeme: Lexeme, unit_keys_of: Callable[[str], tuple[str, ...]], start: int
    ) -> ClauseItem:
        """Parse the longest place name from here on: `place:thái nguyên` needs no quotation marks."""
        name_lexemes = [lexeme]
        if lexeme.kind == "word":
            following = self._lexemes[self._index : self._index + MAX_NAME_WORDS - 1]
            name_lexemes += takewhile(lambda next_lexeme: next_lexeme.kind == "word", following)
        for length in range(len(name_lexemes), 0, -1):
            name = " ".join(name_lexeme.text for name_lexeme in name_lexemes[:length])
            if unit_keys := unit_keys_of(name):
                self._index += length - 1
                return ClauseItem(QueryPlace(unit_keys, start, name_lexemes[length - 1].end))
        clause_error = f"No province, district or commune is called `{lexeme.text}`, now or before the reform"
        raise QueryError(clause_error, lexeme.position, QueryProblem.NO_PLACE)


def _or_alone_error(lexeme: Lexeme) -> QueryError:
    return QueryError("OR needs a word before and after it", lexeme.position, QueryProblem.OR_ALONE)


def _field_alone_error(lexeme: Lexeme) -> QueryError:
    clause_error = f"{lexeme.text} needs a word right after the colon"
    return QueryError(clause_error, lexeme.position, QueryProblem.FIELD_ALONE)


def _site_filter(lexeme: Lexeme, kind: FilterKind) -> ClauseItem | None:
    field_value = "".join(c for c in lexeme.text.strip().rstrip("*").casefold() if c.isprintable())
    return (
        ClauseItem(Filter(kind, field_value, lexeme.star or lexeme.text.endswith("*")))
        if field_value
        else None
    )


def _has_filter(lexeme: Lexeme) -> ClauseItem:
    field_value = HAS_VALUES.get(lexeme.text.strip().casefold())
    if field_value is None:
        raise QueryError("has: knows `file` and `image`", lexeme.position, QueryProblem.NO_SUCH)
    return ClauseItem(Filter(FilterKind.HAS, field_value))


def _date_range_item(lexeme: Lexeme) -> ClauseItem:
    date_range = parse_date_range(lexeme.text)
    if date_range is None:
        clause_error = "Write days as 2021, 2021-06, 2021-06-30, 2021..2023-06, 2021.. or undated"
        raise QueryError(clause_error, lexeme.position, QueryProblem.NO_DAYS)
    return ClauseItem(date_range)


def _near_words(lexeme: Lexeme, clause_field: str | None) -> Near:
    near_text, near_comma, near_distance_text = lexeme.text.rpartition(",")
    near_distance = near_distance_text.strip() if near_comma else ""
    if not near_distance.isdecimal():
        near_text, near_distance = lexeme.text, str(DEFAULT_NEAR_DISTANCE)
    near_field = SearchField(clause_field) if clause_field in set(SearchField) else None
    near_lexemes = [
        near_lexeme for near_lexeme in split_lexemes(near_text) if near_lexeme.kind in {"word", "phrase"}
    ]
    clause_items = [
        _phrase_item(replace(near_lexeme, position=lexeme.position), near_field)
        for near_lexeme in near_lexemes
    ]
    near_phrases = [
        clause_item.content
        for clause_item in clause_items
        if clause_item and isinstance(clause_item.content, Phrase) and not clause_item.content.prefix
    ]
    has_common_word = len(near_phrases) == 2 and set(near_phrases[0].folded) & set(near_phrases[1].folded)
    if len(near_phrases) != 2 or len(near_lexemes) != 2 or has_common_word:
        clause_error = 'NEAR takes two different words or phrases and a distance: NEAR("công đoàn" lương, 5)'
        raise QueryError(clause_error, lexeme.position, QueryProblem.NEAR_TWO)
    if int(near_distance) > MAX_NEAR_DISTANCE:
        clause_error = f"NEAR reaches over at most {MAX_NEAR_DISTANCE} words"
        raise QueryError(clause_error, lexeme.position, QueryProblem.NEAR_TWO)
    return Near(near_phrases[0], near_phrases[1], int(near_distance))


def _phrase_item(lexeme: Lexeme, clause_field: SearchField | None) -> ClauseItem | None:
    phrase_quoted = lexeme.kind == "phrase"
    phrase_tokens = tokens(lexeme.text)
    if not phrase_tokens:
        if phrase_quoted:
            raise QueryError("There is no word in this phrase", lexeme.position, QueryProblem.EMPTY_PHRASE)
        return None
    phrase_prefix = _ends_in_star(lexeme, phrase_tokens)
    phrase_terms = tuple(Term.of(token.exact, token.folded) for token in phrase_tokens)
    return ClauseItem(Phrase(phrase_terms, phrase_prefix, clause_field), phrase_quoted)


def _ends_in_star(lexeme: Lexeme, phrase_tokens: list[Token]) -> bool:
    phrase_position = lexeme.position + (lexeme.kind == "phrase")
    last_token = phrase_tokens[-1]
    inner_star = lexeme.text.find("*", phrase_tokens[0].start, last_token.end)
    if inner_star >= 0:
        clause_error = "* can only stand at the end of a word or phrase"
        raise QueryError(clause_error, phrase_position + inner_star, QueryProblem.STAR_INSIDE)
    phrase_star = lexeme.star or lexeme.text[last_token.end :].startswith("*")
    if phrase_star and sum(c.isalnum() for c in last_token.folded) < MIN_PREFIX_LETTERS:
        clause_error = f"At least {MIN_PREFIX_LETTERS} letters before *"
        raise QueryError(clause_error, phrase_position + last_token.start, QueryProblem.SHORT_PREFIX)
    return phrase_star
