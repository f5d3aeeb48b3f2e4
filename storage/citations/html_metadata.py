"""Head: what a page says of itself to Zotero, search engines and web archives."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import orjson

from storage.citations.csl import LANGUAGE
from storage.citations.reference import Reference, instant

# What a script element may not hold as it is, and two line ends old readers of JavaScript stumble over.
UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}


def meta_tags(cited: Reference) -> tuple[tuple[str, str], ...]:
    """(name, content) of the `meta` elements: Highwire Press, Dublin Core, and Zotero's own type of item."""
    return (*_highwire(cited), *_dublin_core(cited), ("z:itemType", "newspaperArticle"))


def _highwire(cited: Reference) -> Iterator[tuple[str, str]]:
    yield "citation_title", cited.title
    for name in cited.credited:
        yield "citation_author", name
    yield "citation_journal_title", cited.site
    if cited.day:
        yield "citation_publication_date", f"{cited.day:%Y/%m/%d}"
    yield "citation_language", LANGUAGE
    yield "citation_public_url", cited.address or cited.url
    for tag in cited.tags:
        yield "citation_keywords", tag


def _dublin_core(cited: Reference) -> Iterator[tuple[str, str]]:
    yield "DC.title", cited.title
    for name in cited.credited:
        yield "DC.creator", name
    yield "DC.publisher", cited.site
    if cited.day:
        yield "DC.date", cited.day.isoformat()
    yield "DC.language", LANGUAGE
    yield "DC.type", "Text"
    yield "DC.identifier", cited.address or cited.url
    yield "DC.source", cited.url
    if cited.lead:
        yield "DC.description", cited.lead
    for tag in cited.tags:
        yield "DC.subject", tag


def json_ld(cited: Reference) -> str:
    """The article as schema.org's NewsArticle, safe within a `script` element.

    `isBasedOn` is where it stood, `archivedAt` where the archive keeps it; a time is told as far as it was
    printed.
    """
    signed = "Person" if cited.authors else "Organization"
    printed = instant(cited.published)
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": cited.address or cited.url,
        "url": cited.address or cited.url,
        "headline": cited.title,
        "author": [{"@type": signed, "name": name} for name in cited.credited],
        "publisher": {"@type": "Organization", "name": cited.site},
        "datePublished": (printed or cited.day).isoformat() if cited.day else None,
        "description": cited.lead,
        "keywords": list(cited.tags),
        "inLanguage": LANGUAGE,
        "isBasedOn": cited.url,
        "archivedAt": cited.address,
        "provider": {"@type": "ArchiveOrganization", "name": cited.archive},
        "version": cited.revision,
    }
    text = orjson.dumps({name: value for name, value in told.items() if value}).decode()
    return text.translate(UNSAFE)


def head_html(cited: Reference) -> str:
    """All of it as HTML for a page's head, escaped; JSON-LD is data, which no policy on scripts forbids."""
    lines = (
        '<link rel="schema.DC" href="http://purl.org/dc/elements/1.1/">',
        *(f'<meta name="{escape(name)}" content="{escape(told)}">' for name, told in meta_tags(cited)),
        f'<script type="application/ld+json">{json_ld(cited)}</script>',
    )
    return "\n".join(lines)
