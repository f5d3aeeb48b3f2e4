"""Atom documents (RFC 4287) from a head and entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from storage.citations.reference import one_line

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
LANGUAGE = "vi"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NAMESPACES: dict[str | None, str] = {None: NAMESPACE}


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """Entry of one article."""

    address: str  # permanent URL: the entry's id and its link
    title: str
    updated: datetime  # of its last change
    published: datetime | None  # only where an hour was printed
    authors: tuple[str, ...]  # at least one
    summary: str  # plain text
    content: str  # HTML, safe
    original: str  # URL on the site
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedHead:
    """Metadata of a feed."""

    address: str  # permanent URL of the feed: its id
    page: str  # URL of the page with the same articles
    title: str
    author: str  # name of the archive
    updated: datetime  # of a feed without entries


def atom_document(head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """Return the document in UTF-8, the entry changed last first; the feed's `updated` is that entry's."""
    root = etree.Element(_name("feed"), {XML_LANG: LANGUAGE}, nsmap=NAMESPACES)  # type: ignore[arg-type]  # None: no prefix
    by_change = sorted(entries, key=lambda entry: entry.updated, reverse=True)
    _add_text(root, "id", head.address)
    _add_text(root, "title", head.title)
    _add_text(root, "updated", _rfc3339(by_change[0].updated if by_change else head.updated))
    _add_people(root, [head.author])
    _add_link(root, "self", head.address, "application/atom+xml")
    _add_link(root, "alternate", head.page, "text/html")
    for entry in by_change:
        root.append(_entry(entry))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entry(entry: FeedEntry) -> etree._Element:
    element = etree.Element(_name("entry"))
    _add_text(element, "id", entry.address)
    _add_text(element, "title", entry.title)
    _add_text(element, "updated", _rfc3339(entry.updated))
    if entry.published:
        _add_text(element, "published", _rfc3339(entry.published))
    _add_people(element, entry.authors)
    _add_link(element, "alternate", entry.address, "text/html")
    _add_link(element, "via", entry.original)
    for tag in filter(None, map(one_line, entry.tags)):
        etree.SubElement(element, _name("category"), {"term": tag})
    if entry.summary:
        _add_text(element, "summary", entry.summary)
    _add_text(element, "content", entry.content, kind="html")
    return element


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _add_text(parent: etree._Element, tag: str, text: str, kind: str | None = None) -> None:
    element = etree.SubElement(parent, _name(tag), {"type": kind} if kind else {})
    element.text = one_line(text)


def _add_people(parent: etree._Element, names: Iterable[str]) -> None:
    for name in names:
        _add_text(etree.SubElement(parent, _name("author")), "name", name)


def _add_link(parent: etree._Element, rel: str, address: str, media_type: str | None = None) -> None:
    attributes = {"rel": rel, "href": one_line(address)}
    etree.SubElement(parent, _name("link"), attributes | ({"type": media_type} if media_type else {}))


def _rfc3339(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
