from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from storage.articles import changes
from storage.articles import queries as catalogue
from storage.articles.store import ArticleStore, ExtractedArticle, content_digest
from storage.records import Article, Attachment, Capture, ChangeKind, Fingerprint, PrintedTime
from storage.runs import runs
from storage.search.engine import engine_for
from storage.search.query.parse import parse

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
PAGE = Article(
    site="huyen",
    url="https://huyen.example/bai-1",
    title="Công đoàn huyện tổng kết Tháng Công nhân",
    lead="Sáng nay, LĐLĐ huyện tổ chức hội nghị.",
    body="Hội nghị đã nghe báo cáo.\nKết quả thật đáng mừng.",
    author="Thu Hà",
    published=PrintedTime(date(2022, 5, 30)),
)
CAPTURE = Capture("<urn:uuid:1>", PAGE.url, NOW, 200, "text/html", "sha1:A", "a.warc.gz", 10, 20)
RUN = runs.Run(0, "huyen", "n1", NOW, NOW, None, 1, False, None, None, None)


@pytest.fixture
def store(archive: Engine) -> ArticleStore:
    with archive.begin() as connection:
        run = runs.begin_run(connection, RUN)
    return ArticleStore(run.id, engine_for(archive.dialect.name))


def seen(page: Article, at: datetime = NOW, capture_id: int | None = None) -> ExtractedArticle:
    text = "\n".join((page.title, page.lead or "", page.body))
    return ExtractedArticle(page, Fingerprint(f"{hash(text) & (2**64 - 1):064x}", 1), capture_id, at)


def kinds(connection: Connection) -> list[str]:
    return [change.kind.value for change in changes.read(connection)]


def found(connection: Connection, query: str) -> int:
    return engine_for(connection).search(connection, parse(query)).total


def test_a_new_article_has_a_revision_an_appearance_a_change_and_is_found(
    archive: Engine, store: ArticleStore
) -> None:
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        (revision,) = catalogue.revisions_of(connection, number)
        (place,) = catalogue.appearances_of(connection, number)
        assert revision.article == PAGE
        assert (place.url, place.primary, place.author) == (PAGE.url, True, "Thu Hà")
        assert kinds(connection) == ["added"]
        assert found(connection, "thang cong nhan") == 1
        assert catalogue.article_id_at(connection, PAGE.url) == number


def test_the_same_text_elsewhere_is_one_article_with_two_appearances(
    archive: Engine, store: ArticleStore
) -> None:
    copy = replace(PAGE, site="tinh", url="https://tinh.example/tin/9", author="Theo LĐLĐ huyện")
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        twin = store.article_with_text(connection, seen(copy).fingerprint)
        assert twin is not None
        store.copy(connection, seen(copy), twin)
        places = catalogue.appearances_of(connection, number)
        assert [(place.site, place.author, place.primary) for place in places] == [
            ("huyen", "Thu Hà", True),
            ("tinh", "Theo LĐLĐ huyện", False),
        ]
        assert kinds(connection) == ["added", "appeared"]
        assert found(connection, "cong doan") == 1


def test_a_changed_text_is_a_revision_and_the_old_words_are_no_longer_found(
    archive: Engine, store: ArticleStore
) -> None:
    later = replace(PAGE, body="Hội nghị đã hoãn.")
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        known = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert known is not None
        assert known.content == content_digest(PAGE)
        assert store.revise(connection, seen(later, NOW + timedelta(days=1)), known) == number
        first, second = catalogue.revisions_of(connection, number)
        assert (first.article.body, second.article.body) == (PAGE.body, later.body)
        assert (found(connection, "hoãn"), found(connection, "đáng mừng")) == (1, 0)
        assert catalogue.current_revisions(connection, [number])[number].number == 2
        assert kinds(connection) == ["added", "revised"]


