"""Alert digest: the new matches of a saved search as a plain-text message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from sqlalchemy import Connection

from storage.citations.lookup import cite_all
from storage.citations.reference import ArchiveIdentity, Reference
from storage.readers.saved_searches import NewMatch, NewMatches, SavedSearch
from storage.records import ChangeKind

MAX_LISTED_ARTICLES = 30  # further ones are counted
MAX_LEAD_CHARS = 240
ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class DigestTexts:
    """Texts of a digest around its articles, in one language."""

    title: str
    summary: str
    changes: str
    more: str
    undated: str
    revised: str
    copies: str


DIGEST_TEXTS = {
    "vi": DigestTexts(
        title="{name}: {count} bài mới",
        summary="{count} bài mới hoặc vừa sửa cho tìm kiếm: {query}",
        changes="(các thay đổi {first}–{last} của {archive})",
        more="… và {count} bài nữa",
        undated="không ghi ngày",
        revised="bản sửa thứ {number}",
        copies="và {count} bài chép lại",
    ),
    "en": DigestTexts(
        title="{name}: new articles: {count}",
        summary="New or just edited for the search {query}: {count}",
        changes="(changes {first}–{last} of {archive})",
        more="… and more: {count}",
        undated="undated",
        revised="revision {number}",
        copies="copies: {count}",
    ),
}


@dataclass(frozen=True, slots=True)
class AlertDigest:
    """Message about the new matches of a saved search."""

    title: str  # one line
    body: str  # plain text


def alert_digest(
    connection: Connection, archive: ArchiveIdentity, search: SavedSearch, new: NewMatches
) -> AlertDigest:
    """Return the digest of the new matches, of which there is at least one, in the search's language."""
    listed_ids = [match.article_id for match in new.matches[:MAX_LISTED_ARTICLES]]
    references = cite_all(connection, archive, [(article_id, None) for article_id in listed_ids])
    return compose_digest(archive, search, new, dict(zip(listed_ids, references, strict=True)))


def compose_digest(
    archive: ArchiveIdentity, search: SavedSearch, new: NewMatches, references: Mapping[int, Reference]
) -> AlertDigest:
    """Return the digest, with the references of the listed articles by article id.

    It names the changes it covers, so that a reader recognises one that is sent twice after a crash.
    """
    count, texts = len(new.matches), DIGEST_TEXTS[search.language]
    search_url = archive.address(f"/search?q={quote(search.query, safe='')}")
    summary = [
        texts.summary.format(count=count, query=search.query),
        texts.changes.format(first=new.after_seq + 1, last=new.until_seq, archive=archive.name),
        *([search_url] if search_url else []),
    ]
    parts = ["\n".join(summary)]
    for match in new.matches[:MAX_LISTED_ARTICLES]:
        parts.append(_article_text(match, references[match.article_id], search.language))
    if count > MAX_LISTED_ARTICLES:
        parts.append(texts.more.format(count=count - MAX_LISTED_ARTICLES))
    return AlertDigest(texts.title.format(name=search.name, count=count), "\n\n".join(parts) + "\n")


def _article_text(match: NewMatch, reference: Reference, language: str) -> str:
    texts = DIGEST_TEXTS[language]
    facts: Sequence[str] = (
        ", ".join(reference.authors),
        reference.site,
        _day_text(reference.day, language),
    )
    remarks = []
    if match.kind is ChangeKind.REVISED:
        remarks.append(texts.revised.format(number=reference.revision))
    if match.copies:
        remarks.append(texts.copies.format(count=match.copies))
    lines = [
        reference.title,
        ", ".join(filter(None, facts)) + (f" ({'; '.join(remarks)})" if remarks else ""),
        *([_shortened_lead(reference.lead)] if reference.lead else []),
        reference.address or reference.url,
    ]
    return "\n".join(lines)


def _day_text(day: date | None, language: str) -> str:
    if day is None:
        return DIGEST_TEXTS[language].undated
    if language == "vi":
        return f"ngày {day:%d/%m/%Y}"
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"


def _shortened_lead(lead: str) -> str:
    """Return the lead, cut between words when it is long."""
    return lead if len(lead) <= MAX_LEAD_CHARS else lead[:MAX_LEAD_CHARS].rsplit(" ", 1)[0] + " …"
