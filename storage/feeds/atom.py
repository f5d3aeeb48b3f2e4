"""An Atom document, as RFC 4287 wants it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from storage.citations.reference import line

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
LANGUAGE = "vi"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SPACES: dict[str | None, str] = {None: NAMESPACE}


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One article."""

    address: str  # permanent, absolute: its id, and where a reader is led
    title: str
    updated: datetime  # of its last change
    published: datetime | None  # only where an hour was printed
    authors: tuple[str, ...]  # at least one
    summary: str  # plain text
    content: str  # HTML, safe
    original: str  # where it stood
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself."""

    address: str  # its own, absolute and the same for ever: its id
    page: str  # the page that shows the same to people
    title: str
    author: str  # who keeps it
    updated: datetime  # if it has no entry yet


def feed(head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """The document in UTF-8, the entry changed last first; `updated` is that of the first."""
    root = etree.Element(_name("feed"), {XML_LANG: LANGUAGE}, nsmap=SPACES)  # type: ignore[arg-type]  # None: no prefix
    told = sorted(entries, key=lambda entry: entry.updated, reverse=True)
    _text(root, "id", head.address)
    _text(root, "title", head.title)
    _text(root, "updated", _instant(told[0].updated if told else head.updated))
    _people(root, [head.author])
    _link(root, "self", head.address, "application/atom+xml")
    _link(root, "alternate", head.page, "text/html")
    for each in told:
        root.append(_entry(each))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entry(entry: FeedEntry) -> etree._Element:
    made = etree.Element(_name("entry"))
    _text(made, "id", entry.address)
    _text(made, "title", entry.title)
    _text(made, "updated", _instant(entry.updated))
    if entry.published:
        _text(made, "published", _instant(entry.published))
    _people(made, entry.authors)
    _link(made, "alternate", entry.address, "text/html")
    _link(made, "via", entry.original)
    for tag in filter(None, map(line, entry.tags)):
        etree.SubElement(made, _name("category"), {"term": tag})
    if entry.summary:
        _text(made, "summary", entry.summary)
    _text(made, "content", entry.content, kind="html")
    return made


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _text(parent: etree._Element, tag: str, text: str, kind: str | None = None) -> None:
    made = etree.SubElement(parent, _name(tag), {"type": kind} if kind else {})
    made.text = line(text)


def _people(parent: etree._Element, names: Iterable[str]) -> None:
    for name in names:
        _text(etree.SubElement(parent, _name("author")), "name", name)


def _link(parent: etree._Element, rel: str, address: str, media_type: str | None = None) -> None:
    told = {"rel": rel, "href": line(address)}
    etree.SubElement(parent, _name("link"), told | ({"type": media_type} if media_type else {}))


def _instant(at: datetime) -> str:
    """RFC 3339, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
