"""The peers over the same articles: plain FTS5, PostgreSQL as it comes, and tantivy's defaults."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import psycopg

from benchmarks.reading.contenders import PeerError, environment

HERE = Path(__file__).parent / "peers"
NAMES = ("fts5", "postgres", "tantivy")
TABLE = "congdoan_bench_search"
_WORD = re.compile(r"\w+")

Articles: TypeAlias = Sequence[tuple[str, str]]  # title, and lead with body
Found: TypeAlias = list[list[int]]  # by query: the numbers found, best first; the first article is 1


def asked(name: str, articles: Articles, queries: Sequence[str], folder: Path, url: str | None) -> Found:
    """What a peer finds; raises PeerError when it cannot be set up or fails.

    `url` is the PostgreSQL server's: there a table is made for the time of the run.
    """
    ask: dict[str, Callable[[], Found]] = {
        "fts5": lambda: _fts5(articles, queries),
        "tantivy": lambda: _tantivy(articles, queries, folder),
        "postgres": lambda: _postgres(articles, queries, url or ""),
    }
    return ask[name]()


def _fts5(articles: Articles, queries: Sequence[str]) -> Found:
    """unicode61 and bm25 with their defaults; every word wanted, as FTS5 takes a row of words."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE a USING fts5(title, body, content='', tokenize='unicode61')")
    rows = ((number, *article) for number, article in enumerate(articles, 1))
    database.executemany("INSERT INTO a (rowid, title, body) VALUES (?, ?, ?)", rows)
    find = "SELECT rowid FROM a WHERE a MATCH ? ORDER BY rank LIMIT 10"
    matches = (" ".join(f'"{word}"' for word in _WORD.findall(query)) for query in queries)
    return [[row[0] for row in database.execute(find, (match,))] for match in matches]


def _postgres(articles: Articles, queries: Sequence[str], url: str) -> Found:
    """`simple` behind `unaccent`, titles weighed A, every word wanted, ts_rank with its defaults."""
    make = (
        f"CREATE TEMPORARY TABLE {TABLE} (id integer, words tsvector)",
        f"CREATE INDEX ON {TABLE} USING gin (words)",
    )
    put = (
        f"INSERT INTO {TABLE} VALUES (%s, setweight(to_tsvector('simple', unaccent(%s)), 'A') "  # noqa: S608
        "|| to_tsvector('simple', unaccent(%s)))"
    )
    find = (
        f"SELECT id FROM {TABLE}, plainto_tsquery('simple', unaccent(%s)) q WHERE words @@ q "  # noqa: S608
        "ORDER BY ts_rank(words, q) DESC, id LIMIT 10"
    )
    try:
        with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
            cursor.execute(make[0])
            rows = ((number, title, body) for number, (title, body) in enumerate(articles, 1))
            cursor.executemany(put, rows)
            cursor.execute(make[1])
            cursor.execute(f"ANALYZE {TABLE}")
            found = [[row[0] for row in cursor.execute(find, (query,))] for query in queries]
            connection.rollback()
    except psycopg.Error as error:
        raise PeerError(
            f"postgres: {error}; give a server with --postgres, or leave it out with --peers"
        ) from error
    return found


def _tantivy(articles: Articles, queries: Sequence[str], folder: Path) -> Found:
    """Its own tokeniser and query parser, which wants any of the words."""
    given, out = folder / "tantivy-asked.json", folder / "tantivy.json"
    told = {"articles": list(articles), "queries": list(queries)}
    given.write_text(json.dumps(told), encoding="utf-8")
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = [str(environment("tantivy", HERE)), str(HERE / "ask_tantivy.py"), str(given), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)
    if done.returncode:
        said = " / ".join(done.stderr.strip().splitlines()[-3:])
        raise PeerError(f"tantivy: {said}; see peers/tantivy.txt, or leave it out with --peers")
    found = json.loads(out.read_text(encoding="utf-8"))
    return [[number + 1 for number in row] for row in found]
