"""Citing and keeping in a real browser: with and without JavaScript, and axe finds nothing."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.storage.web.chromium.test_reading import RULES, Reader, chromium, reader  # noqa: F401 - fixtures


def test_a_reference_is_copied(reader: Reader) -> None:  # noqa: F811 - the fixture
    page = reader("/article/1", permissions=["clipboard-read", "clipboard-write"])
    page.locator(".citing summary", has_text="BibTeX").click()
    button = page.locator("button[data-copies=cite-bibtex]")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{congdoan-article-1,")


def test_without_javascript_a_reference_is_text_and_a_file(reader: Reader) -> None:  # noqa: F811
    page = reader("/article/1", javascript=False)
    expect(page.locator("#cite-vn")).to_contain_text("“Hòa giải viên lao động")
    assert not page.locator("button.copying").filter(visible=True).count()
    page.locator(".citing summary", has_text="RIS").click()
    with page.expect_download() as saved:
        page.locator(".citing details[open] a[href$='.ris']").click()
    assert saved.value.suggested_filename == "congdoan-article-1.ris"


def test_axe_finds_nothing_with_every_form_open(reader: Reader) -> None:  # noqa: F811
    for path in ("/article/1", "/collections"):
        page = reader(path)
        for closed in page.locator(".citing details:not([open]) > summary").all()[::-1]:
            closed.click()
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert found == [], path
