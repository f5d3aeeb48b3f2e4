"""LinkCollector: gathers the links of one page, canonical, classified and once each by URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from spiders.items import Hints, Link, LinkKind, Page, unique
from spiders.outlinks import Outlink, union_outlink
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import BadUrl, UrlClass, url_rules

NO_HINTS = Hints()
# mailto:, tel:, javascript:, data:, zalo:, … but not http: or https:
OTHER_SCHEME = re.compile(r"(?i)\s*(?!https?:)[a-z][a-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class DiscoveredLinks:
    """The links discovered on one page."""

    links: tuple[Link, ...] = ()  # once each by URL, refused ones among them
    offsite: int = 0  # number of distinct addresses on other sites
    trouble: tuple[str, ...] = ()  # `<url>: what is wrong`, one line each
    outlinks: tuple[Outlink, ...] = ()  # to other sites that look like trade unions, once each by host


class LinkCollector:
    """Collects the links of one page; of several links to one URL the first with a date hint wins."""

    def __init__(self, page: Page, profile: SiteProfile, base: str | None = None) -> None:
        self.page = page
        self.profile = profile
        self.base = base or page.final_url or page.url
        # A profile without article patterns takes the word of its entries, feeds and sitemaps.
        self.unpatterned: LinkKind | None = None if profile.urls.article else "article"
        self._rules = url_rules(profile)
        self._links: list[Link] = []
        self._offsite: set[str] = set()
        self._trouble: list[str] = []
        self._outlinks: dict[str, Outlink] = {}
        self._resolved: dict[str, tuple[str, UrlClass]] = {}

    def resolve(self, href: str) -> tuple[str, UrlClass] | None:
        """Return the canonical URL and the class of a link as written; None for assets and anchors."""
        href = href.strip()
        if not href or (href.startswith("#") and not href.startswith("#!")) or OTHER_SCHEME.match(href):
            return None
        resolved = self._resolved.get(href)
        if resolved is None:
            resolved = self._resolved[href] = self._resolve(href)
        return None if resolved[1].refused == "asset" else resolved

    def _resolve(self, href: str) -> tuple[str, UrlClass]:
        try:
            url = self._rules.canonical_url(href, self.base)
        except BadUrl as error:
            escaped_href = quote(href[:500], safe="%/:?&=#@!$'()*+,;[]", errors="replace")
            return escaped_href, UrlClass(None, error.reason)
        return url, self._rules.classify(url)

    def add(
        self,
        href: str,
        hints: Hints = NO_HINTS,
        *,
        kind: LinkKind | None = None,
        presumed: LinkKind | None = None,
        next_page: bool = False,
    ) -> bool:
        """Add one link; return False when it leads to no page of this site.

        `kind` outweighs the profile's patterns, `presumed` is its kind where no pattern matches.
        """
        resolved = self.resolve(href)
        if resolved is None:
            return False
        url, url_class = resolved
        if url_class.refused == "offsite":
            self._offsite.add(url)
            return False
        kind = kind or url_class.kind or presumed
        refused = None if kind and url_class.refused == "unmatched" else url_class.refused
        if kind == "attachment" and not self.profile.fetch.attachments:
            refused = refused or "denied"
        # A refused address no pattern knows is filed as a listing: it is no article we expect.
        self._links.append(Link(url, kind or "listing", self.page.url, hints, next_page, refused))
        return True

    def add_image(self, href: str, hints: Hints) -> None:
        """Add one image of an article's body; an image on another host is refused as `offsite`."""
        href = href.strip()
        if not href or OTHER_SCHEME.match(href):
            return
        try:
            url = self._rules.canonical_url(href, self.base)
        except BadUrl:
            return  # the article's record shows it as it was written
        self._links.append(
            Link(url, "image", self.page.url, hints, refused=self._rules.classify_image(url).refused)
        )

    def note_outlink(self, href: str, text: str) -> None:
        """Keep a link to another site as an outlink when it looks like a trade union's."""
        resolved = self.resolve(href)
        if resolved is not None and resolved[1].refused == "offsite":
            outlink = union_outlink(resolved[0], text, self.page.url)
            if outlink:
                self._outlinks.setdefault(outlink.host, outlink)

    def note_trouble(self, problem: str) -> None:
        """Record one line of trouble: a part of the page that could not be read."""
        self._trouble.append(f"{self.page.url}: {' '.join(problem.split())[:300]}")

    def collected(self) -> DiscoveredLinks:
        """Return the collected links, once each by URL."""
        outlinks = tuple(self._outlinks.values())
        return DiscoveredLinks(unique(self._links), len(self._offsite), tuple(self._trouble), outlinks)
