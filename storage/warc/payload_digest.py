"""Digests as WARC labels them: `sha1:<base32>`."""

from __future__ import annotations

import base64
import hashlib


def sha1_label(*parts: bytes) -> str:
    """`sha1:<base32>` of the parts in a row: the digest we write."""
    state = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        state.update(part)
    return "sha1:" + base64.b32encode(state.digest()).decode("ascii")


def digest_matches(label: str, data: bytes) -> bool:
    """Whether a digest label of any tool (any algorithm of hashlib, base32 or hex) fits the data.

    A label that cannot be read (unknown algorithm, no colon) does not agree.
    """
    algorithm, _, value = label.partition(":")
    try:
        found = hashlib.new(algorithm.lower().replace("-", ""), data, usedforsecurity=False).digest()
    except ValueError:
        return False
    return value.upper().rstrip("=") == base64.b32encode(found).decode("ascii").rstrip("=") or (
        value.lower() == found.hex()
    )
