"""MkDocs hook: replace links to files outside `docs/` (modules, tests, benchmarks) by their paths."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:  # noqa: ANN401
    """Return the page's text, with every link to a file outside `docs/` replaced by that file's path."""
    docs = Path(__file__).resolve().parent
    folder = (docs / page.file.src_uri).parent

    def named(match: re.Match[str]) -> str:
        target = (folder / match[2]).resolve()
        if target.is_relative_to(docs):
            return match[0]
        text, path = match[1].strip("`"), target.relative_to(docs.parent).as_posix()
        return f"`{path}`" if text in {path, target.stem, target.name} else f"{match[1]} (`{path}`)"

    return LINK.sub(named, markdown)
