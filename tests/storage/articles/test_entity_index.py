"""What articles name is kept where it is counted, and is what their records say."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from alembic import command
from sqlalchemy import Engine, delete, update

from storage.articles import entity_index
from storage.articles.entity_index import CitedDocument
from storage.articles.store import ExtractedArticle
from storage.database.engine import alembic_of, upgrade
from storage.database.schema import articles, cited_documents
from storage.records import Article, DocumentRef, Fingerprint
from tests.storage.copied_articles import DAY, NOW, Press

BODY = "Liên đoàn Lao động tỉnh Bắc Kạn"
RULE = DocumentRef("02-NQ/TW", "Nghị quyết", "Bộ Chính trị", date(2021, 6, 12))


def kept(press: Press) -> dict[str, int]:
    return dict(entity_index.most_cited(press.connection))


def sighting(page: Article, days: int = 1) -> ExtractedArticle:
    text = Fingerprint(hashlib.sha256(page.body.encode()).hexdigest(), 1)
    return ExtractedArticle(page, text, None, NOW + timedelta(days=days))


def test_it_follows_an_article_wherever_its_text_goes(archive: Engine) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        press.prints("backan", DAY, "Một bài", organisation=BODY, documents=(RULE, DocumentRef("1-KH")))
        press.prints("thudo", DAY, "Một bài", organisation="khác", documents=(DocumentRef("9-QĐ"),))
        assert kept(press) == {"02-NQ/TW": 1, "1-KH": 1}, "a copy's own record counts nothing"
        assert entity_index.count_by_organisation(connection) == {BODY: 1}
        page = Article("backan", "https://backan.example/1", "Bài", None, "Đã sửa", documents=(RULE,))
        known = press.store.appearance_at(connection, page.site, page.url)
        assert known
        press.store.revise(connection, sighting(page), known)
        assert (kept(press), entity_index.count_by_organisation(connection)) == ({"02-NQ/TW": 1}, {})
        known = press.store.appearance_at(connection, page.site, page.url)
        assert known
        press.store.re_extract(connection, sighting(replace(page, organisation=BODY, documents=()), 2), known)
        assert (kept(press), entity_index.count_by_organisation(connection)) == ({}, {BODY: 1})
        parted = Article("thudo", "https://thudo.example/2", "Bài", None, "Riêng", documents=(RULE,))
        known = press.store.appearance_at(connection, parted.site, parted.url)
        assert known
        press.store.revise(connection, sighting(parted, 3), known)
        assert kept(press) == {"02-NQ/TW": 1}
        assert entity_index.index_problems(connection) == []


def test_what_most_say_of_a_document_counts_and_who_says_nothing_does_not(archive: Engine) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        said = (
            (RULE,),
            (DocumentRef("02-NQ/TW"), replace(RULE, issuer=None, day=None)),
            (replace(RULE, issuer="Ban Chấp hành Trung ương"),),
            (replace(RULE, issuer="Ban Chấp hành Trung ương", day=None),),
            (DocumentRef("02-NQ/TW"), DocumentRef("7-CV")),
        )
        for at, documents in enumerate(said):
            press.prints("backan", DAY + timedelta(at * 400), f"Bài số {at}", documents=documents)
        most = entity_index.most_cited(connection)
        assert most == (("02-NQ/TW", 5), ("7-CV", 1))
        told = CitedDocument("02-NQ/TW", "Nghị quyết", "Ban Chấp hành Trung ương", RULE.day, 5)
        assert entity_index.cited_documents_of(connection, most) == (
            told,
            CitedDocument("7-CV", None, None, None, 1),
        )
        found, cited = entity_index.articles_citing(connection, "02-NQ/TW", 2)
        assert (cited, found.total, [each.id for each in found.articles]) == (told, 5, [5, 4])
        assert found.years == ((2021, 1), (2022, 1), (2023, 1), (2024, 1), (2025, 1))
        assert entity_index.articles_citing(connection, "2-NQ/TW", 2)[1] is None


def test_undated_articles_of_a_body_come_last(archive: Engine) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        days = (None, DAY, None, DAY + timedelta(1))
        for at, day in enumerate(days):
            press.prints("backan", day, f"Bài số {at}", organisation=BODY)
        found = entity_index.articles_of_organisation(connection, BODY, 3)
        assert (found.total, [each.id for each in found.articles]) == (4, [4, 2, 3])
        assert found.years[-1] == (None, 2)


def test_names_no_index_holds_are_left_out(archive: Engine) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        documents = (DocumentRef("x" * 5000), RULE)
        press.prints("backan", DAY, "Một bài", organisation="Ủ" * 5000, documents=documents)
        assert (kept(press), entity_index.count_by_organisation(connection)) == ({"02-NQ/TW": 1}, {})
        assert entity_index.index_problems(connection) == []


def test_an_older_archive_is_listed_when_it_is_upgraded(
    archive: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity_index, "ARTICLES_PER_BATCH", 2)
    with archive.begin() as connection:
        press = Press.opened(connection)
        for at in range(5):
            press.prints("backan", DAY, f"Bài số {at}", organisation=BODY, documents=(RULE,))
        command.downgrade(alembic_of(connection), "0012")
    upgrade(archive)
    with archive.begin() as connection:
        assert entity_index.count_by_organisation(connection) == {BODY: 5}
        assert entity_index.most_cited(connection) == (("02-NQ/TW", 5),)


def test_lists_that_are_astray_are_found_and_mended(archive: Engine) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        press.prints("backan", DAY, "Một bài", organisation=BODY, documents=(RULE,))
        for astray in (
            update(articles).values(organisation="khác"),
            delete(cited_documents),
            update(cited_documents).values(issuer="khác"),
        ):
            connection.execute(astray)
            (said,) = entity_index.index_problems(connection)
            assert "congdoan db rebuild --lists" in said
            assert entity_index.rebuild_entity_index(connection) == 1
            assert entity_index.index_problems(connection) == []
            assert (
                entity_index.cited_documents_of(connection, entity_index.most_cited(connection))[0].issuer
                == RULE.issuer
            )
