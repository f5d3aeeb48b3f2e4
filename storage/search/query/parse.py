"""Parse the text of a query into the tree that every engine translates, abbreviations expanded."""

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

__all__ = ["Query", "QueryError", "QueryProblem", "parse"]

MAX_PHRASE_SPELLINGS = 12  # of one phrase; three abbreviations in a phrase would give 27 and more


def parse(text: str, abbreviations: Abbreviations | None = None) -> Query:
    """Parse a query; raise QueryError with the position of the character in question.

    All words must match (AND may be written); "…" “…” «…» is a phrase; OR joins its two neighbours; NOT or
    - excludes; ( ) groups; three letters and * is a prefix; NEAR(a b, 5) wants two words or phrases with at
    most five words between them; =word and ="a phrase" require the accents as typed. title: author: file:
    section: doc: search one field; site: place: level: platform: has: filter by properties of the article.
    `2021..2023-06`, `date:2022` and `undated` restrict the day of publication, alone or beside words.
    Abbreviations also match their long forms, and long forms their abbreviations.
    """
    clauses = parse_clauses(text)
    contents = [clause.items[0].content for clause in clauses]
    date_range = _common_date_range([content for content in contents if isinstance(content, DateRange)])
    word_clauses = tuple(clause for clause in clauses if not isinstance(clause.items[0].content, DateRange))
    root = None
    if word_clauses or not date_range:
        root = _build_tree(word_clauses, abbreviations or default_abbreviations(), 0)
    return Query(text, root, date_range, queried_places(clauses))


def _common_date_range(date_ranges: list[DateRange]) -> DateRange | None:
    common: DateRange | None = None
    for date_range in date_ranges:
        common = date_range.intersect(common) if common else date_range
        if common is None:
            raise QueryError("No day is in all of these ranges", 0, QueryProblem.NO_DAYS)
    return common


def _build_tree(clauses: tuple[Clause, ...], abbreviations: Abbreviations, position: int) -> QueryNode:
    wanted: list[QueryNode] = []
    excluded: list[QueryNode] = []
    plain_words: list[Phrase] = []  # plain words in a row: abbreviations are looked for across them
    for clause in clauses:
        clause_words = _plain_words(clause)
        if not clause_words or (plain_words and plain_words[0].field != clause_words[0].field):
            wanted += _expand_words(plain_words, abbreviations)
            plain_words = []
        plain_words += clause_words
        if not clause_words:
            node = any_of(tuple(_item_node(item, abbreviations) for item in clause.items))
            (excluded if clause.excluded else wanted).append(node)
    wanted += _expand_words(plain_words, abbreviations)
    if not wanted:
        raise QueryError("Only exclusions: add a word to look for", position, QueryProblem.ONLY_NOT)
    return all_of(tuple(wanted), tuple(dict.fromkeys(excluded)))


def _plain_words(clause: Clause) -> list[Phrase]:
    """The words of a clause that is nothing but words."""
    item = clause.items[0]
    if len(clause.items) > 1 or clause.excluded or item.quoted:
        return []
    if not isinstance(item.content, Phrase) or item.content.prefix:
        return []
    return [Phrase((term,), field=item.content.field) for term in item.content.terms]


def _item_node(item: QueryItem, abbreviations: Abbreviations) -> QueryNode:
    content = item.content
    match content:
        case Filter() | Near():
            return content
        case QueryPlace(keys):
            widest = (key for key in keys if key.partition("/")[0] not in keys or "/" not in key)
            return any_of(tuple(Filter(FilterKind.PLACE, key) for key in widest))
        case ClauseGroup(clauses, position):
            return _build_tree(clauses, abbreviations, position)
    assert isinstance(content, Phrase)
    return _phrase_node(content, item, abbreviations)


def _phrase_node(phrase: Phrase, item: QueryItem, abbreviations: Abbreviations) -> QueryNode:
    if phrase.strict:
        return phrase  # with accents required, an abbreviation means its letters alone
    if item.quoted:
        return _expand_phrase(phrase, abbreviations)
    words = [Phrase((term,), field=phrase.field) for term in phrase.terms]
    if phrase.prefix:
        last_word = Phrase(phrase.terms[-1:], prefix=True, field=phrase.field)
        return all_of((*_expand_words(words[:-1], abbreviations), last_word))
    return all_of(tuple(_expand_words(words, abbreviations)))


def _expand_words(words: list[Phrase], abbreviations: Abbreviations) -> list[QueryNode]:
    """Words in a row, each longest abbreviation or long form with its other forms as alternatives."""
    terms = [word.terms[0] for word in words]
    nodes: list[QueryNode] = []
    start = 0
    while start < len(words):
        match = abbreviations.match(terms, start)
        length = match.length if match else 1
        typed = all_of(tuple(words[start : start + length]))
        others = tuple(Phrase(form, field=words[start].field) for form in match.others) if match else ()
        nodes.append(any_of((typed, *others)))
        start += length
    return nodes


def _expand_phrase(phrase: Phrase, abbreviations: Abbreviations) -> QueryNode:
    """A quoted phrase in all spellings of the abbreviations within it."""
    spellings: list[tuple[Term, ...]] = [()]
    start = 0
    while start < len(phrase.terms):
        match = abbreviations.match(phrase.terms, start)
        length = match.length if match else 1
        typed = phrase.terms[start : start + length]
        ends_in_star = phrase.prefix and start + length == len(phrase.terms)
        forms = (typed, *match.others) if match and not ends_in_star else (typed,)
        if len(spellings) * len(forms) > MAX_PHRASE_SPELLINGS:
            forms = (typed,)
        spellings = [(*before, *form) for form in forms for before in spellings]
        start += length
    return any_of(tuple(Phrase(terms, phrase.prefix, phrase.field) for terms in spellings))
