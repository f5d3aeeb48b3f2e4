"""Abbreviations and their long forms: read from data, found by longest match, given back both ways."""

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
    """A list of abbreviations that cannot be used: names the file and what to mend."""


SpelledForm = tuple[Term, ...]


def text_terms(text: str) -> SpelledForm:
    """The words of a text as terms, in order."""
    return tuple(Term.of(token.exact, token.folded) for token in tokens(text))


@dataclass(frozen=True, slots=True)
class AbbreviationMatch:
    """Words that are one form of a group."""

    length: int  # words it takes up
    others: tuple[SpelledForm, ...]  # the other forms of its groups


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Groups of forms with one meaning."""

    groups: tuple[tuple[SpelledForm, ...], ...]
    by_fold: Mapping[tuple[str, ...], tuple[tuple[int, int], ...]]  # parts → (group, form)
    longest: int  # words of the longest form

    def match(self, words: Sequence[Term], start: int) -> AbbreviationMatch | None:
        """The longest form that begins at word `start`, if any."""
        for length in range(min(self.longest, len(words) - start), 0, -1):
            typed = tuple(words[start : start + length])
            others = self._others(typed)
            if others:
                return AbbreviationMatch(length, others)
        return None

    def _others(self, typed: SpelledForm) -> tuple[SpelledForm, ...]:
        if any(len(term.folded) > 1 for term in typed):
            return ()  # a code is never an abbreviation, though its parts may look like one
        accented = any(term.accented for term in typed)
        found: dict[SpelledForm, None] = {}
        for group, at in self.by_fold.get(tuple(term.folded[0] for term in typed), ()):
            forms = self.groups[group]
            if _same(typed, forms[at]):
                found |= {_as_typed(form, accented): None for i, form in enumerate(forms) if i != at}
        return tuple(found)


def _same(typed: SpelledForm, form: SpelledForm) -> bool:
    return all(not a.accented or a.exact == b.exact for a, b in zip(typed, form, strict=True))


def _as_typed(form: SpelledForm, accented: bool) -> SpelledForm:
    """Who types without accents asks nothing of the accents of the other forms either."""
    return form if accented else tuple(replace(term, accented=False) for term in form)


def read_abbreviations(path: Path) -> Abbreviations:
    """The groups of a file; raises AbbreviationsError naming the file and the group."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AbbreviationsError(f"{path}: cannot be read as TOML: {error}; mend the file") from error
    same = told.get("same")
    if not isinstance(same, list):
        raise AbbreviationsError(f"{path}: has no [[same]] groups; add at least one")
    return group_abbreviations([_forms(path, number, group) for number, group in enumerate(same, 1)])


def _forms(path: Path, number: int, group: object) -> list[str]:
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
    """Abbreviations from groups of texts."""
    known: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}
    formed = tuple(tuple(text_terms(text) for text in texts) for texts in groups)
    for number, forms in enumerate(formed):
        for at, form in enumerate(forms):
            key = tuple(part for term in form for part in term.folded)
            known[key] = (*known.get(key, ()), (number, at))
    return Abbreviations(formed, known, max((len(key) for key in known), default=0))


@cache
def default_abbreviations() -> Abbreviations:
    """The list that comes with the program."""
    return read_abbreviations(ABBREVIATIONS_FILE)
