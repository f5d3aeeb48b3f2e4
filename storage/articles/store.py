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
    """What makes a revision: title, lead, body and attachments, exactly as read; nothing else counts."""
    parts = [article.title, article.lead or "", article.body, *(file.url for file in article.attachments)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredAppearance:
    """What the store has at one URL."""

    appearance: Appearance
    content: str  # the content digest of what that URL itself showed: a copy may differ in a comma


@dataclass(frozen=True, slots=True)
class ExtractedArticle:
    """One reading of one page, on its way into the store."""

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
        """What the store has at a URL."""
        row = connection.execute(_APPEARANCE_AT, {"at_site": site, "at_key": url_key(url)}).one_or_none()
        return StoredAppearance(as_appearance(row), row.content) if row else None

    def article_with_text(self, connection: Connection, text: Fingerprint) -> tuple[int, int] | None:
        """The (article id, revision id) that has, or once had, exactly this text."""
        row = connection.execute(_WITH_TEXT, {"exact": text.exact, "version": text.version}).one_or_none()
        return (row.article_id, row.id) if row else None

    def capture(self, connection: Connection, site: str, capture: Capture) -> int:
        """Keep the pointer to raw bytes; returns its id."""
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

    def add(self, connection: Connection, seen: ExtractedArticle, kind: ChangeKind = ChangeKind.ADDED) -> int:
        """Store an article the archive does not have; returns its id."""
        article_id = self._article(connection, seen, seen.at)
        revision_id = self._revision(connection, article_id, 1, seen)
        self._show(connection, article_id, revision_id, seen)
        self._tell(connection, kind, article_id, revision_id, seen)
        return article_id

    def copy(self, connection: Connection, seen: ExtractedArticle, known: tuple[int, int]) -> int:
        """Store a further appearance of a known article; returns its id."""
        article_id, revision_id = known
        self._show(connection, article_id, revision_id, seen)
        connection.execute(_CHANGE_ARTICLE, {"row": article_id, "gone_at": None})
        self._tell(connection, ChangeKind.APPEARED, article_id, revision_id, seen)
        return article_id

    def revise(self, connection: Connection, seen: ExtractedArticle, known: StoredAppearance) -> int:
        """Store a changed text: a revision at the first URL, an article of its own at a copy's.

        Returns the id of the article the URL now shows.
        """
        here = known.appearance
        if not here.primary:
            return self._part(connection, seen, here)
        number = (connection.scalar(_LAST_NUMBER, {"row": here.article_id}) or 0) + 1
        revision_id = self._revision(connection, here.article_id, number, seen)
        connection.execute(_CHANGE_ARTICLE, {"row": here.article_id, "gone_at": None, **_current(seen)})
        self._move(connection, here, here.article_id, revision_id, seen)
        self._tell(connection, ChangeKind.REVISED, here.article_id, revision_id, seen)
        return here.article_id

    def _part(self, connection: Connection, seen: ExtractedArticle, here: Appearance) -> int:
        article_id = self._article(connection, seen, here.first_seen)
        revision_id = self._revision(connection, article_id, 1, seen)
        self._move(connection, here, article_id, revision_id, seen)
        self._tell(connection, ChangeKind.PARTED, article_id, revision_id, seen)
        self._lose(connection, here, seen.at)
        return article_id

    def _lose(self, connection: Connection, here: Appearance, at: datetime) -> None:
        """The article a URL showed until now is told to have lost it: a mirror must hear of that, too."""
        if here.gone_at is None and not connection.scalar(_STANDING, {"row": here.article_id}):
            connection.execute(_CHANGE_ARTICLE, {"row": here.article_id, "gone_at": at})
        self._event(connection, ChangeKind.LOST, here, at)

    def re_extract(self, connection: Connection, seen: ExtractedArticle, known: StoredAppearance) -> bool:
        """The page stands as it stood, and is read better now; False when that changes nothing here.

        Another title, lead, body or list of attachments makes a revision; other fields are put right in the
        one there is. A copy follows its article, and stays as it is when they would no longer agree.
        """
        here, content = known.appearance, content_digest(seen.article)
        revision_id: int | None = here.revision_id
        if content == known.content:
            self._correct(connection, here, seen)
        elif here.primary:
            number = (connection.scalar(_LAST_NUMBER, {"row": here.article_id}) or 0) + 1
            revision_id = self._revision(connection, here.article_id, number, seen)
        else:
            twin = self.article_with_text(connection, seen.fingerprint)
            revision_id = twin[1] if twin and twin[0] == here.article_id else None
        if revision_id is None:
            return False
        row = {
            "row": here.id,
            "record": _record(seen.article),
            "content": content,
            "revision_id": revision_id,
        }
        connection.execute(_CHANGE_APPEARANCE, row)
        if here.primary:
            connection.execute(_CHANGE_ARTICLE, {"row": here.article_id, **_current(seen)})
        self._tell(connection, ChangeKind.RE_EXTRACTED, here.article_id, revision_id, seen)
        return True

    def _correct(self, connection: Connection, here: Appearance, seen: ExtractedArticle) -> None:
        if here.primary:
            row = {"row": here.revision_id, "record": _record(seen.article)}
            connection.execute(_CHANGE_REVISION, row)
            self._index(connection, here.article_id, seen, filed=True)

    def mark_unchanged(self, connection: Connection, known: StoredAppearance, at: datetime) -> None:
        """The URL shows what it showed; an appearance that was gone is restored."""
        here = known.appearance
        connection.execute(_CHANGE_APPEARANCE, {"row": here.id, "last_seen": at, "gone_at": None})
        if here.gone_at is not None:
            connection.execute(_CHANGE_ARTICLE, {"row": here.article_id, "gone_at": None})
            self._event(connection, ChangeKind.RESTORED, here, at)

    def mark_gone(self, connection: Connection, known: StoredAppearance, at: datetime) -> None:
        """The URL answers that it is gone: an event; nothing is deleted."""
        here = known.appearance
        if here.gone_at is not None:
            return
        connection.execute(_CHANGE_APPEARANCE, {"row": here.id, "gone_at": at})
        last = not connection.scalar(_STANDING, {"row": here.article_id})
        if last:
            connection.execute(_CHANGE_ARTICLE, {"row": here.article_id, "gone_at": at})
        self._event(connection, ChangeKind.REMOVED if last else ChangeKind.VANISHED, here, at)

    def _index(self, connection: Connection, article_id: int, seen: ExtractedArticle, *, filed: bool) -> None:
        """Index what was read; `filed`: the article was there before, and may have files of its own."""
        entity_index.index_entities(connection, article_id, seen.article, fresh=not filed)
        texts = indexed_text(connection, article_id) if filed else ""
        doc = SearchDoc.from_article(article_id, seen.article, texts)
        self.search.index_document(connection, doc, None if texts else seen.prepared)

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
        """Tell that a file the article offers has other bytes than before; `where` is its site and URL."""
        row = connection.execute(_CURRENT, {"row": article_id}).one()
        append(connection, self.run, Change(0, ChangeKind.REFILED, article_id, row.id, *where, at))

    def _article(self, connection: Connection, seen: ExtractedArticle, first_seen: datetime) -> int:
        row = {"site": seen.article.site, "url": seen.article.url, "first_seen": first_seen, **_current(seen)}
        return int(connection.execute(_ADD_ARTICLE, row).scalar_one())

    def _revision(self, connection: Connection, article_id: int, number: int, seen: ExtractedArticle) -> int:
        row = {
            "article_id": article_id,
            "number": number,
            "exact": seen.fingerprint.exact,
            "exact_version": seen.fingerprint.version,
            "content": content_digest(seen.article),
            "title": seen.article.title,
            "lead": seen.article.lead,
            "body": seen.article.body,
            "record": _record(seen.article),
            "capture_id": seen.capture_id,
            "noticed_at": seen.at,
        }
        revision_id = int(connection.execute(_ADD_REVISION, row).scalar_one())
        connection.execute(_CHANGE_ARTICLE, {"row": article_id, "revision_id": revision_id})
        self._index(connection, article_id, seen, filed=number > 1)
        return revision_id

    def _show(
        self, connection: Connection, article_id: int, revision_id: int, seen: ExtractedArticle
    ) -> None:
        row = {
            "site": seen.article.site,
            "key": url_key(seen.article.url),
            "url": seen.article.url,
            "first_seen": seen.at,
            **_shown(article_id, revision_id, seen),
        }
        connection.execute(_ADD_APPEARANCE, row)

    def _move(
        self,
        connection: Connection,
        here: Appearance,
        article_id: int,
        revision_id: int,
        seen: ExtractedArticle,
    ) -> None:
        row = {"row": here.id, "gone_at": None, **_shown(article_id, revision_id, seen)}
        connection.execute(_CHANGE_APPEARANCE, row)

    def _tell(
        self,
        connection: Connection,
        kind: ChangeKind,
        article_id: int,
        revision_id: int,
        seen: ExtractedArticle,
    ) -> None:
        page = seen.article
        change = Change(0, kind, article_id, revision_id, page.site, page.url, seen.at)
        append(connection, self.run, change)

    def _event(self, connection: Connection, kind: ChangeKind, here: Appearance, at: datetime) -> None:
        change = Change(0, kind, here.article_id, here.revision_id, here.site, here.url, at)
        append(connection, self.run, change)


def _current(seen: ExtractedArticle) -> dict[str, Any]:
    page = seen.article
    return {
        "title": page.title,
        "lead": page.lead,
        "author": page.author,
        "day": page.published.day if page.published else None,
        "section": " / ".join(page.section) or None,
        "organisation": entity_index.listed_organisation(page.organisation),
        "changed_at": seen.at,
    }


def _shown(article_id: int, revision_id: int, seen: ExtractedArticle) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "revision_id": revision_id,
        "record": _record(seen.article),
        "content": content_digest(seen.article),
        "capture_id": seen.capture_id,
        "last_seen": seen.at,
    }


def _record(article: Article) -> dict[str, Any]:
    """The article but for its body, which revisions keep in a column of its own."""
    told: dict[str, Any] = ARTICLE.dump_python(article, mode="json", exclude={"body"})
    return told
