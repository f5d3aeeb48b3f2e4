"""The articles searched: real ones out of the corpora, and more made of their paragraphs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from benchmarks.dedup.corpus import NEWS, corpora

FIRST_DAY, DAYS = date(2008, 1, 1), 6_500
SITES = 65
SECTIONS = ("Tin tức", "Hoạt động công đoàn", "Văn bản", "Phong trào thi đua", "Đời sống", "An toàn lao động")
PLACES = ("bac_kan", "bac_kan/ba_be", "ha_noi", "thai_nguyen", "nghe_an/vinh", "dong_nai/bien_hoa", None)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
GIVEN = ("Thị Hoa", "Văn Thủy", "Đức Hoà", "Minh Anh", "Quang Huy", "Thu Hà", "Ngọc Lan", "Hữu Nghĩa")


@dataclass(frozen=True, slots=True)
class Made:
    """One article to be searched."""

    number: int
    title: str
    lead: str
    body: str
    author: str
    site: str
    day: date | None
    section: str
    place: str | None
    pictured: bool


def real(count: int) -> list[tuple[str, str, str]]:
    """(title, lead, body) of so many articles of the corpora, of all there are at most."""
    found: list[tuple[str, str, str]] = []
    for name in NEWS:
        with gzip.open(corpora() / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                found.append((told["title"], told["abstract"] or "", told["body"]))
                if len(found) == count:
                    return found
    return found


def made(count: int, seed: int = 1) -> Iterator[Made]:
    """So many articles: the real ones first, then others of their titles' halves and their paragraphs.

    Which paragraphs stand together is by chance, so words are as frequent as in real articles, and pairs of
    words nearly so.
    """
    texts = real(count)
    rng = Random(seed)
    for number in range(1, count + 1):
        title, lead, body = texts[number - 1] if number <= len(texts) else _mixed(texts, rng)
        yield Made(
            number,
            title,
            lead,
            body,
            f"{rng.choice(FAMILY)} {rng.choice(GIVEN)}",
            f"site_{int(rng.triangular(0, SITES, 0)):02}",
            FIRST_DAY + timedelta(days=int(rng.triangular(0, DAYS, DAYS))) if rng.random() < 0.98 else None,
            rng.choice(SECTIONS),
            rng.choice(PLACES),
            rng.random() < 0.7,
        )


def _mixed(texts: list[tuple[str, str, str]], rng: Random) -> tuple[str, str, str]:
    one, other, third = rng.choice(texts), rng.choice(texts), rng.choice(texts)
    first, second = one[0].split(), other[0].split()
    title = " ".join((*first[: len(first) // 2], *second[len(second) // 2 :]))
    upper, lower = one[2].split("\n"), third[2].split("\n")
    return title, other[1], "\n".join((*upper[: len(upper) // 2 + 1], *lower[len(lower) // 2 :]))


def size(articles: Iterator[Made]) -> int:
    """Bytes of the text that is indexed: title, lead, body, author."""
    return sum(len("\n".join((a.title, a.lead, a.body, a.author)).encode()) for a in articles)


def kept(folder: Path, count: int) -> Path:
    """Where an archive of so many articles is kept between runs."""
    return folder / f"search-{count}.db"
