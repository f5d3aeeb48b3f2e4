"""Digest: what a watch has to tell, as a message for a person."""

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

MOST = 30  # articles told one by one
LEAD = 240  # characters of a lead
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class DigestTexts:
    """What a digest says around the articles."""

    title: str
    head: str
    changes: str
    more: str
    undated: str
    revised: str
    copies: str


WORDS = {
    "vi": DigestTexts(
        title="{name}: {count} bài mới",
        head="{count} bài mới hoặc vừa sửa cho tìm kiếm: {query}",
        changes="(các thay đổi {first}–{last} của {house})",
        more="… và {count} bài nữa",
        undated="không ghi ngày",
        revised="bản sửa thứ {number}",
        copies="và {count} bài chép lại",
    ),
    "en": DigestTexts(
        title="{name}: new articles: {count}",
        head="New or just edited for the search {query}: {count}",
        changes="(changes {first}–{last} of {house})",
        more="… and more: {count}",
        undated="undated",
        revised="revision {number}",
        copies="copies: {count}",
    ),
}


@dataclass(frozen=True, slots=True)
class AlertDigest:
    """A message."""

    title: str  # one line
    body: str  # plain text


def alert_digest(
    connection: Connection, house: ArchiveIdentity, watch: SavedSearch, finding: NewMatches
) -> AlertDigest:
    """The message for what was found, in the watch's language; there must be something."""
    told = finding.news[:MOST]
    cited = cite_all(connection, house, [(news.article_id, None) for news in told])
    return compose(house, watch, finding, dict(zip((n.article_id for n in told), cited, strict=True)))


def compose(
    house: ArchiveIdentity, watch: SavedSearch, finding: NewMatches, cited: Mapping[int, Reference]
) -> AlertDigest:
    """The message, from the articles that are told one by one.

    It names the changes it tells, so that one sent twice after a crash is known for what it is.
    """
    count, words = len(finding.news), WORDS[watch.language]
    search = house.address(f"/search?q={quote(watch.query, safe='')}")
    head = [
        words.head.format(count=count, query=watch.query),
        words.changes.format(first=finding.after + 1, last=finding.until, house=house.name),
        *([search] if search else []),
    ]
    parts = ["\n".join(head)]
    parts += [_article(news, cited[news.article_id], watch.language) for news in finding.news[:MOST]]
    if count > MOST:
        parts.append(words.more.format(count=count - MOST))
    return AlertDigest(words.title.format(name=watch.name, count=count), "\n\n".join(parts) + "\n")


def _article(news: NewMatch, cited: Reference, language: str) -> str:
    words = WORDS[language]
    facts: Sequence[str] = (", ".join(cited.authors), cited.site, _day(cited.day, language))
    marks = []
    if news.kind is ChangeKind.REVISED:
        marks.append(words.revised.format(number=cited.revision))
    if news.copies:
        marks.append(words.copies.format(count=news.copies))
    lines = [
        cited.title,
        ", ".join(filter(None, facts)) + (f" ({'; '.join(marks)})" if marks else ""),
        *([_cut(cited.lead)] if cited.lead else []),
        cited.address or cited.url,
    ]
    return "\n".join(lines)


def _day(day: date | None, language: str) -> str:
    if day is None:
        return WORDS[language].undated
    return f"ngày {day:%d/%m/%Y}" if language == "vi" else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _cut(text: str) -> str:
    """The beginning of a text, cut between words."""
    return text if len(text) <= LEAD else text[:LEAD].rsplit(" ", 1)[0] + " …"
