"""Texts: an article's body as HTML that is safe to show, its pictures out of the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import nh3
from markupsafe import Markup

from storage.articles.render import to_html
from storage.records import Article

# `forms.to_html` makes nothing else; the sanitiser stands behind it all the same.
TAGS = {
    "p", "strong", "em", "ul", "ol", "li", "blockquote", "figure", "figcaption", "img",
    "h2", "h3", "h4", "h5", "h6", "table", "tbody", "tr", "td",
}  # fmt: skip


def body_html(article: Article, pictures: Mapping[str, str]) -> Markup:
    """Lead and body; `pictures` has the address in the archive of each image it keeps.

    Pictures that are not kept are left out: nothing is asked of the live web.
    """
    kept = tuple(image for image in article.images if image.url in pictures)

    def archived(_tag: str, attribute: str, value: str) -> str | None:
        return pictures.get(value) if attribute == "src" else value

    safe = nh3.clean(
        to_html(replace(article, images=kept)),
        tags=TAGS,
        attributes={"img": {"src", "alt"}},
        attribute_filter=archived,
        url_schemes={"http", "https"},
        link_rel=None,
    )
    return Markup(safe)  # noqa: S704 - cleaned in the line above
