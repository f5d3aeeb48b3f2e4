"""Engines on empty databases and a written archive for this room's tests, and how people type Vietnamese."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Engine

from storage.database.engine import open_database
from tests.storage.random_archive import Scribe

EmptyDatabase = Callable[[str], AbstractContextManager[Engine]]


@pytest.fixture(scope="session")
def empty_database(new_database: Callable[[str], AbstractContextManager[str]]) -> EmptyDatabase:
    """Engines on empty databases by dialect name: `with empty_database("sqlite") as engine`."""

    @contextmanager
    def make(dialect: str) -> Iterator[Engine]:
        with new_database(dialect) as url:
            engine = open_database(url)
            yield engine
            engine.dispose()

    return make


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database of its own, once on SQLite and once on PostgreSQL."""
    made = open_database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def scribe(archive: Engine) -> Scribe:
    """Who has written sixty changes into the archive, and writes more."""
    made = Scribe(archive)
    made.write(60)
    return made


def without_accents(text: str) -> str:
    """As typed on a keyboard without Vietnamese."""
    spread = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in spread if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def with_other_tone_placement(text: str) -> str:
    """hòa as hoà and hoà as hòa, as the other half of the keyboards write it."""
    pairs = [
        "òa oà",
        "óa oá",
        "ỏa oả",
        "õa oã",
        "ọa oạ",
        "òe oè",
        "óe oé",
        "ỏe oẻ",
        "ùy uỳ",
        "úy uý",
        "ủy uỷ",
        "ụy uỵ",
    ]
    swap = dict(pair.split() for pair in pairs)
    swap |= {new: old for old, new in swap.items()}
    done, at = "", 0
    while at < len(text):
        two = text[at : at + 2]
        joined = swap.get(two) if text[max(0, at - 1) : at].lower() != "q" else None
        open_end = not text[at + 2 : at + 3].isalpha()
        done += joined if joined and open_end else text[at]
        at += 2 if joined and open_end else 1
    return done


@pytest.fixture(scope="session")
def ways_of_typing() -> Callable[[str], dict[str, str]]:
    """The same text as four keyboards and two habits of case give it."""

    def ways(text: str) -> dict[str, str]:
        return {
            "accents": text,
            "no accents": without_accents(text),
            "other tone placement": with_other_tone_placement(text),
            "decomposed": unicodedata.normalize("NFD", text),
            "lower case": text.lower(),
            "capitals": text.upper(),
        }

    return ways
