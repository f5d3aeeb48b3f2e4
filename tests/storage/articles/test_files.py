"""Files of articles: before and after their article, shared, changed, gone; and found with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from pipelines.duplicates.fingerprint import fingerprint
from storage.articles import changes, file_links, files
from storage.articles.files import DownloadedFile, FileStored, StoredFile
from storage.articles.store import ArticleStore, ExtractedArticle
from storage.database.schema import article_files
from storage.records import Article, FileReading, FileStatus, OfferedFile, Outcome, Reason, UrlKind
from storage.runs import runs
from storage.search.engine import engine_for
from storage.search.query.parse import parse

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
PAGE, OTHER = "https://huyen.example/bai-1.html", "https://huyen.example/bai-2.html"
PAPER, PHOTO = "https://huyen.example/tep/kh-27.pdf", "https://huyen.example/anh/1.jpg"
ARTICLE = Article("huyen", PAGE, "Tháng Công nhân", "Sapô.", "Các đơn vị cùng ra quân.")
OFFERS = (
    OfferedFile(PAPER, UrlKind.ATTACHMENT, "Kế hoạch số 27"),
    OfferedFile(PHOTO, UrlKind.IMAGE, "Quang cảnh lễ phát động"),
)
TEXT = FileReading(FileStatus.READ, "pdf", "Giao Ban Tuyên giáo chủ trì mái ấm.", pages=3)
PICTURE = FileReading(FileStatus.READ, "jpeg", width=48, height=32)


@pytest.fixture
def store(archive: Engine) -> ArticleStore:
    with archive.begin() as connection:
        run = runs.begin_run(
            connection, runs.Run(0, "huyen", "n", NOW, NOW, None, 1, False, None, None, None)
        )
    return ArticleStore(run.id, engine_for(archive.dialect.name))


def put(connection: Connection, store: ArticleStore, article: Article = ARTICLE) -> int:
    return store.add(connection, ExtractedArticle(article, fingerprint(article), None, NOW))


def offer(
    connection: Connection, store: ArticleStore, number: int, *offers: OfferedFile, page: str = PAGE
) -> None:
    for changed in file_links.link_to_article(connection, "huyen", page, number, offers, NOW):
        store.reindex(connection, changed)


def keep(
    connection: Connection,
    store: ArticleStore,
    reading: FileReading | None = TEXT,
    digest: str = "sha1:A",
    url: str = PAPER,
    at: datetime = NOW,
) -> FileStored:
    kind = UrlKind.IMAGE if url.endswith(".jpg") else UrlKind.ATTACHMENT
    kept = files.store_file(
        connection, DownloadedFile("huyen", url, kind, digest, 900, None, None, at), reading, 1
    )
    for number in kept.articles if kept.fresh else ():
        store.reindex(connection, number)
    return kept


def found(connection: Connection, query: str) -> list[int]:
    hits = engine_for(connection).search(connection, parse(query)).hits
    return [hit.article_id for hit in hits]


def paper(connection: Connection, number: int) -> StoredFile:
    return next(file for file in files.files_of(connection, number) if file.kind is UrlKind.ATTACHMENT)


def test_a_file_that_comes_after_its_article_is_found_with_it(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, *OFFERS)
        assert paper(connection, number).status is FileStatus.WAITING
        assert found(connection, "mái ấm") == []
        keep(connection, store)
        keep(connection, store, PICTURE, "sha1:P", PHOTO)
        for query in ('"tuyên giáo"', "mai am", "file:giao", "tháng mái", 'file:"kế hoạch số 27"'):
            assert found(connection, query) == [number], query
        assert found(connection, "file:tháng") == found(connection, "title:mái") == []
        first, second = files.files_of(connection, number)
        assert (first.name, first.pages, first.text, first.size) == ("Kế hoạch số 27", 3, TEXT.text, 900)
        assert (second.width, second.height, second.status) == (48, 32, FileStatus.READ)
        assert store.search.verify(connection) == ()


def test_a_file_that_comes_before_its_article_is_found_with_it(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        assert keep(connection, store).articles == ()
        number = put(connection, store)
        offer(connection, store, number, *OFFERS)
        assert found(connection, "mái ấm") == [number]
        assert store.search.verify(connection) == ()


def test_a_file_of_two_articles_is_kept_once_and_found_with_both(
    archive: Engine, store: ArticleStore
) -> None:
    with archive.begin() as connection:
        one = put(connection, store)
        two = put(connection, store, replace(ARTICLE, url=OTHER, title="Công văn", body="Khác hẳn."))
        offer(connection, store, one, OFFERS[0])
        offer(connection, store, two, OFFERS[0], page=OTHER)
        assert keep(connection, store).articles == (one, two)
        assert sorted(found(connection, "mái ấm")) == [one, two]


def test_the_same_bytes_elsewhere_need_no_reading(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[0], replace(OFFERS[0], url=PAPER + "?b"))
        assert not files.is_read(connection, "sha1:A", 1)
        keep(connection, store)
        assert files.is_read(connection, "sha1:A", 1)
        assert not files.is_read(connection, "sha1:A", 2)  # a newer reader reads it again
        keep(connection, store, None, url=PAPER + "?b")
        assert [file.text for file in files.files_of(connection, number)] == [TEXT.text] * 2
        assert files.indexed_text(connection, number).count("mái ấm") == 1
        with pytest.raises(ValueError, match="kept without having been read"):
            keep(connection, store, None, "sha1:B")


def test_other_bytes_at_the_same_address_are_a_new_version(archive: Engine, store: ArticleStore) -> None:
    later = NOW + timedelta(days=9)
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[0])
        assert not keep(connection, store).changed
        assert not keep(connection, store, None).changed
        kept = keep(connection, store, replace(TEXT, text="Bản sửa đổi."), "sha1:B", at=later)
        assert kept.changed
        assert found(connection, "mái ấm") == []
        assert found(connection, "sửa đổi") == [number]
        assert files.versions_of(connection, kept.file_id) == ((1, "sha1:A", NOW), (2, "sha1:B", later))
        assert files.is_read(connection, "sha1:A", 1)  # the former text is kept with its bytes
        store.record_file_change(connection, number, ("huyen", PAPER), later)
        last = list(changes.read(connection))[-1]
        assert (last.kind.value, last.article_id, last.url) == ("refiled", number, PAPER)
        assert paper(connection, number).versions == 2


def test_a_file_no_longer_offered_stays_and_is_not_found(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, *OFFERS)
        keep(connection, store)
        offer(connection, store, number, OFFERS[1])
        assert found(connection, "mái ấm") == []
        image, left = files.files_of(connection, number)
        assert (image.current, left.current, left.text) == (True, False, TEXT.text)
        offer(connection, store, number, *OFFERS)
        assert found(connection, "mái ấm") == [number]


def test_the_files_of_a_page_follow_it_to_an_article_of_its_own(archive: Engine, store: ArticleStore) -> None:
    copy = replace(ARTICLE, url=OTHER)
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[1])
        known = store.article_with_text(connection, fingerprint(copy))
        assert known is not None
        store.copy(connection, ExtractedArticle(copy, fingerprint(copy), None, NOW), known)
        offer(connection, store, number, OFFERS[0], page=OTHER)
        keep(connection, store)
        assert found(connection, "mái ấm") == [number]
        there = store.appearance_at(connection, "huyen", OTHER)
        assert there is not None
        changed = replace(copy, body="Đã viết lại.")
        parted = store.revise(connection, ExtractedArticle(changed, fingerprint(changed), None, NOW), there)
        offer(connection, store, parted, OFFERS[0], page=OTHER)
        assert [file.kind for file in files.files_of(connection, number)] == [UrlKind.IMAGE]
        assert found(connection, "mái ấm") == [parted]
        assert store.search.verify(connection) == ()


@pytest.mark.parametrize(
    ("outcome", "reason", "status"),
    [
        (Outcome.FAILED, Reason.TOO_LARGE, FileStatus.TOO_LARGE),
        (Outcome.FAILED, Reason.TIMEOUT, FileStatus.FAILED),
        (Outcome.GONE, Reason.HTTP_404, FileStatus.GONE),
        (Outcome.REFUSED, Reason.ROBOTS, FileStatus.REFUSED),
    ],
)
def test_an_address_without_a_file_is_told_and_the_article_stands(
    archive: Engine, store: ArticleStore, outcome: Outcome, reason: Reason, status: FileStatus
) -> None:
    asked = replace(OFFERS[0], refused=reason)
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[0])
        files.record_no_file(connection, "huyen", asked, outcome, NOW)
        assert paper(connection, number).status is status
        assert found(connection, "công nhân") == [number]
        keep(connection, store)
        files.record_no_file(connection, "huyen", asked, outcome, NOW)
        assert (paper(connection, number).status, paper(connection, number).text) == (
            FileStatus.READ,
            TEXT.text,
        )
        assert bool(paper(connection, number).gone_at) is (outcome is Outcome.GONE)
        files.mark_unchanged(connection, "huyen", PAPER, NOW)
        assert paper(connection, number).gone_at is None


def test_an_image_of_another_host_is_kept_in_mind_until_the_profile_allows_it(
    archive: Engine, store: ArticleStore
) -> None:
    elsewhere = OfferedFile("https://cdn.example/1.jpg", UrlKind.IMAGE, "", Reason.OFFSITE)
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, elsewhere)
        assert files.files_of(connection, number)[0].status is FileStatus.OFFSITE
        offer(connection, store, number, replace(elsewhere, refused=None))
        assert files.files_of(connection, number)[0].status is FileStatus.WAITING


def test_a_redirect_leads_to_the_file(archive: Engine, store: ArticleStore) -> None:
    target = replace(OFFERS[0], url="https://huyen.example/kho/27.pdf")
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[0])
        for _ in range(2):
            file_links.record_redirect(connection, "huyen", PAPER, target, NOW)
        keep(connection, store, url=target.url)
        assert found(connection, "mái ấm") == [number]
        assert len(connection.execute(select(article_files)).all()) == 2


def test_only_so_much_of_a_file_is_indexed(
    archive: Engine, store: ArticleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_INDEXED_CHARS", 60)
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[0])
        keep(connection, store, replace(TEXT, text="mở đầu " + "giữa " * 20 + "kết thúc"))
        assert found(connection, "file:giữa") == [number]
        assert found(connection, "thúc") == []
        assert paper(connection, number).text.endswith("kết thúc")


def test_the_largest_text_that_is_indexed_fits_both_engines(archive: Engine, store: ArticleStore) -> None:
    words = " ".join(f"{at:x}q" for at in range(60_000))  # nothing but different words
    with archive.begin() as connection:
        number = put(connection, store)
        offer(connection, store, number, OFFERS[0])
        keep(connection, store, replace(TEXT, text=words))
        assert found(connection, "file:7ffq") == [number]
        assert store.search.verify(connection) == ()
