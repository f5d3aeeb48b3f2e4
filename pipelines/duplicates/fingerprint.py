"""Identity of an article's text: the same words on two sites have one digest (pure)."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from pipelines.parse.clean import INVISIBLE, split_prefix, tidy
from storage.records import Article, Fingerprint

FINGERPRINT_VERSION = 1  # raise it when any line below changes a digest
NOT_WORD = re.compile(r"[\W_]+")


def fingerprint(article: Article) -> Fingerprint:
    """Digest of title, lead and body; byline, captions, section and press prefix have no part in it.

    Lead and body are one text: a site that prints the lead as its first paragraph gives the same digest.
    """
    _, text = split_prefix(tidy(f"{article.lead or ''} {article.body}"))
    words = f"{_plain(article.title)}\n{_plain(text)}"
    return Fingerprint(hashlib.sha256(words.encode()).hexdigest(), FINGERPRINT_VERSION)


def _plain(text: str) -> str:
    """Words alone: NFC, case folded, everything else one space."""
    # Eth (U+00D0) is typed for Đ in old fonts; both fold to đ.
    folded = (
        unicodedata.normalize("NFC", INVISIBLE.sub("", text)).replace("Ð", "Đ").replace("ð", "đ").casefold()
    )
    return NOT_WORD.sub(" ", unicodedata.normalize("NFC", folded)).strip()
