"""Press: sites that print, copy and quote one another, straight into an archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from storage.articles.store import ArticleStore, ExtractedArticle
from storage.records import Article, Fingerprint, PrintedTime
from storage.runs import runs
from storage.runs.runs import SiteRow
from storage.search.engine import engine_for
from storage.stories import clusters as stories
from storage.stories.clusters import StoryClusters
from storage.stories.relations import RelationKind, TextRelation
from storage.stories.source_names import SiteIdentity

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
DAY = date(2021, 6, 12)
BOARDS = (
    SiteIdentity("thudo", "Báo Lao động Thủ đô", "thudo.example", "Liên đoàn Lao động thành phố Hà Nội"),
    SiteIdentity("lao_dong", "Báo Lao Động", "laodong.example"),
    SiteIdentity("backan", "Liên đoàn Lao động tỉnh Bắc Kạn", "congdoanbackan.example"),
    SiteIdentity("babe", "Liên đoàn Lao động huyện Ba Bể", "www.babe.example"),
)


@dataclass
class Press:
    """Sites that print."""

    connection: Connection
    placing: StoryClusters
    printed: int = 0

    def prints(self, site: str, day: date | None, text: str = "", at: time | None = None, **more: Any) -> int:
        """One page of a site; the id of the article. The same `text` is an exact copy."""
        self.printed += 1
        url = f"https://{site}.example/{self.printed}"
        published = PrintedTime(day, at) if day else None
        text = text or f"Thân bài {self.printed}"
        page = Article(site, url, f"Bài {text.splitlines()[0][:40]}", None, text, published=published, **more)
        digest = Fingerprint(hashlib.sha256(text.encode()).hexdigest(), 1)
        seen = ExtractedArticle(page, digest, None, NOW + timedelta(minutes=self.printed))
        store = self.store
        twin = store.article_with_text(self.connection, digest)
        return store.copy(self.connection, seen, twin) if twin else store.add(self.connection, seen)

    def akin(self, article: int, *others: int, kind: RelationKind = RelationKind.COPY) -> int | None:
        found = dict.fromkeys(others, TextRelation(kind, 0.8, 0.9, 0.85, 0.95, 1.0))
        stories.save_relations(self.connection, article, found)
        return self.placing.assign(article)

    def edits(self, site: str, number: int, text: str) -> int:
        """The site's page of that number has another text now."""
        url = f"https://{site}.example/{number}"
        known = self.store.appearance_at(self.connection, site, url)
        assert known, url
        page = Article(site, url, "Bài đã sửa", None, text, published=PrintedTime(DAY))
        digest = Fingerprint(hashlib.sha256(text.encode()).hexdigest(), 1)
        at = NOW + timedelta(days=1, minutes=self.printed)
        return self.store.revise(self.connection, ExtractedArticle(page, digest, None, at), known)

    @property
    def store(self) -> ArticleStore:
        """Where it is all kept."""
        return ArticleStore(self.placing.run, engine_for(self.connection.dialect.name))

    @classmethod
    def opened(cls, connection: Connection) -> Press:
        """The sites of BOARDS, known to the archive."""
        for board in BOARDS:
            row = SiteRow(board.key, board.name, board.domain, "province", None, "live")
            runs.save_site(connection, row, NOW)
        begun = runs.Run(0, "babe", "n", NOW, NOW, None, 1, False, None, None, None)
        return cls(connection, StoryClusters(connection, runs.begin_run(connection, begun).id, NOW))
