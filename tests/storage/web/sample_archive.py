"""Gazette: a small archive with everything the reading room shows, its captures in real WARC files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from storage.articles import file_links, files
from storage.articles.files import DownloadedFile
from storage.articles.store import ArticleStore, ExtractedArticle
from storage.records import (
    Article,
    Attachment,
    Capture,
    Confidence,
    Dating,
    DocumentRef,
    FieldSource,
    FileReading,
    FileStatus,
    Fingerprint,
    Image,
    LineKind,
    OfferedFile,
    PrintedTime,
    Provenance,
    Shape,
    UrlKind,
)
from storage.runs import runs
from storage.runs.runs import Run, RunEnding, SiteRow
from storage.search.engine import engine_for
from storage.stories import clusters as stories
from storage.stories.clusters import StoryClusters
from storage.stories.relations import RelationKind, TextRelation
from storage.warc.exchange import Exchange, Original
from storage.warc.write import WarcWriter
from storage.web.settings import WebSettings
from storage.web.site_facts import RelatedSite, SiteFacts

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
SITES = (
    SiteRow("backan", "Liên đoàn Lao động tỉnh Bắc Kạn", "backan.example", "province", "bac_kan", "frozen"),
    SiteRow("thudo", "Báo Thử nghiệm Thủ đô", "thudo.example", "press", "ha_noi", "live"),
    SiteRow("huyen", "Liên đoàn Lao động huyện Ba Bể", "huyen.example", "district", "bac_kan", "dark"),
)
FACTS = {
    "backan": SiteFacts(
        valid_until=date(2025, 6, 30),
        successors=(
            RelatedSite(None, "Liên đoàn Lao động tỉnh Thái Nguyên", "merged", date(2025, 7, 1), "a law"),
        ),
        platform="nukeviet",
        verified="against a replica",
        sources=("a stored page",),
    ),
    "thudo": SiteFacts(owner="Liên đoàn Lao động thành phố Hà Nội", mirrors=("m.thudo.example",)),
}
TITLE = "Hòa giải viên lao động ở huyện Ba Bể: mười năm nhìn lại"
BODY = "\n".join(
    (
        "Sáng 4/3, công đoàn cơ sở huyện Ba Bể tổng kết mười năm hòa giải theo Nghị quyết 02-NQ/TW.",
        "Kết quả chính",
        "Vụ việc | Hòa giải thành",
        "120 | 96",
        "Đoàn viên vượt khó được tặng quà; đại biểu <b>nhắc</b> việc chăm lo nhà ở & đời sống.",
    )
)
PICTURE = "https://backan.example/anh/hoi-nghi.png"
PAPER = "https://backan.example/tep/ke-hoach.pdf"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f000383"
    "0180a5a3f7d60000000049454e44ae426082"
)
HOSTILE = f"""<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Trang lưu</title>
<meta http-equiv="refresh" content="0;url=https://live.example/"><base href="https://backan.example/anh/">
<link rel="stylesheet" href="https://live.example/a.css"><script src="https://live.example/a.js"></script></head>
<body onload="document.body.dataset.acted='yes'"><script>document.body.dataset.acted = "yes"</script>
<h1>{TITLE}</h1><img class="ours" src="hoi-nghi.png" alt="Hội nghị" onerror="parent.document.title='acted'">
<img class="theirs" src="https://live.example/pixel.gif"><iframe src="https://live.example/"></iframe>
<form action="https://live.example/"><button id="send">Gửi</button></form>
<a id="out" href="https://live.example/away">Liên kết</a></body></html>""".encode()

ARTICLE = Article(
    site="backan",
    url="https://backan.example/bai/1",
    title=TITLE,
    lead="Mười năm, 120 vụ việc được đưa ra hòa giải.",
    body=BODY,
    author="Thu Hà",
    published=PrintedTime(date(2022, 3, 4), time(8, 30)),
    section=("Tin tức", "Xây dựng tổ chức"),
    tags=("hòa giải",),
    images=(
        Image(PICTURE, "Quang cảnh hội nghị", line=1),
        Image("https://khac.example/x.jpg", "Không lưu", line=2),
    ),
    attachments=(Attachment(PAPER, "Kế hoạch năm 2022"),),
    place="bac_kan/ba_be",
    organisation="Liên đoàn Lao động huyện Ba Bể",
    documents=(DocumentRef("02-NQ/TW", "Nghị quyết", "Bộ Chính trị", date(2021, 6, 12)),),
    dating=Dating(FieldSource.LABEL, Confidence.LIKELY, conflict=True, others=("sitemap: 2022-03-05",)),
    shape=(Shape(1, LineKind.HEADING), Shape(2, LineKind.ROW), Shape(3, LineKind.ROW)),
    provenance=(Provenance("title", FieldSource.PROFILE, "h1.tieude", TITLE),),
)
FILLERS = 24


@dataclass
class Gazette:
    """Writes the archive."""

    connection: Connection
    writer: WarcWriter
    run: int
    at: datetime = NOW

    @property
    def store(self) -> ArticleStore:
        """Where it is all kept."""
        return ArticleStore(self.run, engine_for(self.connection.dialect.name))

    def capture(
        self, site: str, url: str, body: bytes, told: str, original: Capture | None = None
    ) -> tuple[int, Capture]:
        """An answer in the WARC file, and its number; with `original`, a revisit of that."""
        self.at += timedelta(minutes=1)
        headers = (("Content-Type", told), ("X-Powered-By", "<b>mẫu</b>".encode().decode("latin-1")))
        exchange = Exchange("GET", url, (), 200, "OK", headers, body, self.at)
        was = _original(original) if original else None
        written = self.writer.write(exchange, was)
        return self.store.capture(self.connection, site, written), written

    def sighting(self, page: Article, capture: int | None = None) -> ExtractedArticle:
        """A reading of a page."""
        self.at += timedelta(minutes=1)
        text = "\n".join((page.title, page.lead or "", page.body))
        return ExtractedArticle(
            page, Fingerprint(hashlib.sha256(text.encode()).hexdigest(), 1), capture, self.at
        )

    def prints(self) -> None:
        """Everything."""
        page, written = self.capture("backan", ARTICLE.url, HOSTILE, "text/html; charset=utf-8")
        self.capture("backan", ARTICLE.url, HOSTILE, "text/html; charset=utf-8", written)
        first = self.store.add(self.connection, self.sighting(ARTICLE, page))
        self._files(first)
        copied = replace(ARTICLE, site="thudo", url="https://thudo.example/hoa-giai.html")
        known = self.store.appearance_at(self.connection, "backan", ARTICLE.url)
        assert known
        self.store.copy(self.connection, self.sighting(copied), (first, known.appearance.revision_id))
        rewrite_archived_page = replace(ARTICLE, body=BODY.replace("120 | 96", "120 | 98"))
        known = self.store.appearance_at(self.connection, "backan", ARTICLE.url)
        assert known
        self.store.revise(self.connection, self.sighting(rewrite_archived_page, page), known)
        self._story(first)
        self._gone()
        self._fillers()

    def _files(self, article: int) -> None:
        offers = [
            OfferedFile(PICTURE, UrlKind.IMAGE, "Quang cảnh hội nghị"),
            OfferedFile(PAPER, UrlKind.ATTACHMENT, "Kế hoạch năm 2022"),
        ]
        file_links.link_to_article(self.connection, "backan", ARTICLE.url, article, offers, self.at)
        read = FileReading(FileStatus.READ, "pdf", "Kế hoạch kiểm tra mái ấm công đoàn năm 2022.", pages=2)
        self._keep(PICTURE, UrlKind.IMAGE, PNG, FileReading(FileStatus.READ, "png", width=1, height=1))
        self._keep(PAPER, UrlKind.ATTACHMENT, b"%PDF-1.4 cu", read)
        self._keep(PAPER, UrlKind.ATTACHMENT, b"%PDF-1.4 moi", read)
        self.store.reindex(self.connection, article)

    def _keep(self, url: str, kind: UrlKind, body: bytes, read: FileReading) -> None:
        number, written = self.capture("backan", url, body, "text/html")  # a server that lies
        came = DownloadedFile(
            "backan", url, kind, written.payload_digest, len(body), "text/html", number, self.at
        )
        files.store_file(self.connection, came, read, 1)

    def _story(self, first: int) -> None:
        other = replace(
            ARTICLE,
            site="huyen",
            url="https://huyen.example/1",
            lead=None,
            body=BODY.replace("Sáng 4/3, công", "Công"),
            published=PrintedTime(date(2022, 3, 6)),
            source_name="backan.example",
            documents=(),
            images=(),
            attachments=(),
        )
        number = self.store.add(self.connection, self.sighting(other))
        stories.save_relations(
            self.connection, number, {first: TextRelation(RelationKind.SHORTENED, 0.8, 0.9, 0.85, 0.95, 1.0)}
        )
        StoryClusters(self.connection, self.run, self.at).assign(number)

    def _gone(self) -> None:
        page = Article(
            "huyen", "https://huyen.example/2", "Thông báo <không ghi ngày>", None, "Nội dung đã gỡ."
        )
        self.store.add(self.connection, self.sighting(page))
        known = self.store.appearance_at(self.connection, "huyen", page.url)
        assert known
        self.store.mark_gone(self.connection, known, self.at)

    def _fillers(self) -> None:
        for n in range(FILLERS):
            page = Article(
                site="thudo",
                url=f"https://thudo.example/{n}.html",
                title=f"Tháng Công nhân lần thứ {n + 1}",
                lead=None,
                body=f"Công đoàn cơ sở số {n + 1} phát động Tháng Công nhân với {n + 3} hoạt động.",
                author="Lê Minh",
                published=PrintedTime(date(2015 + n % 10, 5, 1 + n)),
                place="ha_noi",
                organisation="Liên đoàn Lao động thành phố Hà Nội",
            )
            self.store.add(self.connection, self.sighting(page))


def _original(capture: Capture) -> Original:
    return Original(capture.record_id, capture.payload_digest, capture.url, capture.fetched_at)


def publish(engine: Engine, warcs: Path) -> WebSettings:
    """Write the archive; the room over it."""
    writer = WarcWriter(warcs, "thu", software="tests")
    with engine.begin() as connection:
        for site in SITES:
            runs.save_site(connection, site, NOW)
        negotiate_language = Run(0, "backan", "dem-1", NOW, NOW, None, 1, True, None, None, None)
        begun = runs.begin_run(connection, negotiate_language)
        Gazette(connection, writer, begun.id).prints()
        counts = {"new": 27, "copy": 1, "failed": 2}
        report = {"counts": counts, "problems": ["2 of 30 visits failed"]}
        runs.finish_run(connection, begun.id, RunEnding(NOW, "finished", False, counts, report))
    writer.close()
    return WebSettings(warcs, name="Kho thử", site_facts=FACTS)
