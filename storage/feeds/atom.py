"""Atom documents (RFC 4287) from a head and entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from storage.citations.reference import one_line

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
ATOM_MEDIA_TYPE = "application/atom+xml; charset=utf-8"
FEED_LANGUAGE = "vi"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATOM_NAMESPACES: dict[str | None, str] = {None: ATOM_NAMESPACE}


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
    atom_feed = etree.Element(_atom_tag("feed"), {XML_LANG: FEED_LANGUAGE}, nsmap=ATOM_NAMESPACES)  # type: ignore[arg-type]  # None: no prefix
    entries_by_change = sorted(entries, key=lambda entry: entry.updated, reverse=True)
    _add_atom_text(atom_feed, "id", head.address)
    _add_atom_text(atom_feed, "title", head.title)
    _add_atom_text(
        atom_feed, "updated", _atom_time(entries_by_change[0].updated if entries_by_change else head.updated)
    )
    _add_atom_authors(atom_feed, [head.author])
    _add_atom_link(atom_feed, "self", head.address, "application/atom+xml")
    _add_atom_link(atom_feed, "alternate", head.page, "text/html")
    for entry in entries_by_change:
        atom_feed.append(_atom_entry(entry))
    return etree.tostring(atom_feed, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _atom_entry(entry: FeedEntry) -> etree._Element:
    atom_entry = etree.Element(_atom_tag("entry"))
    _add_atom_text(atom_entry, "id", entry.address)
    _add_atom_text(atom_entry, "title", entry.title)
    _add_atom_text(atom_entry, "updated", _atom_time(entry.updated))
    if entry.published:
        _add_atom_text(atom_entry, "published", _atom_time(entry.published))
    _add_atom_authors(atom_entry, entry.authors)
    _add_atom_link(atom_entry, "alternate", entry.address, "text/html")
    _add_atom_link(atom_entry, "via", entry.original)
    for category in filter(None, map(one_line, entry.tags)):
        etree.SubElement(atom_entry, _atom_tag("category"), {"term": category})
    if entry.summary:
        _add_atom_text(atom_entry, "summary", entry.summary)
    _add_atom_text(atom_entry, "content", entry.content, kind="html")
    return atom_entry


def _atom_tag(tag: str) -> str:
    return f"{{{ATOM_NAMESPACE}}}{tag}"


def _add_atom_text(atom_parent: etree._Element, tag: str, text: str, kind: str | None = None) -> None:
    atom_element = etree.SubElement(atom_parent, _atom_tag(tag), {"type": kind} if kind else {})
    atom_element.text = one_line(text)


def _add_atom_authors(atom_parent: etree._Element, author_names: Iterable[str]) -> None:
    for author_name in author_names:
        _add_atom_text(etree.SubElement(atom_parent, _atom_tag("author")), "name", author_name)


def _add_atom_link(
    atom_parent: etree._Element, rel: str, address: str, media_type: str | None = None
) -> None:
    link_attributes = {"rel": rel, "href": one_line(address)}
    etree.SubElement(
        atom_parent, _atom_tag("link"), link_attributes | ({"type": media_type} if media_type else {})
    )


def _atom_time(moment: datetime) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
