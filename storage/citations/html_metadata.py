"""Metadata in the head of an article's page: Highwire, Dublin Core and schema.org JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import orjson

from storage.citations.csl import LANGUAGE
from storage.citations.reference import Reference, printed_instant

# Characters a script element must not hold unescaped, and two line ends that old JavaScript parsers reject.
UNSAFE_IN_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}


def meta_tags(reference: Reference) -> tuple[tuple[str, str], ...]:
    """Return (name, content) of the `meta` elements: Highwire Press, Dublin Core, Zotero's item type."""
    return (*_highwire_tags(reference), *_dublin_core_tags(reference), ("z:itemType", "newspaperArticle"))


def _highwire_tags(reference: Reference) -> Iterator[tuple[str, str]]:
    yield "citation_title", reference.title
    for name in reference.credited:
        yield "citation_author", name
    yield "citation_journal_title", reference.site
    if reference.day:
        yield "citation_publication_date", f"{reference.day:%Y/%m/%d}"
    yield "citation_language", LANGUAGE
    yield "citation_public_url", reference.address or reference.url
    for tag in reference.tags:
        yield "citation_keywords", tag


def _dublin_core_tags(reference: Reference) -> Iterator[tuple[str, str]]:
    yield "DC.title", reference.title
    for name in reference.credited:
        yield "DC.creator", name
    yield "DC.publisher", reference.site
    if reference.day:
        yield "DC.date", reference.day.isoformat()
    yield "DC.language", LANGUAGE
    yield "DC.type", "Text"
    yield "DC.identifier", reference.address or reference.url
    yield "DC.source", reference.url
    if reference.lead:
        yield "DC.description", reference.lead
    for tag in reference.tags:
        yield "DC.subject", tag


def json_ld(reference: Reference) -> str:
    """Return the article as schema.org's NewsArticle, safe within a `script` element.

    `isBasedOn` is its URL on the site, `archivedAt` its URL in the archive; `datePublished` has a time only
    where one was printed.
    """
    schema_org_author = "Person" if reference.authors else "Organization"
    printed_at = printed_instant(reference.published)
    schema_org_article: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": reference.address or reference.url,
        "url": reference.address or reference.url,
        "headline": reference.title,
        "author": [{"@type": schema_org_author, "name": author_name} for author_name in reference.credited],
        "publisher": {"@type": "Organization", "name": reference.site},
        "datePublished": (printed_at or reference.day).isoformat() if reference.day else None,
        "description": reference.lead,
        "keywords": list(reference.tags),
        "inLanguage": LANGUAGE,
        "isBasedOn": reference.url,
        "archivedAt": reference.address,
        "provider": {"@type": "ArchiveOrganization", "name": reference.archive},
        "version": reference.revision,
    }
    json_ld_text = orjson.dumps(
        {schema_org_field: value for schema_org_field, value in schema_org_article.items() if value}
    ).decode()
    return json_ld_text.translate(UNSAFE_IN_SCRIPT)


def metadata_html(reference: Reference) -> str:
    """Return all metadata as escaped HTML; JSON-LD is data, which a policy on scripts allows."""
    head_elements = (
        '<link rel="schema.DC" href="http://purl.org/dc/elements/1.1/">',
        *(
            f'<meta name="{escape(meta_name)}" content="{escape(meta_content)}">'
            for meta_name, meta_content in meta_tags(reference)
        ),
        f'<script type="application/ld+json">{json_ld(reference)}</script>',
    )
    return "\n".join(head_elements)
