"""Start and stop the process's one Chromium, which has no network, when a page has to be rendered."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from crawler.config import ConfigError

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

EXECUTABLE_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Requests we do not answer fail: no name resolves and the proxy does not exist. The proxy also keeps
# WebSockets from loopback, and the WebRTC and QUIC options keep these from bypassing it.
UNREACHABLE_PROXY = "http://127.0.0.1:9"
CHROMIUM_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--js-flags=--max-old-space-size=512",  # megabytes; a page that needs more crashes alone
)
CLOSE_TIMEOUT_SECONDS = 5.0  # for closing a page or the browser; after that it is abandoned


class BrowserMissingError(ConfigError):
    """A site needs a browser and there is none: names the site and what to install."""


class BrowserDoesNotStartError(Exception):
    """Chromium is installed but does not start: pages cannot be rendered."""


def missing_browser(executable: str) -> str | None:
    """Return what must be installed before pages can be rendered; None when nothing is missing."""
    if importlib.util.find_spec("playwright") is None:
        return "the Python package playwright is missing: pip install 'congdoan-archive[browser]'"
    if _executable_path(executable) is None:
        requirement = (
            f"`chromium = {executable}` of the configuration" if executable else "Chromium on the PATH"
        )
        remedy = "apt-get install chromium, or set `chromium` in congdoan.toml to its path"
        return f"{requirement} is missing: {remedy}"
    return None


def require_browser(site: str, executable: str) -> None:
    """Raise BrowserMissingError when a site's pages cannot be rendered here."""
    if lacking := missing_browser(executable):
        raise BrowserMissingError(f"site {site}: its profile says `[fetch] browser = true`, but {lacking}")


def _executable_path(executable: str) -> str | None:
    return next(
        (path for name in ([executable] if executable else EXECUTABLE_NAMES) if (path := shutil.which(name))),
        None,
    )


class Chromium:
    """Shared by all crawls of a process; stopped when the last crawl releases it."""

    def __init__(self, executable: str = "") -> None:
        self._executable = executable
        self._crawl_count = 0
        self._process_lock = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def acquire(self) -> None:
        """Keep the browser running until `release`."""
        self._crawl_count += 1

    async def release(self) -> None:
        """Stop the browser when no other crawl uses it."""
        self._crawl_count -= 1
        if not self._crawl_count:
            async with self._process_lock:
                await self._end()

    @property
    def version_name(self) -> str:
        """Name and version, for the WARC record."""
        return f"Chromium {self._browser.version}" if self._browser else "Chromium"

    @property
    def is_running(self) -> bool:
        """Whether the browser runs."""
        return self._browser is not None and self._browser.is_connected()

    @asynccontextmanager
    async def context(self, agent: str) -> AsyncIterator[BrowserContext]:
        """Yield a fresh context without cookies, cache or service workers; starts the browser when none runs.

        Raises BrowserDoesNotStartError.
        """
        async with self._process_lock:
            if not self.is_running:
                await self._end()
                await self._start()
        assert self._browser
        context = await self._browser.new_context(
            user_agent=agent,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={
                "width": 1280,
                "height": 2400,
            },  # tall, so that lists which load when scrolled into view load
            service_workers="block",
            accept_downloads=False,
        )
        try:
            yield context
        finally:
            await self._close(context)

    async def _start(self) -> None:
        from playwright.async_api import Error, async_playwright

        self._playwright = await async_playwright().start()
        path = _executable_path(self._executable)
        try:
            self._browser = await self._playwright.chromium.launch(
                executable_path=path,
                args=list(CHROMIUM_ARGUMENTS),
                proxy={"server": UNREACHABLE_PROXY},
                chromium_sandbox=os.geteuid() != 0,  # Chromium refuses to run as root with its sandbox
                handle_sigint=False,  # the session stops the browser itself
                handle_sigterm=False,
                handle_sighup=False,
            )
        except Error as error:
            await self._end()
            raise BrowserDoesNotStartError(f"{path} does not start: {str(error).splitlines()[0]}") from error

    async def _close(self, context: BrowserContext) -> None:
        """Close a context; when a hanging page prevents it, stop the whole browser."""
        if await _closed_in_time(context.close()):
            return
        async with self._process_lock:
            if context.browser is self._browser:
                await self._end()

    async def _end(self) -> None:
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        if browser is not None:
            await _closed_in_time(browser.close())
        if playwright is not None:
            await _closed_in_time(playwright.stop())


async def _closed_in_time(closing: object) -> bool:
    from playwright.async_api import Error

    try:
        await asyncio.wait_for(closing, CLOSE_TIMEOUT_SECONDS)  # type: ignore[arg-type]
    except TimeoutError:
        return False
    except Error:
        return True  # already closed
    return True
