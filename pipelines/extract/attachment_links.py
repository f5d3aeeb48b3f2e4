"""Finds the attachments of an article: file links in its body, just below it, or in file boxes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from posixpath import basename
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from pipelines.extract.blocks import split_blocks
from pipelines.extract.metadata import PageMetadata
from pipelines.extract.page_tree import absolute_url
from pipelines.parse import clean
from spiders.profile.regex_safety import ProfilePattern, compile_pattern
from spiders.profile.site_profile import SiteProfile
from storage.records import Attachment

MAX_LINES_BELOW = 3  # below the body, that may name a file: byline, file, share buttons


def find_attachments(
    tree: HtmlElement,
    bodies: Sequence[HtmlElement],
    links: Iterable[tuple[str, str]],
    base: str,
    rules: tuple[SiteProfile, PageMetadata],
) -> tuple[Attachment, ...]:
    """Return the files linked from the body, just below it, or from an element that is named for files."""
    profile, metadata = rules
    patterns = [compile_pattern(pattern) for pattern in profile.urls.attachment]
    if not any(_is_file(url, patterns) for url, _ in links):
        return ()
    body_elements = set(bodies)
    below = _links_just_below(bodies[-1], metadata.title.text) if bodies and metadata.title else frozenset()
    attachments: dict[str, Attachment] = {}
    for anchor in tree.iter("a"):
        href = anchor.get("href", "")
        url = absolute_url(base, href.split("#")[0])
        if url and _is_file(url, patterns) and (href in below or _is_offered(anchor, body_elements)):
            name = clean.tidy(anchor.text_content()) or unquote(basename(urlsplit(url).path))
            attachments.setdefault(url, Attachment(url, name))
    return tuple(attachments.values())


def _links_just_below(body: HtmlElement, title: str) -> frozenset[str]:
    """Return the link targets of the few lines below the body, inside the element that holds the title.

    A list of documents in a side column is outside of it.
    """
    container = next((e for e in body.iterancestors() if title in clean.tidy(e.text_content())), None)
    lines = split_blocks(container, marks=[(body, "body")]) if container is not None else []
    at = next((at for at, line in enumerate(lines) if line.kind == "mark"), len(lines))
    below = lines[at + 1 : at + 1 + MAX_LINES_BELOW]
    return frozenset(line.target for line in below if line.is_mostly_link and not line.aside)


def _is_file(url: str, patterns: Iterable[ProfilePattern]) -> bool:
    path = url[url.find("/", len("https://")) :].split("#")[0]
    return any(pattern.search_or_skip(path) for pattern in patterns)


def _is_offered(anchor: HtmlElement, bodies: Collection[HtmlElement]) -> bool:
    parent = anchor.getparent()
    if parent is not None and clean.offers_files(parent.text_content()):
        return True
    return any(
        ancestor in bodies
        or clean.FILES_ELEMENT_NAME.search(f"{ancestor.get('class', '')} {ancestor.get('id', '')}")
        for ancestor in anchor.iterancestors()
    )
