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
        saved_files = (
            [path]
            if path.is_file()
            else sorted(saved_file for saved_file in path.rglob("*") if saved_file.is_file())
        )
        self.mirror = self._mirror(saved_files, path)
        for saved_file in saved_files:
            if _is_warc(saved_file, alone=saved_file == path):
                yield from self._from_warc(saved_file)
            elif saved_file.suffix.lower() in PAGE_SUFFIXES:
                saved_name = "index.html" if saved_file == path else str(saved_file.relative_to(path))
                yield from self._from_file(saved_file, saved_name)

    def _mirror(self, saved_files: list[Path], folder: Path) -> HttrackMirror | None:
        """Return the HTTrack mirror the files form; None when HTTrack saved none of them."""
        address_by_file: dict[str, str] = {}
        for saved_file in saved_files:
            if saved_file != folder and saved_file.suffix.lower() in PAGE_SUFFIXES:
                with saved_file.open("rb") as opened_page:
                    mirrored_url = mirrored_from(opened_page.read(4000))
                if mirrored_url and (
                    own_url := self._own(f"{urlsplit(self.home.url).scheme}://{mirrored_url}")
                ):
                    address_by_file[str(saved_file.relative_to(folder))] = own_url
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

    def _from_warc(self, saved_warc: Path) -> Iterator[Page]:
        for capture, saved_response in read_all(
            saved_warc, on_damage=lambda error: self.damage.append(str(error))
        ):
            if capture.revisit:
                continue
            if host_of(saved_response.url) not in self.home.hosts:
                self.other_hosts[host_of(saved_response.url)] += 1
                continue
            yield Page.from_archive("new", saved_response)

    def _from_file(self, saved_file: Path, saved_name: str) -> Iterator[Page]:
        """Yield a saved page under the URL its markup names, else under that of its path."""
        saved_body, file_url = saved_file.read_bytes(), self._file_url(saved_name)
        if self.mirror and saved_name in self.mirror.address_by_file:
            saved_body, file_url = (
                self.mirror.restore_links(saved_name, saved_body),
                self.mirror.address_by_file[saved_name],
            )
        saved_type = "text/xml" if saved_file.suffix == ".xml" else "text/html"
        saved_at = min(datetime.fromtimestamp(saved_file.stat().st_mtime, UTC), self.now)
        saved_url, other_hosts = _own_url(saved_body, self.home, file_url)
        if self.mirror and saved_name in self.mirror.address_by_file:
            saved_url = file_url
        if other_hosts and not saved_url:
            self.other_hosts[other_hosts[0]] += 1
        elif b"\0" in saved_body[:1000] or saved_body.startswith(b"%PDF"):
            self.damage.append(f"{saved_file}: no page of text")
        else:
            saved_url = saved_url or file_url
            saved_response = StoredResponse(
                saved_url, saved_at, 200, "OK", (("content-type", saved_type),), saved_body
            )
            yield Page.from_archive("new", saved_response)

    def _file_url(self, saved_name: str) -> str:
        return urljoin(self.home.url, quote(saved_name)).removesuffix("index.html")


def explore_saved(path: Path, url: str, now: datetime) -> ExploreResult:
    """Explore a site from the pages of a WARC file, of one saved page, or of a directory of either.

    Raises ConfigError when there is none of this site, WarcError when a file cannot be read.
    """
    saved_survey = Survey(home_page_of(url))
    saved_pages = SavedPages(saved_survey.home, now)
    saved_site = list(saved_pages.pages(path))
    if not saved_site:
        raise ConfigError(f"{path}: {_no_pages_reason(saved_pages)}")
    for saved_page in saved_site:
        saved_survey.add_page(saved_page)
    saved_survey.failures += saved_pages.damage
    saved_survey.stop_requests()
    return ExploreResult(saved_survey, f"{len(saved_site)} pages of {path.name}", 0)


def _no_pages_reason(saved_pages: SavedPages) -> str:
    if saved_pages.other_hosts:
        other_hosts = ", ".join(host for host, _ in saved_pages.other_hosts.most_common(3))
        site_host = host_of(saved_pages.home.url)
        return f"no page of {site_host} in it, but of {other_hosts}; give the address of that site"
    saved_damage = f" ({saved_pages.damage[0]})" if saved_pages.damage else ""
    return f"no page in it{saved_damage}; {INPUT_ADVICE}"


def _is_warc(path: Path, *, alone: bool) -> bool:
    """Tell a WARC file by its name or, for a file given alone, by its first bytes."""
    if ".warc" in path.name:
        return True
    with path.open("rb") as file:
        start = file.read(5)
    return alone and (start == b"WARC/" or start.startswith(b"\x1f\x8b"))


def _own_url(saved_body: bytes, home: FrontPage, base_url: str) -> tuple[str | None, list[str]]:
    """Return the URL a page names as its own, if of this site, and the other hosts it names."""
    other_hosts: list[str] = []
    for own_url_match in OWN_URL_MARKUP.finditer(saved_body[:50_000]):
        named_url = next(group for group in own_url_match.groups() if group).decode("utf-8", "replace")
        try:
            url = canonical(named_url, base_url)
        except BadUrl:
            continue
        if own_url := home.own_spelling(url):
            return own_url, other_hosts
        other_hosts.append(host_of(url))
    return None, other_hosts
