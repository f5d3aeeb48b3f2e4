"""Signing in, watched searches and the operator's page in a real browser; axe finds nothing on them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.database.engine import open_database, upgrade
from storage.web.auth.accounts import put_account
from storage.web.roles import AccessSettings, Role
from tests.storage.web.chromium.test_reading import RULES, WIDTHS, _violations, chromium  # noqa: F401 - a fixture
from tests.storage.web.conftest import NewDatabase, serving
from tests.storage.web.pages.test_operations import trouble
from tests.storage.web.sample_archive import publish

PASSWORD = "một mật khẩu đủ dài"
OWN = ("/watches", "/watches/1", "/collections", "/operation", "/search?q=thang+cong+nhan", "/sign-in")


@pytest.fixture(scope="module")
def guarded(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a room with accounts: everybody reads, mai operates; one night had trouble."""
    folder: Path = tmp_path_factory.mktemp("guarded")
    put_account(folder / "accounts.txt", "mai", Role.OPERATOR, PASSWORD)
    with new_database("sqlite") as url:
        engine = open_database(url)
        upgrade(engine)
        settings = publish(engine, tmp_path_factory.mktemp("guarded_warc"))
        trouble(engine)
        access = AccessSettings(accounts_file=folder / "accounts.txt", session_secret="bí mật" * 10)
        with serving(engine, settings, access) as address:
            yield address
        engine.dispose()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def stranger(chromium: Browser, guarded: str, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    """A tab of a fresh browser at the front page."""
    options = {"base_url": guarded, "locale": "en-GB", "java_script_enabled": request.param}
    context = chromium.new_context(**options)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="Name").fill("mai")
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_a_reader_signs_in_watches_a_search_and_signs_out(stranger: Page) -> None:
    page = stranger
    page.goto("/watches")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    sign_in(page, "not the password")
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Watched searches")
    page.get_by_role("searchbox").fill("thang cong nhan")
    page.keyboard.press("Enter")
    page.get_by_text("Watch this search").click()
    page.get_by_label("What you call it").fill(f"Tháng {time.monotonic_ns()}")
    page.get_by_role("button", name="Watch it").click()
    expect(page.get_by_role("heading", name="Nothing is new")).to_be_visible()
    page.get_by_label("Messages in").select_option("vi")
    page.get_by_label("The search").fill("hòa giải")
    page.get_by_role("button", name="Keep the change").click()
    expect(page.get_by_label("Messages in")).to_have_value("vi")
    page.get_by_text("Watch it no longer").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Watched searches")
    page.get_by_role("contentinfo").get_by_role("link", name="mai").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/operation")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Operation")


@pytest.fixture
def operator(chromium: Browser, guarded: str) -> Iterator[Page]:  # noqa: F811
    """A tab of somebody who has signed in as operator, and watches a search."""
    context = chromium.new_context(base_url=guarded, locale="en-GB", bypass_csp=True)
    page = context.new_page()
    page.goto("/sign-in?next=/watches")
    sign_in(page)
    if not page.get_by_role("link", name="Quà Tết", exact=True).count():
        page.get_by_label("The search").fill('"quà Tết"')
        page.get_by_label("What you call it").fill("Quà Tết")
        page.get_by_role("button", name="Watch it").click()
    yield page
    context.close()


def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(operator: Page) -> None:
    mine = operator.get_by_role("link", name="Quà Tết", exact=True)
    operator.goto("/watches")
    paths = [mine.get_attribute("href") or "" if path == "/watches/1" else path for path in OWN]
    assert _violations(operator, paths, RULES) == []
    for path in paths:
        operator.goto(path)
        operator.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        for width in WIDTHS:
            operator.set_viewport_size({"width": width, "height": 900})
            assert operator.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    operator.emulate_media(color_scheme="dark")
    assert _violations(operator, paths, ["color-contrast"]) == []


def test_axe_finds_nothing_on_what_strangers_see(chromium: Browser, guarded: str) -> None:  # noqa: F811
    context = chromium.new_context(base_url=guarded, bypass_csp=True)
    paths = ("/sign-in", "/watches", "/collections", "/operation")
    assert _violations(context.new_page(), paths, RULES) == []
    context.close()


def test_a_proposal_is_judged_on_the_page(operator: Page) -> None:
    operator.goto("/")
    operator.get_by_role("link", name="Operation").click()
    expect(operator.get_by_role("heading", name="1 proposal to judge")).to_be_visible()
    operator.get_by_label("Why, for those who come after").first.fill("it is back")
    operator.get_by_role("button", name="Refuse").click()
    expect(operator.get_by_role("heading", name="0 proposals to judge")).to_be_visible()
    expect(operator.get_by_text("it is back")).to_be_visible()
