"""Abbreviations and their long forms: read from a TOML list, found by longest match, expanded both ways."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from storage.search.query.tree import Term
from storage.text.tokens import tokens

ABBREVIATIONS_FILE = Path(__file__).with_name("abbreviations.toml")


class AbbreviationsError(Exception):
    """A list of abbreviations that cannot be used; the message names the file and how to correct it."""


SpelledForm = tuple[Term, ...]


def text_terms(text: str) -> SpelledForm:
    """Return the words of a text as query terms, in order."""
    return tuple(Term.of(token.exact, token.folded) for token in tokens(text))


@dataclass(frozen=True, slots=True)
class AbbreviationMatch:
    """An abbreviation, or a long form of one, among the words of a query."""

    length: int  # words it takes up
    other_forms: tuple[SpelledForm, ...]  # the other forms of its groups


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Groups of forms with one meaning."""

    form_groups: tuple[tuple[SpelledForm, ...], ...]
    forms_by_folded: Mapping[tuple[str, ...], tuple[tuple[int, int], ...]]  # folded words → (group, form)
    max_form_words: int  # words of the longest form

    def match(self, query_terms: Sequence[Term], form_start: int) -> AbbreviationMatch | None:
        """Return the longest form that begins at word `form_start`, or None."""
        for form_words in range(min(self.max_form_words, len(query_terms) - form_start), 0, -1):
            other_forms = self._other_forms(tuple(query_terms[form_start : form_start + form_words]))
            if other_forms:
                return AbbreviationMatch(form_words, other_forms)
        return None

    def _other_forms(self, typed_form: SpelledForm) -> tuple[SpelledForm, ...]:
        if any(len(term.folded) > 1 for term in typed_form):
            return ()  # a code is never an abbreviation, though its parts may look like one
        accented_form = any(term.accented for term in typed_form)
        other_forms: dict[SpelledForm, None] = {}
        for form_group, typed_index in self.forms_by_folded.get(
            tuple(term.folded[0] for term in typed_form), ()
        ):
            spelled_forms = self.form_groups[form_group]
            if _is_same_form(typed_form, spelled_forms[typed_index]):
                others = (
                    spelled_form for index, spelled_form in enumerate(spelled_forms) if index != typed_index
                )
                other_forms |= {
                    _accented_as_typed(spelled_form, accented_form): None for spelled_form in others
                }
        return tuple(other_forms)


def _is_same_form(typed_form: SpelledForm, spelled_form: SpelledForm) -> bool:
    return all(
        not typed_form_term.accented or typed_form_term.exact == term.exact
        for typed_form_term, term in zip(typed_form, spelled_form, strict=True)
    )


def _accented_as_typed(spelled_form: SpelledForm, accented_form: bool) -> SpelledForm:
    """A query typed without accents does not prefer accents in the other forms either."""
    return spelled_form if accented_form else tuple(replace(term, accented=False) for term in spelled_form)


def read_abbreviations(path: Path) -> Abbreviations:
    """Read the groups of a file; raise AbbreviationsError naming the file and the group."""
    try:
        abbreviations_toml = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AbbreviationsError(f"{path}: cannot be read as TOML: {error}; correct the file") from error
    groups = abbreviations_toml.get("same")
    if not isinstance(groups, list):
        raise AbbreviationsError(f"{path}: has no [[same]] groups; add at least one")
    return group_abbreviations(
        [_group_forms(path, number, form_group) for number, form_group in enumerate(groups, 1)]
    )


def _group_forms(path: Path, number: int, form_group: object) -> list[str]:
    spelled_forms = form_group.get("forms") if isinstance(form_group, dict) else None
    if (
        not isinstance(spelled_forms, list)
        or len(spelled_forms) < 2
        or not all(map(_is_abbreviation_form, spelled_forms))
    ):
        raise AbbreviationsError(
            f"{path}: group {number}: `forms` must list two or more texts without digits"
        )
    return spelled_forms


def _is_abbreviation_form(text: object) -> bool:
    query_terms = text_terms(text) if isinstance(text, str) else ()
    return bool(query_terms) and all(len(term.folded) == 1 for term in query_terms)


def group_abbreviations(groups: Sequence[Sequence[str]]) -> Abbreviations:
    """Make abbreviations from groups of texts with one meaning."""
    by_folded: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}
    abbreviation_groups = tuple(tuple(text_terms(text) for text in form_texts) for form_texts in groups)
    for form_group, spelled_forms in enumerate(abbreviation_groups):
        for index, spelled_form in enumerate(spelled_forms):
            folded_form = tuple(part for term in spelled_form for part in term.folded)
            by_folded[folded_form] = (*by_folded.get(folded_form, ()), (form_group, index))
    return Abbreviations(abbreviation_groups, by_folded, max(map(len, by_folded), default=0))


@cache
def default_abbreviations() -> Abbreviations:
    """Return the list that comes with the program."""
    return read_abbreviations(ABBREVIATIONS_FILE)
