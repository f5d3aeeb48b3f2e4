"""Learns boilerplate lines (tickers, counters, notices) by how many articles have them, and removes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from pipelines.extract.structure import renumber_structure
from storage.records import Article

MAX_COUNTER_LINE_CHARS = 80  # in a longer line other numbers make it another line
MAX_BOILERPLATE_CHARS = 200  # a longer line is text, however often it repeats
MIN_LEARNING_ARTICLES = 12  # read in a run before lines are learned from them
MIN_ARTICLE_SHARE = 0.5  # of a run's articles in which a boilerplate line must be
MAX_COUNTED_LINES = 200_000  # at one time; beyond, lines seen once are dropped
REMOVED_NOTE = "furniture:"  # stored in `repairs`, with the number of lines
NOT_WORD = re.compile(r"[\W_]+")
DIGITS = re.compile(r"\d+")


def line_key(line: str) -> str | None:
    """Return the key that two prints of a line share, a hash of letters and digits; None for a long line.

    In a short line every number counts as 0: `Lượt xem: 1.204` and `Lượt xem: 87` have one key.
    """
    if len(line) > MAX_BOILERPLATE_CHARS:
        return None
    letters = NOT_WORD.sub("", line.casefold())
    if len(line) <= MAX_COUNTER_LINE_CHARS:
        letters = DIGITS.sub("0", letters)
    return blake2b(letters.encode(), digest_size=8).hexdigest() if letters else None


def without_boilerplate(article: Article, boilerplate_keys: Collection[str]) -> Article:
    """Return the article without the lines whose keys are given; unchanged when no other line is left.

    The number of removed lines is noted in `repairs`.
    """
    lines = article.body.split("\n")
    remaining = (
        [at for at, line in enumerate(lines) if line_key(line) not in boilerplate_keys]
        if boilerplate_keys
        else []
    )
    if not remaining or len(remaining) == len(lines):
        return article
    shape, images = renumber_structure(remaining, article.shape, article.images)
    return replace(
        article,
        body="\n".join(lines[at] for at in remaining),
        shape=shape,
        images=images,
        repairs=_with_removed_count(article.repairs, len(lines) - len(remaining)),
    )


def _with_removed_count(repairs: tuple[str, ...], removed: int) -> tuple[str, ...]:
    removed_before = sum(
        int(note.removeprefix(REMOVED_NOTE)) for note in repairs if note.startswith(REMOVED_NOTE)
    )
    other_repairs = (note for note in repairs if not note.startswith(REMOVED_NOTE))
    return (*other_repairs, f"{REMOVED_NOTE}{removed_before + removed}")


@dataclass(slots=True)
class LineCounts:
    """Counts in how many articles of one run each line is."""

    articles: int = 0  # counted so far
    counts: Counter[str] = field(default_factory=Counter)
    first_lines: dict[str, str] = field(default_factory=dict)

    def count_lines(self, article: Article) -> None:
        """Count the lines of one article, each once."""
        self.articles += 1
        lines = {key: line for line in article.body.split("\n") if (key := line_key(line))}
        self.counts.update(lines.keys())
        for key, line in lines.items():
            self.first_lines.setdefault(key, line)
        if len(self.counts) > MAX_COUNTED_LINES:
            self._drop_lines_seen_once()

    def _drop_lines_seen_once(self) -> None:
        self.counts = Counter({key: count for key, count in self.counts.items() if count > 1})
        self.first_lines = {key: line for key, line in self.first_lines.items() if key in self.counts}

    def boilerplate_lines(self) -> Mapping[str, tuple[str, int]]:
        """Return, by key, each boilerplate line as first printed and the number of articles it is in."""
        if self.articles < MIN_LEARNING_ARTICLES:
            return {}
        return {
            key: (self.first_lines[key], count)
            for key, count in self.counts.items()
            if count >= MIN_ARTICLE_SHARE * self.articles
        }
