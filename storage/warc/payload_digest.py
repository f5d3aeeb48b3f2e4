"""Digests as WARC labels them: `sha1:<base32>`."""

from __future__ import annotations

import base64
import hashlib


def sha1_label(*parts: bytes) -> str:
    """Return the digest label `sha1:<base32>` of the parts in a row, as this program writes it."""
    state = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        state.update(part)
    return "sha1:" + base64.b32encode(state.digest()).decode("ascii")


def digest_matches(label: str, data: bytes) -> bool:
    """Return whether a digest label of any tool (any hashlib algorithm, base32 or hex) matches the data.

    A label that cannot be read (unknown algorithm, no colon) does not match.
    """
    algorithm, _, value = label.partition(":")
    try:
        digest = hashlib.new(algorithm.lower().replace("-", ""), data, usedforsecurity=False).digest()
    except ValueError:
        return False
    return value.upper().rstrip("=") == base64.b32encode(digest).decode("ascii").rstrip("=") or (
        value.lower() == digest.hex()
    )