def test_a_copy_whose_text_is_changed_becomes_an_article_of_its_own(
    archive: Engine, store: ArticleStore
) -> None:
    copy = replace(PAGE, site="tinh", url="https://tinh.example/tin/9")
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        store.copy(
            connection, seen(copy), store.article_with_text(connection, seen(copy).fingerprint) or (0, 0)
        )
        known = store.appearance_at(connection, copy.site, copy.url)
        assert known is not None
        other = store.revise(connection, seen(replace(copy, title="Tin vắn")), known)
        assert other != number
        assert [place.url for place in catalogue.appearances_of(connection, number)] == [PAGE.url]
        assert [place.url for place in catalogue.appearances_of(connection, other)] == [copy.url]
        assert kinds(connection) == ["added", "appeared", "parted", "lost"]


def test_an_article_that_loses_its_last_url_to_another_is_gone(archive: Engine, store: ArticleStore) -> None:
    copy = replace(PAGE, site="tinh", url="https://tinh.example/tin/9")
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        store.copy(
            connection, seen(copy), store.article_with_text(connection, seen(copy).fingerprint) or (0, 0)
        )
        first = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert first
        store.mark_gone(connection, first, NOW)
        known = store.appearance_at(connection, copy.site, copy.url)
        assert known
        store.revise(connection, seen(replace(copy, title="Tin vắn"), NOW + timedelta(days=1)), known)
        assert kinds(connection) == ["added", "appeared", "vanished", "parted", "lost"]
        gone = dict(catalogue.all_articles(connection))
        assert gone[number] == NOW + timedelta(days=1)
        assert list(gone.values()).count(None) == 1


def test_a_text_the_article_once_had_is_still_its_text(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        known = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert known
        store.revise(connection, seen(replace(PAGE, body="Khác hẳn.")), known)
        twin = store.article_with_text(connection, seen(PAGE).fingerprint)
        assert twin is not None
        assert twin[0] == number


def test_vanishing_and_returning_are_events_and_nothing_is_deleted(
    archive: Engine, store: ArticleStore
) -> None:
    copy = replace(PAGE, site="tinh", url="https://tinh.example/tin/9")
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        store.copy(
            connection, seen(copy), store.article_with_text(connection, seen(copy).fingerprint) or (0, 0)
        )
        for page in (PAGE, copy, copy):
            known = store.appearance_at(connection, page.site, page.url)
            assert known
            store.mark_gone(connection, known, NOW)
        known = store.appearance_at(connection, copy.site, copy.url)
        assert known
        store.mark_unchanged(connection, known, NOW)
        assert kinds(connection) == ["added", "appeared", "vanished", "removed", "restored"]
        assert [place.gone_at is None for place in catalogue.appearances_of(connection, number)] == [
            False,
            True,
        ]
        assert found(connection, "cong doan") == 1


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({"title": "Khác"}, True),
        ({"lead": None}, True),
        ({"body": "Khác"}, True),
        ({"attachments": (Attachment("https://huyen.example/a.pdf", "a"),)}, True),
        ({"author": "Khác"}, False),
        ({"section": ("Tin",)}, False),
        ({"tags": ("x",)}, False),
        ({"published": None}, False),
    ],
)
def test_only_title_lead_body_and_attachments_make_a_revision(
    changed: dict[str, object], counts: bool
) -> None:
    assert (content_digest(replace(PAGE, **changed)) != content_digest(PAGE)) is counts  # type: ignore[arg-type]


