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
    others: tuple[SpelledForm, ...]  # the other forms of its groups


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Groups of forms with one meaning."""

    groups: tuple[tuple[SpelledForm, ...], ...]
    by_folded: Mapping[tuple[str, ...], tuple[tuple[int, int], ...]]  # folded words → (group, form)
    max_form_words: int  # words of the longest form

    def match(self, words: Sequence[Term], start: int) -> AbbreviationMatch | None:
        """Return the longest form that begins at word `start`, or None."""
        for length in range(min(self.max_form_words, len(words) - start), 0, -1):
            other_forms = self._other_forms(tuple(words[start : start + length]))
            if other_forms:
                return AbbreviationMatch(length, other_forms)
        return None

    def _other_forms(self, typed: SpelledForm) -> tuple[SpelledForm, ...]:
        if any(len(term.folded) > 1 for term in typed):
            return ()  # a code is never an abbreviation, though its parts may look like one
        accented = any(term.accented for term in typed)
        other_forms: dict[SpelledForm, None] = {}
        for group, typed_index in self.by_folded.get(tuple(term.folded[0] for term in typed), ()):
            forms = self.groups[group]
            if _is_same_form(typed, forms[typed_index]):
                others = (form for index, form in enumerate(forms) if index != typed_index)
                other_forms |= {_accented_as_typed(form, accented): None for form in others}
        return tuple(other_forms)


def _is_same_form(typed: SpelledForm, form: SpelledForm) -> bool:
    return all(
        not typed_term.accented or typed_term.exact == term.exact
        for typed_term, term in zip(typed, form, strict=True)
    )


def _accented_as_typed(form: SpelledForm, accented: bool) -> SpelledForm:
    """A query typed without accents does not prefer accents in the other forms either."""
    return form if accented else tuple(replace(term, accented=False) for term in form)


def read_abbreviations(path: Path) -> Abbreviations:
    """Read the groups of a file; raise AbbreviationsError naming the file and the group."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AbbreviationsError(f"{path}: cannot be read as TOML: {error}; correct the file") from error
    groups = content.get("same")
    if not isinstance(groups, list):
        raise AbbreviationsError(f"{path}: has no [[same]] groups; add at least one")
    return group_abbreviations([_group_forms(path, number, group) for number, group in enumerate(groups, 1)])


def _group_forms(path: Path, number: int, group: object) -> list[str]:
    forms = group.get("forms") if isinstance(group, dict) else None
    if not isinstance(forms, list) or len(forms) < 2 or not all(map(_is_form, forms)):
        raise AbbreviationsError(
            f"{path}: group {number}: `forms` must list two or more texts without digits"
        )
    return forms


def _is_form(text: object) -> bool:
    words = text_terms(text) if isinstance(text, str) else ()
    return bool(words) and all(len(term.folded) == 1 for term in words)


def group_abbreviations(groups: Sequence[Sequence[str]]) -> Abbreviations:
    """Make abbreviations from groups of texts with one meaning."""
    by_folded: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}
    spelled_groups = tuple(tuple(text_terms(text) for text in texts) for texts in groups)
    for group, forms in enumerate(spelled_groups):
        for index, form in enumerate(forms):
            folded_words = tuple(part for term in form for part in term.folded)
            by_folded[folded_words] = (*by_folded.get(folded_words, ()), (group, index))
    return Abbreviations(spelled_groups, by_folded, max(map(len, by_folded), default=0))


@cache
def default_abbreviations() -> Abbreviations:
    """Return the list that comes with the program."""
    return read_abbreviations(ABBREVIATIONS_FILE)
