"""Digests as WARC labels them: `sha1:<base32>`."""

from __future__ import annotations

import base64
import hashlib


def sha1_label(*digest_parts: bytes) -> str:
    """Return the digest label `sha1:<base32>` of the parts in a row, as this program writes it."""
    digest_state = hashlib.sha1(usedforsecurity=False)
    for digest_part in digest_parts:
        digest_state.update(digest_part)
    return "sha1:" + base64.b32encode(digest_state.digest()).decode("ascii")


def digest_matches(digest_label: str, digested_data: bytes) -> bool:
    """Return whether a digest label of any tool (any hashlib algorithm, base32 or hex) matches the data.

    A label that cannot be read (unknown algorithm, no colon) does not match.
    """
    digest_algorithm, _, digest_value = digest_label.partition(":")
    try:
        payload_digest = hashlib.new(
            digest_algorithm.lower().replace("-", ""), digested_data, usedforsecurity=False
        ).digest()
    except ValueError:
        return False
    return digest_value.upper().rstrip("=") == base64.b32encode(payload_digest).decode("ascii").rstrip(
        "="
    ) or (digest_value.lower() == payload_digest.hex())
