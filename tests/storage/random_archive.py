"""Scribe: writes an archive as nights of a crawl would, by chance but repeatably."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import Connection, Engine

from storage.articles.store import ArticleStore, ExtractedArticle
from storage.records import (
    Article,
    Attachment,
    Confidence,
    Dating,
    DocumentRef,
    FieldSource,
    Fingerprint,
    Image,
    LineKind,
    PrintedTime,
    Provenance,
    Shape,
)
from storage.runs import runs
from storage.runs.runs import SiteRow
from storage.search.engine import engine_for

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
SITES = ("huyen", "tinh", "nganh")
SUBJECTS = ("Tháng Công nhân", "Tết Sum vầy", "an toàn lao động", "phát triển đoàn viên", "=HYPERLINK")
PLACES = (None, "bac_kan", "bac_kan/ba_be", "ha_noi")


def sighting(page: Article, at: datetime) -> ExtractedArticle:
    """A reading of a page, with a fingerprint of its text."""
    text = "\n".join((page.title, page.lead or "", page.body))
    return ExtractedArticle(page, Fingerprint(hashlib.sha256(text.encode()).hexdigest(), 1), None, at)


@dataclass
class Scribe:
    """Adds, copies, revises, parts, removes and restores articles."""

    engine: Engine
    rng: Random = field(default_factory=lambda: Random(7))
    at: datetime = NOW
    pages: dict[str, Article] = field(default_factory=dict)  # what each URL shows, gone or not
    gone: set[str] = field(default_factory=set)
    run: int = 0

    def __post_init__(self) -> None:
        with self.engine.begin() as connection:
            for key in SITES:
                place = "thai_nguyen" if key == "tinh" else None
                site = SiteRow(key, key.title(), f"{key}.example", "district", place, "live")
                runs.save_site(connection, site, NOW)
            begun = runs.Run(0, "huyen", "n1", NOW, NOW, None, 1, False, None, None, None)
            self.run = runs.begin_run(connection, begun).id

    def write(self, steps: int) -> None:
        """So many things happen, in one transaction."""
        with self.engine.begin() as connection:
            for _ in range(steps):
                self._step(connection)

    def _step(self, connection: Connection) -> None:
        self.at += timedelta(minutes=7)
        store = ArticleStore(self.run, engine_for(self.engine.dialect.name))
        if not self.pages or self.rng.random() < 0.45:
            return self._settle(connection, store, self._page(len(self.pages) + 1))
        page = self.pages[self.rng.choice(sorted(self.pages))]
        known = store.appearance_at(connection, page.site, page.url)
        assert known
        happens = self.rng.choice(("copy", "revise", "gone", "still"))
        if happens == "copy":
            url = f"https://baotinh.example/tin/{len(self.pages) + 1}"
            return self._settle(connection, store, replace(page, site="tinh", url=url, author="Theo báo"))
        if happens == "revise":
            body = f"{page.body}\nĐính chính {self.rng.randrange(10**9)}."
            self.pages[page.url] = changed = replace(page, body=body)
            store.revise(connection, sighting(changed, self.at), known)
        elif happens == "gone":
            store.mark_gone(connection, known, self.at)
        else:
            store.mark_unchanged(connection, known, self.at)
        return None

    def _settle(self, connection: Connection, store: ArticleStore, page: Article) -> None:
        seen = sighting(page, self.at)
        self.pages[page.url] = page
        twin = store.article_with_text(connection, seen.fingerprint)
        if twin:
            store.copy(connection, seen, twin)
        else:
            store.add(connection, seen)

    def _page(self, number: int) -> Article:
        rng = self.rng
        subject = rng.choice(SUBJECTS)
        day = date(2020, 1, 15) + timedelta(days=rng.randrange(2000))
        hour = rng.choice((None, time(8, 5), time(16, 30, 12)))
        dated = PrintedTime(day, hour, rng.choice((None, 420, -300)) if hour else None)
        site = rng.choice(SITES[::2])
        return Article(
            site=site,
            url=f"https://{site}.example/bai-{number}",
            title=f"{subject} ở đơn vị số {number}",
            lead=rng.choice((None, f"-Sáng nay, “{subject}” được phát động.")),
            body=f'Hội nghị đã nghe báo cáo số {number}.\n- Kết quả, "thật" đáng mừng;\tcó bảng',
            author=rng.choice((None, "Thu Hà", "@Minh Quân")),
            published=rng.choice((dated, dated, dated, None)),
            section=("Tin tức", "Hoạt động, phong trào"),
            tags=("công đoàn",),
            images=(Image("https://huyen.example/anh.jpg", "Ảnh: Thu Hà", credit="Thu Hà", line=1),),
            attachments=(Attachment("https://huyen.example/ke-hoach.pdf", "Kế hoạch 12"),),
            place=rng.choice(PLACES),
            documents=(DocumentRef("02-NQ/TW", "Nghị quyết", "Bộ Chính trị", date(2021, 6, 12)),),
            dating=Dating(FieldSource.LABEL, Confidence.LIKELY, True, ("feed: 2020-01-02",)),
            shape=(Shape(1, LineKind.ITEM),),
            provenance=(Provenance("title", FieldSource.PROFILE, "h1", subject),),
        )
