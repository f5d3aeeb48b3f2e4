"""newspaper4k: an Article parsed from the page, images not fetched."""

from __future__ import annotations

from typing import Any

import newspaper
from harness import run

CONFIG = newspaper.Config()
CONFIG.fetch_images = False
CONFIG.language = "vi"


def read(html: str, url: str) -> dict[str, Any]:
    """Its answer; a date with its time where it found one."""
    article = newspaper.Article(url, config=CONFIG)
    article.download(input_html=html)
    article.parse()
    date = article.publish_date
    section = (article.meta_data.get("article") or {}) if article.meta_data else {}
    named = section.get("section") if isinstance(section, dict) else None
    return {
        "article": bool(article.text),
        "title": article.title,
        "lead": article.meta_description or None,
        "body": article.text,
        "date": date.isoformat() if date else None,
        "author": ", ".join(article.authors) or None,
        "section": [named] if isinstance(named, str) else [],
        "tags": sorted(article.tags or ()),
    }


if __name__ == "__main__":
    run(read)
