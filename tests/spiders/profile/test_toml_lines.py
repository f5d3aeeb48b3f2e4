"""On which line a key of a profile stands."""

from __future__ import annotations

import pytest

from spiders.profile.toml_lines import toml_line

TEXT = """\
name = "A"
[urls]
article = [
  '^/a$',
]
listing = ['^/b$']
[[layout]]
until = 2020-01-01
[[layout]]
title = "h1"
date = { css = ".date", form = "dd/MM" }
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("name",), 1),
        (("urls", "article", 0), 3),
        (("urls", "listing"), 6),
        (("urls", "nowhere"), 2),
        (("layout", 0, "until"), 8),
        (("layout", 1, "title"), 10),
        (("layout", 1, "date", "form"), 11),
        (("level",), None),
    ],
)
def test_a_key_is_found_on_its_line(place: tuple[str | int, ...], line: int | None) -> None:
    assert toml_line(TEXT, place) == line
