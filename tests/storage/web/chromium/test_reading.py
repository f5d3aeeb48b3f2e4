"""The reading room in a real browser: typings, versions, captures, languages, no JavaScript, axe."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.storage.web.pages.test_pages import PAGES

NAMES = ("chromium", "chromium-browser", "google-chrome")
TYPINGS = {
    "accents": "hòa giải viên lao động",
    "no accents": "hoa giai vien lao dong",
    "the other tone placement": "hoà giải viên lao động",
    "NFD": unicodedata.normalize("NFD", "hòa giải viên lao động"),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (390, 820, 1360)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it these tests skip, or fail in CI."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI must install Chromium")
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0)


Reader = Callable[..., Page]


@pytest.fixture
def reader(chromium: Browser, served: str) -> Iterator[Reader]:
    """Opens tabs of a fresh browser: `reader("/help", javascript=False)`; ours alone may be asked."""
    opened: list[BrowserContext] = []
    strange: list[str] = []

    def read(path: str, **negotiate_language: Any) -> Page:
        options = {
            "locale": "en-GB",
            "java_script_enabled": negotiate_language.pop("javascript", True),
            **negotiate_language,
        }
        context = chromium.new_context(base_url=served, **options)
        opened.append(context)
        context.on(
            "request", lambda asked: None if asked.url.startswith(served) else strange.append(asked.url)
        )
        page = context.new_page()
        page.goto(path)
        return page

    yield read
    for context in opened:
        context.close()
    assert strange == [], "something else than the reading room was asked"


@pytest.mark.parametrize("typed", TYPINGS.values(), ids=TYPINGS)
def test_an_archivist_types_words_and_finds_the_article(reader: Reader, typed: str) -> None:
    page = reader("/")
    page.get_by_role("searchbox").fill(typed)
    page.keyboard.press("Enter")
    first = page.locator(".card").first
    expect(first.locator("mark").first).to_have_text("Hòa")
    first.get_by_text("+2 copies").click()
    first.get_by_role("link", name="The whole story").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hòa giải viên lao động")


def test_everything_is_read_without_javascript(reader: Reader) -> None:
    page = reader("/", javascript=False)
    page.get_by_role("searchbox").fill("hoa giai")
    page.get_by_role("button", name="Search").click()
    page.locator(".card h2 a").first.click()
    page.get_by_text("What each field rests on").click()
    expect(page.get_by_role("cell", name="h1.tieude")).to_be_visible()
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.get_by_text("Căn cứ của từng trường")).to_be_visible()


def test_the_language_is_switched_where_one_is_and_kept(reader: Reader) -> None:
    page = reader("/search?q=hoa+giai&sort=newest")
    page.get_by_role("link", name="Tiếng Việt").click()
    assert page.locator("html").get_attribute("lang") == "vi"
    expect(page.get_by_role("searchbox")).to_have_value("hoa giai")
    expect(page.get_by_text("mới nhất")).to_have_attribute("aria-current", "true")
    page.goto("/article/1")
    expect(page.get_by_role("complementary", name="Về bài này")).to_be_visible()


def test_an_answer_is_narrowed_by_facet_and_by_year(reader: Reader) -> None:
    page = reader("/search?q=thang+cong+nhan")
    narrow = page.get_by_role("complementary", name="Narrow the answer")
    narrow.get_by_role("link", name="2015").first.click()
    expect(page.get_by_role("searchbox")).to_have_value("thang cong nhan date:2015")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 articles")
    narrow.get_by_text("Author").click()
    narrow.get_by_role("link", name="Lê Minh").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 articles")
    narrow.get_by_text("The numbers as a table").click()
    expect(narrow.get_by_role("row", name="2015 3")).to_be_visible()


def test_versions_are_compared(reader: Reader) -> None:
    page = reader("/article/1")
    page.get_by_role("link", name="What changed, word by word").click()
    expect(page.locator("del", has_text="96")).to_be_visible()
    expect(page.locator("ins", has_text="98")).to_be_visible()
    line = page.locator("ins", has_text="98").evaluate("mark => getComputedStyle(mark).textDecorationLine")
    assert line == "underline", "told without colour"


def test_a_stored_page_is_seen_and_does_nothing(reader: Reader, served: str) -> None:
    page = reader("/capture/1")
    frame = page.frame_locator("iframe")
    page.locator("iframe").scroll_into_view_if_needed()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Hòa giải viên lao động")
    assert frame.locator("img.ours").evaluate("image => image.naturalWidth") == 1, "our picture is drawn"
    frame.get_by_text("Liên kết").click()
    frame.get_by_role("button", name="Gửi").click()
    page.goto("/capture/1/page")  # by itself, too
    assert page.locator("body").get_attribute("data-acted") is None
    assert page.evaluate("window.origin") == "null"
    page.get_by_role("button", name="Gửi").click()
    page.get_by_text("Liên kết").click()
    page.wait_for_timeout(200)
    assert page.url == f"{served}/capture/1/page"


def test_the_keyboard_reaches_everything(reader: Reader) -> None:
    page = reader("/article/1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("thang cong nhan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    assert page.locator(".card").count() == 20


def test_no_page_is_wider_than_its_window(reader: Reader) -> None:
    page = reader("/")
    for path in PAGES:
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_print_leaves_out_what_paper_has_no_use_for(reader: Reader) -> None:
    page = reader("/article/1")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator(".text")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.get_by_role("cell", name="h1.tieude")).to_be_visible()


def test_axe_finds_nothing_on_any_page(reader: Reader) -> None:
    seen = ("/article/2", "/article/3", "/capture/2", "/site/thudo", "/site/huyen", "/article/1/changes/2/1")
    paths = [*(path for path in PAGES if path not in seen), "/nowhere", '/search?q="x', "/search?q=khongco"]
    assert _violations(reader("/", bypass_csp=True), paths, RULES) == []


def test_axe_finds_enough_contrast_in_the_dark(reader: Reader) -> None:
    paths = ("/", "/search?q=hoa+giai", "/article/1", "/article/1/changes", "/site/thudo", "/capture/1")
    page = reader("/", bypass_csp=True, color_scheme="dark")
    assert _violations(page, paths, ["color-contrast"]) == []


def _violations(page: Page, paths: Iterable[str], rules: list[str]) -> list[str]:
    """What axe has against pages, everything on them unfolded."""
    axe, found = Axe(), list[str]()
    for path in paths:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        options = {"runOnly": rules, "resultTypes": ["violations"], "iframes": False}
        for rule in axe.run(page, options=options).response["violations"]:
            found += [f"{path}: {rule['id']}: {node['html'][:120]}" for node in rule["nodes"]]
    return found
