"""An article's lead and body as safe HTML, its images out of the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import nh3
from markupsafe import Markup

from storage.articles.render import to_html
from storage.records import Article

# `to_html` writes no other tags; the sanitiser checks it all the same.
ALLOWED_TAGS = {
    "p", "strong", "em", "ul", "ol", "li", "blockquote", "figure", "figcaption", "img",
    "h2", "h3", "h4", "h5", "h6", "table", "tbody", "tr", "td",
}  # fmt: skip


def body_html(article: Article, archived_images: Mapping[str, str]) -> Markup:
    """Return lead and body as HTML; `archived_images` has the archive's path of each image URL it stores.

    Images that are not stored are left out: the page sends no request to the live web.
    """
    archived_article_images = tuple(image for image in article.images if image.url in archived_images)

    def archived_source(_tag: str, attribute: str, value: str) -> str | None:
        return archived_images.get(value) if attribute == "src" else value

    article_html = nh3.clean(
        to_html(replace(article, images=archived_article_images)),
        tags=ALLOWED_TAGS,
        attributes={"img": {"src", "alt"}},
        attribute_filter=archived_source,
        url_schemes={"http", "https"},
        link_rel=None,
    )
    return Markup(article_html)  # noqa: S704 - cleaned in the line above
