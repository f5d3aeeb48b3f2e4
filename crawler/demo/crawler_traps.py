"""Pages without end that faults lead into: calendars, circles, pagers; and the links that lead there."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from crawler.demo.pages import Reply, SitePages

NUMBER = re.compile(r"/trang-(\d+)")
MONTH = re.compile(r"/(\d{4})/(\d{1,2})")
FIRST_MONTH = 2039 * 12  # of the calendar, which has no last one
SHOWN = 5  # articles on a page of a maze


def in_maze(fault: str | None, target: str, pages: SitePages, tick: int) -> Reply | None:
    """The answer of a maze; None where the fault is none. `tick` grows with every request."""
    maze = MAZES.get(fault or "")
    return maze(target, pages, tick) if maze else None


def with_doors(reply: Reply, doors: tuple[str, ...], pages: SitePages) -> Reply:
    """A front page that also links to the faults."""
    newest = pages.manuscripts[0]
    print_path = pages.system.print_twin.format(
        id=newest.path.rpartition("-")[2].partition(".")[0], path=newest.path
    )
    told = {"{article}": newest.path, "{print}": print_path}
    links = []
    for door in doors:
        for mark, path in told.items():
            door = door.replace(mark, path)
        links.append(f'<a href="{door.replace(chr(34), "&quot;")}">Xem thêm tin tức của công đoàn</a>')
    body = reply.body.replace(b"</body>", f"<p>{' '.join(links)}</p></body>".encode())
    return replace(reply, body=body)


def _page(pages: SitePages, links: list[tuple[str, str]], pager: list[str] | None = None) -> Reply:
    """A listing in the marks of this system, and its pager."""
    items = "".join(
        f'<div class="item-post"><h3><a href="{html.escape(path)}">{html.escape(title)}</a></h3></div>'
        for path, title in links
    )
    further = "".join(f'<a href="{path}">Trang sau</a>' for path in pager or ())
    told = f"<html><head><title>{pages.system.name}</title></head><body><h1>Tin tức</h1>{items}"
    return Reply(f'{told}<div class="pagination">{further}</div></body></html>'.encode())


def _newest(pages: SitePages, session: str = "") -> list[tuple[str, str]]:
    return [(entry.path + session, entry.title) for entry in pages.latest[:SHOWN]]


def _duplicate(_target: str, pages: SitePages, _tick: int) -> Reply:
    return pages.reply(pages.manuscripts[0].path)


def _sessions(_target: str, pages: SitePages, tick: int) -> Reply:
    return _page(pages, _newest(pages, f"?PHPSESSID=9f8e7d6c5b4a39281706{tick:06d}"))


def _calendar(target: str, pages: SitePages, _tick: int) -> Reply:
    asked = MONTH.search(target)
    months = int(asked[1]) * 12 + int(asked[2]) - 1 if asked else 2024 * 12
    near = (months - 1, months + 1)
    around = [f"/chuyen-muc/lich/{n // 12}/{n % 12 + 1:02d}" for n in near if n >= FIRST_MONTH]
    return _page(pages, [(path, f"Lịch công tác {path[-7:]}") for path in around])


def _deeper(target: str, pages: SitePages, _tick: int) -> Reply:
    path = target.partition("?")[0]
    first = path.split("/")[1]
    return _page(pages, [(f"/{first}{path}", "Mục con"), *_newest(pages)])


def _endless(target: str, pages: SitePages, _tick: int) -> Reply:
    number = _number(target)
    held = _newest(pages) if number == 1 else []
    return _page(pages, held, [f"/chuyen-muc/khong-dung/trang-{number + 1}.html"])


def _repeating(target: str, pages: SitePages, _tick: int) -> Reply:
    return _page(pages, _newest(pages), [f"/chuyen-muc/lap-lai/trang-{_number(target) + 1}.html"])


def _number(target: str) -> int:
    found = NUMBER.search(target)
    return int(found[1]) if found else 1


MAZES: Mapping[str, Callable[[str, SitePages, int], Reply]] = {
    "duplicate": _duplicate,
    "session-ids": _sessions,
    "calendar": _calendar,
    "languages": _deeper,
    "round-path": _deeper,
    "endless-pager": _endless,
    "repeating-listing": _repeating,
    "robots-page": lambda _target, pages, _tick: pages.reply("/"),
}
