"""JavaScript shells: pages with nothing but scripts, which a browser would fill."""

from __future__ import annotations

import re

MAX_SHELL_TEXT_CHARS = (
    200  # characters outside of scripts, e.g. "You need to enable JavaScript to run this app."
)
SCRIPT = re.compile(rb"(?i)<script\b")
INVISIBLE_MARKUP = re.compile(
    rb"(?is)<(script|style|title|noscript|template|svg)\b[^>]*>.*?</\1\s*>|<!--.*?-->"
)
LINK_OR_FORM = re.compile(rb"(?i)<(?:a|area|iframe|frame|form|rss|feed|urlset)\b")
TAG = re.compile(rb"<[^>]*>")


def is_js_shell(body: bytes) -> bool:
    """Return True when a page has scripts, but no link, no form and hardly any text; no script is run."""
    if not SCRIPT.search(body):
        return False
    visible_markup = INVISIBLE_MARKUP.sub(b" ", body)
    return (
        not LINK_OR_FORM.search(visible_markup)
        and len(TAG.sub(b" ", visible_markup).strip()) <= MAX_SHELL_TEXT_CHARS
    )
