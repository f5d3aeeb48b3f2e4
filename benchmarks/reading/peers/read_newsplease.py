"""news-please: `NewsPlease.from_html`, images not fetched."""

from __future__ import annotations

from typing import Any

from harness import run
from newsplease import NewsPlease


def read(html: str, url: str) -> dict[str, Any]:
    """Its answer; a date with its time where it found one."""
    found = NewsPlease.from_html(html, url=url, fetch_images=False)
    date = found.date_publish
    return {
        "article": bool(found.maintext),
        "title": found.title,
        "lead": found.description,
        "body": found.maintext,
        "date": date.isoformat() if hasattr(date, "isoformat") else date,
        "author": ", ".join(found.authors or []) or None,
    }


if __name__ == "__main__":
    run(read)
