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


def line_key(article_line: str) -> str | None:
    """Return the key that two prints of a line share, a hash of letters and digits; None for a long line.

    In a short line every number counts as 0: `Lượt xem: 1.204` and `Lượt xem: 87` have one key.
    """
    if len(article_line) > MAX_BOILERPLATE_CHARS:
        return None
    boilerplate_letters = NOT_WORD.sub("", article_line.casefold())
    if len(article_line) <= MAX_COUNTER_LINE_CHARS:
        boilerplate_letters = DIGITS.sub("0", boilerplate_letters)
    return blake2b(boilerplate_letters.encode(), digest_size=8).hexdigest() if boilerplate_letters else None


def without_boilerplate(article: Article, boilerplate_keys: Collection[str]) -> Article:
    """Return the article without the lines whose keys are given; unchanged when no other line is left.

    The number of removed lines is noted in `repairs`.
    """
    article_lines = article.body.split("\n")
    remaining_lines = (
        [
            line_number
            for line_number, article_line in enumerate(article_lines)
            if line_key(article_line) not in boilerplate_keys
        ]
        if boilerplate_keys
        else []
    )
    if not remaining_lines or len(remaining_lines) == len(article_lines):
        return article
    remaining_shape, remaining_images = renumber_structure(remaining_lines, article.shape, article.images)
    return replace(
        article,
        body="\n".join(article_lines[line_number] for line_number in remaining_lines),
        shape=remaining_shape,
        images=remaining_images,
        repairs=_with_removed_count(article.repairs, len(article_lines) - len(remaining_lines)),
    )


def _with_removed_count(repairs: tuple[str, ...], removed_lines: int) -> tuple[str, ...]:
    removed_before = sum(
        int(repair_note.removeprefix(REMOVED_NOTE))
        for repair_note in repairs
        if repair_note.startswith(REMOVED_NOTE)
    )
    other_repairs = (repair_note for repair_note in repairs if not repair_note.startswith(REMOVED_NOTE))
    return (*other_repairs, f"{REMOVED_NOTE}{removed_before + removed_lines}")


@dataclass(slots=True)
class LineCounts:
    """Counts in how many articles of one run each line is."""

    counted_articles: int = 0  # counted so far
    articles_by_line_key: Counter[str] = field(default_factory=Counter)
    first_lines: dict[str, str] = field(default_factory=dict)

    def count_lines(self, article: Article) -> None:
        """Count the lines of one article, each once."""
        self.counted_articles += 1
        article_lines = {
            boilerplate_key: article_line
            for article_line in article.body.split("\n")
            if (boilerplate_key := line_key(article_line))
        }
        self.articles_by_line_key.update(article_lines.keys())
        for boilerplate_key, article_line in article_lines.items():
            self.first_lines.setdefault(boilerplate_key, article_line)
        if len(self.articles_by_line_key) > MAX_COUNTED_LINES:
            self._drop_lines_seen_once()

    def _drop_lines_seen_once(self) -> None:
        self.articles_by_line_key = Counter(
            {
                boilerplate_key: article_count
                for boilerplate_key, article_count in self.articles_by_line_key.items()
                if article_count > 1
            }
        )
        self.first_lines = {
            boilerplate_key: article_line
            for boilerplate_key, article_line in self.first_lines.items()
            if boilerplate_key in self.articles_by_line_key
        }

    def boilerplate_lines(self) -> Mapping[str, tuple[str, int]]:
        """Return, by key, each boilerplate line as first printed and the number of articles it is in."""
        if self.counted_articles < MIN_LEARNING_ARTICLES:
            return {}
        return {
            boilerplate_key: (self.first_lines[boilerplate_key], article_count)
            for boilerplate_key, article_count in self.articles_by_line_key.items()
            if article_count >= MIN_ARTICLE_SHARE * self.counted_articles
        }
