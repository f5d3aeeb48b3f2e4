"""The grammar of queries: characters → clauses, with the place of every mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from storage.gazetteer.names import MAX_NAME_WORDS, exact_unit_keys, searched_unit_keys
from storage.search.query.lexer import Lexeme, QueryError, QueryProblem, split_lexemes
from storage.search.query.query_dates import DateRange, parse_date_range
from storage.search.query.tree import Filter, FilterKind, Near, Phrase, QueryPlace, SearchField, Term
from storage.text.tokens import Token, tokens

MOST_WORDS = 64  # a long title has 40; beyond this somebody pasted an article
MOST_CLAUSES = 64  # facts and ranges too: what one query may cost is bounded
DEEPEST = 6  # brackets within brackets
SHORTEST_PREFIX = 3  # letters: shorter ones match a tenth of all words and are slow in every engine
USUAL_DISTANCE = 10  # words between the two of a NEAR that tells none
LONGEST_DISTANCE = 30

HAS = {"file": "file", "files": "file", "image": "image", "images": "image", "ảnh": "image", "tệp": "file"}


@dataclass(frozen=True, slots=True)
class ClauseGroup:
    """What stands between brackets."""

    clauses: tuple[Clause, ...]
    position: int  # of its bracket


@dataclass(frozen=True, slots=True)
class QueryItem:
    """One thing as typed: words in a row, a phrase, a fact, a range of days, a group."""

    content: Phrase | Near | Filter | QueryPlace | DateRange | ClauseGroup
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Items of which one is wanted (joined by OR), or unwanted."""

    items: tuple[QueryItem, ...]
    excluded: bool = False


def parse_clauses(text: str) -> tuple[Clause, ...]:
    """What was typed, clause by clause; raises QueryError."""
    found = _ClauseParser(tuple(split_lexemes(text))).parse_clauses(None)
    if not found:
        raise QueryError("Type at least one word", 0, QueryProblem.EMPTY)
    items = list(_items(found))
    words = [term for item in items if isinstance(item.content, Phrase) for term in item.content.terms]
    if len(words) > MOST_WORDS:
        raise QueryError(f"Too many words: at most {MOST_WORDS}", len(text), QueryProblem.TOO_LONG)
    if len(items) > MOST_CLAUSES:
        raise QueryError(f"Too many conditions: at most {MOST_CLAUSES}", len(text), QueryProblem.TOO_LONG)
    return found


def _items(found: tuple[Clause, ...]) -> Iterator[QueryItem]:
    """Every item, those of groups in place of them."""
    for clause in found:
        for item in clause.items:
            if isinstance(item.content, ClauseGroup):
                yield from _items(item.content.clauses)
            else:
                yield item


def queried_places(found: tuple[Clause, ...]) -> tuple[QueryPlace, ...]:
    """Every place asked for."""
    return tuple(item.content for item in _items(found) if isinstance(item.content, QueryPlace))


