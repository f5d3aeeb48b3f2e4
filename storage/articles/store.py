"""ArticleStore: the only writer of articles, their revisions, appearances and changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from storage.articles import entity_index
from storage.articles.changes import Change, append
from storage.articles.files import indexed_text
from storage.articles.queries import ARTICLE, appearance_rows, as_appearance
from storage.database.schema import appearances, articles, captures, revisions
from storage.frontier.queue import url_key
from storage.records import Appearance, Article, Capture, ChangeKind, Fingerprint
from storage.search.engine import IndexEntry, SearchDoc, SearchEngine

# Made once: making a statement anew costs SQLAlchemy five to eight times what running it does, and every
# page needs a dozen. An update sets the columns it is given values for.
_APPEARANCE_AT = appearance_rows().where(
    appearances.c.site == bindparam("at_site"), appearances.c.key == bindparam("at_key")
)
_WITH_TEXT = (
    select(revisions.c.article_id, revisions.c.id)
    .where(revisions.c.exact == bindparam("exact"), revisions.c.exact_version == bindparam("version"))
    .order_by(revisions.c.article_id, revisions.c.number.desc())
    .limit(1)
)
_LAST_NUMBER = select(func.max(revisions.c.number)).where(revisions.c.article_id == bindparam("row"))
_STANDING = select(func.count()).where(
    appearances.c.article_id == bindparam("row"), appearances.c.gone_at.is_(None)
)
_CURRENT = (
    select(revisions.c.id, revisions.c.body, revisions.c.record)
    .join(articles, articles.c.revision_id == revisions.c.id)
    .where(articles.c.id == bindparam("row"))
)
_ADD_CAPTURE = insert(captures).returning(captures.c.id)
_ADD_ARTICLE = insert(articles).returning(articles.c.id)
_ADD_REVISION = insert(revisions).returning(revisions.c.id)
_ADD_APPEARANCE = insert(appearances)
_CHANGE_ARTICLE = update(articles).where(articles.c.id == bindparam("row"))
_CHANGE_REVISION = update(revisions).where(revisions.c.id == bindparam("row"))
_CHANGE_APPEARANCE = update(appearances).where(appearances.c.id == bindparam("row"))


def content_digest(article: Article) -> str:
    """Return the digest of title, lead, body and attachments as read; only these make a revision."""
    parts = [article.title, article.lead or "", article.body, *(file.url for file in article.attachments)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredAppearance:
    """The appearance stored at one URL, with its content digest."""

    appearance: Appearance
    content: str  # the content digest of what that URL itself showed: a copy may differ in a comma


@dataclass(frozen=True, slots=True)
class ExtractedArticle:
    """An article read off one page, to be stored."""

    article: Article
    fingerprint: Fingerprint
    capture_id: int | None
    at: datetime  # when the page was fetched
    prepared: IndexEntry | None = None  # for the search index, if it was beforehand


@dataclass(frozen=True, slots=True)
class ArticleStore:
    """Writes inside the caller's transaction, for one run; `search` is kept in step."""

    run: int
    search: SearchEngine

    def appearance_at(self, connection: Connection, site: str, url: str) -> StoredAppearance | None:
        """Return the appearance stored at a URL, or None."""
        row = connection.execute(_APPEARANCE_AT, {"at_site": site, "at_key": url_key(url)}).one_or_none()
        return StoredAppearance(as_appearance(row), row.content) if row else None

    def article_with_text(self, connection: Connection, text: Fingerprint) -> tuple[int, int] | None:
        """Return the (article id, revision id) that has, or once had, exactly this text."""
        row = connection.execute(_WITH_TEXT, {"exact": text.exact, "version": text.version}).one_or_none()
        return (row.article_id, row.id) if row else None

    def capture(self, connection: Connection, site: str, capture: Capture) -> int:
        """Store the pointer to raw bytes; return its id."""
        row = {
            "run_id": self.run,
            "site": site,
            "record_id": capture.record_id,
            "url": capture.url,
            "fetched_at": capture.fetched_at,
            "status": capture.status,
            "content_type": capture.content_type,
            "payload_digest": capture.payload_digest,
            "warc_file": capture.warc_file,
            "offset": capture.offset,
            "length": capture.length,
            "revisit": capture.revisit,
            "dialled": capture.dialled,
        }
        return int(connection.execute(_ADD_CAPTURE, row).scalar_one())

    def add(
        self, connection: Connection, extracted: ExtractedArticle, kind: ChangeKind = ChangeKind.ADDED
    ) -> int:
        """Store an article the archive does not have; return its id."""
        article_id = self._add_article(connection, extracted, extracted.at)
        revision_id = self._add_revision(connection, article_id, 1, extracted)
        self._add_appearance(connection, article_id, revision_id, extracted)
        self._append_change(connection, kind, article_id, revision_id, extracted)
        return article_id

    def copy(self, connection: Connection, extracted: ExtractedArticle, twin: tuple[int, int]) -> int:
        """Store a further appearance of a stored article; return the article's id."""
        article_id, revision_id = twin
        self._add_appearance(connection, article_id, revision_id, extracted)
        connection.execute(_CHANGE_ARTICLE, {"row": article_id, "gone_at": None})
        self._append_change(connection, ChangeKind.APPEARED, article_id, revision_id, extracted)
        return article_id

    def revise(self, connection: Connection, extracted: ExtractedArticle, stored: StoredAppearance) -> int:
        """Store a changed text: a revision at the first URL, an article of its own at a copy's.

        Returns the id of the article the URL now shows.
        """
        appearance = stored.appearance
        if not appearance.primary:
            return self._split_off_copy(connection, extracted, appearance)
        number = (connection.scalar(_LAST_NUMBER, {"row": appearance.article_id}) or 0) + 1
        revision_id = self._add_revision(connection, appearance.article_id, number, extracted)
        connection.execute(
            _CHANGE_ARTICLE, {"row": appearance.article_id, "gone_at": None, **_article_values(extracted)}
        )
        self._move_appearance(connection, appearance, appearance.article_id, revision_id, extracted)
        self._append_change(connection, ChangeKind.REVISED, appearance.article_id, revision_id, extracted)
        return appearance.article_id

    def _split_off_copy(
        self, connection: Connection, extracted: ExtractedArticle, appearance: Appearance
    ) -> int:
        article_id = self._add_article(connection, extracted, appearance.first_seen)
        revision_id = self._add_revision(connection, article_id, 1, extracted)
        self._move_appearance(connection, appearance, article_id, revision_id, extracted)
        self._append_change(connection, ChangeKind.PARTED, article_id, revision_id, extracted)
        self._record_loss(connection, appearance, extracted.at)
        return article_id

    def _record_loss(self, connection: Connection, appearance: Appearance, at: datetime) -> None:
        """Record that an article lost the URL that showed it: a mirror must learn of that, too."""
        if appearance.gone_at is None and not connection.scalar(_STANDING, {"row": appearance.article_id}):
            connection.execute(_CHANGE_ARTICLE, {"row": appearance.article_id, "gone_at": at})
        self._append_event(connection, ChangeKind.LOST, appearance, at)

    def re_extract(
        self, connection: Connection, extracted: ExtractedArticle, stored: StoredAppearance
    ) -> bool:
        """Store an article that is read otherwise from an unchanged page; return False when nothing changes.

        Another title, lead, body or list of attachments makes a revision; other fields are put right in the
        one there is. A copy follows its article, and stays as it is when they would no longer agree.
        """
        appearance, content = stored.appearance, content_digest(extracted.article)
        revision_id: int | None = appearance.revision_id
        if content == stored.content:
            self._correct_revision(connection, appearance, extracted)
        elif appearance.primary:
            number = (connection.scalar(_LAST_NUMBER, {"row": appearance.article_id}) or 0) + 1
            revision_id = self._add_revision(connection, appearance.article_id, number, extracted)
        else:
            twin = self.article_with_text(connection, extracted.fingerprint)
            revision_id = twin[1] if twin and twin[0] == appearance.article_id else None
        if revision_id is None:
            return False
        row = {
            "row": appearance.id,
            "record": _record(extracted.article),
            "content": content,
            "revision_id": revision_id,
        }
        connection.execute(_CHANGE_APPEARANCE, row)
        if appearance.primary:
            connection.execute(_CHANGE_ARTICLE, {"row": appearance.article_id, **_article_values(extracted)})
        self._append_change(
            connection, ChangeKind.RE_EXTRACTED, appearance.article_id, revision_id, extracted
        )
        return True

    def _correct_revision(
        self, connection: Connection, appearance: Appearance, extracted: ExtractedArticle
    ) -> None:
        if appearance.primary:
            row = {"row": appearance.revision_id, "record": _record(extracted.article)}
            connection.execute(_CHANGE_REVISION, row)
            self._index_article(connection, appearance.article_id, extracted, filed=True)

    def mark_unchanged(self, connection: Connection, stored: StoredAppearance, at: datetime) -> None:
        """Mark an appearance as unchanged and present at `at`; one that was gone is restored."""
        appearance = stored.appearance
        connection.execute(_CHANGE_APPEARANCE, {"row": appearance.id, "last_seen": at, "gone_at": None})
        if appearance.gone_at is not None:
            connection.execute(_CHANGE_ARTICLE, {"row": appearance.article_id, "gone_at": None})
            self._append_event(connection, ChangeKind.RESTORED, appearance, at)

    def mark_gone(self, connection: Connection, stored: StoredAppearance, at: datetime) -> None:
        """Mark an appearance as gone: an event in the feed; nothing is deleted."""
        appearance = stored.appearance
        if appearance.gone_at is not None:
            return
        connection.execute(_CHANGE_APPEARANCE, {"row": appearance.id, "gone_at": at})
        last = not connection.scalar(_STANDING, {"row": appearance.article_id})
        if last:
            connection.execute(_CHANGE_ARTICLE, {"row": appearance.article_id, "gone_at": at})
        self._append_event(connection, ChangeKind.REMOVED if last else ChangeKind.VANISHED, appearance, at)

    def _index_article(
        self, connection: Connection, article_id: int, extracted: ExtractedArticle, *, filed: bool
    ) -> None:
        """Index what was read; `filed`: the article was there before, and may have files of its own."""
        entity_index.index_entities(connection, article_id, extracted.article, fresh=not filed)
        texts = indexed_text(connection, article_id) if filed else ""
        doc = SearchDoc.from_article(article_id, extracted.article, texts)
        self.search.index_document(connection, doc, None if texts else extracted.prepared)

    def reindex(self, connection: Connection, article_id: int) -> None:
        """Index the current revision of an article anew, with the texts its files have now."""
        row = connection.execute(_CURRENT, {"row": article_id}).one()
        page = ARTICLE.validate_python({**row.record, "body": row.body})
        self.search.index_document(
            connection, SearchDoc.from_article(article_id, page, indexed_text(connection, article_id))
        )

    def record_file_change(
        self, connection: Connection, article_id: int, where: tuple[str, str], at: datetime
    ) -> None:
        """Record that a file of the article has other bytes than before; `where` is its site and URL."""
        row = connection.execute(_CURRENT, {"row": article_id}).one()
        append(connection, self.run, Change(0, ChangeKind.REFILED, article_id, row.id, *where, at))

    def _add_article(self, connection: Connection, extracted: ExtractedArticle, first_seen: datetime) -> int:
        row = {
            "site": extracted.article.site,
            "url": extracted.article.url,
            "first_seen": first_seen,
            **_article_values(extracted),
        }
        return int(connection.execute(_ADD_ARTICLE, row).scalar_one())

    def _add_revision(
        self, connection: Connection, article_id: int, number: int, extracted: ExtractedArticle
    ) -> int:
        row = {
            "article_id": article_id,
            "number": number,
            "exact": extracted.fingerprint.exact,
            "exact_version": extracted.fingerprint.version,
            "content": content_digest(extracted.article),
            "title": extracted.article.title,
            "lead": extracted.article.lead,
            "body": extracted.article.body,
            "record": _record(extracted.article),
            "capture_id": extracted.capture_id,
            "noticed_at": extracted.at,
        }
        revision_id = int(connection.execute(_ADD_REVISION, row).scalar_one())
        connection.execute(_CHANGE_ARTICLE, {"row": article_id, "revision_id": revision_id})
        self._index_article(connection, article_id, extracted, filed=number > 1)
        return revision_id

    def _add_appearance(
        self, connection: Connection, article_id: int, revision_id: int, extracted: ExtractedArticle
    ) -> None:
        row = {
            "site": extracted.article.site,
            "key": url_key(extracted.article.url),
            "url": extracted.article.url,
            "first_seen": extracted.at,
            **_appearance_values(article_id, revision_id, extracted),
        }
        connection.execute(_ADD_APPEARANCE, row)

    def _move_appearance(
        self,
        connection: Connection,
        appearance: Appearance,
        article_id: int,
        revision_id: int,
        extracted: ExtractedArticle,
    ) -> None:
        row = {
            "row": appearance.id,
            "gone_at": None,
            **_appearance_values(article_id, revision_id, extracted),
        }
        connection.execute(_CHANGE_APPEARANCE, row)

    def _append_change(
        self,
        connection: Connection,
        kind: ChangeKind,
        article_id: int,
        revision_id: int,
        extracted: ExtractedArticle,
    ) -> None:
        page = extracted.article
        change = Change(0, kind, article_id, revision_id, page.site, page.url, extracted.at)
        append(connection, self.run, change)

    def _append_event(
        self, connection: Connection, kind: ChangeKind, appearance: Appearance, at: datetime
    ) -> None:
        change = Change(
            0, kind, appearance.article_id, appearance.revision_id, appearance.site, appearance.url, at
        )
        append(connection, self.run, change)


def _article_values(extracted: ExtractedArticle) -> dict[str, Any]:
    page = extracted.article
    return {
        "title": page.title,
        "lead": page.lead,
        "author": page.author,
        "day": page.published.day if page.published else None,
        "section": " / ".join(page.section) or None,
        "organisation": entity_index.listed_organisation(page.organisation),
        "changed_at": extracted.at,
    }


def _appearance_values(article_id: int, revision_id: int, extracted: ExtractedArticle) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "revision_id": revision_id,
        "record": _record(extracted.article),
        "content": content_digest(extracted.article),
        "capture_id": extracted.capture_id,
        "last_seen": extracted.at,
    }


def _record(article: Article) -> dict[str, Any]:
    """The article but for its body, which revisions keep in a column of its own."""
    record: dict[str, Any] = ARTICLE.dump_python(article, mode="json", exclude={"body"})
    return record
