"""A large archive without a crawl: the demo's prose, written into the tables as the store would."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, insert

from crawler.demo.ground_truth import TruthArticle, build_ground_truth
from storage.articles.queries import ARTICLE
from storage.articles.store import content_digest
from storage.database.engine import open_database, upgrade
from storage.database.schema import appearances, articles, changes, counters, revisions, runs
from storage.frontier.queue import url_key
from storage.records import (
    Article,
    Confidence,
    Dating,
    DocumentRef,
    FieldSource,
    LineKind,
    Provenance,
    Shape,
)

START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
COPIES = 0.12  # of the articles stand at a second address
REVISED = 0.05
GONE = 0.02
BATCH = 1000
PLACES = ("bac_kan", "bac_kan/ba_be", "ha_noi", "thai_nguyen", "nghe_an/vinh", "dong_nai/bien_hoa")


def synthetic_archive(path: Path, size: int, seed: int = 1) -> Engine:
    """A new SQLite archive of so many articles."""
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    fill(engine, size, seed)
    return engine


def fill(engine: Engine, size: int, seed: int = 1, scale: float = 1.0) -> None:
    """Write so many articles, with copies, revisions and removals, into an empty archive."""
    made = islice(_articles(seed, scale), size)
    ink = _Ink(Random(seed))
    with engine.begin() as connection:
        connection.execute(insert(runs).values(**ink.run))
        while batch := list(islice(made, BATCH)):
            ink.write(connection, batch)
        connection.execute(insert(counters).values(name="changes", value=ink.seq))


def _articles(seed: int, scale: float) -> Iterator[Article]:
    """Articles without end, no two with the same text."""
    rng = Random(seed)
    for volume in count(seed):
        for site in build_ground_truth(1, seed=volume, scale=scale).sites:
            for true in site.articles:
                yield _as_read(replace(true, url=f"{true.url}?quyen={volume}"), rng)


def _as_read(true: TruthArticle, rng: Random) -> Article:
    """What the reader would make of a page that shows it."""
    shape = [Shape(at, LineKind.ITEM) for at, line in enumerate(true.body) if line.startswith(("- ", "+ "))]
    told = (("title", true.title), ("lead", true.lead or ""), ("author", true.author or ""))
    provenance = tuple(Provenance(n, FieldSource.PROFILE, f".detail .{n}", raw) for n, raw in told)

    return Article(
        site=true.site,
        url=true.url,
        title=true.title,
        lead=true.lead,
        body="\n".join(true.body),
        author=true.author,
        author_unit=true.author_unit,
        published=true.published,
        section=true.section,
        images=true.images,
        attachments=true.attachments,
        prefix=true.prefix,
        place=rng.choice((None, *PLACES)),
        organisation=rng.choice(
            (None, "Liên đoàn Lao động tỉnh Bắc Kạn", "Liên đoàn Lao động thành phố Hà Nội")
        ),
        documents=(DocumentRef("02-NQ/TW", "Nghị quyết", "Bộ Chính trị"),) if rng.random() < 0.3 else (),
        dating=Dating(FieldSource.PROFILE, Confidence.CERTAIN) if true.published else None,
        shape=tuple(shape),
        provenance=provenance,
    )


@dataclass
class _Ink:
    rng: Random
    article: int = 0
    revision: int = 0
    seq: int = 0
    at: datetime = START

    @property
    def run(self) -> dict[str, Any]:
        """The one run that brought everything in."""
        made: dict[str, Any] = {"id": 1, "site": "synthetic", "night": "n1", "as_of": START}
        return made | {"started_at": START, "attempts": 1, "dialled": False, "counts": {}}

    def write(self, connection: Connection, pages: list[Article]) -> None:
        """Rows of all four tables for these articles."""
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("a", "r", "s", "c")}
        for page in pages:
            self._page(page, rows)
        tables = (("a", articles), ("r", revisions), ("s", appearances), ("c", changes))
        for name, table in tables:
            connection.execute(insert(table), rows[name])

    def _page(self, page: Article, rows: dict[str, list[dict[str, Any]]]) -> None:
        self.article += 1
        self.at += timedelta(seconds=2)
        texts = [page]
        if self.rng.random() < REVISED:
            texts.insert(0, replace(page, body=page.body.rsplit("\n", 1)[0]))
        for number, text in enumerate(texts, 1):
            rows["r"].append(self._text(text, number))
            self._told(rows, "revised" if number > 1 else "added", page)
        gone = self.at if self.rng.random() < GONE else None
        rows["a"].append(self._article(page, gone))
        rows["s"].append(self._place(page, gone))
        if self.rng.random() < COPIES:
            copy = replace(page, site="baotinh", url=f"https://baotinh.example/tin/{self.article}")
            rows["s"].append(self._place(copy, gone))
            self._told(rows, "appeared", copy)
        if gone:
            self._told(rows, "removed", page)

    def _told(self, rows: dict[str, list[dict[str, Any]]], kind: str, page: Article) -> None:
        self.seq += 1
        row: dict[str, Any] = {
            "seq": self.seq,
            "kind": kind,
            "article_id": self.article,
            "revision_id": self.revision,
        }
        rows["c"].append({**row, "site": page.site, "url": page.url, "at": self.at, "run_id": 1})

    def _article(self, page: Article, gone: datetime | None) -> dict[str, Any]:
        day = page.published.day if page.published else None
        made: dict[str, Any] = {"id": self.article, "site": page.site, "url": page.url, "title": page.title}
        made |= {"lead": page.lead, "author": page.author, "day": day, "section": None}
        times = {"first_seen": self.at, "changed_at": self.at, "gone_at": gone}
        return {**made, **times, "revision_id": self.revision}

    def _text(self, page: Article, number: int) -> dict[str, Any]:
        self.revision += 1
        made: dict[str, Any] = {
            "id": self.revision,
            "article_id": self.article,
            "number": number,
            "exact_version": 1,
        }
        made |= {"exact": hashlib.sha256(page.body.encode()).hexdigest(), "content": content_digest(page)}
        made |= {"title": page.title, "lead": page.lead, "body": page.body, "record": _record(page)}
        return {**made, "noticed_at": self.at}

    def _place(self, page: Article, gone: datetime | None) -> dict[str, Any]:
        made: dict[str, Any] = {
            "article_id": self.article,
            "revision_id": self.revision,
            "site": page.site,
            "url": page.url,
        }
        made |= {"key": url_key(page.url), "record": _record(page), "content": content_digest(page)}
        return {**made, "first_seen": self.at, "last_seen": self.at, "gone_at": gone}


def _record(page: Article) -> dict[str, Any]:
    made: dict[str, Any] = ARTICLE.dump_python(page, mode="json", exclude={"body"})
    return made
