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

MAX_DIGEST_ARTICLES = 30  # further ones are counted
MAX_DIGEST_LEAD_CHARS = 240
DIGEST_MONTHS = (
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
    connection: Connection, archive: ArchiveIdentity, saved_search: SavedSearch, new_matches: NewMatches
) -> AlertDigest:
    """Return the digest of the new matches, of which there is at least one, in the search's language."""
    digest_article_ids = [alert_match.article_id for alert_match in new_matches.matches[:MAX_DIGEST_ARTICLES]]
    references = cite_all(connection, archive, [(article_id, None) for article_id in digest_article_ids])
    return compose_digest(
        archive, saved_search, new_matches, dict(zip(digest_article_ids, references, strict=True))
    )


def compose_digest(
    archive: ArchiveIdentity,
    saved_search: SavedSearch,
    new_matches: NewMatches,
    references: Mapping[int, Reference],
) -> AlertDigest:
    """Return the digest, with the references of the listed articles by article id.

    It names the changes it covers, so that a reader recognises one that is sent twice after a crash.
    """
    alert_count, digest_texts = len(new_matches.matches), DIGEST_TEXTS[saved_search.language]
    search_url = archive.address(f"/search?q={quote(saved_search.query, safe='')}")
    digest_summary = [
        digest_texts.summary.format(count=alert_count, query=saved_search.query),
        digest_texts.changes.format(
            first=new_matches.after_seq + 1, last=new_matches.until_seq, archive=archive.name
        ),
        *([search_url] if search_url else []),
    ]
    digest_parts = ["\n".join(digest_summary)]
    for alert_match in new_matches.matches[:MAX_DIGEST_ARTICLES]:
        digest_parts.append(
            _digest_article(alert_match, references[alert_match.article_id], saved_search.language)
        )
    if alert_count > MAX_DIGEST_ARTICLES:
        digest_parts.append(digest_texts.more.format(count=alert_count - MAX_DIGEST_ARTICLES))
    return AlertDigest(
        digest_texts.title.format(name=saved_search.name, count=alert_count), "\n\n".join(digest_parts) + "\n"
    )


def _digest_article(alert_match: NewMatch, reference: Reference, digest_language: str) -> str:
    digest_texts = DIGEST_TEXTS[digest_language]
    digest_facts: Sequence[str] = (
        ", ".join(reference.authors),
        reference.site,
        _digest_day(reference.day, digest_language),
    )
    digest_remarks = []
    if alert_match.kind is ChangeKind.REVISED:
        digest_remarks.append(digest_texts.revised.format(number=reference.revision))
    if alert_match.copies:
        digest_remarks.append(digest_texts.copies.format(count=alert_match.copies))
    digest_lines = [
        reference.title,
        ", ".join(filter(None, digest_facts)) + (f" ({'; '.join(digest_remarks)})" if digest_remarks else ""),
        *([_digest_lead(reference.lead)] if reference.lead else []),
        reference.address or reference.url,
    ]
    return "\n".join(digest_lines)


def _digest_day(day: date | None, digest_language: str) -> str:
    if day is None:
        return DIGEST_TEXTS[digest_language].undated
    if digest_language == "vi":
        return f"ngày {day:%d/%m/%Y}"
    return f"{day.day} {DIGEST_MONTHS[day.month - 1]} {day.year}"


def _digest_lead(lead: str) -> str:
    """Return the lead, cut between words when it is long."""
    return (
        lead if len(lead) <= MAX_DIGEST_LEAD_CHARS else lead[:MAX_DIGEST_LEAD_CHARS].rsplit(" ", 1)[0] + " …"
    )
