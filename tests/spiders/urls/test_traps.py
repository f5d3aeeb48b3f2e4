from __future__ import annotations

from itertools import pairwise

import pytest

from spiders.urls.classify import canonical, is_trap

SITE = "https://congdoanmau.org.vn"
SLUG = "hoi-nghi-ban-chap-hanh-lan-thu-10"


@pytest.mark.parametrize(
    "path",
    [
        "/en/en/en/",
        "/vi/en/vi/tin-tuc",
        "/en/vi",
        f"/tin/{SLUG}.html/en.html",
        f"/tin/{SLUG}.html/vi/en/",
        f"/tin/{SLUG}.html/vi-VN/",
        "/tin-tuc/su-kien/tin-tuc/su-kien/bai.html",
        "/history/-/view_content/web/eng/history/-/view_content/736226-bai.html",
        "/chuyen-muc/12/trang/3/chuyen-muc/12/trang/4",
        "/tin/a/tin/b/tin/c",
        "/lich-cong-tac?thang=5&nam=2841",
        "/lich?thang=14",
        "/lich?date=1825-01-01",
        "/lich?ym=302501",
        "/lich-cong-tac/2391/07",
        "/su-kien/thang/1702-12/",
        "/login?redirect=%2525252Fweb%2525252Fguest",
        "/a?" + "&".join(f"p{n}={n}" for n in range(21)),
        "/" + "/".join(f"muc-{n}" for n in range(17)),
        "/" + "a" * 2000,
    ],
)
def test_a_trap(path: str) -> None:
    assert is_trap(SITE + path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/en/",
        "/vi/tin-tuc/",
        "/index.php/vi/tin-tuc",
        f"/index.php/2019/10/10/{SLUG}/",
        f"/2011/11/11/11/{SLUG}",
        f"/tin-tuc/tin-tuc/{SLUG}",
        "/web/guest/tin-tuc/-/view_content/123-a",
        f"/index.php/tin/tuyen-giao/19-tin/20-tuyen-giao/2817-{SLUG}",
        f"/DetailView/2563/12/{SLUG}.html",
        "/lich-cong-tac?thang=12&nam=2026",
        "/lich?date=01/12/2026&view=month",
        "/lich-cong-tac/2026/07",
        "/tin?id=9999&cal=1234",
        "/tin?page=2841",
        "/tin?NewsID=20170518220618099",
        "/nghi-quyet-50%25-lao-dong",
        f"/tin/{SLUG}.html?a=/vi/en/",
    ],
)
def test_no_trap(path: str) -> None:
    assert not is_trap(SITE + path)


def test_no_article_url_seen_is_a_trap(seen_article_urls: list[str]) -> None:
    assert [url for url in seen_article_urls if is_trap(canonical(url))] == []


def test_the_saved_portal_is_seen_through(trap_paths: list[str]) -> None:
    """Of the saved paths every one that repeats a page path is a trap, and little else is."""
    urls = {path: canonical(f"{SITE}/{path}") for path in trap_paths}
    round_paths = {path for path in trap_paths if _repeats(path)}
    assert len(round_paths) >= 7085
    assert [path for path in round_paths if not is_trap(urls[path])] == []
    once = [path for path in trap_paths if is_trap(urls[path]) and path not in round_paths]
    # What else is called a trap: a language after a page, two languages, a relative link gone round.
    assert all(
        ".html/" in path or "/view_content/" in path or "/vi/en" in path or "/en/vi" in path for path in once
    )
    assert sum(is_trap(url) for url in urls.values()) >= 11_000


def _repeats(path: str) -> bool:
    """Two equal segments in a row, as a person would see them."""
    segments = path.removesuffix(".html").split("/")
    return any(one == other for one, other in pairwise(segments))
