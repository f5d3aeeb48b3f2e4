"""Near-duplicate index: the articles that share sampled shingles with a text."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from itertools import chain
from struct import pack, unpack

from sqlalchemy import Connection, bindparam, delete, select

from storage.database.schema import samples, signatures

# Articles read per shingle, the newest first: at first, and where all shingles are common ones.
POSTINGS_READ = (48, 256)
ENOUGH_RARE_SHINGLES = 4  # with that many short lists a text differs from formulae, which thousands share
MAX_SHINGLES_READ = 128  # the smallest of a sample; that of a long report has more
MIN_SHARED_SAMPLES = 3  # sampled shingles in common; two are a formula
MAX_SAMPLES_READ = 24  # articles that share most, whose samples are then compared in full
MIN_SIMILARITY = 0.2  # share of the smaller sample; texts below it have only formulae in common
MAX_CANDIDATES = 8  # most similar articles returned for a comparison of the texts
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


def near_duplicate_candidates(connection: Connection, shingles: Sequence[int], excluded_id: int) -> list[int]:
    """Return the articles with the most similar samples, best first, without the article `excluded_id`.

    Costs as much at a million articles as at a thousand: of every shingle's list only `POSTINGS_READ`
    articles are read.
    """
    sharing_articles = _sharing_most(_posting_lists(connection, shingles[:MAX_SHINGLES_READ]), excluded_id)
    if not sharing_articles:
        return []
    signature_rows = connection.exec_driver_sql(
        _SELECT_SAMPLES.format(_placeholders(connection, MAX_SAMPLES_READ)),
        (*sharing_articles, *[None] * (MAX_SAMPLES_READ - len(sharing_articles))),
    )
    shingle_sample = [shingle & _UINT64_MASK for shingle in shingles]
    similarity = {
        article_id: sample_similarity(
            shingle_sample, unpack(f">{len(packed_shingles) // 8}Q", packed_shingles)
        )
        for article_id, packed_shingles in signature_rows
    }
    near_duplicates = [
        article_id for article_id in sharing_articles if similarity.get(article_id, 0.0) >= MIN_SIMILARITY
    ]
    return sorted(near_duplicates, key=similarity.__getitem__, reverse=True)[:MAX_CANDIDATES]


def _posting_lists(
    connection: Connection, shingles: Sequence[int]
) -> tuple[list[list[str]], list[list[str]]]:
    """Return the articles of each shingle: the complete lists, and those read only in their newest part."""
    read_postings = _postgresql_postings if connection.dialect.name == "postgresql" else _sqlite_postings
    rare_postings: list[list[str]] = []
    common_postings: list[tuple[int, list[str]]] = [(shingle, []) for shingle in shingles]
    for postings_limit in POSTINGS_READ:
        shingle_postings = read_postings(
            connection, [shingle for shingle, _ in common_postings], postings_limit
        )
        rare_postings += [
            posting_ids for _, posting_ids in shingle_postings if len(posting_ids) < postings_limit
        ]
        common_postings = [
            (shingle, posting_ids)
            for shingle, posting_ids in shingle_postings
            if len(posting_ids) >= postings_limit
        ]
        if len(rare_postings) >= ENOUGH_RARE_SHINGLES:
            break
    return rare_postings, [posting_ids for _, posting_ids in common_postings]


def _sharing_most(posting_lists: tuple[list[list[str]], list[list[str]]], excluded_id: int) -> list[int]:
    """Return the articles in most of the lists, first those in most of the complete (rare) ones."""
    rare_postings, common_postings = posting_lists
    rare_shared = Counter(chain.from_iterable(rare_postings))
    shared_shingles = Counter(chain.from_iterable((*rare_postings, *common_postings)))
    ranked_candidates = [
        (rare_shared[article_id], shared_count, int(article_id))
        for article_id, shared_count in shared_shingles.items()
        if shared_count >= MIN_SHARED_SAMPLES
    ]
    most_similar = nlargest(MAX_SAMPLES_READ + 1, ranked_candidates)
    return [article_id for _, _, article_id in most_similar if article_id != excluded_id][:MAX_SAMPLES_READ]


def _sqlite_postings(
    connection: Connection, shingles: Sequence[int], postings_limit: int
) -> list[tuple[int, list[str]]]:
    """Read one short index range per shingle, each list as one value: a row costs more than its content.

    Uses the driver's cursor: nothing lies between it and the file, so that many statements cost little.
    """
    postings_cursor = connection.connection.cursor()
    shingle_postings = [
        (shingle, postings_cursor.execute(_SELECT_POSTINGS_SQLITE, (shingle, postings_limit)).fetchone()[0])
        for shingle in shingles
    ]
    postings_cursor.close()
    return [
        (shingle, posting_ids.split(",") if posting_ids else []) for shingle, posting_ids in shingle_postings
    ]


def _postgresql_postings(
    connection: Connection, shingles: Sequence[int], postings_limit: int
) -> list[tuple[int, list[str]]]:
    """Read the same in one statement: every statement is a round trip to the server."""
    shingle_postings = connection.exec_driver_sql(
        _SELECT_POSTINGS_POSTGRESQL, (list(shingles), postings_limit)
    )
    return [
        (shingle, posting_ids.split(",") if posting_ids else []) for shingle, posting_ids in shingle_postings
    ]


def sample_similarity(shingle_sample: Sequence[int], other_sample: Sequence[int]) -> float:
    """Return the share (0–1) of the smaller sample that the other has: an estimate of that of the texts.

    Both samples are ascending and unsigned. Only the range that both could hold counts: a short text's
    sample reaches to greater shingles than a long one's.
    """
    common_end = min(shingle_sample[-1], other_sample[-1])
    smaller_sample = min(bisect_right(shingle_sample, common_end), bisect_right(other_sample, common_end))
    return len(frozenset(shingle_sample).intersection(other_sample)) / max(1, smaller_sample)


def add_signature(
    connection: Connection, article_id: int, version: int, words: int, shingles: Sequence[int]
) -> None:
    """Store the sampled shingles of an article that has none; `version` is that of the sampling rules."""
    article_signature = (article_id, version, words, pack_shingles(shingles))
    connection.exec_driver_sql(_INSERT_SIGNATURE.format(_placeholders(connection, 4)), article_signature)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_INSERT_POSTINGS_POSTGRESQL, (list(shingles), article_id))
    else:
        connection.exec_driver_sql(_INSERT_POSTINGS_SQLITE, [(shingle, article_id) for shingle in shingles])


def _placeholders(connection: Connection, shared_count: int) -> str:
    """Return SQL placeholders; SQLAlchemy's expression language would cost more than the statement itself."""
    return ", ".join(["?" if connection.dialect.paramstyle == "qmark" else "%s"] * shared_count)


def remove_signature(connection: Connection, article_id: int) -> None:
    """Remove the sampled shingles of an article; does nothing when it has none."""
    article_signature = connection.execute(_SIGNATURE, {"row": article_id}).one_or_none()
    if article_signature is not None:
        connection.execute(
            _DELETE_POSTINGS, {"row": article_id, "of": unpack_shingles(article_signature.shingles)}
        )
        connection.execute(_DELETE_SIGNATURE, {"row": article_id})


def pack_shingles(shingles: Sequence[int]) -> bytes:
    """Return shingles as the database stores them: eight bytes each, big-endian."""
    return pack(f">{len(shingles)}q", *shingles)


def unpack_shingles(packed_shingles: bytes) -> tuple[int, ...]:
    """Return the shingles in a stored value."""
    return unpack(f">{len(packed_shingles) // 8}q", packed_shingles)