class _ClauseParser:
    """A place in the row of lexemes."""

    def __init__(self, row: tuple[Lexeme, ...]) -> None:
        self._row = row
        self._next = 0
        self._depth = 0

    @property
    def lexeme(self) -> Lexeme | None:
        """The lexeme to be read next."""
        return self._row[self._next] if self._next < len(self._row) else None

    def _take(self) -> Lexeme:
        self._next += 1
        return self._row[self._next - 1]

    def _is(self, *kinds: str) -> bool:
        return self.lexeme is not None and self.lexeme.kind in kinds

    def parse_clauses(self, field: str | None) -> tuple[Clause, ...]:
        """All clauses up to the end, or to the bracket that closes; what has no word in it is passed over."""
        found = []
        while self.lexeme and not self._is("end"):
            clause = self._clause(field)
            if clause:
                found.append(clause)
        return tuple(found)

    def _clause(self, field: str | None) -> Clause | None:
        assert self.lexeme is not None
        if self._is("or"):
            raise _or_alone(self.lexeme)
        if self._is("minus", "not"):
            return self._exclusion(field)
        first = self._item(field)
        if first is None:
            return None
        items = [first]
        while self._is("or"):
            items.append(self._alternative(field))
        return Clause(tuple(items))

    def _exclusion(self, field: str | None) -> Clause | None:
        mark = self._take()
        alone = self.lexeme is None or self._is("minus", "not", "or", "end")
        item = None if alone else self._item(field)
        if item is None and mark.kind == "minus":
            return None  # "-…" is punctuation
        if item is None:
            raise QueryError("NOT needs a word after it", mark.position, QueryProblem.NOT_ALONE)
        if isinstance(item.content, DateRange):
            raise QueryError(
                "Days cannot be excluded: write the range that is wanted", mark.position, QueryProblem.NO_DAYS
            )
        if self._is("or"):
            raise QueryError("An exclusion cannot be joined by OR", mark.position, QueryProblem.NOT_IN_OR)
        return Clause((item,), excluded=True)

    def _alternative(self, field: str | None) -> QueryItem:
        joint = self._take()
        if self.lexeme is None or self._is("end"):
            raise _or_alone(joint)
        if self._is("minus", "not"):
            raise QueryError(
                "An exclusion cannot be joined by OR", self.lexeme.position, QueryProblem.NOT_IN_OR
            )
        item = None if self._is("or") else self._item(field)
        if item is None:
            raise _or_alone(joint)
        if isinstance(item.content, DateRange):
            raise QueryError(
                "Days cannot be joined by OR: write one range", joint.position, QueryProblem.NO_DAYS
            )
        return item

    def _item(self, field: str | None) -> QueryItem | None:
        lexeme = self._take()
        match lexeme.kind:
            case "group":
                return self._group(lexeme, field)
            case "near":
                return QueryItem(_near(lexeme, field))
            case "days":
                return _days(lexeme)
            case "strict":
                return self._strict(lexeme, field)
            case "field":
                return self._fielded(lexeme)
            case _:
                return self._told(lexeme, field)

    def _group(self, bracket: Lexeme, field: str | None) -> QueryItem | None:
        self._depth += 1
        if self._depth > DEEPEST:
            message = f"Brackets stand too deep within brackets: at most {DEEPEST}"
            raise QueryError(message, bracket.position, QueryProblem.TOO_LONG)
        found = self.parse_clauses(field)
        self._take()  # the lexer has seen to it that the bracket is closed
        self._depth -= 1
        if any(isinstance(item.content, DateRange) for clause in found for item in clause.items):
            message = "Days narrow the whole query: write them outside the brackets"
            raise QueryError(message, bracket.position, QueryProblem.NO_DAYS)
        return QueryItem(ClauseGroup(found, bracket.position)) if found else None

    def _strict(self, mark: Lexeme, field: str | None) -> QueryItem | None:
        if not self._is("word", "phrase"):
            return None  # "=…" is punctuation
        if field == "place":
            return self._place(self._take(), exact_unit_keys, mark.position)
        item = self._told(self._take(), field)
        if item is None or not isinstance(item.content, Phrase):
            raise QueryError(
                "= asks for the accents of words: write it before one", mark.position, QueryProblem.STRICT
            )
        return QueryItem(replace(item.content, strict=True), quoted=True)

    def _fielded(self, lexeme: Lexeme) -> QueryItem:
        field = lexeme.text[:-1].lower()
        told = self.lexeme
        near = told is not None and told.position == lexeme.position + len(lexeme.text)
        if not near or not self._is("word", "phrase", "days", "group", "strict", "near"):
            raise _field_alone(lexeme)
        item = self._item(field)
        if item is None:
            raise _field_alone(lexeme)
        return item

    def _told(self, lexeme: Lexeme, field: str | None) -> QueryItem | None:
        """What a word or phrase says in a field."""
        match field:
            case "date":
                return _days(lexeme)
            case "place":
                return self._place(lexeme, searched_unit_keys, lexeme.position)
            case "site" | "level" | "platform":
                return _fact(lexeme, FilterKind(field))
            case "has":
                return _has(lexeme)
        return _words(lexeme, SearchField(field) if field else None)

    def _place(self, lexeme: Lexeme, keys_of: Callable[[str], tuple[str, ...]], begin: int) -> QueryItem:
        """The longest name of a place from here: `place:thái nguyên` needs no quotation marks."""
        ahead = self._row[self._next : self._next + MAX_NAME_WORDS - 1] if lexeme.kind == "word" else ()
        row = [lexeme]
        for each in ahead:
            if each.kind != "word":
                break
            row.append(each)
        for length in range(len(row), 0, -1):
            keys = keys_of(" ".join(each.text for each in row[:length]))
            if keys:
                self._next += length - 1
                return QueryItem(QueryPlace(keys, begin, row[length - 1].end))
        message = f"No province, district or commune is called `{lexeme.text}`, now or before the reform"
        raise QueryError(message, lexeme.position, QueryProblem.NO_PLACE)


