"""Restore URLs and links of pages saved by HTTrack, which renames files and rewrites links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

# the comment HTTrack writes at the top of every saved page
MIRRORED_FROM_COMMENT = re.compile(rb"<!-- Mirrored from (\S+) by HTTrack")
HTTRACK_HREF = re.compile(r"""(?is)(\shref\s*=\s*)(["'])(.*?)\2""")
NOT_A_MIRROR_LINK = re.compile(
    r"(?i)#|[a-z][a-z0-9+.-]*:|//"
)  # a fragment, or a full URL HTTrack did not rewrite
HTTRACK_QUERY_HASH = re.compile(r"[0-9a-f]{4}$")  # HTTrack adds it to a file name for the URL's query
HTML_SUFFIX = ".html"


def mirrored_from(body: bytes) -> str | None:
    """Return host, path and query of the mirrored page, from HTTrack's comment; None without one."""
    match = MIRRORED_FROM_COMMENT.search(body[:4000])
    return match[1].decode("utf-8", "replace") if match else None


@dataclass(frozen=True, slots=True)
class HttrackMirror:
    """URLs of the saved files, and the rule that gives the URLs of linked files that were not saved."""

    address_by_file: Mapping[str, str]  # file (relative to the folder) → address
    origin: str  # `https://host`
    root: str  # the folder of the host: `web/source/`
    html_added: bool  # HTTrack added the ending to the pages' names

    @classmethod
    def from_pairs(cls, address_by_file: Mapping[str, str], origin: str) -> HttrackMirror:
        """Build from URLs by file: find the folder most files lie in, and whether HTTrack added `.html`."""
        mirror_roots = list(_mirror_roots(address_by_file))
        roots = Counter(root for root, _ in mirror_roots)
        html_added_count = sum(html_added_count for _, html_added_count in mirror_roots)
        return cls(
            address_by_file,
            origin,
            max(roots, key=lambda root: roots[root], default=""),
            html_added_count * 2 > len(mirror_roots),
        )

    def address(self, mirror_file: str, query: str) -> str | None:
        """Return the URL of a file; None for one outside of the host's folder."""
        if mirror_file in self.address_by_file:
            return self.address_by_file[mirror_file]
        if not mirror_file.startswith(self.root):
            return None
        mirror_path = mirror_file.removeprefix(self.root)
        mirror_stem, ending = (
            (mirror_path.removesuffix(HTML_SUFFIX), HTML_SUFFIX)
            if mirror_path.endswith(HTML_SUFFIX)
            else (mirror_path, "")
        )
        mirror_stem = HTTRACK_QUERY_HASH.sub("", mirror_stem) if query and ending else mirror_stem
        mirror_path = mirror_stem + ("" if self.html_added else ending)
        return f"{self.origin}/{mirror_path}" + (f"?{query}" if query else "")

    def restore_links(self, mirror_file: str, body: bytes) -> bytes:
        """Return a saved page with its links as they were on the site."""

        def restored_link(match: re.Match[str]) -> str:
            mirror_href = unescape(match[3].strip())
            site_url = (
                None
                if not mirror_href or NOT_A_MIRROR_LINK.match(mirror_href)
                else self._linked_url(mirror_file, mirror_href)
            )
            return f"{match[1]}{match[2]}{escape(site_url)}{match[2]}" if site_url else match[0]

        return HTTRACK_HREF.sub(restored_link, body.decode("latin-1")).encode("latin-1", "xmlcharrefreplace")

    def _linked_url(self, mirror_file: str, mirror_href: str) -> str | None:
        try:
            mirror_link = urlsplit(urljoin(f"/{mirror_file}", mirror_href))
        except ValueError:
            return None
        return self.address(normpath(unquote(mirror_link.path)).lstrip("/"), mirror_link.query)


def _mirror_roots(address_by_file: Mapping[str, str]) -> Iterable[tuple[str, bool]]:
    """Yield the host's folder and whether `.html` was added, for each file named after its URL."""
    for mirror_file, site_url in address_by_file.items():
        mirror_path = unquote(urlsplit(site_url).path).lstrip("/")
        if mirror_path and not urlsplit(site_url).query:
            for mirror_name, html_added in ((mirror_path + HTML_SUFFIX, True), (mirror_path, False)):
                if mirror_file.endswith(f"/{mirror_name}") or mirror_file == mirror_name:
                    yield mirror_file.removesuffix(mirror_name), html_added
                    break
