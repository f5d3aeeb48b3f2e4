from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.responses.cookie_wall import CookieWall, detect_cookie_wall

SEEN = '<script>document.cookie="D1N=0a1b2c"+"; expires=Fri, 31-Dec-2099 23:59:59 GMT; path=/";{}</script>'
RELOAD = "window.location.reload(true);"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SEEN.format(RELOAD), CookieWall("D1N=0a1b2c")),
        (
            f"<html><head><title>x</title></head><body>{SEEN.format(RELOAD)}</body></html>",
            CookieWall("D1N=0a1b2c"),
        ),
        ("<script>document.cookie = 'a=1; path=/'\n location.reload()</script>", CookieWall("a=1")),
        (
            "<script>document.cookie='a=1';document.cookie='b=2;max-age=9';location.reload();</script>",
            CookieWall("a=1; b=2"),
        ),
        ('<script>document.cookie="a=\\x62\\u0063";location.reload();</script>', CookieWall("a=bc")),
        # what would have to be computed is not: a wall without a key
        ('<script>document.cookie="a="+f(1);location.reload();</script>', CookieWall(None)),
        ('<script>document.cookie="a=1"\n+ f();location.reload();</script>', CookieWall(None)),
        ("<script>var c='a=1';document.cookie=c;location.reload()</script>", CookieWall(None)),
        ('<script>document.cookie="a=1\\r\\nX: y";location.reload();</script>', CookieWall(None)),
        ('<script>document.cookie="a";location.reload();</script>', CookieWall(None)),
        ('<script>document.cookie="a=1";location.href="/?i=1";</script>', CookieWall(None)),
        # no walls
        ("", None),
        ("<p>Không có cookie</p>", None),
        ('<script>document.cookie="a=1";</script>', None),
        ('<script>if (document.cookie == "a") location.reload();</script>', None),
        (f"<a href='/bai-1.html'>Tin</a>{SEEN.format(RELOAD)}", None),
        (f"<p>{'Công đoàn chăm lo đời sống đoàn viên. ' * 8}</p>{SEEN.format(RELOAD)}", None),
        (SEEN.format(RELOAD) + " " * 9000, None),
    ],
)
def test_walls_are_told_from_pages(body: str, expected: CookieWall | None) -> None:
    assert detect_cookie_wall(200, body.encode()) == expected


def test_only_a_200_is_a_wall() -> None:
    assert detect_cookie_wall(403, SEEN.format(RELOAD).encode()) is None


@given(st.text(), st.text())
def test_a_cookie_read_off_a_wall_is_one_line_of_printable_ascii(name: str, value: str) -> None:
    wall = detect_cookie_wall(
        200, f'<script>document.cookie="{name}={value}";location.reload();</script>'.encode()
    )
    if wall and wall.cookie:
        assert wall.cookie.isascii()
        assert wall.cookie.isprintable()
        assert " " not in wall.cookie
