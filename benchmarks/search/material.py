"""The articles searched: real ones out of the corpora, and more made of their paragraphs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from math import sqrt
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.dedup.corpus import NEWS, corpora
from storage.text.tokens import exact_words

FIRST_DAY, DAYS = date(2008, 1, 1), 6_500
UNDATED = 0.02  # of the articles
SITES = 65
SECTIONS = ("Tin tức", "Hoạt động công đoàn", "Văn bản", "Phong trào thi đua", "Đời sống", "An toàn lao động")
PLACES = ("bac_kan", "bac_kan/ba_be", "ha_noi", "thai_nguyen", "nghe_an/vinh", "dong_nai/bien_hoa", None)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
GIVEN = ("Thị Hoa", "Văn Thủy", "Đức Hoà", "Minh Anh", "Quang Huy", "Thu Hà", "Ngọc Lan", "Hữu Nghĩa")
MIXED_OF = 20_000  # real articles whose halves are put together, once there are no more real ones


class Text(NamedTuple):
    """One article of the corpora."""

    title: str
    lead: str
    body: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text: as it was written, and its words parted by blanks."""

    text: str
    words: str

    @classmethod
    def of(cls, text: str) -> Piece:
        """A piece with its words."""
        return cls(text, " ".join(exact_words(text)))

    def then(self, other: Piece, between: str) -> Piece:
        """Both, one after the other."""
        return Piece(self.text + between + other.text, f"{self.words} {other.words}".strip())


@dataclass(frozen=True, slots=True)
class Made:
    """One article to be searched."""

    number: int  # grows with the day
    title: Piece
    lead: Piece
    body: Piece
    author: str
    site: str
    day: date | None
    section: str
    place: str | None
    pictured: bool
    mixed: bool  # of the halves of others


@dataclass(frozen=True, slots=True)
class _Halves:
    title: tuple[Piece, Piece]
    lead: Piece
    body: tuple[Piece, Piece]

    @classmethod
    def of(cls, text: Text) -> _Halves:
        words, lines = text.title.split(), text.body.split("\n")
        half, middle = len(words) // 2, len(lines) // 2 + 1
        title = Piece.of(" ".join(words[:half])), Piece.of(" ".join(words[half:]))
        body = Piece.of("\n".join(lines[:middle])), Piece.of("\n".join(lines[middle:]))
        return cls(title, Piece.of(text.lead), body)


def real(count: int) -> Iterator[Text]:
    """So many articles of the corpora, all there are at most."""
    return islice(_real(), count)


def _real() -> Iterator[Text]:
    for name in NEWS:
        with gzip.open(corpora() / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                yield Text(told["title"], told["abstract"] or "", told["body"])


def made(count: int, seed: int = 1) -> Iterator[Made]:
    """So many articles, the oldest first: real ones, and among them others of their halves.

    Where there are too few real ones, each stands as far from the next as from the one before. Which halves
    stand together is by chance, so words are as frequent as in real articles, and pairs of words nearly so.
    """
    rng = Random(seed)
    step = max(1, -(-count // 100_000))
    halves = [_Halves.of(text) for text in real(MIXED_OF)] if step > 1 else []
    texts = real(count)
    for number in range(1, count + 1):
        text = next(texts, None) if not number % step else None
        if text is None and not halves:
            raise ValueError(f"the corpora hold fewer than {count} articles")
        title, lead, body = (Piece(each, "") for each in text) if text else _mixed(halves, rng)
        yield Made(
            number,
            title,
            lead,
            body,
            f"{rng.choice(FAMILY)} {rng.choice(GIVEN)}",
            f"site_{int(rng.triangular(0, SITES, 0)):02}",
            _day(number / (count + 1)),
            rng.choice(SECTIONS),
            rng.choice(PLACES),
            rng.random() < 0.7,
            text is None,
        )


def _mixed(halves: Sequence[_Halves], rng: Random) -> tuple[Piece, Piece, Piece]:
    one, other, third = rng.choices(halves, k=3)
    return one.title[0].then(other.title[1], " "), other.lead, one.body[0].then(third.body[1], "\n")


def _day(place: float) -> date | None:
    """The day of an article by its place among all, 0 to 1: each year has more than the year before."""
    if place < UNDATED:
        return None
    return FIRST_DAY + timedelta(days=int(DAYS * sqrt((place - UNDATED) / (1 - UNDATED))))


def kept(folder: Path, count: int) -> Path:
    """Where an archive of so many articles is kept between runs."""
    return folder / f"search-{count}.db"
