"""The index of near-duplicates: which articles share sampled shingles with a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from struct import pack, unpack

from sqlalchemy import Connection, bindparam, delete, insert, select, text
from sqlalchemy.sql.elements import TextClause

from storage.schema import samples, signatures

POSTINGS = 64  # of each shingle the newest so many articles are looked at: formulae stand in thousands
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
    values = {f"h{at}": shingle for at, shingle in enumerate(shingles)}
    rows = connection.execute(_lookup(len(shingles)), values)
    shared = Counter(row[0] for row in rows)
    shared.pop(besides, None)
    return [article for article, count in shared.most_common(MOST) if count >= LEAST_SHARED]


@lru_cache(maxsize=256)
def _lookup(count: int) -> TextClause:
    """One short index read per shingle, in one statement."""
    one = "SELECT article_id FROM samples WHERE shingle = :h{} ORDER BY article_id DESC LIMIT {}"
    each = (f"SELECT * FROM ({one.format(at, POSTINGS)}) AS s{at}" for at in range(count))  # noqa: S608 - numbers
    return text(" UNION ALL ".join(each))


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
