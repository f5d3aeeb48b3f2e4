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
HREF = re.compile(r"""(?is)(\shref\s*=\s*)(["'])(.*?)\2""")
NOT_A_FILE_LINK = re.compile(
    r"(?i)#|[a-z][a-z0-9+.-]*:|//"
)  # a fragment, or a full URL HTTrack did not rewrite
QUERY_HASH = re.compile(r"[0-9a-f]{4}$")  # HTTrack adds it to a file name for the URL's query
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
        pairs = list(_root_candidates(address_by_file))
        roots = Counter(root for root, _ in pairs)
        added = sum(added for _, added in pairs)
        return cls(
            address_by_file,
            origin,
            max(roots, key=lambda root: roots[root], default=""),
            added * 2 > len(pairs),
        )

    def address(self, file: str, query: str) -> str | None:
        """Return the URL of a file; None for one outside of the host's folder."""
        if file in self.address_by_file:
            return self.address_by_file[file]
        if not file.startswith(self.root):
            return None
        path = file.removeprefix(self.root)
        stem, ending = (
            (path.removesuffix(HTML_SUFFIX), HTML_SUFFIX) if path.endswith(HTML_SUFFIX) else (path, "")
        )
        stem = QUERY_HASH.sub("", stem) if query and ending else stem
        path = stem + ("" if self.html_added else ending)
        return f"{self.origin}/{path}" + (f"?{query}" if query else "")

    def restore_links(self, file: str, body: bytes) -> bytes:
        """Return a saved page with its links as they were on the site."""

        def link(match: re.Match[str]) -> str:
            href = unescape(match[3].strip())
            address = None if not href or NOT_A_FILE_LINK.match(href) else self._linked(file, href)
            return f"{match[1]}{match[2]}{escape(address)}{match[2]}" if address else match[0]

        return HREF.sub(link, body.decode("latin-1")).encode("latin-1", "xmlcharrefreplace")

    def _linked(self, file: str, href: str) -> str | None:
        try:
            parts = urlsplit(urljoin(f"/{file}", href))
        except ValueError:
            return None
        return self.address(normpath(unquote(parts.path)).lstrip("/"), parts.query)


def _root_candidates(address_by_file: Mapping[str, str]) -> Iterable[tuple[str, bool]]:
    """Yield the host's folder and whether `.html` was added, for each file named after its URL."""
    for file, address in address_by_file.items():
        path = unquote(urlsplit(address).path).lstrip("/")
        if path and not urlsplit(address).query:
            for name, html_added in ((path + HTML_SUFFIX, True), (path, False)):
                if file.endswith(f"/{name}") or file == name:
                    yield file.removesuffix(name), html_added
                    break
