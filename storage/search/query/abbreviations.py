"""Abbreviations and their long forms: read from data, found by longest match, given back both ways."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from storage.search.query.tree import Term
from storage.text.tokens import tokens

HOUSE_LIST = Path(__file__).with_name("abbreviations.toml")


class AbbreviationsError(Exception):
    """A list of abbreviations that cannot be used: names the file and what to mend."""


Form = tuple[Term, ...]


def terms(text: str) -> Form:
    """The words of a text as terms, in order."""
    return tuple(Term.of(token.exact, token.fold) for token in tokens(text))


@dataclass(frozen=True, slots=True)
class Match:
    """Words that are one form of a group."""

    length: int  # words it takes up
    others: tuple[Form, ...]  # the other forms of its groups


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Groups of forms with one meaning."""

    groups: tuple[tuple[Form, ...], ...]
    by_fold: Mapping[tuple[str, ...], tuple[tuple[int, int], ...]]  # parts → (group, form)
    longest: int  # words of the longest form

    def match(self, words: Sequence[Term], start: int) -> Match | None:
        """The longest form that begins at word `start`, if any."""
        for length in range(min(self.longest, len(words) - start), 0, -1):
            typed = tuple(words[start : start + length])
            others = self._others(typed)
            if others:
                return Match(length, others)
        return None

    def _others(self, typed: Form) -> tuple[Form, ...]:
        if any(len(term.fold) > 1 for term in typed):
            return ()  # a code is never an abbreviation, though its parts may look like one
        accented = any(term.accented for term in typed)
        found: dict[Form, None] = {}
        for group, at in self.by_fold.get(tuple(term.fold[0] for term in typed), ()):
            forms = self.groups[group]
            if _same(typed, forms[at]):
                found |= {_as_typed(form, accented): None for i, form in enumerate(forms) if i != at}
        return tuple(found)


def _same(typed: Form, form: Form) -> bool:
    return all(not a.accented or a.exact == b.exact for a, b in zip(typed, form, strict=True))


def _as_typed(form: Form, accented: bool) -> Form:
    """Who types without accents asks nothing of the accents of the other forms either."""
    return form if accented else tuple(replace(term, accented=False) for term in form)


def read(path: Path) -> Abbreviations:
    """The groups of a file; raises AbbreviationsError naming the file and the group."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AbbreviationsError(f"{path}: cannot be read as TOML: {error}; mend the file") from error
    same = told.get("same")
    if not isinstance(same, list):
        raise AbbreviationsError(f"{path}: has no [[same]] groups; add at least one")
    return group_up([_forms(path, number, group) for number, group in enumerate(same, 1)])


def _forms(path: Path, number: int, group: object) -> list[str]:
    forms = group.get("forms") if isinstance(group, dict) else None
    if not isinstance(forms, list) or len(forms) < 2 or not all(map(_is_form, forms)):
        raise AbbreviationsError(
            f"{path}: group {number}: `forms` must list two or more texts without digits"
        )
    return forms


def _is_form(text: object) -> bool:
    words = terms(text) if isinstance(text, str) else ()
    return bool(words) and all(len(term.fold) == 1 for term in words)


def group_up(groups: Sequence[Sequence[str]]) -> Abbreviations:
    """Abbreviations from groups of texts."""
    known: dict[tuple[str, ...], tuple[tuple[int, int], ...]] = {}
    formed = tuple(tuple(terms(text) for text in texts) for texts in groups)
    for number, forms in enumerate(formed):
        for at, form in enumerate(forms):
            key = tuple(part for term in form for part in term.fold)
            known[key] = (*known.get(key, ()), (number, at))
    return Abbreviations(formed, known, max((len(key) for key in known), default=0))


@cache
def house_list() -> Abbreviations:
    """The list that comes with the program."""
    return read(HOUSE_LIST)
