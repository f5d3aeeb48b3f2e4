"""Digest: what a watch has to tell, as a message for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import Connection

from storage.citations.cited import Cited, House
from storage.citations.found import cite_all
from storage.records import ChangeKind
from storage.watches import Finding, News, Watch

MOST = 30  # articles told one by one
LEAD = 240  # characters of a lead


@dataclass(frozen=True, slots=True)
class Digest:
    """A message."""

    title: str  # one line
    body: str  # plain text


def digest(connection: Connection, house: House, watch: Watch, finding: Finding) -> Digest:
    """The message for what was found; there must be something."""
    told = finding.news[:MOST]
    cited = cite_all(connection, house, [(news.article_id, None) for news in told])
    return compose(house, watch, finding, dict(zip((n.article_id for n in told), cited, strict=True)))


def compose(house: House, watch: Watch, finding: Finding, cited: Mapping[int, Cited]) -> Digest:
    """The message, from the articles that are told one by one.

    It names the changes it tells, so that one sent twice after a crash is known for what it is.
    """
    count = len(finding.news)
    search = house.address(f"/search?q={quote(watch.query, safe='')}")
    head = [
        f"{count} bài mới hoặc vừa sửa cho tìm kiếm: {watch.query}",
        f"(các thay đổi {finding.after + 1}–{finding.until} của {house.name})",
        *([search] if search else []),
    ]
    parts = ["\n".join(head)]
    parts += [_article(news, cited[news.article_id]) for news in finding.news[:MOST]]
    if count > MOST:
        parts.append(f"… và {count - MOST} bài nữa")
    return Digest(f"{watch.name}: {count} bài mới", "\n\n".join(parts) + "\n")


def _article(news: News, cited: Cited) -> str:
    day = f"ngày {cited.day:%d/%m/%Y}" if cited.day else "không ghi ngày"
    signed = ", ".join(cited.authors)
    facts: Sequence[str] = (signed, cited.site, day)
    marks = []
    if news.kind is ChangeKind.REVISED:
        marks.append(f"bản sửa thứ {cited.revision}")
    if news.copies:
        marks.append(f"và {news.copies} bài chép lại")
    lines = [
        cited.title,
        ", ".join(filter(None, facts)) + (f" ({'; '.join(marks)})" if marks else ""),
        *([_cut(cited.lead)] if cited.lead else []),
        cited.address or cited.url,
    ]
    return "\n".join(lines)


def _cut(text: str) -> str:
    """The beginning of a text, cut between words."""
    return text if len(text) <= LEAD else text[:LEAD].rsplit(" ", 1)[0] + " …"
