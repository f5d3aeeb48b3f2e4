"""The reader's language is chosen as told, whatever a browser sends."""

from __future__ import annotations

import pytest

from storage.web.rendering.localizer import negotiate_language


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "language"),
    [
        (None, None, "", "vi"),
        ("en", "vi", "vi", "en"),
        ("fr", "en", "vi", "en"),
        (None, None, "en-GB,en;q=0.9,vi;q=0.8", "en"),
        (None, None, "fr,en;q=0.3,vi;q=0.8", "vi"),
        (None, None, "fr-CH, de;q=0.9", "vi"),
        (None, None, "en;q=0", "vi"),
        (None, None, "en;q=1.x, ;;;,\x00", "vi"),
        (None, None, "," * 10_000, "vi"),
    ],
)
def test_the_language_is_the_one_asked_for_then_remembered_then_accepted(
    asked: str | None, remembered: str | None, accepted: str, language: str
) -> None:
    assert negotiate_language(asked, remembered, accepted) == language
