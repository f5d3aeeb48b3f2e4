"""The index of near-duplicates: which articles share sampled shingles with a text."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from itertools import chain
from struct import pack, unpack

from sqlalchemy import Connection, bindparam, delete, select

from storage.database.schema import samples, signatures

POSTINGS_READ = (
    48,
    256,
)  # articles a shingle, the newest, looked at first, and where all shingles are formulae
ENOUGH_RARE_SHINGLES = (
    4  # shingles whose lists end before that tell a text from formulae, which stand in thousands
)
MAX_SHINGLES_READ = 128  # sampled shingles, the smallest; a long report has more
MIN_SHARED_SAMPLES = 3  # sampled shingles; two are a formula
MAX_SAMPLES_READ = 24  # articles that share most, whose samples are then read whole
MIN_SIMILARITY = 0.2  # of the smaller sample: below, texts touch in formulae alone
MAX_CANDIDATES = 8  # candidates a text is compared with, the likest first
_UINT64_MASK = (1 << 64) - 1

_SIGNATURE = select(signatures).where(signatures.c.article_id == bindparam("row"))
_DELETE_SIGNATURE = delete(signatures).where(signatures.c.article_id == bindparam("row"))
_DELETE_POSTINGS = delete(samples).where(
    samples.c.shingle.in_(bindparam("of", expanding=True)), samples.c.article_id == bindparam("row")
)
_SELECT_SAMPLES = "SELECT article_id, shingles FROM signatures WHERE article_id IN ({})"
_SELECT_POSTINGS_SQLITE = (
    "SELECT group_concat(article_id) FROM "
    "(SELECT article_id FROM samples WHERE shingle = ? ORDER BY article_id DESC LIMIT ?)"
)
_SELECT_POSTINGS_POSTGRESQL = (
    "SELECT sought, ids FROM unnest(%s::bigint[]) AS asked (sought) CROSS JOIN LATERAL "
    "(SELECT string_agg(article_id::text, ',') AS ids FROM (SELECT article_id FROM samples "
    "WHERE shingle = sought ORDER BY article_id DESC LIMIT %s) AS newest) AS listed"
)
_INSERT_SIGNATURE = "INSERT INTO signatures (article_id, version, words, shingles) VALUES ({})"
_INSERT_POSTINGS_SQLITE = "INSERT INTO samples (shingle, article_id) VALUES (?, ?)"
_INSERT_POSTINGS_POSTGRESQL = "INSERT INTO samples (shingle, article_id) SELECT unnest(%s::bigint[]), %s"


def near_duplicate_candidates(connection: Connection, shingles: Sequence[int], besides: int) -> list[int]:
    """The articles whose samples are likest, the likest first; never the article `besides`.

    Costs as much at a million articles as at a thousand: every shingle's list is read to `POSTINGS` only.
    """
    named = _sharing_most(_posting_lists(connection, shingles[:MAX_SHINGLES_READ]), besides)
    if not named:
        return []
    kept = connection.exec_driver_sql(
        _SELECT_SAMPLES.format(_placeholders(connection, MAX_SAMPLES_READ)),
        (*named, *[None] * (MAX_SAMPLES_READ - len(named))),
    )
    mine = [each & _UINT64_MASK for each in shingles]
    scored = {row[0]: sample_similarity(mine, unpack(f">{len(row[1]) // 8}Q", row[1])) for row in kept}
    likely = [number for number in named if scored.get(number, 0.0) >= MIN_SIMILARITY]
    return sorted(likely, key=scored.__getitem__, reverse=True)[:MAX_CANDIDATES]


def _posting_lists(
    connection: Connection, shingles: Sequence[int]
) -> tuple[list[list[str]], list[list[str]]]:
    """The articles of each shingle: whole lists, and those of which only the newest part was read."""
    read = _postgresql_postings if connection.dialect.name == "postgresql" else _sqlite_postings
    whole: list[list[str]] = []
    parts: list[tuple[int, list[str]]] = [(shingle, []) for shingle in shingles]
    for limit in POSTINGS_READ:
        told = read(connection, [shingle for shingle, _ in parts], limit)
        whole += [ids for _, ids in told if len(ids) < limit]
        parts = [(shingle, ids) for shingle, ids in told if len(ids) >= limit]
        if len(whole) >= ENOUGH_RARE_SHINGLES:
            break
    return whole, [ids for _, ids in parts]


def _sharing_most(lists: tuple[list[list[str]], list[list[str]]], besides: int) -> list[int]:
    """The articles that stand in most of the lists, those first that stand in most of the whole ones."""
    whole, parts = lists
    rare = Counter(chain.from_iterable(whole))
    shared = Counter(chain.from_iterable((*whole, *parts)))
    most = [(rare[one], count, int(one)) for one, count in shared.items() if count >= MIN_SHARED_SAMPLES]
    return [number for _, _, number in nlargest(MAX_SAMPLES_READ + 1, most) if number != besides][
        :MAX_SAMPLES_READ
    ]


def _sqlite_postings(
    connection: Connection, shingles: Sequence[int], limit: int
) -> list[tuple[int, list[str]]]:
    """One short index read per shingle, each list told as one value: a row costs more than it holds.

    By the driver's cursor: there is nothing between it and the file, so that many statements cost little.
    """
    cursor = connection.connection.cursor()
    told = [
        (shingle, cursor.execute(_SELECT_POSTINGS_SQLITE, (shingle, limit)).fetchone()[0])
        for shingle in shingles
    ]
    cursor.close()
    return [(shingle, ids.split(",") if ids else []) for shingle, ids in told]


def _postgresql_postings(
    connection: Connection, shingles: Sequence[int], limit: int
) -> list[tuple[int, list[str]]]:
    """The same in one statement, which the server is asked over a wire."""
    told = connection.exec_driver_sql(_SELECT_POSTINGS_POSTGRESQL, (list(shingles), limit))
    return [(shingle, ids.split(",") if ids else []) for shingle, ids in told]


def sample_similarity(mine: Sequence[int], theirs: Sequence[int]) -> float:
    """The share of the smaller sample that the other holds, an estimate of the same share of the texts (0–1).

    Both samples ascending, unsigned. Only what both could hold counts: a short text's sample reaches to
    greater shingles than a long one's.
    """
    most = min(mine[-1], theirs[-1])
    fewer = min(bisect_right(mine, most), bisect_right(theirs, most))
    return len(frozenset(mine).intersection(theirs)) / max(1, fewer)


def add_signature(
    connection: Connection, article_id: int, version: int, words: int, shingles: Sequence[int]
) -> None:
    """Keep the sample of an article that has none."""
    row = (article_id, version, words, pack_shingles(shingles))
    connection.exec_driver_sql(_INSERT_SIGNATURE.format(_placeholders(connection, 4)), row)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_INSERT_POSTINGS_POSTGRESQL, (list(shingles), article_id))
    else:
        connection.exec_driver_sql(_INSERT_POSTINGS_SQLITE, [(shingle, article_id) for shingle in shingles])


def _placeholders(connection: Connection, count: int) -> str:
    """Places for so many values. Not the expression language: it costs more than the database's own work."""
    return ", ".join(["?" if connection.dialect.paramstyle == "qmark" else "%s"] * count)


def remove_signature(connection: Connection, article_id: int) -> None:
    """Take an article's sample out; one that has none is no error."""
    row = connection.execute(_SIGNATURE, {"row": article_id}).one_or_none()
    if row is not None:
        connection.execute(_DELETE_POSTINGS, {"row": article_id, "of": unpack_shingles(row.shingles)})
        connection.execute(_DELETE_SIGNATURE, {"row": article_id})


def pack_shingles(shingles: Sequence[int]) -> bytes:
    """Shingles as the database keeps them."""
    return pack(f">{len(shingles)}q", *shingles)


def unpack_shingles(kept: bytes) -> tuple[int, ...]:
    """Shingles as they were kept."""
    return unpack(f">{len(kept) // 8}q", kept)