def _or_alone(lexeme: Lexeme) -> QueryError:
    return QueryError("OR needs a word before and after it", lexeme.position, QueryProblem.OR_ALONE)


def _field_alone(lexeme: Lexeme) -> QueryError:
    message = f"{lexeme.text} needs a word right after the colon"
    return QueryError(message, lexeme.position, QueryProblem.FIELD_ALONE)


def _fact(lexeme: Lexeme, kind: FilterKind) -> QueryItem | None:
    value = "".join(c for c in lexeme.text.strip().rstrip("*").casefold() if c.isprintable())
    return QueryItem(Filter(kind, value, lexeme.star or lexeme.text.endswith("*"))) if value else None


def _has(lexeme: Lexeme) -> QueryItem:
    value = HAS.get(lexeme.text.strip().casefold())
    if value is None:
        raise QueryError("has: knows `file` and `image`", lexeme.position, QueryProblem.NO_SUCH)
    return QueryItem(Filter(FilterKind.HAS, value))


def _days(lexeme: Lexeme) -> QueryItem:
    days = parse_date_range(lexeme.text)
    if days is None:
        message = "Write days as 2021, 2021-06, 2021-06-30, 2021..2023-06, 2021.. or undated"
        raise QueryError(message, lexeme.position, QueryProblem.NO_DAYS)
    return QueryItem(days)


def _near(lexeme: Lexeme, field: str | None) -> Near:
    told, comma, distance = lexeme.text.rpartition(",")
    within = distance.strip() if comma else ""
    if not within.isdecimal():
        told, within = lexeme.text, str(USUAL_DISTANCE)
    row = [each for each in split_lexemes(told) if each.kind in {"word", "phrase"}]
    found = [_words(replace(each, position=lexeme.position), _field(field)) for each in row]
    pair = [
        item.content
        for item in found
        if item and isinstance(item.content, Phrase) and not item.content.prefix
    ]
    shared = len(pair) == 2 and set(pair[0].folded) & set(pair[1].folded)
    if len(pair) != 2 or len(row) != 2 or shared:
        message = 'NEAR takes two different words or phrases and a distance: NEAR("công đoàn" lương, 5)'
        raise QueryError(message, lexeme.position, QueryProblem.NEAR_TWO)
    if int(within) > LONGEST_DISTANCE:
        message = f"NEAR reaches over at most {LONGEST_DISTANCE} words"
        raise QueryError(message, lexeme.position, QueryProblem.NEAR_TWO)
    return Near(pair[0], pair[1], int(within))


def _field(field: str | None) -> SearchField | None:
    return SearchField(field) if field in set(SearchField) else None


def _words(lexeme: Lexeme, field: SearchField | None) -> QueryItem | None:
    quoted = lexeme.kind == "phrase"
    found = tokens(lexeme.text)
    if not found:
        if quoted:
            raise QueryError("There is no word in this phrase", lexeme.position, QueryProblem.EMPTY_PHRASE)
        return None
    star = _star(lexeme, found)
    terms = tuple(Term.of(token.exact, token.folded) for token in found)
    return QueryItem(Phrase(terms, star, field), quoted)


def _star(lexeme: Lexeme, found: list[Token]) -> bool:
    begin = lexeme.position + (lexeme.kind == "phrase")
    inside = lexeme.text.find("*", found[0].start, found[-1].end)
    if inside >= 0:
        message = "* can only stand at the end of a word or phrase"
        raise QueryError(message, begin + inside, QueryProblem.STAR_INSIDE)
    star = lexeme.star or lexeme.text[found[-1].end :].startswith("*")
    if star and sum(c.isalnum() for c in found[-1].folded) < SHORTEST_PREFIX:
        message = f"At least {SHORTEST_PREFIX} letters before *"
        raise QueryError(message, begin + found[-1].start, QueryProblem.SHORT_PREFIX)
    return star
