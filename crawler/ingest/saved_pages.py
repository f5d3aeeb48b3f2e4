"""Read the pages of an unknown site from WARC files, one saved page, or a directory of either."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from crawler.config import ConfigError
from crawler.ingest.httrack import HttrackMirror, mirrored_from
from crawler.onboarding.explore import ExploreResult, home_page_of
from spiders.explore.page import FrontPage, host_of
from spiders.explore.survey import Survey
from spiders.items import Page
from spiders.urls.classify import BadUrl, canonical
from storage.warc.exchange import StoredResponse
from storage.warc.record_reader import read_all

OWN_URL_MARKUP = re.compile(
    rb"(?is)<link[^>]+rel=[\"']?canonical[\"']?[^>]+href=[\"']?([^\"'> ]+)"
    rb"|<meta[^>]+og:url[\"'][^>]+content=[\"']([^\"']+)"
    rb"|saved from url=\(\d+\)(\S+)"
)
PAGE_SUFFIXES = frozenset((".html", ".htm", ".xml", ".mhtml", ".aspx", ".php", ""))
INPUT_ADVICE = "give a WARC file, a saved page (.html) or a directory of them"


@dataclass(slots=True)
class SavedPages:
    """Reads a site's pages from disk; counts pages of other sites and lists damaged files."""

    home: FrontPage
    now: datetime
    damage: list[str] = field(default_factory=list)  # one line each
    mirror: HttrackMirror | None = None
    other_hosts: Counter[str] = field(default_factory=Counter)  # pages of other sites by host

    def pages(self, path: Path) -> Iterator[Page]:
        """Yield the site's pages in a file or directory."""
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        self.mirror = self._mirror(files, path)
        for file in files:
            if _is_warc(file, alone=file == path):
                yield from self._from_warc(file)
            elif file.suffix.lower() in PAGE_SUFFIXES:
                name = "index.html" if file == path else str(file.relative_to(path))
                yield from self._from_file(file, name)

    def _mirror(self, files: list[Path], folder: Path) -> HttrackMirror | None:
        """Return the HTTrack mirror the files form; None when HTTrack saved none of them."""
        address_by_file: dict[str, str] = {}
        for file in files:
            if file != folder and file.suffix.lower() in PAGE_SUFFIXES:
                with file.open("rb") as opened:
                    mirrored_url = mirrored_from(opened.read(4000))
                if mirrored_url and (
                    own_url := self._own(f"{urlsplit(self.home.url).scheme}://{mirrored_url}")
                ):
                    address_by_file[str(file.relative_to(folder))] = own_url
        return (
            HttrackMirror.from_pairs(address_by_file, self.home.url[: self.home.url.index("/", 8)])
            if address_by_file
            else None
        )

    def _own(self, url: str) -> str | None:
        try:
            return self.home.own_spelling(canonical(url))
        except BadUrl:
            return None

    def _from_warc(self, path: Path) -> Iterator[Page]:
        for capture, stored in read_all(path, on_damage=lambda error: self.damage.append(str(error))):
            if capture.revisit:
                continue
            if host_of(stored.url) not in self.home.hosts:
                self.other_hosts[host_of(stored.url)] += 1
                continue
            yield Page.from_archive("new", stored)

    def _from_file(self, file: Path, name: str) -> Iterator[Page]:
        """Yield a saved page under the URL its markup names, else under that of its path."""
        body, file_url = file.read_bytes(), self._file_url(name)
        if self.mirror and name in self.mirror.address_by_file:
            body, file_url = self.mirror.restore_links(name, body), self.mirror.address_by_file[name]
        kind = "text/xml" if file.suffix == ".xml" else "text/html"
        at = min(datetime.fromtimestamp(file.stat().st_mtime, UTC), self.now)
        url, other_hosts = _own_url(body, self.home, file_url)
        if self.mirror and name in self.mirror.address_by_file:
            url = file_url
        if other_hosts and not url:
            self.other_hosts[other_hosts[0]] += 1
        elif b"\0" in body[:1000] or body.startswith(b"%PDF"):
            self.damage.append(f"{file}: no page of text")
        else:
            url = url or file_url
            saved = StoredResponse(url, at, 200, "OK", (("content-type", kind),), body)
            yield Page.from_archive("new", saved)

    def _file_url(self, name: str) -> str:
        return urljoin(self.home.url, quote(name)).removesuffix("index.html")


def explore_saved(path: Path, url: str, now: datetime) -> ExploreResult:
    """Explore a site from the pages of a WARC file, of one saved page, or of a directory of either.

    Raises ConfigError when there is none of this site, WarcError when a file cannot be read.
    """
    survey = Survey(home_page_of(url))
    saved_pages = SavedPages(survey.home, now)
    pages = list(saved_pages.pages(path))
    if not pages:
        raise ConfigError(f"{path}: {_no_pages_reason(saved_pages)}")
    for page in pages:
        survey.add_page(page)
    survey.failures += saved_pages.damage
    survey.stop_requests()
    return ExploreResult(survey, f"{len(pages)} pages of {path.name}", 0)


def _no_pages_reason(saved_pages: SavedPages) -> str:
    if saved_pages.other_hosts:
        hosts = ", ".join(host for host, _ in saved_pages.other_hosts.most_common(3))
        return (
            f"no page of {host_of(saved_pages.home.url)} in it, but of {hosts}; give the address of that site"
        )
    damage = f" ({saved_pages.damage[0]})" if saved_pages.damage else ""
    return f"no page in it{damage}; {INPUT_ADVICE}"


def _is_warc(path: Path, *, alone: bool) -> bool:
    """Tell a WARC file by its name or, for a file given alone, by its first bytes."""
    if ".warc" in path.name:
        return True
    with path.open("rb") as file:
        start = file.read(5)
    return alone and (start == b"WARC/" or start.startswith(b"\x1f\x8b"))


def _own_url(body: bytes, home: FrontPage, base_url: str) -> tuple[str | None, list[str]]:
    """Return the URL a page names as its own, if of this site, and the other hosts it names."""
    hosts: list[str] = []
    for match in OWN_URL_MARKUP.finditer(body[:50_000]):
        address = next(group for group in match.groups() if group).decode("utf-8", "replace")
        try:
            url = canonical(address, base_url)
        except BadUrl:
            continue
        if own_url := home.own_spelling(url):
            return own_url, hosts
        hosts.append(host_of(url))
    return None, hosts
