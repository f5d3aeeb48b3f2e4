"""The query language: text typed by a reader → a tree of what is wanted, the same for every engine."""

from __future__ import annotations

from storage.search.query.abbreviations import Abbreviations, default_abbreviations
from storage.search.query.grammar import Clause, ClauseGroup, QueryItem, parse_clauses, queried_places
from storage.search.query.lexer import QueryError, QueryProblem
from storage.search.query.query_dates import DateRange
from storage.search.query.tree import (
    Filter,
    FilterKind,
    Near,
    Phrase,
    Query,
    QueryNode,
    QueryPlace,
    Term,
    all_of,
    any_of,
)

__all__ = ["Query", "QueryError", "QueryProblem", "parse"]  # all that callers of the language need

MOST_SPELLINGS = 12  # of one phrase; three abbreviations in a phrase would be 27 and more


def parse(text: str, abbreviations: Abbreviations | None = None) -> Query:
    """The query `text` stands for; raises QueryError pointing at the character in question.

    Words are all wanted (AND may be written); "…" “…” «…» is a phrase; OR joins its two neighbours; NOT or
    - excludes; ( ) groups; three letters and * is a prefix; NEAR(a b, 5) wants two words or phrases with at
    most five words between them; =word and ="a phrase" want the accents as typed. title: author: file:
    section: doc: look in one place; site: place: level: platform: has: ask what is known of the article.
    `2021..2023-06`, `date:2022` and `undated` narrow the day of publication, alone or beside words.
    Abbreviations stand for their long forms and the other way round.
    """
    found = parse_clauses(text)
    words = tuple(clause for clause in found if not isinstance(clause.items[0].content, DateRange))
    days = _days(
        [clause.items[0].content for clause in found if isinstance(clause.items[0].content, DateRange)]
    )
    root = _tree(words, abbreviations or default_abbreviations(), 0) if words or not days else None
    return Query(text, root, days, queried_places(found))


def _days(wanted: list[DateRange]) -> DateRange | None:
    both: DateRange | None = None
    for days in wanted:
        both = days.intersect(both) if both else days
        if both is None:
            raise QueryError("No day is in all of these ranges", 0, QueryProblem.NO_DAYS)
    return both


def _tree(found: tuple[Clause, ...], abbreviations: Abbreviations, at: int) -> QueryNode:
    wanted: list[QueryNode] = []
    without: list[QueryNode] = []
    row: list[Phrase] = []  # plain words in a row: abbreviations are looked for across them
    for clause in found:
        words = _plain_words(clause)
        if not words or (row and row[0].field != words[0].field):
            wanted += _spell_out(row, abbreviations)
            row = []
        row += words
        if not words:
            node = any_of(tuple(_item(item, abbreviations) for item in clause.items))
            (without if clause.excluded else wanted).append(node)
    wanted += _spell_out(row, abbreviations)
    if not wanted:
        raise QueryError("Only exclusions: add a word to look for", at, QueryProblem.ONLY_NOT)
    return all_of(tuple(wanted), tuple(dict.fromkeys(without)))


def _plain_words(clause: Clause) -> list[Phrase]:
    """The words of a clause that is nothing but words."""
    item = clause.items[0]
    if len(clause.items) > 1 or clause.excluded or item.quoted:
        return []
    if not isinstance(item.content, Phrase) or item.content.prefix:
        return []
    return [Phrase((term,), field=item.content.field) for term in item.content.terms]


def _item(item: QueryItem, abbreviations: Abbreviations) -> QueryNode:
    found = item.content
    match found:
        case Filter() | Near():
            return found
        case QueryPlace(keys):
            widest = (key for key in keys if key.partition("/")[0] not in keys or "/" not in key)
            return any_of(tuple(Filter(FilterKind.PLACE, key) for key in widest))
        case ClauseGroup(inner, at):
            return _tree(inner, abbreviations, at)
    assert isinstance(found, Phrase)
    return _said(found, item, abbreviations)


def _said(found: Phrase, item: QueryItem, abbreviations: Abbreviations) -> QueryNode:
    if found.strict:
        return found  # who asks for accents asks for these letters
    if item.quoted:
        return _spell_out_phrase(found, abbreviations)
    words = [Phrase((term,), field=found.field) for term in found.terms]
    if found.prefix:
        last = Phrase(found.terms[-1:], prefix=True, field=found.field)
        return all_of((*_spell_out(words[:-1], abbreviations), last))
    return all_of(tuple(_spell_out(words, abbreviations)))


def _spell_out(row: list[Phrase], abbreviations: Abbreviations) -> list[QueryNode]:
    """Words in a row, each longest abbreviation or long form also as its other forms."""
    words = [phrase.terms[0] for phrase in row]
    nodes: list[QueryNode] = []
    at = 0
    while at < len(row):
        match = abbreviations.match(words, at)
        length = match.length if match else 1
        typed = all_of(tuple(row[at : at + length]))
        others = tuple(Phrase(form, field=row[at].field) for form in match.others) if match else ()
        nodes.append(any_of((typed, *others)))
        at += length
    return nodes


def _spell_out_phrase(phrase: Phrase, abbreviations: Abbreviations) -> QueryNode:
    """A phrase in all spellings of the abbreviations within it."""
    spellings: list[tuple[Term, ...]] = [()]
    at = 0
    while at < len(phrase.terms):
        match = abbreviations.match(phrase.terms, at)
        length = match.length if match else 1
        typed = phrase.terms[at : at + length]
        ends_in_star = phrase.prefix and at + length == len(phrase.terms)
        forms = (typed, *match.others) if match and not ends_in_star else (typed,)
        if len(spellings) * len(forms) > MOST_SPELLINGS:
            forms = (typed,)
        spellings = [(*before, *form) for form in forms for before in spellings]
        at += length
    return any_of(tuple(Phrase(terms, phrase.prefix, phrase.field) for terms in spellings))
