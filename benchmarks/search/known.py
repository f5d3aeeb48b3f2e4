"""Known-item search: a reader remembers an article, and it stands somewhere in the answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import Engine

from benchmarks.search.material import Text
from storage.database.engine import reading
from storage.search.engine import engine_for
from storage.search.query.abbreviations import default_abbreviations, text_terms
from storage.search.query.lexer import QueryError
from storage.search.query.parse import parse
from storage.search.results.result_page import SearchRequest, search_archive
from storage.text.tokens import fold, tokens

SENTENCE = re.compile(r"[^.!?\n]+[.!?]")
MARKS = re.compile(r"[\"“”„«»()]")  # cut out of their text, quotation marks and brackets lack their partners
SHORTEST, LONGEST = 8, 25  # words of a sentence one would paste
DEPTH = 10  # hits looked at
_D = str.maketrans("đĐ", "dD")

AIMS = {
    "full title": 0.98,
    "full title, no accents": 0.98,
    "half a title": 0.85,
    "a sentence": 0.95,
    "abbreviation swapped": 0.95,
    "title withheld": 0.79,
    "title withheld, no accents": 0.77,
}
WITHHELD = frozenset({"title withheld", "title withheld, no accents"})  # asked of bodies alone


@dataclass(frozen=True, slots=True)
class Item:
    """An article and what is remembered of it."""

    article: int  # its number: the first of the corpora is 1
    query: str


Found = Sequence[Sequence[int]]  # by item: the numbers found, best first


def items(texts: Sequence[Text], each: int, seed: int, bodies: int) -> dict[str, list[Item]]:
    """So many items of each kind, from articles whose title no other has; `bodies`: those of WITHHELD."""
    rng = Random(seed)
    keys = [_bare(text.title) for text in texts]
    times = Counter(keys)
    alone = [at for at, key in enumerate(keys) if times[key] == 1 and len(key.split()) > 3]
    few = [at for at in alone if at < bodies]
    titled = [Item(at + 1, texts[at].title) for at in rng.sample(alone, min(each, len(alone)))]
    withheld = [Item(at + 1, texts[at].title) for at in rng.sample(few, min(each, len(few)))]

    def some(of: Callable[[Text, Random], str | None]) -> list[Item]:
        found: list[Item] = []
        for at in rng.sample(alone, len(alone)):
            query = of(texts[at], rng)
            found += [Item(at + 1, query)] if query else []
            if len(found) == each:
                break
        return found

    return {
        "full title": titled,
        "full title, no accents": _without(titled),
        "half a title": some(_half),
        "a sentence": some(_sentence),
        "abbreviation swapped": some(_swapped),
        "title withheld": withheld,
        "title withheld, no accents": _without(withheld),
    }


def without_accents(text: str) -> str:
    """What somebody types who has no Vietnamese keyboard; all else as it was."""
    return "".join(fold(char) if char.isalpha() else char for char in text).translate(_D)


def _without(told: Sequence[Item]) -> list[Item]:
    return [Item(item.article, without_accents(item.query)) for item in told]


def _bare(text: str) -> str:
    return " ".join(token.folded for token in tokens(text))


def _half(text: Text, rng: Random) -> str | None:
    words = text.title.split()
    half = (len(words) + 1) // 2
    at = rng.choice((0, len(words) - half))
    return " ".join(words[at : at + half]) if half > 2 else None


def _sentences(text: Text) -> list[str]:
    found = (match[0].strip() for match in SENTENCE.finditer(text.body))
    plain = (sentence for sentence in found if not MARKS.search(sentence))
    return [sentence for sentence in plain if SHORTEST <= len(sentence.split()) <= LONGEST]


def _sentence(text: Text, rng: Random) -> str | None:
    found = _sentences(text)
    return rng.choice(found) if found else None


def _swapped(text: Text, rng: Random) -> str | None:
    """The title, or a sentence, with an abbreviation exchanged for its long form or the other way round."""
    row = [text.title, *_sentences(text)]
    found = [swapped for line in row[:1] if (swapped := swap(line))]
    found = found or [swapped for line in row[1:] if (swapped := swap(line))]
    return rng.choice(found) if found else None


def swap(line: str) -> str | None:
    """A line with the first abbreviation in it exchanged; None when it has none."""
    words, row = tokens(line), text_terms(line)
    for at in range(len(row)):
        match = default_abbreviations().match(row, at)
        if match is None:
            continue
        typed = line[words[at].start : words[at + match.length - 1].end]
        if match.length == 1 and not typed.isupper():
            continue
        wanted = max if match.length == 1 else min
        other = " ".join(term.exact for term in wanted(match.other_forms, key=len))
        other = other.upper() if len(other.split()) == 1 else other
        return line[: words[at].start] + other + line[words[at + match.length - 1].end :]
    return None


@dataclass(frozen=True, slots=True)
class Answers:
    """What our own search found."""

    found: list[list[int]]
    refused: int  # queries it could not understand
    differing: int  # queries that find another set of articles without their accents


def asked(engine: Engine, told: Sequence[Item]) -> Answers:
    """The articles found for each item, those with most of the words behind those with all."""
    found: list[list[int]] = []
    refused = differing = 0
    with reading(engine) as connection:
        search = engine_for(connection)
        for item in told:
            try:
                query, bare = parse(item.query), parse(without_accents(item.query))
            except QueryError:
                refused += 1
                found.append([])
                continue
            page = search_archive(connection, search, SearchRequest(query, limit=DEPTH))
            found.append([hit.article_id for hit in page.all_hits][:DEPTH])
            every = (frozenset(search.matching_ids(connection, each)) for each in (query, bare))
            differing += len(set(every)) > 1
    return Answers(found, refused, differing)


def reciprocal_rank(told: Sequence[Item], found: Found) -> float:
    """MRR@10: the mean of one over the place at which the article stands, 0 beyond the tenth."""
    return sum(_worth(item.article, row) for item, row in zip(told, found, strict=True)) / max(1, len(told))


def _worth(article: int, row: Sequence[int]) -> float:
    return 1 / (row.index(article) + 1) if article in row else 0.0


def missed(scores: Mapping[str, Mapping[str, float]], ours: str) -> Iterator[str]:
    """One line for each aim that is missed, and for each peer that does better."""
    for kind, row in scores.items():
        if row[ours] < AIMS[kind]:
            yield f"{kind}: MRR@10 {row[ours]:.3f} (at least {AIMS[kind]})"
        for peer, score in row.items():
            if score > row[ours]:
                yield f"{kind}: MRR@10 {row[ours]:.3f}, {peer} {score:.3f}"
