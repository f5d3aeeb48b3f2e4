"""Parse the text of a query into the tree that every engine translates, abbreviations expanded."""

from __future__ import annotations

from storage.search.query.abbreviations import Abbreviations, default_abbreviations
from storage.search.query.clause_parser import Clause, ClauseGroup, ClauseItem, parse_clauses, queried_places
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
    parsed_clauses = parse_clauses(text)
    parsed_contents = [parsed_clause.items[0].content for parsed_clause in parsed_clauses]
    date_range = _common_date_range(
        [parsed_content for parsed_content in parsed_contents if isinstance(parsed_content, DateRange)]
    )
    word_clauses = tuple(
        parsed_clause
        for parsed_clause in parsed_clauses
        if not isinstance(parsed_clause.items[0].content, DateRange)
    )
    parsed_root = None
    if word_clauses or not date_range:
        parsed_root = _build_tree(word_clauses, abbreviations or default_abbreviations(), 0)
    return Query(text, parsed_root, date_range, queried_places(parsed_clauses))


def _common_date_range(date_ranges: list[DateRange]) -> DateRange | None:
    common_range: DateRange | None = None
    for date_range in date_ranges:
        common_range = date_range.intersect(common_range) if common_range else date_range
        if common_range is None:
            raise QueryError("No day is in all of these ranges", 0, QueryProblem.NO_DAYS)
    return common_range


def _build_tree(parsed_clauses: tuple[Clause, ...], abbreviations: Abbreviations, position: int) -> QueryNode:
    required_nodes: list[QueryNode] = []
    excluded_nodes: list[QueryNode] = []
    plain_words: list[Phrase] = []  # plain words in a row: abbreviations are looked for across them
    for parsed_clause in parsed_clauses:
        clause_words = _plain_words(parsed_clause)
        if not clause_words or (plain_words and plain_words[0].field != clause_words[0].field):
            required_nodes += _expand_words(plain_words, abbreviations)
            plain_words = []
        plain_words += clause_words
        if not clause_words:
            parsed_node = any_of(
                tuple(_item_node(parsed_item, abbreviations) for parsed_item in parsed_clause.items)
            )
            (excluded_nodes if parsed_clause.excluded else required_nodes).append(parsed_node)
    required_nodes += _expand_words(plain_words, abbreviations)
    if not required_nodes:
        raise QueryError("Only exclusions: add a word to look for", position, QueryProblem.ONLY_NOT)
    return all_of(tuple(required_nodes), tuple(dict.fromkeys(excluded_nodes)))


def _plain_words(parsed_clause: Clause) -> list[Phrase]:
    """The words of a clause that is nothing but words."""
    parsed_item = parsed_clause.items[0]
    if len(parsed_clause.items) > 1 or parsed_clause.excluded or parsed_item.quoted:
        return []
    if not isinstance(parsed_item.content, Phrase) or parsed_item.content.prefix:
        return []
    return [Phrase((term,), field=parsed_item.content.field) for term in parsed_item.content.terms]


def _item_node(parsed_item: ClauseItem, abbreviations: Abbreviations) -> QueryNode:
    parsed_content = parsed_item.content
    match parsed_content:
        case Filter() | Near():
            return parsed_content
        case QueryPlace(keys):
            widest = (key for key in keys if key.partition("/")[0] not in keys or "/" not in key)
            return any_of(tuple(Filter(FilterKind.PLACE, key) for key in widest))
        case ClauseGroup(parsed_clauses, position):
            return _build_tree(parsed_clauses, abbreviations, position)
    assert isinstance(parsed_content, Phrase)
    return _phrase_node(parsed_content, parsed_item, abbreviations)


def _phrase_node(phrase: Phrase, parsed_item: ClauseItem, abbreviations: Abbreviations) -> QueryNode:
    if phrase.strict:
        return phrase  # with accents required, an abbreviation means its letters alone
    if parsed_item.quoted:
        return _expand_phrase(phrase, abbreviations)
    parsed_words = [Phrase((term,), field=phrase.field) for term in phrase.terms]
    if phrase.prefix:
        last_word = Phrase(phrase.terms[-1:], prefix=True, field=phrase.field)
        return all_of((*_expand_words(parsed_words[:-1], abbreviations), last_word))
    return all_of(tuple(_expand_words(parsed_words, abbreviations)))


def _expand_words(parsed_words: list[Phrase], abbreviations: Abbreviations) -> list[QueryNode]:
    """Words in a row, each longest abbreviation or long form with its other forms as alternatives."""
    terms = [word.terms[0] for word in parsed_words]
    expanded_nodes: list[QueryNode] = []
    word_index = 0
    while word_index < len(parsed_words):
        abbreviation_match = abbreviations.match(terms, word_index)
        matched_words = abbreviation_match.length if abbreviation_match else 1
        typed_phrase = all_of(tuple(parsed_words[word_index : word_index + matched_words]))
        expanded_phrases = (
            tuple(
                Phrase(expanded_form, field=parsed_words[word_index].field)
                for expanded_form in abbreviation_match.other_forms
            )
            if abbreviation_match
            else ()
        )
        expanded_nodes.append(any_of((typed_phrase, *expanded_phrases)))
        word_index += matched_words
    return expanded_nodes


def _expand_phrase(phrase: Phrase, abbreviations: Abbreviations) -> QueryNode:
    """A quoted phrase in all spellings of the abbreviations within it."""
    phrase_spellings: list[tuple[Term, ...]] = [()]
    word_index = 0
    while word_index < len(phrase.terms):
        abbreviation_match = abbreviations.match(phrase.terms, word_index)
        matched_words = abbreviation_match.length if abbreviation_match else 1
        typed_phrase = phrase.terms[word_index : word_index + matched_words]
        ends_in_star = phrase.prefix and word_index + matched_words == len(phrase.terms)
        expanded_forms = (
            (typed_phrase, *abbreviation_match.other_forms)
            if abbreviation_match and not ends_in_star
            else (typed_phrase,)
        )
        if len(phrase_spellings) * len(expanded_forms) > MAX_PHRASE_SPELLINGS:
            expanded_forms = (typed_phrase,)
        phrase_spellings = [
            (*spelling_before, *expanded_form)
            for expanded_form in expanded_forms
            for spelling_before in phrase_spellings
        ]
        word_index += matched_words
    return any_of(tuple(Phrase(terms, phrase.prefix, phrase.field) for terms in phrase_spellings))
