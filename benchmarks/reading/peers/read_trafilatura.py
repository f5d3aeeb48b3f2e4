"""trafilatura: text and metadata as `bare_extraction` gives them."""

from __future__ import annotations

from typing import Any

import trafilatura
from harness import run


def read(html: str, url: str) -> dict[str, Any]:
    """Its answer; comments left out, tables kept, which is in its favour here."""
    found = trafilatura.bare_extraction(
        html, url=url, with_metadata=True, include_comments=False, include_tables=True
    )
    if found is None:
        return {"article": False}
    return {
        "title": found.title,
        "lead": found.description,
        "body": found.text,
        "date": found.date,
        "author": found.author,
        "section": found.categories,
        "tags": found.tags,
    }


if __name__ == "__main__":
    run(read)
