"""How well real titles find their articles; the texts are not ours and stay outside the repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import Engine, text

from storage.search.engine import SearchDoc, engine_for
from storage.search.query.parse import parse
from storage.search.sqlite import fts5_engine as sqlite
from tests.paths import SHARED

FLOOR = 0.9  # MRR@10; may rise, never fall
PUNCTUATION = str.maketrans(dict.fromkeys('"“”„«»*', " "))  # what the language would read as its own


@pytest.fixture(scope="module")
def articles() -> list[dict[str, Any]]:
    path = SHARED / "corpora" / "union-articles.jsonl"
    if not path.is_file():
        pytest.skip("union-articles.jsonl absent: set CONGDOAN_SHARED to measure on real titles")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_title_typed_in_any_way_finds_its_article(
    articles: list[dict[str, Any]],
    empty_database: Callable[[str], AbstractContextManager[Engine]],
    ways_of_typing: Callable[[str], dict[str, str]],
) -> None:
    ranks: dict[str, list[float]] = {}
    with empty_database("sqlite") as engine:
        search = engine_for(engine.dialect.name)
        with engine.begin() as connection:
            for statement in sqlite.CREATE:
                connection.execute(text(statement))
            for number, one in enumerate(articles):
                doc = SearchDoc(number, one["title"], one["abstract"], one["body"], None, "site", None)
                search.index_document(connection, doc)
        with engine.connect() as connection:
            for number, one in enumerate(articles):
                for way, typed in ways_of_typing(one["title"].translate(PUNCTUATION)).items():
                    hits = search.search(connection, parse(typed), limit=10).hits
                    order = [hit.article_id for hit in hits]
                    rank = 1 / (order.index(number) + 1) if number in order else 0.0
                    ranks.setdefault(way, []).append(rank)
    mean = {way: sum(found) / len(found) for way, found in ranks.items()}
    assert {way: score for way, score in mean.items() if score < FLOOR} == {}
