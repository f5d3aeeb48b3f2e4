"""The index of near-duplicates: which articles share sampled shingles with a text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import pack, unpack

from sqlalchemy import Connection, bindparam, delete, insert, select

from storage.schema import samples, signatures

POSTINGS = 512  # of each shingle the newest so many articles are looked at: formulae stand in thousands
ASKED = 128  # sampled shingles, the smallest; SQLite takes 500 parts of a statement, a long report has more
LEAST_SHARED = 3  # sampled shingles; two are a formula
MOST = 12  # candidates a text is compared with, those sharing most first

_SIGNATURE = select(signatures).where(signatures.c.article_id == bindparam("row"))
_FORGET = delete(signatures).where(signatures.c.article_id == bindparam("row"))
_UNSAMPLE = delete(samples).where(
    samples.c.article_id == bindparam("row"), samples.c.shingle.in_(bindparam("of", expanding=True))
)
_KEEP, _SAMPLE = insert(signatures), insert(samples)


def candidates(connection: Connection, shingles: Sequence[int], besides: int) -> list[int]:
    """The articles that share most of the sampled shingles, the likest first; never the article `besides`.

    Costs as much at a million articles as at a thousand: every shingle's list is read to `POSTINGS` only.
    """
    if not shingles:
        return []
    # Not text(): naming twenty values costs twice what the database takes to find them.
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    asked = tuple(shingles[:ASKED])
    found = connection.exec_driver_sql(_lookup(len(asked), mark), asked)
    return [row[0] for row in found if row[0] != besides][:MOST]


@lru_cache(maxsize=256)
def _lookup(count: int, mark: str) -> str:
    """One short index read per shingle, counted by article, in one statement."""
    one = f"SELECT article_id FROM samples WHERE shingle = {mark} ORDER BY article_id DESC LIMIT {POSTINGS}"  # noqa: S608 - numbers
    each = " UNION ALL ".join(f"SELECT * FROM ({one}) AS s{at}" for at in range(count))  # noqa: S608
    return (
        f"SELECT article_id FROM ({each}) AS shared GROUP BY article_id HAVING count(*) >= {LEAST_SHARED} "  # noqa: S608
        f"ORDER BY count(*) DESC, article_id DESC LIMIT {MOST + 1}"
    )


def sign(connection: Connection, article_id: int, version: int, words: int, shingles: Sequence[int]) -> None:
    """Keep the sample of an article that has none."""
    row = {"article_id": article_id, "version": version, "words": words, "shingles": packed(shingles)}
    connection.execute(_KEEP, row)
    connection.execute(_SAMPLE, [{"shingle": each, "article_id": article_id} for each in shingles])


def forget(connection: Connection, article_id: int) -> None:
    """Take an article's sample out; one that has none is no error."""
    row = connection.execute(_SIGNATURE, {"row": article_id}).one_or_none()
    if row is not None:
        connection.execute(_UNSAMPLE, {"row": article_id, "of": unpacked(row.shingles)})
        connection.execute(_FORGET, {"row": article_id})


def packed(shingles: Sequence[int]) -> bytes:
    """Shingles as the database keeps them."""
    return pack(f">{len(shingles)}q", *shingles)


def unpacked(kept: bytes) -> tuple[int, ...]:
    """Shingles as they were kept."""
    return unpack(f">{len(kept) // 8}q", kept)
