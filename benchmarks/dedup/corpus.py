"""The texts: real articles where the corpora are at hand, and the replicas' with their known copies."""

from __future__ import annotations

import gzip
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crawler.demo.ground_truth import SEED, build_ground_truth
from storage.stories.clusters import near_text

UNION = "union-articles.jsonl"
NEWS = ("articles-20k.jsonl.gz", "articles-80k-more.jsonl.gz")
HERE = Path(__file__).parent


class CorpusError(Exception):
    """The corpora are not there or cannot be read: says where they were looked for."""


@dataclass(frozen=True, slots=True)
class Original:
    """One article as it stands in the archive."""

    ident: str
    lead: str | None
    body: str
    title: str = ""

    @property
    def text(self) -> str:
        """What is held against others."""
        return near_text(self.lead, self.body)


@dataclass(frozen=True, slots=True)
class RealPair:
    """Two articles of the corpora that are labelled as a pair."""

    older: str
    newer: str
    label: str  # copy | follow_up | form


def corpora() -> Path:
    """The folder of the corpora: `shared/corpora` beside the repository, or below CONGDOAN_SHARED.

    Raises CorpusError when it is not there.
    """
    shared = Path(os.environ.get("CONGDOAN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    folder = shared / "corpora"
    if not (folder / UNION).exists():
        raise CorpusError(f"no corpora in {folder}: set CONGDOAN_SHARED to the folder that holds `corpora`")
    return folder


def union_articles() -> list[Original]:
    """Every article about unions."""
    with (corpora() / UNION).open(encoding="utf-8") as lines:
        return list(_originals(lines))


def news(count: int, *, held_out: bool = False) -> list[Original]:
    """So many articles of daily papers, always the same; those held out never were edited for a choice."""
    return list(islice(_news(NEWS[::-1] if held_out else NEWS), count))


def news_by_id(idents: frozenset[str]) -> dict[str, Original]:
    """The articles of daily papers that are called so; those that are not there are left out."""
    return {original.ident: original for original in _news(NEWS) if original.ident in idents}


def _news(names: Sequence[str]) -> Iterator[Original]:
    for name in names:
        with gzip.open(corpora() / name, "rt", encoding="utf-8") as lines:
            yield from _originals(lines)


def _originals(lines: Iterable[str]) -> Iterator[Original]:
    for line in lines:
        told = json.loads(line)
        yield Original(told["id"], told["abstract"] or None, told["body"], told.get("title") or "")


def real_pairs(*, held_out: bool) -> list[RealPair]:
    """The labelled pairs, of `real_pairs.tsv` or of `held_out_pairs.tsv`."""
    lines = (
        (HERE / ("held_out_pairs.tsv" if held_out else "real_pairs.tsv"))
        .read_text(encoding="utf-8")
        .splitlines()
    )
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [RealPair(older, newer, label) for older, newer, label in rows]


def replicas(scale: float, *, held_out: bool) -> tuple[dict[str, Original], list[frozenset[str]]]:
    """The replicas' articles by address, and the addresses of every story, oldest site first."""
    articles: dict[str, Original] = {}
    stories: dict[str, set[str]] = defaultdict(set)
    for site in build_ground_truth(1, seed=SEED + held_out, scale=scale).sites:
        for told in site.articles:
            articles[told.url] = Original(told.url, told.lead, "\n".join(told.body))
            stories[told.story].add(told.url)
    return articles, [frozenset(urls) for urls in stories.values()]
