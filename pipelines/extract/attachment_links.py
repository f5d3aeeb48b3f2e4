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
    page_tree: HtmlElement,
    bodies_of_article: Sequence[HtmlElement],
    page_links: Iterable[tuple[str, str]],
    page_base: str,
    profile_and_metadata: tuple[SiteProfile, PageMetadata],
) -> tuple[Attachment, ...]:
    """Return the files linked from the body, just below it, or from an element that is named for files."""
    profile, metadata = profile_and_metadata
    attachment_patterns = [
        compile_pattern(attachment_pattern) for attachment_pattern in profile.urls.attachment
    ]
    if not any(_is_attachment_url(file_url, attachment_patterns) for file_url, _ in page_links):
        return ()
    body_set = set(bodies_of_article)
    links_below_body = (
        _links_just_below(bodies_of_article[-1], metadata.title.text)
        if bodies_of_article and metadata.title
        else frozenset()
    )
    attachments: dict[str, Attachment] = {}
    for file_anchor in page_tree.iter("a"):
        file_href = file_anchor.get("href", "")
        file_url = absolute_url(page_base, file_href.split("#")[0])
        if (
            file_url
            and _is_attachment_url(file_url, attachment_patterns)
            and (file_href in links_below_body or _is_offered_file(file_anchor, body_set))
        ):
            attachment_name = clean.tidy(file_anchor.text_content()) or unquote(
                basename(urlsplit(file_url).path)
            )
            attachments.setdefault(file_url, Attachment(file_url, attachment_name))
    return tuple(attachments.values())


def _links_just_below(body_element: HtmlElement, title: str) -> frozenset[str]:
    """Return the link targets of the few lines below the body, inside the element that holds the title.

    A list of documents in a side column is outside of it.
    """
    file_container = next(
        (
            ancestor
            for ancestor in body_element.iterancestors()
            if title in clean.tidy(ancestor.text_content())
        ),
        None,
    )
    blocks_below = (
        split_blocks(file_container, marks=[(body_element, "body")]) if file_container is not None else []
    )
    body_mark = next(
        (body_mark for body_mark, block_below in enumerate(blocks_below) if block_below.kind == "mark"),
        len(blocks_below),
    )
    links_below_body = blocks_below[body_mark + 1 : body_mark + 1 + MAX_LINES_BELOW]
    return frozenset(
        block_below.target
        for block_below in links_below_body
        if block_below.is_mostly_link and not block_below.aside
    )


def _is_attachment_url(file_url: str, attachment_patterns: Iterable[ProfilePattern]) -> bool:
    file_path = file_url[file_url.find("/", len("https://")) :].split("#")[0]
    return any(attachment_pattern.search_or_skip(file_path) for attachment_pattern in attachment_patterns)


def _is_offered_file(file_anchor: HtmlElement, bodies_of_article: Collection[HtmlElement]) -> bool:
    file_parent = file_anchor.getparent()
    if file_parent is not None and clean.offers_files(file_parent.text_content()):
        return True
    return any(
        ancestor in bodies_of_article
        or clean.FILES_ELEMENT_NAME.search(f"{ancestor.get('class', '')} {ancestor.get('id', '')}")
        for ancestor in file_anchor.iterancestors()
    )
