"""Numbers: of articles, captures and stories, as people type them into addresses and commands (pure)."""

from __future__ import annotations

import re

HIGHEST = 2**63 - 1  # of a database's integers
FORM = r"[1-9][0-9]{0,18}"  # one spelling for each: no signs, no zeros before, no other script's figures
_FORM = re.compile(FORM)


def number_in(typed: str) -> int | None:
    """The number a text writes; None for anything no row can have, however long it is."""
    number = int(typed) if _FORM.fullmatch(typed) else 0
    return number if 0 < number <= HIGHEST else None
