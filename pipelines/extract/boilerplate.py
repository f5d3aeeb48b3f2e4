"""Furniture: lines repeating across a site's articles (tickers, counters, notices), learned and taken out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from pipelines.extract.structure import moved
from storage.records import Article

COUNTER = 80  # characters; in a longer line other numbers make it another line
LONGEST = 200  # characters; what is longer is text, however often it stands somewhere
LEAST = 12  # articles read in a run before anything is learned of them
SHARE = 0.5  # of a run's articles that a line must stand in
MOST_LINES = 200_000  # remembered at once; beyond, lines seen once are forgotten
NOTE = "furniture:"
NOT_WORD = re.compile(r"[\W_]+")
DIGITS = re.compile(r"\d+")


def line_key(line: str) -> str | None:
    """What two prints of one line share: letters in lower case, numbers; None for a long line.

    In a short line every number counts as 0: `Lượt xem: 1.204` and `Lượt xem: 87` have one key.
    """
    if len(line) > LONGEST:
        return None
    words = NOT_WORD.sub("", line.casefold())
    if len(line) <= COUNTER:
        words = DIGITS.sub("0", words)
    return blake2b(words.encode(), digest_size=8).hexdigest() if words else None


def bare(article: Article, furniture: Collection[str]) -> Article:
    """The article without the lines whose keys are in `furniture`; with them when nothing else is left.

    What was taken out is counted in `repairs`.
    """
    lines = article.body.split("\n")
    stay = [at for at, line in enumerate(lines) if line_key(line) not in furniture] if furniture else []
    if not stay or len(stay) == len(lines):
        return article
    shape, images = moved(stay, article.shape, article.images)
    return replace(
        article,
        body="\n".join(lines[at] for at in stay),
        shape=shape,
        images=images,
        repairs=_counted(article.repairs, len(lines) - len(stay)),
    )


def _counted(repairs: tuple[str, ...], more: int) -> tuple[str, ...]:
    before = sum(int(note.removeprefix(NOTE)) for note in repairs if note.startswith(NOTE))
    others = (note for note in repairs if not note.startswith(NOTE))
    return (*others, f"{NOTE}{before + more}")


@dataclass(slots=True)
class LineCounts:
    """In how many articles of one run each line stands."""

    articles: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)

    def note(self, article: Article) -> None:
        """Count the lines of one article, each once."""
        self.articles += 1
        lines = {key: line for line in article.body.split("\n") if (key := line_key(line))}
        self.counts.update(lines.keys())
        for key, line in lines.items():
            self.samples.setdefault(key, line)
        if len(self.counts) > MOST_LINES:
            self._forget_single()

    def _forget_single(self) -> None:
        self.counts = Counter({key: count for key, count in self.counts.items() if count > 1})
        self.samples = {key: line for key, line in self.samples.items() if key in self.counts}

    def learned(self) -> Mapping[str, tuple[str, int]]:
        """(the line as first seen, articles it stands in) by key, of the lines that are no article's own."""
        if self.articles < LEAST:
            return {}
        return {
            key: (self.samples[key], count)
            for key, count in self.counts.items()
            if count >= SHARE * self.articles
        }
