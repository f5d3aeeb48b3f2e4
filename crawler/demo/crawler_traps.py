"""Crawler traps of the replicas: endless calendars, growing paths, pager loops; and the links to them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from crawler.demo.pages import Reply, SitePages

PAGE_NUMBER = re.compile(r"/trang-(\d+)")
MONTH_PATH = re.compile(r"/(\d{4})/(\d{1,2})")
FIRST_CALENDAR_MONTH = 2039 * 12  # year × 12; the calendar has no last month
TRAP_PAGE_ARTICLES = 5  # links to articles on a trap page


def trap_reply(fault: str | None, target: str, pages: SitePages, tick: int) -> Reply | None:
    """Return the page of a crawler trap; None when the fault is no trap. `tick` grows with every request."""
    trap = TRAPS.get(fault or "")
    return trap(target, pages, tick) if trap else None


def with_fault_links(reply: Reply, fault_links: tuple[str, ...], pages: SitePages) -> Reply:
    """Return the front page with links to the faults added."""
    newest = pages.articles[0]
    print_path = pages.system.print_twin.format(
        id=newest.path.rpartition("-")[2].partition(".")[0], path=newest.path
    )
    paths = {"{article}": newest.path, "{print}": print_path}
    links = []
    for link in fault_links:
        for mark, path in paths.items():
            link = link.replace(mark, path)
        links.append(f'<a href="{link.replace(chr(34), "&quot;")}">Xem thêm tin tức của công đoàn</a>')
    body = reply.body.replace(b"</body>", f"<p>{' '.join(links)}</p></body>".encode())
    return replace(reply, body=body)


def _trap_listing(pages: SitePages, links: list[tuple[str, str]], pager: list[str] | None = None) -> Reply:
    """Return a listing page with the markup of this system, and its pager."""
    items = "".join(
        f'<div class="item-post"><h3><a href="{html.escape(path)}">{html.escape(title)}</a></h3></div>'
        for path, title in links
    )
    next_links = "".join(f'<a href="{path}">Trang sau</a>' for path in pager or ())
    head = f"<html><head><title>{pages.system.name}</title></head><body><h1>Tin tức</h1>{items}"
    return Reply(f'{head}<div class="pagination">{next_links}</div></body></html>'.encode())


def _newest_links(pages: SitePages, session: str = "") -> list[tuple[str, str]]:
    return [(entry.path + session, entry.title) for entry in pages.latest[:TRAP_PAGE_ARTICLES]]


def _duplicate_article(_target: str, pages: SitePages, _tick: int) -> Reply:
    return pages.reply(pages.articles[0].path)


def _session_ids(_target: str, pages: SitePages, tick: int) -> Reply:
    return _trap_listing(pages, _newest_links(pages, f"?PHPSESSID=9f8e7d6c5b4a39281706{tick:06d}"))


def _endless_calendar(target: str, pages: SitePages, _tick: int) -> Reply:
    month_match = MONTH_PATH.search(target)
    months = int(month_match[1]) * 12 + int(month_match[2]) - 1 if month_match else 2024 * 12
    neighbours = (months - 1, months + 1)
    month_paths = [
        f"/chuyen-muc/lich/{n // 12}/{n % 12 + 1:02d}" for n in neighbours if n >= FIRST_CALENDAR_MONTH
    ]
    return _trap_listing(pages, [(path, f"Lịch công tác {path[-7:]}") for path in month_paths])


def _growing_path(target: str, pages: SitePages, _tick: int) -> Reply:
    path = target.partition("?")[0]
    first = path.split("/")[1]
    return _trap_listing(pages, [(f"/{first}{path}", "Mục con"), *_newest_links(pages)])


def _endless_pager(target: str, pages: SitePages, _tick: int) -> Reply:
    number = _page_number(target)
    articles = _newest_links(pages) if number == 1 else []
    return _trap_listing(pages, articles, [f"/chuyen-muc/khong-dung/trang-{number + 1}.html"])


def _repeating_listing(target: str, pages: SitePages, _tick: int) -> Reply:
    return _trap_listing(
        pages, _newest_links(pages), [f"/chuyen-muc/lap-lai/trang-{_page_number(target) + 1}.html"]
    )


def _page_number(target: str) -> int:
    match = PAGE_NUMBER.search(target)
    return int(match[1]) if match else 1


TRAPS: Mapping[str, Callable[[str, SitePages, int], Reply]] = {
    "duplicate": _duplicate_article,
    "session-ids": _session_ids,
    "calendar": _endless_calendar,
    "languages": _growing_path,
    "round-path": _growing_path,
    "endless-pager": _endless_pager,
    "repeating-listing": _repeating_listing,
    "robots-page": lambda _target, pages, _tick: pages.reply("/"),
}
