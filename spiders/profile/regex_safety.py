"""Regular expressions of profiles, searched under a time limit: no address can keep the crawl busy."""

from __future__ import annotations

from functools import lru_cache

import regex

SEARCH_SECONDS = 0.05  # CPU time of one search; a harmless pattern takes a ten-thousandth of it
SLOW_PATTERN_SECONDS = 0.001  # of a pattern that timed out MAX_FULL_TIMEOUTS times in this process
MAX_FULL_TIMEOUTS = 20


class PatternTimeoutError(Exception):
    """A search that was stopped for its length: carries the pattern and the text."""

    def __init__(self, pattern: str, text: str) -> None:
        super().__init__(
            f"the pattern {pattern} takes too long on an address like {text[:60]!r}: "
            "put no repeat inside a repeat"
        )
        self.pattern = pattern
        self.text = text


class ProfilePattern:
    """One regular expression of a profile, compiled; every search in it ends within SEARCH_SECONDS."""

    __slots__ = ("_regex", "_timeouts", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._regex = regex.compile(pattern)
        self._timeouts = 0

    def search(self, text: str) -> bool:
        """Whether the pattern matches anywhere in a text. Raises PatternTimeoutError."""
        # A page of ten thousand hostile links must not cost ten thousand full time limits.
        limit = SEARCH_SECONDS if self._timeouts < MAX_FULL_TIMEOUTS else SLOW_PATTERN_SECONDS
        try:
            return self._regex.search(text, timeout=limit) is not None
        except TimeoutError as error:
            self._timeouts += 1
            raise PatternTimeoutError(self.pattern, text) from error

    def search_or_skip(self, text: str) -> bool:
        """As `search`; a pattern that times out counts as one that does not match."""
        try:
            return self.search(text)
        except PatternTimeoutError:
            return False


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> ProfilePattern:
    """The compiled pattern; profiles that share a pattern share it. Raises ValueError if it is no regex."""
    try:
        return ProfilePattern(pattern)
    except regex.error as error:
        raise ValueError(f"not a regular expression ({error}): {pattern}") from error


def require_safe_regex(pattern: str) -> str:
    """The pattern itself, if it can be searched under a time limit. Raises ValueError if it is no regex."""
    compile_pattern(pattern)
    return pattern
