"""What RFC 4287 asks of a feed document, rule by rule."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
# RFC 3339 with an upper-case T, and Z or an offset (section 3.3).
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ONCE_IN_FEED = ("id", "title", "updated")
AT_MOST_ONCE = ("generator", "icon", "logo", "rights", "subtitle")
ENTRY_AT_MOST_ONCE = ("content", "published", "rights", "source", "summary")
KNOWN_IN_FEED = {*ONCE_IN_FEED, *AT_MOST_ONCE, "author", "category", "contributor", "entry", "link"}
KNOWN_IN_ENTRY = {*ONCE_IN_FEED, *ENTRY_AT_MOST_ONCE, "author", "category", "contributor", "link"}


def problems(document: bytes) -> list[str]:
    """What is against the rules; empty when it is an Atom feed document."""
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
    if root.tag != f"{ATOM}feed":
        return [f"{root.tag} is no feed"]
    found = _container(root, ONCE_IN_FEED, AT_MOST_ONCE, KNOWN_IN_FEED)
    links = [(link.get("rel"), link.get("href")) for link in root.findall(f"{ATOM}link")]
    if "self" not in dict(links):
        found.append("4.1.1 a feed should have a link to itself")
    entries = root.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    if len(set(ids)) != len(ids):
        found.append("4.1.1 two entries with one id")
    authored = root.find(f"{ATOM}author") is not None
    for entry in entries:
        found += _container(entry, ONCE_IN_FEED, ENTRY_AT_MOST_ONCE, KNOWN_IN_ENTRY)
        found += _entry(entry, authored)
    return found


def _entry(entry: etree._Element, authored: bool) -> list[str]:
    found = []
    if entry.find(f"{ATOM}author") is None and not authored:
        found.append("4.1.2 neither entry nor feed has an author")
    rels = [link.get("rel") or "alternate" for link in entry.findall(f"{ATOM}link")]
    content = entry.find(f"{ATOM}content")
    if content is None and "alternate" not in rels:
        found.append("4.1.2 neither content nor an alternate link")
    if content is not None:
        if content.get("type", "text") not in {"text", "html", "xhtml"}:
            found.append("4.1.3.1 unknown type of content")
        if len(content):
            found.append("4.1.3.3 text and HTML content must not have children")
    return found


def _container(
    node: etree._Element, once: tuple[str, ...], most: tuple[str, ...], known: set[str]
) -> list[str]:
    names = [str(child.tag).removeprefix(ATOM) for child in node]
    found = [f"{name} must be there once" for name in once if names.count(name) != 1]
    found += [f"{name} may be there once" for name in most if names.count(name) > 1]
    found += [f"{name} is not known here" for name in names if name not in known]
    for child in node:
        found += _leaf(str(child.tag).removeprefix(ATOM), child)
    alternates = [
        (link.get("type"), link.get("hreflang"))
        for link in node.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    ]
    if len(set(alternates)) != len(alternates):
        found.append("4.1.1 two alternate links of one type and language")
    return found


def _leaf(name: str, node: etree._Element) -> list[str]:
    text = node.text or ""
    said = ""
    match name:
        case "id" if not urlsplit(text).scheme or text != text.strip():
            said = f"4.2.6 {text!r} is no absolute IRI"
        case "updated" | "published" if not INSTANT.fullmatch(text):
            said = f"3.3 {text!r} is no instant"
        case "title" | "summary" if node.get("type", "text") not in {"text", "html", "xhtml"} or len(node):
            said = f"3.1.1 {name} is no text construct"
        case "link" if not node.get("href"):
            said = "4.2.7.1 a link needs an href"
        case "category" if not node.get("term"):
            said = "4.2.2.1 a category needs a term"
        case "author" if not node.findtext(f"{ATOM}name") or len(node.findall(f"{ATOM}name")) > 1:
            said = "3.2.1 a person needs a name"
    return [said] if said else []
