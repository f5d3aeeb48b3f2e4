"""The best of what matches in the SQLite index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from storage.search.documents import Hit, Ranked, Streams
from storage.search.ranking import (
    AUTHOR,
    FILE,
    MOST_RANKED,
    TEXT,
    TITLE,
    Candidate,
    as_without_files,
    bm25,
    closeness,
    in_order,
    in_title,
    neighbours,
    typed,
)
from storage.search.sqlite_find import (
    WITHIN,
    Found,
    listed,
    listed_by_year,
    look_up,
    numbers,
    shelved,
    tuples,
    with_accents,
)
from storage.search.sqlite_match import expression, scoring, weighed
from storage.search.sqlite_rows import unpacked
from storage.search.sqlite_weights import LEAST, Collection, collection, weights
from storage.search.tree import Node, Query

LOOKED_AT = 60  # best candidates whose words are read, at about 0.12 ms each
# bm25 points for standing all together. On 20,000 real articles four words of a title, typed without marks,
# find it at MRR@10 .44 without and .85 with them; 6 to 24 points make no difference.
CLOSE = 12.0
LONG_RUN = 4  # pairs: from five words on it says something that they stand in one run
# The + keeps SQLite from asking the index once for each row; bm25 is worked out for those that are left.
_CHOSEN = "+search_fts.rowid IN (SELECT value FROM json_each(:ids))"
# S608: nothing is put together here but WITHIN and _CHOSEN.
_ROWS = text(f"SELECT rowid FROM search_fts WHERE {WITHIN}")  # noqa: S608
_SCORED = text(
    "SELECT rowid, -bm25(search_fts, :title, :text, :author, :file, 0.0, 0.0, 0.0) "  # noqa: S608
    f"FROM search_fts WHERE {WITHIN} AND {_CHOSEN}"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR, file=FILE)
_FILED = text("SELECT EXISTS (SELECT 1 FROM search_documents WHERE length > own)")
# Of those with attachments, what their own words are worth.
_OWN = text(
    "SELECT search_fts.rowid, "  # noqa: S608
    "-bm25(search_fts, :title, :text, :author, 0.0, 0.0, 0.0, 0.0), own, length "
    "FROM search_fts JOIN search_documents ON id = search_fts.rowid "
    f"WHERE {WITHIN} AND length > own AND {_CHOSEN}"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR)
_KEPT = text(
    "SELECT id, words, own FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)


def ranked(connection: Connection, query: Query) -> Ranked:
    """The best of what matches, and how many do by year."""
    if query.root is None:
        return _newest_documents(connection, query)
    found = look_up(connection, query)
    if not found.rows:
        return Ranked((), 0, False, None, found.years, found.at_least)
    order = _Ranking.of(connection, query.root, found).order()
    shelves = shelved(connection, found.rows)
    hits = tuple(Hit(shelves[one.article_id].article_id, one.text) for one in order)
    total = sum(found.years.values())
    oldest = (found.rows[-1], 0)
    return Ranked(hits, total, found.more, oldest, found.years, found.at_least, list(shelves.values()))


def _newest_documents(connection: Connection, query: Query) -> Ranked:
    """What a query without words wants: every document of its days, the newest first."""
    years = listed_by_year(connection, query)
    found = listed(connection, query, MOST_RANKED, None, oldest_first=False)
    total = sum(years.values())
    hits = tuple(Hit(each.article_id, 0.0) for each in found)
    oldest = found[-1].key if found else None
    shelves = list(shelved(connection, [each.key[0] for each in found]).values())
    return Ranked(hits, total, total > len(found), oldest, years, shelves=shelves)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The order of what was found; row ids in place of article ids."""

    connection: Connection
    root: Node
    rows: Sequence[int]  # the newest first, at least one
    whole: Collection
    weight: Mapping[str, float]  # of each word that counts

    @classmethod
    def of(cls, connection: Connection, root: Node, found: Found) -> _Ranking:
        whole = collection(connection)
        return cls(connection, root, found.rows, whole, weights(connection, weighed(root), whole))

    def order(self) -> list[Candidate]:
        """Best first. Of few, the words are read; of many, those of the best by bm25."""
        if len(self.rows) <= LOOKED_AT:
            exact = with_accents(self.connection, self.root, self.rows)
            plain = [Candidate((row, 0), row, 0.0, exact is None or row in exact) for row in self.rows]
            return in_order(self._looked_at(plain, score=True)) if len(plain) > 1 else plain
        order = in_order(self._candidates())
        if not neighbours(self.root):
            return order
        return in_order(self._looked_at(order[:LOOKED_AT], score=False)) + order[LOOKED_AT:]

    def _candidates(self) -> list[Candidate]:
        """Every one with its bm25, or where no word weighs anything, with what stands in its title."""
        exact = with_accents(self.connection, self.root, self.rows)
        heavy = {word for word, weight in self.weight.items() if weight > LEAST}
        asked = {"lowest": self.rows[-1], "highest": self.rows[0], "ids": json.dumps(self.rows)}
        scores: dict[int, float] = {}
        if match := scoring(self.root, heavy):
            scores = dict(tuples(self.connection, _SCORED, {**asked, "match": match}))
            for row, owed in self._owed({**asked, "match": match}).items():
                scores[row] += owed
        title = None if scores else in_title(self.root)
        titled = set(numbers(self.connection, _ROWS, {**asked, "match": expression(title)})) if title else ()
        return [
            Candidate((row, 0), row, scores.get(row, 0.0), exact is None or row in exact, row in titled)
            for row in self.rows
        ]

    def _owed(self, asked: Mapping[str, object]) -> dict[int, float]:
        """What bm25 takes from articles for the length of their attachments."""
        if not self.connection.scalar(_FILED):
            return {}
        rows = tuples(self.connection, _OWN, asked)
        mean = self.whole.mean
        return {row: as_without_files(score, length, own, mean) - score for row, score, own, length in rows}

    def _looked_at(self, best: Sequence[Candidate], *, score: bool) -> list[Candidate]:
        """Candidates judged by their words: bm25 knows nothing of words standing together."""
        pairs = neighbours(self.root)
        run = f" {' '.join(typed(self.root))} " if len(pairs) >= LONG_RUN else None
        asked = {"ids": json.dumps([one.article_id for one in best])}
        kept = {row: (words, own) for row, words, own in tuples(self.connection, _KEPT, asked)}

        def judged(one: Candidate) -> Candidate:
            words, own = kept[one.article_id]
            folded = unpacked(words)[0].fold
            close = closeness(pairs, folded.title, folded.text, folded.file)
            if run and any(run in f" {text} " for text in (folded.title, folded.text, folded.file)):
                close += 1.0  # a title or sentence as it stands there
            if not score:
                return one._replace(text=one.text + CLOSE * close)
            titled = all(f" {word} " in f" {folded.title} " for word in self.weight)
            return one._replace(text=self._worth(folded, own) + CLOSE * close, titled=titled)

        return [judged(one) for one in best]

    def _worth(self, words: Streams, own: int) -> float:
        """The bm25 of a document's words, its attachments not counted into its length."""
        places = ((TITLE, words.title), (TEXT, words.text), (AUTHOR, words.author), (FILE, words.file))
        texts = [(worth, f" {text} ") for worth, text in places if text]

        def times(word: str) -> float:
            return sum(worth * text.count(f" {word} ") for worth, text in texts)

        return sum(weight * bm25(times(word), own, self.whole.mean) for word, weight in self.weight.items())
