"""Fingerprint of an article's text: a digest that is the same for the same words on two sites."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from pipelines.parse.clean import INVISIBLE, split_press_prefix, tidy
from storage.records import Article, Fingerprint

FINGERPRINT_VERSION = 1  # raise it when any line below changes a digest
NOT_WORD = re.compile(r"[\W_]+")


def fingerprint(article: Article) -> Fingerprint:
    """Return the SHA-256 of title, lead and body; byline, captions, section and press prefix do not count.

    Lead and body are one text: a site that prints the lead as its first paragraph gives the same digest.
    """
    _, text = split_press_prefix(tidy(f"{article.lead or ''} {article.body}"))
    digested = f"{_words_only(article.title)}\n{_words_only(text)}"
    return Fingerprint(hashlib.sha256(digested.encode()).hexdigest(), FINGERPRINT_VERSION)


def _words_only(text: str) -> str:
    """Return the words alone: NFC, case folded, everything else one space."""
    # Eth (U+00D0) is typed for Đ in old fonts; both fold to đ.
    without_eth = unicodedata.normalize("NFC", INVISIBLE.sub("", text)).replace("Ð", "Đ").replace("ð", "đ")
    return NOT_WORD.sub(" ", unicodedata.normalize("NFC", without_eth.casefold())).strip()