def test_the_feed_is_gapless_after_a_rolled_back_transaction(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        store.add(connection, seen(PAGE))
    with pytest.raises(RuntimeError, match="crash"), archive.begin() as connection:
        store.add(connection, seen(replace(PAGE, url="https://huyen.example/bai-2", body="Hai.")))
        raise RuntimeError("crash")
    with archive.begin() as connection:
        store.add(connection, seen(replace(PAGE, url="https://huyen.example/bai-3", body="Ba.")))
        told = list(changes.read(connection))
        assert [change.seq for change in told] == [1, 2]
        assert [change.kind for change in changes.read(connection, after=1)] == [ChangeKind.ADDED]
        assert changes.newest(connection) == 2


def test_what_a_run_brought_in_is_told_field_by_field(archive: Engine, store: ArticleStore) -> None:
    bare = replace(PAGE, url=PAGE.url + "-2", body="Ngắn.", author=None, lead=None, published=None)
    full = replace(PAGE, section=("Tin tức", "Công đoàn"))
    with archive.begin() as connection:
        for page in (full, bare):
            taken = replace(CAPTURE, record_id=f"<urn:uuid:{len(page.body)}>")
            number = store.capture(connection, page.site, taken)
            store.add(connection, seen(page, capture_id=number))
        told = list(catalogue.filled_fields(connection, store.run))
        assert set(told) == {
            catalogue.FilledFields(True, True, True, True, len(PAGE.body), False),
            catalogue.FilledFields(False, False, False, False, len("Ngắn."), False),
        }
        assert list(catalogue.filled_fields(connection, store.run + 1)) == []


def test_a_capture_is_kept_and_read_back(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = store.capture(connection, PAGE.site, CAPTURE)
        assert catalogue.capture(connection, number) == CAPTURE
        assert catalogue.committed_ends(connection) == {"a.warc.gz": 30}
        assert catalogue.full_response_counts(connection, PAGE.site) == {PAGE.url: 1}


def test_a_better_reading_is_no_revision_of_the_page(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        known = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert known
        better = replace(PAGE, body="Hội nghị đã nghe báo cáo thử.")
        assert store.re_extract(connection, seen(better, NOW + timedelta(days=1)), known)
        assert kinds(connection) == ["added", "re_extracted"]
        revisions = catalogue.revisions_of(connection, number)
        assert [revision.article for revision in revisions] == [PAGE, better]
        place = catalogue.appearances_of(connection, number)[0]
        assert (place.revision_id, place.last_seen) == (revisions[-1].id, NOW)
        assert (found(connection, '"đáng mừng"'), found(connection, '"báo cáo thử"')) == (0, 1)
        again = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert again
        assert again.content == content_digest(better), "the next visit finds it the same"


def test_a_better_author_is_put_right_in_the_revision_there_is(archive: Engine, store: ArticleStore) -> None:
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        known = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert known
        assert store.re_extract(connection, seen(replace(PAGE, author="Lê Thu Hà")), known)
        (revision,) = catalogue.revisions_of(connection, number)
        assert revision.article.author == "Lê Thu Hà"
        assert catalogue.appearances_of(connection, number)[0].author == "Lê Thu Hà"
        assert kinds(connection) == ["added", "re_extracted"]
        assert found(connection, 'author:"lê thu hà"') == 1


def test_a_copy_follows_its_article_or_stays_as_it_is(archive: Engine, store: ArticleStore) -> None:
    other = replace(PAGE, site="tinh", url="https://tinh.example/9")
    better = replace(PAGE, body="Hội nghị đã nghe báo cáo thử.")
    with archive.begin() as connection:
        number = store.add(connection, seen(PAGE))
        twin = store.article_with_text(connection, seen(PAGE).fingerprint)
        assert twin
        store.copy(connection, seen(other), twin)
        at_copy = store.appearance_at(connection, other.site, other.url)
        assert at_copy
        alone = replace(other, body=better.body)
        assert not store.re_extract(connection, seen(alone), at_copy), "its article still has the old text"
        known = store.appearance_at(connection, PAGE.site, PAGE.url)
        assert known
        assert store.re_extract(connection, seen(better), known)
        assert store.re_extract(connection, seen(alone), at_copy)
        places = catalogue.appearances_of(connection, number)
        assert len({place.revision_id for place in places}) == 1
        assert kinds(connection) == ["added", "appeared", "re_extracted", "re_extracted"]
