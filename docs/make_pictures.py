"""Make the README's pictures with Chromium from an archive: `python docs/make_pictures.py demo-archive`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent / "pictures"
QUERY = "công đoàn cơ sở kết nạp đảng"
SIZE = {"width": 1200, "height": 760}  # CSS pixels
MAX_BYTES = 200_000  # of a picture
START_SECONDS = 30.0


def free_port() -> int:
    """Return a loopback port nobody listens at."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@contextmanager
def served(archive: Path) -> Iterator[str]:
    """Serve the reading room of an archive; yield its address."""
    address = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "crawler.cli.entry_point", "--data", str(archive), "serve"]
    with subprocess.Popen([*command, "--port", address.rpartition(":")[2]]) as process:
        try:
            _wait_for(address)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(address) as answer:  # noqa: S310 - our own loopback address
                answer.read()
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def night_page(archive: Path, folder: Path) -> str:
    """Write the report of the last night as a page; return its address."""
    page = folder / "night.html"
    command = [
        sys.executable,
        "-m",
        "crawler.cli.entry_point",
        "--data",
        str(archive),
        "report",
        "--html",
        str(page),
    ]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # ends with 1 when a site is in trouble
    return page.as_uri()


def main(archive: Path) -> None:
    """Write both pictures; SystemExit when Chromium or the archive is missing, or one gets too large."""
    chromium = shutil.which("chromium") or sys.exit("pictures need Chromium: apt-get install chromium")
    if not (archive / "archive.db").exists():
        sys.exit(f"{archive} holds no archive: make demo")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(archive) as room, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, locale="vi-VN")  # type: ignore[arg-type]
        pages = {
            "reading-room.png": f"{room}/search?q={quote(QUERY)}",
            "night-report.png": night_page(archive, Path(folder)),
        }
        for name, address in pages.items():
            page.goto(address)
            page.screenshot(path=PICTURES / name)
            if (size := (PICTURES / name).stat().st_size) > MAX_BYTES:
                sys.exit(f"{name} has {size} bytes, more than {MAX_BYTES}")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
