"""Row ids of articles, captures and stories, as typed into URLs and commands (pure)."""

from __future__ import annotations

import re

HIGHEST = 2**63 - 1  # of a database's integers
FORM = r"[1-9][0-9]{0,18}"  # one spelling for each: no signs, no zeros before, no other script's figures
_FORM = re.compile(FORM)


def number_in(typed: str) -> int | None:
    """Return the id that a text spells; None for anything that is no row id, however long."""
    number = int(typed) if _FORM.fullmatch(typed) else 0
    return number if 0 < number <= HIGHEST else None
