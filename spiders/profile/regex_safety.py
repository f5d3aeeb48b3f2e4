"""Regular expressions of profiles, tried on hostile strings before they are used.

A probe, no proof: RE2 would be one, but profiles look ahead (`(?!…)`), which it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _parser  # the only parser of this very dialect; 3.11 and newer
from time import thread_time
from typing import Any

MOST = 0.05  # seconds of CPU for one search; harmless patterns take a thousandth of that
# Slow steps first: a pattern that doubles its time with each character is caught within a second.
TIMES = (*range(8, 34, 2), 36, 40, 48, 56, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
LONGEST = 2048  # characters
ENDINGS = ("\x00", "!", "/\x00")  # what lets a match fail at its very end
GENERIC = ("a", "0", "/", "-", "a0", "a/", "&a=", ".", "%20")
UNBOUNDED = 64  # repeats beyond this count as without end


class TooSlowError(ValueError):
    """A pattern that a hostile address could hold the crawl with."""


@lru_cache(maxsize=4096)
def require_tame(pattern: str) -> None:
    """Raise TooSlowError when a hostile string of at most 2,048 characters keeps the pattern busy."""
    tree = list(_parser.parse(pattern))
    if _repeats(tree) < 2:  # one repeat of one thing costs at most the square of the length
        return
    compiled = re.compile(pattern)
    for before, pump in dict.fromkeys(_pumps(tree, "")):
        for ending in ENDINGS:
            _try(compiled, before, pump, ending)


def _try(compiled: re.Pattern[str], before: str, pump: str, ending: str) -> None:
    for times in TIMES:
        if times * len(pump) > LONGEST:
            return
        text = before + pump * times + ending
        began = thread_time()
        compiled.search(text)
        spent = thread_time() - began
        if spent > MOST:
            told = f"{spent * 1000:.0f} ms for {len(text)} characters like {text[:24]!r}"
            raise TooSlowError(
                f"takes too long on a hostile address ({told}): {compiled.pattern}; "
                "put no repeat inside a repeat"
            )


def _inner(op: str, told: Any) -> list[list[Any]]:  # noqa: ANN401 - the parser's own tuples
    """The sequences inside of one node."""
    match op:
        case "SUBPATTERN":
            return [list(told[3])]
        case "BRANCH":
            return [list(branch) for branch in told[1]]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return [list(told[2])]
        case "ASSERT" | "ASSERT_NOT":
            return [list(told[1])]
        case "ATOMIC_GROUP":
            return [list(told)]
    return []


def _is_endless(op: str, told: Any) -> bool:  # noqa: ANN401
    return op in {"MAX_REPEAT", "MIN_REPEAT"} and int(told[1]) > UNBOUNDED


def _repeats(sequence: Iterable[Any]) -> int:
    found = 0
    for op, told in sequence:
        inner = _inner(str(op), told)
        found += sum(map(_repeats, inner))
        if _is_endless(str(op), told):
            found += 2 if any(map(_has_choice, inner)) else 1
    return found


def _has_choice(sequence: Iterable[Any]) -> bool:
    """Whether it may take one string in more than one way."""
    for op, told in sequence:
        if str(op) == "BRANCH" or (str(op) in {"MAX_REPEAT", "MIN_REPEAT"} and told[0] != told[1]):
            return True
        if any(map(_has_choice, _inner(str(op), told))):
            return True
    return False


def _pumps(sequence: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """What leads to each repeat, and what it may be fed."""
    for op, told in sequence:
        inner = _inner(str(op), told)
        if _is_endless(str(op), told):
            for fed in (*map(_sample, _branches(inner[0])), *GENERIC):
                if fed:
                    yield before, fed
        for each in inner:
            yield from _pumps(each, before)
        before += _sample([(op, told)])


def _branches(sequence: list[Any]) -> list[list[Any]]:
    """A repeated choice is fed with each of its branches."""
    if len(sequence) == 1:
        inner = _inner(str(sequence[0][0]), sequence[0][1])
        if inner:
            return [branch for each in inner for branch in _branches(each)]
    return [sequence]


def _sample(sequence: Iterable[Any]) -> str:
    """A short string the sequence takes (repeats at least once, assertions as if they were not there)."""
    return "".join(_sampled(str(op), told) for op, told in sequence)


def _sampled(op: str, told: Any) -> str:  # noqa: ANN401
    if op == "LITERAL":
        return chr(told)
    if op == "NOT_LITERAL":
        return "a" if told != ord("a") else "b"
    if op == "IN":
        return _of_set(told)
    if op in {"ANY", "CATEGORY"}:
        return "a"
    if op in {"AT", "ASSERT", "ASSERT_NOT", "GROUPREF"}:
        return ""
    inner = _inner(op, told)
    times = max(1, min(int(told[0]), UNBOUNDED)) if op.endswith("_REPEAT") else 1
    return _sample(inner[0]) * times if inner else ""


def _of_set(told: list[Any]) -> str:
    pattern = re.compile("".join(_shown(item) for item in told).join("[]"))
    return next((char for char in "a0/-&=._ A%?b" if pattern.match(char)), chr(_first(told)))


def _shown(item: Any) -> str:  # noqa: ANN401
    op, told = str(item[0]), item[1]
    if op == "NEGATE":
        return "^"
    if op == "LITERAL":
        return re.escape(chr(told))
    if op == "RANGE":
        return f"{re.escape(chr(told[0]))}-{re.escape(chr(told[1]))}"
    return CATEGORIES.get(str(told), "")


def _first(told: list[Any]) -> int:
    for op, value in told:
        if str(op) in {"LITERAL", "RANGE"}:
            return int(value[0] if isinstance(value, tuple) else value)
    return ord("a")


CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
