"""Rewrites an archived page for display: no scripts, no live requests, images out of the archive (pure).

What keeps the page from acting is the Content-Security-Policy it is served under; this is for its looks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

# On bytes: tags are ASCII in every charset such pages use, and the text between them stays unchanged.
# No pattern runs past the next tag: a page of nothing but `<a` takes no longer than another of its size.
REMOVED_TAGS = re.compile(
    rb"<script\b.*?(?:</script\s*>|\Z)|<noscript\b[^<>]*>|</noscript\s*>"
    rb"|</?(?:base|link|iframe|frame|embed|object)\b[^<>]*>"
    rb"|<meta\b[^<>]*http-equiv\s*=\s*[\"']?\s*(?:refresh|content-security)[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
BASE_TAG = re.compile(rb"<base\b[^<>]*?href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
IMAGE_TAG = re.compile(rb"<img\b[^<>]*>", re.IGNORECASE)
LINK_TAG = re.compile(rb"(<a\b[^<>]*?\s)href(\s*=)", re.IGNORECASE)
IMAGE_SOURCE = re.compile(
    rb"\s(src|data-src|data-original|srcset)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
PAGE_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)


def image_urls(archived_page: bytes, page_url: str) -> tuple[str, ...]:
    """Return the absolute URLs of the images a page shows, each once, in order."""
    base_url = _base_url(archived_page, page_url)
    urls = (
        url
        for img_tag in IMAGE_TAG.findall(archived_page)
        for url in _image_sources(img_tag, base_url)
        if _is_web(url)
    )
    return tuple(dict.fromkeys(urls))


def rewrite_archived_page(archived_page: bytes, page_url: str, archived_images: Mapping[str, str]) -> bytes:
    """Return the page without scripts and without anything that sends requests to other machines.

    `archived_images` has the path in the archive of each image URL; other images lose their source. Links
    keep their URL as text (`data-href`) and lead nowhere.
    """
    base_url = _base_url(archived_page, page_url)

    def image_tag(match: re.Match[bytes]) -> bytes:
        img_tag = match[0]
        sources = _image_sources(img_tag, base_url)
        archived = next((archived_images[url] for url in sources if url in archived_images), None)
        without_source = IMAGE_SOURCE.sub(b"", img_tag)
        if archived is None:
            return without_source
        return without_source[:4] + b' src="' + escape(archived).encode() + b'"' + without_source[4:]

    return LINK_TAG.sub(rb"\1data-href\2", IMAGE_TAG.sub(image_tag, REMOVED_TAGS.sub(b"", archived_page)))


def html_content_type(header: str | None) -> str:
    """Return `text/html` with the charset of the original Content-Type header, when it names one."""
    charset = PAGE_CHARSET.search(header or "")
    return f"text/html; charset={charset[1]}" if charset else "text/html"


def _base_url(archived_page: bytes, page_url: str) -> str:
    base_tag = BASE_TAG.search(archived_page)
    return urljoin(page_url, _attribute_text(base_tag[1])) if base_tag else page_url


def _image_sources(img_tag: bytes, base_url: str) -> list[str]:
    """Return the absolute URLs an image tag names, those of lazy loading first."""
    attributes = {
        name.lower(): double_quoted or single_quoted or unquoted
        for name, double_quoted, single_quoted, unquoted in IMAGE_SOURCE.findall(img_tag)
    }
    urls = []
    for name in (b"data-src", b"data-original", b"src"):
        try:
            urls.append(urljoin(base_url, _attribute_text(attributes[name]).strip()))
        except (KeyError, ValueError):
            continue
    return urls


def _attribute_text(attribute: bytes) -> str:
    return unescape(attribute.decode("utf-8", "replace"))


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False
