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
class QueryItem:
    """One condition as typed: words, a phrase, a NEAR, a filter, a date range or a group."""

    content: Phrase | Near | Filter | QueryPlace | DateRange | ClauseGroup
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Items joined by OR, of which one must match; or one excluded item."""

    items: tuple[QueryItem, ...]
    excluded: bool = False


def parse_clauses(text: str) -> tuple[Clause, ...]:
    """Parse a query into clauses; raise QueryError."""
    clauses = _ClauseParser(tuple(split_lexemes(text))).parse_clauses(None)
    if not clauses:
        raise QueryError("Type at least one word", 0, QueryProblem.EMPTY)
    items = list(_flat_items(clauses))
    words = [term for item in items if isinstance(item.content, Phrase) for term in item.content.terms]
    if len(words) > MAX_QUERY_WORDS:
        raise QueryError(f"Too many words: at most {MAX_QUERY_WORDS}", len(text), QueryProblem.TOO_LONG)
    if len(items) > MAX_QUERY_CONDITIONS:
        message = f"Too many conditions: at most {MAX_QUERY_CONDITIONS}"
        raise QueryError(message, len(text), QueryProblem.TOO_LONG)
    return clauses


def _flat_items(clauses: tuple[Clause, ...]) -> Iterator[QueryItem]:
    """Every item, with the items of groups in place of the groups."""
    for clause in clauses:
        for item in clause.items:
            if isinstance(item.content, ClauseGroup):
                yield from _flat_items(item.content.clauses)
            else:
                yield item


def queried_places(clauses: tuple[Clause, ...]) -> tuple[QueryPlace, ...]:
    """Return every place that the clauses name."""
    return tuple(item.content for item in _flat_items(clauses) if isinstance(item.content, QueryPlace))


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

    def parse_clauses(self, field: str | None) -> tuple[Clause, ...]:
        """Parse up to the end or the closing bracket, skipping what has no word in it."""
        clauses = []
        while self.lexeme and not self._next_is("end"):
            clause = self._parse_clause(field)
            if clause:
                clauses.append(clause)
        return tuple(clauses)

    def _parse_clause(self, field: str | None) -> Clause | None:
        assert self.lexeme is not None
        if self._next_is("or"):
            raise _or_alone_error(self.lexeme)
        if self._next_is("minus", "not"):
            return self._parse_exclusion(field)
        first = self._parse_item(field)
        if first is None:
            return None
        items = [first]
        while self._next_is("or"):
            items.append(self._parse_alternative(field))
        return Clause(tuple(items))

    def _parse_exclusion(self, field: str | None) -> Clause | None:
        exclusion_mark = self._take_lexeme()
        alone = self.lexeme is None or self._next_is("minus", "not", "or", "end")
        item = None if alone else self._parse_item(field)
        if item is None and exclusion_mark.kind == "minus":
            return None  # "-…" is punctuation
        if item is None:
            raise QueryError("NOT needs a word after it", exclusion_mark.position, QueryProblem.NOT_ALONE)
        if isinstance(item.content, DateRange):
            raise QueryError(
                "Days cannot be excluded: write the range that is wanted",
                exclusion_mark.position,
                QueryProblem.NO_DAYS,
            )
        if self._next_is("or"):
            message = "An exclusion cannot be joined by OR"
            raise QueryError(message, exclusion_mark.position, QueryProblem.NOT_IN_OR)
        return Clause((item,), excluded=True)

    def _parse_alternative(self, field: str | None) -> QueryItem:
        or_lexeme = self._take_lexeme()
        if self.lexeme is None or self._next_is("end"):
            raise _or_alone_error(or_lexeme)
        if self._next_is("minus", "not"):
            raise QueryError(
                "An exclusion cannot be joined by OR", self.lexeme.position, QueryProblem.NOT_IN_OR
            )
        item = None if self._next_is("or") else self._parse_item(field)
        if item is None:
            raise _or_alone_error(or_lexeme)
        if isinstance(item.content, DateRange):
            raise QueryError(
                "Days cannot be joined by OR: write one range", or_lexeme.position, QueryProblem.NO_DAYS
            )
        return item

    def _parse_item(self, field: str | None) -> QueryItem | None:
        lexeme = self._take_lexeme()
        match lexeme.kind:
            case "group":
                return self._parse_group(lexeme, field)
            case "near":
                return QueryItem(_near_words(lexeme, field))
            case "days":
                return _date_range_item(lexeme)
            case "strict":
                return self._parse_strict(lexeme, field)
            case "field":
                return self._parse_field(lexeme)
            case _:
                return self._parse_words(lexeme, field)

    def _parse_group(self, bracket: Lexeme, field: str | None) -> QueryItem | None:
        self._bracket_depth += 1
        if self._bracket_depth > MAX_BRACKET_DEPTH:
            message = f"Brackets are nested too deep: at most {MAX_BRACKET_DEPTH}"
            raise QueryError(message, bracket.position, QueryProblem.TOO_LONG)
        clauses = self.parse_clauses(field)
        self._take_lexeme()  # the closing bracket: the lexer refuses a query without it
        self._bracket_depth -= 1
        if any(isinstance(item.content, DateRange) for clause in clauses for item in clause.items):
            message = "Days narrow the whole query: write them outside the brackets"
            raise QueryError(message, bracket.position, QueryProblem.NO_DAYS)
        return QueryItem(ClauseGroup(clauses, bracket.position)) if clauses else None

    def _parse_strict(self, strict_mark: Lexeme, field: str | None) -> QueryItem | None:
        if not self._next_is("word", "phrase"):
            return None  # "=…" is punctuation
        if field == "place":
            return self._parse_place(self._take_lexeme(), exact_unit_keys, strict_mark.position)
        item = self._parse_words(self._take_lexeme(), field)
        if item is None or not isinstance(item.content, Phrase):
            message = "= requires the accents of words: write it before one"
            raise QueryError(message, strict_mark.position, QueryProblem.STRICT)
        return QueryItem(replace(item.content, strict=True), quoted=True)

    def _parse_field(self, lexeme: Lexeme) -> QueryItem:
        field = lexeme.text[:-1].lower()
        value = self.lexeme
        is_adjacent = value is not None and value.position == lexeme.position + len(lexeme.text)
        if not is_adjacent or not self._next_is("word", "phrase", "days", "group", "strict", "near"):
            raise _field_alone_error(lexeme)
        item = self._parse_item(field)
        if item is None:
            raise _field_alone_error(lexeme)
        return item

    def _parse_words(self, lexeme: Lexeme, field: str | None) -> QueryItem | None:
        """Parse a word or phrase as a value of the field."""
        match field:
            case "date":
                return _date_range_item(lexeme)
            case "place":
                return self._parse_place(lexeme, searched_unit_keys, lexeme.position)
            case "site" | "level" | "platform":
                return _site_filter(lexeme, FilterKind(field))
            case "has":
                return _has_filter(lexeme)
        return _phrase_item(lexeme, SearchField(field) if field else None)

    def _parse_place(
        self, lexeme: Lexeme, unit_keys_of: Callable[[str], tuple[str, ...]], start: int
    ) -> QueryItem:
        """Parse the longest place name from here on: `place:thái nguyên` needs no quotation marks."""
        name_lexemes = [lexeme]
        if lexeme.kind == "word":
            following = self._lexemes[self._index : self._index + MAX_NAME_WORDS - 1]
            name_lexemes += takewhile(lambda next_lexeme: next_lexeme.kind == "word", following)
        for length in range(len(name_lexemes), 0, -1):
            name = " ".join(name_lexeme.text for name_lexeme in name_lexemes[:length])
            if unit_keys := unit_keys_of(name):
                self._index += length - 1
                return QueryItem(QueryPlace(unit_keys, start, name_lexemes[length - 1].end))
        message = f"No province, district or commune is called `{lexeme.text}`, now or before the reform"
        raise QueryError(message, lexeme.position, QueryProblem.NO_PLACE)


def _or_alone_error(lexeme: Lexeme) -> QueryError:
    return QueryError("OR needs a word before and after it", lexeme.position, QueryProblem.OR_ALONE)


def _field_alone_error(lexeme: Lexeme) -> QueryError:
    message = f"{lexeme.text} needs a word right after the colon"
    return QueryError(message, lexeme.position, QueryProblem.FIELD_ALONE)


def _site_filter(lexeme: Lexeme, kind: FilterKind) -> QueryItem | None:
    value = "".join(c for c in lexeme.text.strip().rstrip("*").casefold() if c.isprintable())
    return QueryItem(Filter(kind, value, lexeme.star or lexeme.text.endswith("*"))) if value else None


def _has_filter(lexeme: Lexeme) -> QueryItem:
    value = HAS_VALUES.get(lexeme.text.strip().casefold())
    if value is None:
        raise QueryError("has: knows `file` and `image`", lexeme.position, QueryProblem.NO_SUCH)
    return QueryItem(Filter(FilterKind.HAS, value))


def _date_range_item(lexeme: Lexeme) -> QueryItem:
    date_range = parse_date_range(lexeme.text)
    if date_range is None:
        message = "Write days as 2021, 2021-06, 2021-06-30, 2021..2023-06, 2021.. or undated"
        raise QueryError(message, lexeme.position, QueryProblem.NO_DAYS)
    return QueryItem(date_range)


def _near_words(lexeme: Lexeme, field: str | None) -> Near:
    phrases_text, comma, distance_text = lexeme.text.rpartition(",")
    distance = distance_text.strip() if comma else ""
    if not distance.isdecimal():
        phrases_text, distance = lexeme.text, str(DEFAULT_NEAR_DISTANCE)
    near_field = SearchField(field) if field in set(SearchField) else None
    inner_lexemes = [inner for inner in split_lexemes(phrases_text) if inner.kind in {"word", "phrase"}]
    items = [_phrase_item(replace(inner, position=lexeme.position), near_field) for inner in inner_lexemes]
    phrases = [
        item.content
        for item in items
        if item and isinstance(item.content, Phrase) and not item.content.prefix
    ]
    has_common_word = len(phrases) == 2 and set(phrases[0].folded) & set(phrases[1].folded)
    if len(phrases) != 2 or len(inner_lexemes) != 2 or has_common_word:
        message = 'NEAR takes two different words or phrases and a distance: NEAR("công đoàn" lương, 5)'
        raise QueryError(message, lexeme.position, QueryProblem.NEAR_TWO)
    if int(distance) > MAX_NEAR_DISTANCE:
        message = f"NEAR reaches over at most {MAX_NEAR_DISTANCE} words"
        raise QueryError(message, lexeme.position, QueryProblem.NEAR_TWO)
    return Near(phrases[0], phrases[1], int(distance))


def _phrase_item(lexeme: Lexeme, field: SearchField | None) -> QueryItem | None:
    quoted = lexeme.kind == "phrase"
    phrase_tokens = tokens(lexeme.text)
    if not phrase_tokens:
        if quoted:
            raise QueryError("There is no word in this phrase", lexeme.position, QueryProblem.EMPTY_PHRASE)
        return None
    prefix = _ends_in_star(lexeme, phrase_tokens)
    terms = tuple(Term.of(token.exact, token.folded) for token in phrase_tokens)
    return QueryItem(Phrase(terms, prefix, field), quoted)


def _ends_in_star(lexeme: Lexeme, phrase_tokens: list[Token]) -> bool:
    text_position = lexeme.position + (lexeme.kind == "phrase")
    last_token = phrase_tokens[-1]
    inner_star = lexeme.text.find("*", phrase_tokens[0].start, last_token.end)
    if inner_star >= 0:
        message = "* can only stand at the end of a word or phrase"
        raise QueryError(message, text_position + inner_star, QueryProblem.STAR_INSIDE)
    star = lexeme.star or lexeme.text[last_token.end :].startswith("*")
    if star and sum(c.isalnum() for c in last_token.folded) < MIN_PREFIX_LETTERS:
        message = f"At least {MIN_PREFIX_LETTERS} letters before *"
        raise QueryError(message, text_position + last_token.start, QueryProblem.SHORT_PREFIX)
    return star
